"""Which row a reading lies in: whole intervals of UTC, cut at local midnight.

A row that reached over midnight would tell of two days, and nobody could say how many came on which
of them. So where midnight is no boundary of UTC rows, there is one row more each day.
"""

from collections.abc import Callable
from typing import NamedTuple

from gateway.model import StoredReading

_SECOND = 1_000_000_000
NEAR_S = 2
"""Times that a network has told are wrong by a second."""
_QUARTER = 4
"""Of a short window less than that is near: it must not be taken for the next one."""

DayOf = Callable[[int], int]
"""The number of the local civil day of a UTC (ns since 1970)."""


class Place(NamedTuple):
    """Which row: when it ends (UTC in s since 1970, None: nobody knows), and how long it is."""

    ends_s: int | None
    length_s: int


class Grid:
    """`window_s` is that of counts, `interval_s`, a multiple of it, that of rows."""

    def __init__(self, window_s: int, day: DayOf) -> None:
        self.interval_s = self.window_s = window_s
        self._near_s = min(NEAR_S, window_s // _QUARTER)
        self._day = day

    def place(self, own: Place) -> Place:
        """The row of what has that place: that in which its middle lies, or its only moment."""
        if own.ends_s is None:
            return Place(None, self.interval_s)
        middle_s = own.ends_s - own.length_s // 2
        ends_s = -(-middle_s // self.interval_s) * self.interval_s
        begins_s = ends_s - self.interval_s
        day = self._day_before(middle_s)
        while self._day_before(begins_s + self.window_s) < day:
            begins_s += self.window_s
        while self._day_before(ends_s) > day:
            ends_s -= self.window_s
        return Place(ends_s, ends_s - begins_s)

    def whole(self, own: Place) -> Place:
        """The same from boundary to boundary of windows, if it is off them only as told times are.

        So that what was dated anew is the same row, and doors and gauges are told in one.
        """
        if own.ends_s is None:
            return own
        ends_s, begins_s = self._boundary(own.ends_s), self._boundary(own.ends_s - own.length_s)
        if ends_s is None or begins_s is None or begins_s >= ends_s:
            return own
        return Place(ends_s, ends_s - begins_s)

    def is_last(self, own: Place, row: Place) -> bool:
        """Whether nothing else of that row comes behind what has that place."""
        if own.ends_s is None or row.ends_s is None:
            return False
        return own.ends_s + self._near_s >= row.ends_s

    def spanned(self, row: Place, begins_s: int, ends_s: int) -> Place:
        """The part of the row from the first to the last that is known of it."""
        if row.ends_s is None:
            return row
        near_s, row_begins_s = self._near_s, row.ends_s - row.length_s
        whole = begins_s - near_s <= row_begins_s and ends_s + near_s >= row.ends_s
        return row if whole else Place(ends_s, ends_s - begins_s)

    def _boundary(self, utc_s: int) -> int | None:
        """The one that is near."""
        nearest_s = (utc_s + self.window_s // 2) // self.window_s * self.window_s
        return nearest_s if abs(nearest_s - utc_s) <= self._near_s else None

    def _day_before(self, utc_s: int) -> int:
        """That of what ends there."""
        return self._day((utc_s - 1) * _SECOND)


def own_place(entry: StoredReading) -> Place:
    """Of its own interval; of a moment without length."""
    length_s = 0 if entry.span_ns is None else round(entry.span_ns / _SECOND)
    utc_ns = entry.at.utc_ns
    return Place(None if utc_ns is None else round(utc_ns / _SECOND), length_s)
