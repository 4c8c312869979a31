"""Buses between a model and its driver that spoil what goes over them, for `bench.counting_faults`.

One fault at a time, drawn from a seed; none while `active` is false. What is unplugged has no
supply: on I2C it does not acknowledge, a serial line is silent, a GPIO line is what its pull makes
of it.

    nacks      2 % of transfers are not acknowledged
    missing    10 % of frames are lost, half of them only from some byte on; on I2C the answer is
               that there is nothing new
    noise      up to 20 random bytes before each frame
    flipped    in 2 % of answers, or frames, one bit is another
    swapped    in 10 % of frames the slots are permuted
    pulses     one a second on either line, of 1 to 5 ms
    loose      no contact for 0.1 s, with supply, when somebody is at the line, 3 s after the last
               time at the earliest; the driver is opened again at once
    unplugged  for 10 s, 60 s after the last time on average, every second time at the next moment
               at which somebody is at the line
"""

import errno
import random
from collections.abc import Callable
from typing import Literal, NamedTuple

from bench.counting_ports import MemoryPort, SleepTime
from drivers.bus.linux_i2c import i2c_error
from drivers.bus.sim import SimulatedGpio
from drivers.bus.sim_i2c import SimulatedI2c
from drivers.contract import SerialModel
from drivers.simulation.scene import View

Fault = Literal[
    "none", "nacks", "missing", "noise", "flipped", "swapped", "pulses", "loose", "unplugged"
]

NACKS, MISSING, FLIPPED, SWAPPED = 0.02, 0.10, 0.02, 0.10
MOST_NOISE = 20
AWAY_S, BETWEEN_S = 10.0, 60.0
LOOSE_S, LOOSE_AGAIN_S = 0.1, 3.0
PULSES_S, PULSE_S = 1.0, (0.001, 0.005)
_REPORT, _HEAD, _SLOT = 30, 4, 8


class Chance:
    """When the fault of one run happens."""

    def __init__(self, fault: Fault, seed: int) -> None:
        self.fault = fault
        self.active = self.away = False
        self.random = random.Random(f"{fault} {seed}")

    def strikes(self, fault: Fault, share: float) -> bool:
        return self.active and self.fault == fault and self.random.random() < share

    def flip(self, data: bytes) -> bytes:
        """With one bit flipped, if it is struck."""
        if not data or not self.strikes("flipped", FLIPPED):
            return data
        bit = self.random.randrange(8 * len(data))
        return bytes(byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(data))


class Late(NamedTuple):
    """What is written to read a measurement, and the answer when there is nothing new."""

    asked: bytes
    answer: Callable[[bytes, bytes], bytes]
    """Of what it would be and what it was last time."""


class FaultyI2c(SimulatedI2c):
    """The chip, whose `late` answers are known, behind a bad wire."""

    def __init__(self, seed: int, time: SleepTime, chance: Chance, late: Late) -> None:
        super().__init__(seed, time)
        self._chance = chance
        self._late = late
        self._before: dict[int, bytes] = {}

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        if self._chance.away or self._chance.strikes("nacks", NACKS):
            raise i2c_error(errno.EREMOTEIO, address)
        answer = super().transfer(address, write, read)
        if write == self._late.asked:
            before = self._before.get(address, answer)
            if self._chance.strikes("missing", MISSING):
                answer = self._late.answer(answer, before)
            self._before[address] = answer
        return self._chance.flip(answer)


class FaultyPort(MemoryPort):
    """A radar's wire; all live in the time of the scene."""

    def __init__(self, model: SerialModel, time: SleepTime, chance: Chance) -> None:
        super().__init__(model, 0.0)
        self.time = time
        self._chance = chance

    def replace(self, model: SerialModel, view: View) -> None:
        """The part starts anew."""
        self._model = model
        self._model.step(view)  # what it has not said before its start

    def write(self, data: bytes) -> None:
        if not self._chance.away:
            self._arrived += self._chance.flip(self._model.receive(data))

    def step(self, view: View) -> None:
        sent = self._model.step(view)
        for start in range(0, len(sent), _REPORT):
            self._arrived += self._spoilt(sent[start : start + _REPORT])

    def _spoilt(self, frame: bytes) -> bytes:
        chance = self._chance
        if chance.away:
            return b""
        if chance.strikes("missing", MISSING):
            return frame[: max(0, chance.random.randrange(-_REPORT, _REPORT))]
        if chance.strikes("swapped", SWAPPED):
            frame = self._swapped(frame)
        if chance.strikes("noise", 1.0):
            frame = chance.random.randbytes(chance.random.randint(0, MOST_NOISE)) + frame
        return chance.flip(frame)

    def _swapped(self, frame: bytes) -> bytes:
        slots = [frame[at : at + _SLOT] for at in range(_HEAD, _REPORT - 2, _SLOT)]
        self._chance.random.shuffle(slots)
        return frame[:_HEAD] + b"".join(slots) + frame[-2:]


class FaultyGpio(SimulatedGpio):
    """Lines with pulls to high, on which pulses come in."""

    def __init__(self, time: SleepTime, chance: Chance, lines: tuple[int, int]) -> None:
        super().__init__(time)
        self._scene_time = time
        self._chance = chance
        self._wires = lines

    def step(self, view: View) -> None:
        """Time is still that of the step before."""
        length_s = view.now_s - self._scene_time.now_s
        if self._chance.strikes("pulses", length_s / PULSES_S):
            self._pulse(view.now_s)
        self._scene_time.now_s = view.now_s
        if not self._chance.away:
            super().step(view)
            return
        for line in self._wires:
            self.drive(line, high=True)

    def _pulse(self, end_s: float) -> None:
        """That ends within the step."""
        line = self._chance.random.choice(self._wires)
        lasts_s = min(self._chance.random.uniform(*PULSE_S), end_s - self._scene_time.now_s)
        before = self._driven[line]
        self._scene_time.now_s = end_s - lasts_s
        self.drive(line, not before)
        self._scene_time.now_s = end_s
        self.drive(line, before)
