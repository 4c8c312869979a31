"""Lines beside an I2C bus that hold its parts in reset (XSHUT, RESET).

Low holds a part; letting go leaves the line to the pull-up of its board, whose supply may be
another than the computer's. Lines are known before they are touched: the bus holds all of them low
before its first transfer, so that no part speaks before its driver has let it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from drivers.errors import BusError
from drivers.timebase import Timebase

_LOOK_EVERY_S = 0.002


class OpenDrain(Protocol):
    """Outputs that pull a line low or leave it alone."""

    def low(self, line: int) -> None:
        """Raises BusError."""
        ...

    def let_go(self, line: int) -> None:
        """Raises BusError."""
        ...

    def close(self) -> None:
        """Let go of all."""
        ...


def no_lines() -> OpenDrain:
    """For a bus beside which there are none. Raises BusError."""
    raise BusError("this bus has no reset lines", "take `xshut` out of the options of its sensors")


class ResetLines:
    """Those of one bus; `make_outputs` is called when the first one is moved."""

    def __init__(self, make_outputs: Callable[[], OpenDrain]) -> None:
        self._make_outputs = make_outputs
        self._outputs: OpenDrain | None = None
        self._lines: list[int] = []
        self._taken = False

    def add(self, line: int) -> None:
        """Know of a line; touches nothing."""
        self._lines.append(line)

    def hold(self, line: int) -> None:
        """The part at this line is off. Raises BusError."""
        self._pins().low(line)

    def hold_all(self) -> None:
        """All parts with such a line are off. Raises BusError."""
        for line in self._lines:
            self._pins().low(line)

    def release(self, line: int) -> None:
        """The part at this line starts. Raises BusError."""
        self._pins().let_go(line)

    @contextmanager
    def alone(self, time: Timebase) -> Iterator[None]:
        """One part at a time is let go and told its address: whoever comes meanwhile waits.

        All parts of a bus belong to one thread, so this is only between waits of `time`.
        """
        while self._taken:
            time.sleep(_LOOK_EVERY_S)
        self._taken = True
        try:
            yield
        finally:
            self._taken = False

    def close(self) -> None:
        """Let go of all lines."""
        outputs, self._outputs = self._outputs, None
        if outputs is not None:
            outputs.close()

    def _pins(self) -> OpenDrain:
        if self._outputs is None:
            self._outputs = self._make_outputs()
        return self._outputs
