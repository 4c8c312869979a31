"""The simulated serial port without the kernel's delays, and time that nobody waits for."""

import select
import time
from typing import Protocol

from drivers.bus.sim import SimulatedSerial
from drivers.simulation.scene import View


class Surroundings(Protocol):
    """A `Scene`, or a few walks written down."""

    now_s: float

    def step(self, seconds: float) -> View: ...


class SettledSerial(SimulatedSerial):
    """The kernel carries bytes through a pseudo-terminal a moment later; here that is awaited."""

    under_way = 0

    def open(self, baudrate: int) -> None:
        super().open(baudrate)
        self.baudrate = baudrate
        self.under_way = 0

    def read(self) -> bytes:
        data = super().read()
        self.under_way = max(0, self.under_way - len(data))
        return data

    def write(self, data: bytes) -> None:
        super().write(data)
        if self._far_end is not None:
            select.select([self._far_end], [], [], 1)

    def _put(self, far_end: int, data: bytes) -> None:
        super()._put(far_end, data)
        if self._tty is None:
            return
        self.under_way += len(data)
        end = time.monotonic() + 1
        while self._tty.in_waiting < min(self.under_way, 4000) and time.monotonic() < end:
            time.sleep(0)


class SceneTime:
    """A time base in which sleeping lets the scene go on, so that nothing waits."""

    def __init__(self, bus: SimulatedSerial, scene: Surroundings, step_s: float = 0.02) -> None:
        self._bus = bus
        self._step_s = step_s
        self.scene = scene

    def now_ns(self) -> int:
        return round(self.scene.now_s * 1e9)

    def sleep(self, seconds: float) -> None:
        for _ in range(max(1, round(seconds / self._step_s))):
            self._bus.step(self.scene.step(self._step_s))
