"""What a driver sees of the world: four ports, each with a real and a simulated adapter.

A port carries its own time base, so that a driver waits on the same time its chip lives in.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from drivers.bus.resets import ResetLines
from drivers.timebase import Timebase

Pull = Literal["up", "down", "none"]


class I2c(Protocol):
    """A bus of addressed chips."""

    time: Timebase
    resets: ResetLines

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        """Write, then (repeated start) read `read` bytes. Raises BusError.

        Neither is a write of no bytes: whether somebody acknowledges the address.
        """
        ...

    def close(self) -> None: ...


class Serial(Protocol):
    """One UART. Nothing is read or written before `open`."""

    time: Timebase

    def open(self, baudrate: int) -> None:
        """Open, or open again after a failure, with empty buffers. Raises BusError."""
        ...

    def read(self) -> bytes:
        """What has arrived so far, possibly nothing; never waits. Raises BusError."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`. Raises BusError."""
        ...

    def close(self) -> None: ...


class Edge(NamedTuple):
    """A line changed to `high` at `at_ns` (of the port's time base)."""

    at_ns: int
    line: int
    high: bool


class GpioInput(Protocol):
    """Some input lines, claimed together so that their edges keep one order."""

    def levels(self) -> dict[int, bool]:
        """Line number to "is high", now. Raises BusError."""
        ...

    def edges(self) -> list[Edge]:
        """All edges since the last call, oldest first. Raises BusError if some were lost."""
        ...

    def close(self) -> None: ...


class Gpio(Protocol):
    """The GPIO lines of one chip."""

    time: Timebase

    def claim(self, lines: Sequence[int], pull: Pull) -> GpioInput:
        """Take lines as inputs and watch both edges. Raises BusError."""
        ...

    def close(self) -> None: ...


class OneWire(Protocol):
    """The 1-wire devices that the kernel has found; it speaks to them, nobody else can."""

    time: Timebase

    def devices(self) -> list[str]:
        """Their ids, as 28-0123456789ab, sorted. Raises BusError."""
        ...

    def convert(self, device: str) -> bytes:
        """Let it measure anew; what the kernel says of it (w1_slave). Raises BusError.

        Takes as long as the conversion: 0.75 s, a few seconds where the kernel tries again.
        """
        ...

    def close(self) -> None: ...
