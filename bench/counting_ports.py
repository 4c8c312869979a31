"""Buses for `bench.counting`: bytes as on the wire, time that is the scene's, no waiting.

I2C and GPIO are the simulated ones. A pseudo-terminal takes real time for each byte, so the serial
port is here one in memory: the same bytes, whole, at the moment at which the part sends them.
"""

from collections.abc import Callable

from drivers.bus.ports import Serial
from drivers.bus.sim_i2c import SimulatedI2c
from drivers.contract import SerialModel
from drivers.simulation.scene import View

Tap = Callable[[bytes, bytes, int], None]
"""Told of each transfer: what was written, what was read, and when (ns)."""


class TappedI2c(SimulatedI2c):
    """Shows each transfer to who listens, too: an algorithm on the same bytes."""

    def __init__(self, seed: int, tap: Tap) -> None:
        super().__init__(seed)
        self._tap = tap

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        answer = super().transfer(address, write, read)
        self._tap(write, answer, self.time.now_ns())
        return answer


class SleepTime:
    """The time of a scene; whoever sleeps lets it go on by `let_pass`."""

    def __init__(self, let_pass: Callable[[float], None]) -> None:
        self.now_s = 0.0
        self._let_pass = let_pass

    def now_ns(self) -> int:
        return round(self.now_s * 1e9)

    def sleep(self, seconds: float) -> None:
        self._let_pass(seconds)


class MemoryPort(Serial):
    """A model at the far end of a wire that loses and delays nothing; nobody is near in a sleep."""

    def __init__(self, model: SerialModel, step_s: float) -> None:
        self.time: SleepTime = SleepTime(self._idle)
        self._model = model
        self._step_s = step_s
        self._arrived = b""

    def open(self, baudrate: int) -> None:
        if self._model.baudrate not in (None, baudrate):
            raise ValueError(f"{baudrate} baud, and the part speaks {self._model.baudrate}")
        self._arrived = b""

    def read(self) -> bytes:
        arrived, self._arrived = self._arrived, b""
        return arrived

    def write(self, data: bytes) -> None:
        self._arrived += self._model.receive(data)

    def close(self) -> None:
        self._arrived = b""

    def step(self, view: View) -> None:
        """The part sees the world, and says what is due."""
        self.time.now_s = max(self.time.now_s, view.now_s)
        self._arrived += self._model.step(view)

    def _idle(self, seconds: float) -> None:
        end_s = self.time.now_s + max(seconds, self._step_s)
        while self.time.now_s < end_s - 1e-9:
            self.step(View(self.time.now_s + self._step_s))
