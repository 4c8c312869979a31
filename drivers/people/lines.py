"""What drivers have in common whose part speaks by the edges of GPIO lines."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from drivers.bus.ports import Edge, Gpio, GpioInput, Pull
from drivers.contract import Driver
from drivers.errors import BusError
from drivers.people.debounce import Debouncer


class LineDriver(Driver):
    """Claims its lines, debounces their edges, and starts anew from the levels if some were lost.

    What the part has counted is the subclass's, and stays through all of that.
    """

    poll_every: ClassVar[float] = 1.0
    debounce_ns: ClassVar[int]

    def __init__(self, bus: Gpio, lines: Sequence[int], pull: Pull) -> None:
        self._bus = bus
        self._line_numbers = lines
        self._pull = pull
        self._lines: GpioInput | None = None
        self._debouncer = Debouncer({}, self.debounce_ns)

    @abstractmethod
    def _begin(self, levels: Mapping[int, bool], now_ns: int) -> None:
        """Edges up to now were missed; the lines are so."""

    @abstractmethod
    def _follow(self, levels: Mapping[int, bool], edges: list[Edge], settled_ns: int) -> None:
        """From `levels` the lines have changed by `edges`, and no more up to `settled_ns`."""

    def open(self) -> None:
        self.close()
        self._lines = self._bus.claim(self._line_numbers, self._pull)
        self._resynchronise(self._lines)

    def poll(self) -> None:
        """Raises BusError if edges were lost; the counts stay, and the next poll works."""
        if self._lines is None:
            raise BusError("read before open")
        now_ns = self._bus.time.now_ns()
        try:
            edges = self._lines.edges()
        except BusError:
            self._resynchronise(self._lines)
            raise
        levels = self._debouncer.levels
        held = self._debouncer.take(edges, now_ns)
        # Later than this an edge may still be held back.
        self._follow(levels, held, now_ns - self.debounce_ns)

    def close(self) -> None:
        if self._lines is not None:
            self._lines.close()
            self._lines = None

    def _resynchronise(self, lines: GpioInput) -> None:
        levels = lines.levels()
        self._debouncer = Debouncer(levels, self.debounce_ns)
        self._begin(levels, self._bus.time.now_ns())
