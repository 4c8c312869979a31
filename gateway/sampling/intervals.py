"""When a sensor is due, and which moment its reading is of.

Theory: a sensor is due at the boundary of the grid (gateway/sampling/grid.py) that follows its last
one, found anew whenever somebody asks, so a step of the clock needs no timer to be set again.
Boundaries that have passed while the bus was busy or the sensor absent are left out, never caught
up in a burst: one late reading, then the first boundary after it. A counter's intervals follow each
other without a break in time since boot, each from where the one before it ended: on the boundary,
or where it was late, on the time at which it was read.
"""

from gateway.clock import Clock
from gateway.sampling.grid import Grid

LATE_NS = 1_000_000_000
"""Counts read at most so long after a boundary belong to the interval that ended there.

A person takes about that long through a door, and polls and debouncing tell of it later still: no
count is known to a better time. At most half an interval, so that most of it is always its own.
"""


class Intervals:
    """Of one sensor, each `length` seconds (0: as fast as it goes); `counts` if it is a counter.

    `due_ns`: when the present one ends, in time since boot, on the grid as it was last followed.
    """

    def __init__(self, length: float, counts: bool, clock: Clock, grid: Grid) -> None:
        self.length_ns = round(length * 1e9)
        self._counts = counts
        self._late_ns = min(LATE_NS, self.length_ns // 2)
        self._clock = clock
        self._grid = grid
        self.due_ns = self._last_ns = clock.now_ns()
        if not counts:  # a counter's first interval begins now, a first moment is overdue
            self._last_ns -= 2 * self.length_ns
        self._align()

    def follow_grid(self) -> int:
        """If it has moved; where the boundary has passed unseen, the interval ends now.

        Returns `due_ns`.
        """
        if self._grid.offset_ns != self._aligned_ns:
            self._align()
            self.due_ns = max(self.due_ns, self._clock.now_ns())
        return self.due_ns

    def end(self, now_ns: int, up_ns: int) -> int:
        """It was read from `now_ns` to `up_ns`; returns the time of the reading.

        After a late reading the last boundary counts as at most half an interval ago: the next one
        is then the first after it, wherever the grid moves. Without intervals the next reading is
        due at once, but behind every sensor that has been due for longer.
        """
        if not self.length_ns:
            self._last_ns = self.due_ns = max(now_ns, self.due_ns + 1)
            return up_ns
        boundary_ns = now_ns - (now_ns - self.due_ns) % self.length_ns
        self._last_ns = max(boundary_ns, up_ns - self.length_ns // 2)
        self._align()
        in_time = self._counts and up_ns - boundary_ns <= self._late_ns
        return boundary_ns if in_time else up_ns

    def _align(self) -> None:
        """Find the next boundary, on the grid as it is now."""
        self._aligned_ns = self._grid.offset_ns
        self.due_ns = self._last_ns
        if self.length_ns:
            self.due_ns = self._grid.next_after(self._last_ns, self.length_ns)
