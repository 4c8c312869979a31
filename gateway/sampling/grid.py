"""The reporting intervals of a node: where one ends and the next one begins.

Theory: a boundary is a moment at which the grid's time is a multiple of the interval. That time is
UTC, counted from 1970, once UTC is known: 15 min then end at 00, 15, 30 and 45, and no local time
has a say. Until then it is the time since boot. `offset_ns` is all that changes, when UTC becomes
known or steps. Sensors wait in time since boot and remember the last boundary in it; the next one
is the boundary *nearest* to one interval later. So the boundaries always move forward, an interval
is between a half and one and a half of its length when the grid moves below it, exactly one
otherwise, and a small correction never makes a tiny extra one.
"""

from collections.abc import Callable


class Grid:
    """One for all sensors of a node, so that intervals of the same length end together.

    `offset_ns` is UTC minus the time since boot; 0 while UTC is unknown. Set by one thread, read by
    others. `quiet` says when the quiet hours end in which that UTC (ns) lies; itself, if in none.
    """

    def __init__(self, quiet: Callable[[int], int] = lambda utc_ns: utc_ns) -> None:
        self.offset_ns = 0
        self.quiet = quiet

    def follow(self, up_ns: int, utc_ns: int | None) -> bool:
        """That moment is that UTC (None: unknown, nothing changes); whether the grid has moved."""
        moved = utc_ns is not None and utc_ns - up_ns != self.offset_ns
        if utc_ns is not None:
            self.offset_ns = utc_ns - up_ns
        return moved

    def next_after(self, last_ns: int, interval_ns: int) -> int:
        """The boundary nearest to one interval after `last_ns`, both in ns since boot.

        Later than `last_ns` by more than half an interval and at most one and a half.
        """
        latest_ns = last_ns + interval_ns + interval_ns // 2
        return latest_ns - (latest_ns + self.offset_ns) % interval_ns

    def last_before(self, now_ns: int, interval_ns: int) -> int:
        """The boundary at or before that moment; at the boot, at the earliest."""
        if not interval_ns:
            return now_ns
        return max(0, now_ns - (now_ns + self.offset_ns) % interval_ns)

    def out_of_quiet(self, boundary_ns: int) -> int:
        """That moment, or the end of the quiet hours; while UTC is unknown there are none."""
        offset_ns = self.offset_ns
        return self.quiet(boundary_ns + offset_ns) - offset_ns if offset_ns else boundary_ns
