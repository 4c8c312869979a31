"""When a sensor is due, and which moment its reading is of.

Theory: a sensor is due at the boundary of the grid (gateway/sampling/grid.py) that follows its last
one, found anew whenever somebody asks, so a step of the clock needs no timer to be set again.
Boundaries that have passed while the bus was busy or the sensor absent are left out, never caught
up in a burst: one late reading, then the first boundary after it.

A counter's intervals are windows: they follow each other without a break in time since boot, and
both ends are boundaries, so that no window tells a finer time. One that could not be read in time
goes on to the next boundary; the first one begins at the boundary before the start, and what nobody
saw of it is blind time. In quiet hours (gateway/sampling/quiet.py) there are no boundaries. Only
where the grid moves below a window may it end elsewhere.
"""

from gateway.clock import Clock
from gateway.sampling.grid import Grid

LATE_NS = 1_000_000_000
"""Counts read at most so long after a boundary belong to the window that ended there.

A person takes about that long through a door, and polls and debouncing tell of it later still: no
count is known to a better time. At most half an interval, so that most of it is its own.
"""


class Intervals:
    """Of one sensor, each `length` seconds (0: as fast as it goes).

    `spans`: a reading is of the time up to it, not of a moment; of counts that are `windows`.

    `due_ns`: when the present one ends, in time since boot, on the grid as it was last followed.
    """

    def __init__(
        self, length: float, spans: bool, clock: Clock, grid: Grid, windows: bool = False
    ) -> None:
        self.length_ns = round(length * 1e9)
        self._spans = spans
        self._windows = windows and self.length_ns > 0
        self._late_ns = min(LATE_NS, self.length_ns // 2)
        self._tolerated_ns = min(LATE_NS, self.length_ns // 4)
        self._clock = clock
        self._grid = grid
        self.due_ns = self._last_ns = clock.now_ns()
        if not spans:  # a first moment is overdue
            self._last_ns -= 2 * self.length_ns
        self._align()

    def begin(self, now_ns: int) -> int:
        """When the window that lasts now has begun; at the boot, at the earliest."""
        return self._grid.last_before(now_ns, self.length_ns)

    def resume(self, since_ns: int) -> None:
        """The present window has begun then."""
        self._last_ns = since_ns
        self._align()

    def is_late(self, now_ns: int) -> bool:
        """Whether the window that is due has to go on: it is too late to tell what was in it."""
        return self._windows and (now_ns - self.due_ns) % self.length_ns > self._tolerated_ns

    def go_on(self, now_ns: int) -> None:
        """It ends with the next boundary; more is tolerated there, or a slow bus told nothing."""
        self._tolerated_ns = min(2 * self._tolerated_ns, self.length_ns // 2)
        boundary_ns = now_ns - (now_ns - self.due_ns) % self.length_ns
        self.due_ns = self._opened(boundary_ns + self.length_ns)

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
        if self._windows:
            self._last_ns = boundary_ns
            self._tolerated_ns = min(LATE_NS, self.length_ns // 4)
        self._align()
        in_time = self._spans and up_ns - boundary_ns <= self._late_ns
        return boundary_ns if in_time or self._windows else up_ns

    def _align(self) -> None:
        """Find the next boundary, on the grid as it is now."""
        self._aligned_ns = self._grid.offset_ns
        self.due_ns = self._last_ns
        if self.length_ns:
            self.due_ns = self._opened(self._grid.next_after(self._last_ns, self.length_ns))

    def _opened(self, boundary_ns: int) -> int:
        """That boundary, or for a window the end of the quiet hours in which it lies."""
        return self._grid.out_of_quiet(boundary_ns) if self._windows else boundary_ns
