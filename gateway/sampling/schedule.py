"""When a sensor is read, and which of its values make a reading.

Theory: without averaging each value is a reading, at the times of gateway/sampling/intervals.py.
With it there are two rhythms on one grid: values each `average` seconds, and intervals, which are a
multiple of that and follow each other without a break as those of a counter do. The value at the
end of an interval is the last one of it. An interval is *broken off* when its end has passed for a
while (PAUSE_VALUES values, at most half of its length) and no value came that could end it: the
sensor is away, the bus is busy, the computer has slept. What was taken is then a reading of the
time up to its last value. Any shorter absence is only seen in the number of values.
"""

from gateway.clock import Clock
from gateway.sampling.grid import Grid
from gateway.sampling.intervals import Intervals

PAUSE_VALUES = 3
PAUSE_AT_LEAST_NS = 1_000_000_000


class Schedule:
    """`interval` and `average` in seconds; `average` None: each value is a reading.

    Its intervals have spans if it `counts` or averages: they follow each other without a break.
    """

    def __init__(
        self, interval: float, average: float | None, counts: bool, clock: Clock, grid: Grid
    ) -> None:
        self.averages = average is not None
        self.spans = counts or self.averages
        self._readings = self._values = Intervals(interval, self.spans, clock, grid, windows=counts)
        if average is not None:
            self._values = Intervals(average, False, clock, grid)

    @property
    def length_ns(self) -> int:
        """Of an interval."""
        return self._readings.length_ns

    @property
    def due_ns(self) -> int:
        """When the next value is due."""
        return self._values.due_ns

    @property
    def broken_off_ns(self) -> int:
        """When the present interval counts as broken off."""
        return self._readings.due_ns + self._pause_ns

    @property
    def ends_ns(self) -> int:
        """When the present interval ends."""
        return self._readings.due_ns

    def window(self, now_ns: int) -> int:
        """When the window that lasts now has begun."""
        return self._readings.begin(now_ns)

    def resume(self, since_ns: int) -> None:
        """The present window has begun then."""
        self._readings.resume(since_ns)

    def is_late(self, now_ns: int) -> bool:
        """Whether the window that is due has to go on."""
        return self._readings.is_late(now_ns)

    def go_on(self, now_ns: int) -> None:
        """It does, to the next boundary."""
        self._readings.go_on(now_ns)

    def follow_grid(self) -> int:
        """If it has moved; returns when the next value is due."""
        if self.averages:
            self._readings.follow_grid()
        return self._values.follow_grid()

    def begin(self, since_ns: int, up_ns: int) -> int:
        """Since when an interval is whose first value is of `up_ns`; `since_ns` if that is near.

        A value stands for the time since the one before it should have been. After a longer time
        without values the interval ends at the next boundary.
        """
        begin_ns = up_ns - self._values.length_ns
        if begin_ns - since_ns <= self._pause_ns:
            return since_ns
        self._readings.end(begin_ns, begin_ns)
        return begin_ns

    def end(self, now_ns: int, up_ns: int) -> int | None:
        """It was read from `now_ns` to `up_ns`: the time of the reading that ends with this value.

        None: the interval goes on.
        """
        at_ns = self._values.end(now_ns, up_ns)
        if not self.averages:
            return at_ns
        return self._readings.end(up_ns, up_ns) if up_ns >= self._readings.due_ns else None

    def break_off(self, now_ns: int) -> None:
        """The present interval is over without a value at its end."""
        self._readings.end(now_ns, now_ns)

    @property
    def _pause_ns(self) -> int:
        values_ns = min(PAUSE_VALUES * self._values.length_ns, self._readings.length_ns // 2)
        return max(PAUSE_AT_LEAST_NS, values_ns)
