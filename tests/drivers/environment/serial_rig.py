"""A part on a serial port in some air, polled and read as the gateway does it; and fuzzing."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from drivers.contract import Driver, Sample, SerialModel
from drivers.simulation.scene import View
from tests.chaos import form
from tests.drivers.settled import SceneTime, SettledSerial

M = TypeVar("M", bound=SerialModel)


class Air:
    """The same air until it is changed."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.view = View(0.0)

    def step(self, seconds: float) -> View:
        self.now_s += seconds
        return replace(self.view, now_s=self.now_s)

    def becomes(self, **quantities: float) -> None:
        self.view = replace(self.view, **quantities)  # type: ignore[arg-type]


class Rig(Generic[M]):
    def __init__(self, folder: Path, model: M, driver: Callable[[Any], Driver]) -> None:
        self.air = Air()
        self.bus = SettledSerial(folder / "sensor.tty")
        self.time = SceneTime(self.bus, self.air, step_s=0.1)
        self.bus.time = self.time
        self.model = model
        self.bus.attach(model)
        self.driver = driver(self.bus)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.time.sleep(1.0)
            self.driver.poll()

    def after(self, seconds: float) -> Sample:
        """What is read after some time of polling."""
        self.run(seconds)
        return self.driver.read()


@contextmanager
def rigged(folder: Path, model: M, driver: Callable[[Any], Driver]) -> Iterator[Rig[M]]:
    rig = Rig(folder, model, driver)
    try:
        yield rig
    finally:
        rig.driver.close()
        rig.bus.unplug()


class Scripted(SerialModel):
    """Says `line` every second, and `answer` to whatever it is told."""

    def __init__(self, line: bytes, answer: bytes = b"") -> None:
        self.line = line
        self.answer = answer
        self.heard = b""
        self._second = 0

    def step(self, view: View) -> bytes:
        second, before = int(view.now_s), self._second
        self._second = second
        return self.line if second > before else b""

    def receive(self, data: bytes) -> bytes:
        self.heard += data
        return self.answer


class Fed(Protocol):
    """A parser that tells how much it keeps."""

    @property
    def pending(self) -> int: ...

    def feed(self, data: bytes) -> list[Any]: ...


def fuzz(parser: Callable[[], Fed], frames: list[bytes], bound: int) -> None:
    """Noise, cut and mutated frames never raise, are forgotten, and cost at most one frame."""
    dice = random.Random(20)
    [expected] = parser().feed(frames[0])
    for _ in range(form.rounds(5_000, 1_000_000)):
        fed = parser()
        for _ in range(dice.randrange(1, 6)):
            fed.feed(_spoilt(dice, frames))
            assert fed.pending <= bound
        assert expected in fed.feed(frames[0]) + fed.feed(frames[0])


def _spoilt(dice: random.Random, frames: list[bytes]) -> bytes:
    kind = dice.randrange(3)
    if kind == 0:
        return dice.randbytes(dice.randrange(120))
    frame = bytearray(dice.choice(frames))
    if kind == 1:
        return bytes(frame[dice.randrange(len(frame)) : dice.randrange(len(frame) + 1)])
    frame[dice.randrange(len(frame))] ^= 1 << dice.randrange(8)
    return bytes(frame)
