"""A part on a serial port beside a simulated door, polled as the gateway polls it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from drivers.contract import Driver, Sample, SerialModel
from drivers.simulation.scene import View
from tests.drivers.people.doorway import Way
from tests.drivers.settled import SceneTime, SettledSerial

M = TypeVar("M", bound=SerialModel)


class Ways:
    """Bodies on their ways, whose seconds count from `began_s`."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.began_s = 0.0
        self.ways: tuple[Way, ...] = ()

    def step(self, seconds: float) -> View:
        self.now_s += seconds
        before_s = self.now_s - seconds - self.began_s
        pairs = [(way.at(before_s), way.at(before_s + seconds)) for way in self.ways]
        here = (
            body._replace(speed=(body.along - before.along) / seconds if before else 0.0)
            for before, body in pairs
            if body
        )
        return View(self.now_s, tuple(here))


class SerialDoor(Generic[M]):
    def __init__(self, folder: Path, model: M, driver: Callable[[Any], Driver]) -> None:
        self.scene = Ways()
        self.bus = SettledSerial(folder / "sensor.tty")
        self.time = SceneTime(self.bus, self.scene)
        self.bus.time = self.time
        self.model = model
        self.bus.attach(model)
        self.driver = driver(self.bus)

    def open(self) -> None:
        self.driver.open()

    def let(self, seconds: float, *ways: Way) -> None:
        """So much time passes; `ways` begin now and end with it."""
        self.scene.ways, self.scene.began_s = ways, self.scene.now_s
        for _ in range(round(seconds / 0.2)):
            self.time.sleep(0.2)
            self.driver.poll()
        self.scene.ways = ()

    def after(self, seconds: float, *ways: Way) -> Sample:
        self.let(seconds, *ways)
        return self.driver.read()


@contextmanager
def serial_door(folder: Path, model: M, driver: Callable[[Any], Driver]) -> Iterator[SerialDoor[M]]:
    door = SerialDoor(folder, model, driver)
    try:
        yield door
    finally:
        door.driver.close()
        door.bus.unplug()
