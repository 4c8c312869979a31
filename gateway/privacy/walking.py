"""What goes out with the windows of one sensor, wherever in the log somebody asks for them.

Theory. What goes out with a window follows from those before it, back to one after which nothing
was left (carrying.py). So a *walker* takes the windows in their order, from such a place on, and
knows what went out with the newest. News and backlog are asked for side by side, each in order, and
each gets a walker; whoever asks for what neither has before it gets a new one, which looks back.
Days are those that the node knew when the window ended: what it hears later changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from operator import attrgetter

from gateway.buffer.feed import Stretch
from gateway.buffer.protected import History
from gateway.buffer.rows import Row, back
from gateway.privacy.carrying import Carrying, Counted, Day, Settled, Window, is_settled_after
from gateway.privacy.columns import Column, columns

REMEMBERED = 500
"""Windows of one sensor of which is known what went out with them."""

FAR = 20_000
"""Rows over which a walker goes on rather than that a new one looks back."""

LOOK_BACK = 500_000
"""Rows among which it is looked for a beginning; behind that one begins where one stands."""

_FIRST_LOOK = 4_000
_LARGEST_LOOK = 64_000

_WALKERS = 2
_DAY_NS = 86_400_000_000_000

_ON_THE_BOUNDARY_NS = 2_000_000_000
"""How far from the end of a day a window may be dated that ends there: networks tell seconds."""
_LEAST_SHARE = 4
"""A window is of the day that all of it but so small a part lies in."""

_Key = tuple[int, int]
"""The position of a window, and how many before it the first that was merged into it stood."""

DayOf = Callable[[int], int]
"""The number of the local civil day of a UTC (ns since 1970)."""


class _Walker:
    """`position`: all windows up to there were taken."""

    def __init__(self, small_below: int, position: int) -> None:
        self.position = position
        self.carrying = Carrying(small_below)


class Walkers:
    """Of one sensor."""

    def __init__(self, sensor: str, small_below: int, day: DayOf) -> None:
        self._sensor = sensor
        self._small_below = small_below
        self._day = day
        self._walkers: list[_Walker] = []
        """The one that was used last is the last."""
        self._told: dict[_Key, Settled] = {}

    def settled(
        self, history: History, stretch: Stretch, rows: Sequence[Row]
    ) -> dict[int, Settled] | None:
        """By position, what goes out with these windows, which are all of the sensor's there.

        None if those before them cannot be read now.
        """
        found = {row.position: self._told.get(_key(row)) for row in rows}
        known = {position: one for position, one in found.items() if one is not None}
        if len(known) == len(rows):
            return known
        first = min(found.keys() - known.keys())
        walker = self._walker(history, stretch.after, first)
        if walker is None:
            return None
        taken = self._take(history, walker, rows)
        walker.position = stretch.upto
        return known | taken

    def passed(self, stretch: Stretch) -> None:
        """There are none of the sensor's windows."""
        for walker in self._walkers:
            if stretch.after <= walker.position < stretch.upto:
                walker.position = stretch.upto

    def _walker(self, history: History, after: int, first: int) -> _Walker | None:
        """One that stands behind `after` and before `first`."""
        near = [one for one in self._walkers if after - FAR <= one.position < first]
        nearest = max(near, key=attrgetter("position"), default=None)
        walker = self._begun(history, after) if nearest is None else nearest
        if walker is None or not self._go_on(history, walker, after):
            return None
        others = [one for one in self._walkers if one is not walker]
        self._walkers = [*others, walker][-_WALKERS:]
        return walker

    def _go_on(self, history: History, walker: _Walker, upto: int) -> bool:
        """Take what stands between; whether that could be read."""
        if walker.position >= upto:
            return True
        rows = history.readings_of(self._sensor, walker.position, upto)
        if rows is None:
            return False
        self._take(history, walker, rows)
        walker.position = upto
        return True

    def _begun(self, history: History, after: int) -> _Walker | None:
        """A new one at that place."""
        rows: list[Row] = []
        low, reach = after, _FIRST_LOOK
        begins = None
        while begins is None and low > 0 and after - low < LOOK_BACK:
            lower = max(0, low - reach)
            found = history.readings_of(self._sensor, lower, low)
            if found is None:
                return None
            rows = found + rows
            begins = self._beginning(history, rows)
            low, reach = lower, min(2 * reach, _LARGEST_LOOK)
        walker = _Walker(self._small_below, 0)
        self._take(history, walker, rows[begins or 0 :])
        walker.position = after
        return walker

    def _beginning(self, history: History, rows: Sequence[Row]) -> int | None:
        """Behind the newest window after which nothing was left."""
        told = [(at, one) for at, row in enumerate(rows) if (one := self._window(history, row))]
        for (_, before), (at, window) in reversed(list(pairwise(told))):
            if is_settled_after(before, window):
                return at + 1
        return None

    def _take(self, history: History, walker: _Walker, rows: Sequence[Row]) -> dict[int, Settled]:
        """Those that it has not taken."""
        taken: dict[int, Settled] = {}
        for row in rows:
            if row.position > walker.position:
                window = self._window(history, row)
                taken[row.position] = {} if window is None else walker.carrying.take(window)
                walker.position = row.position
                self._told.setdefault(_key(row), taken[row.position])
        for key in list(self._told)[: max(0, len(self._told) - REMEMBERED)]:
            del self._told[key]
        return taken

    def _window(self, history: History, row: Row) -> Window | None:
        """None if it has nothing that can be carried."""
        told = columns(row.layout.names)
        if told is None or not told.counters:
            return None
        texts = row.packed.split(",")[2 if row.layout.step_s else 0 :]
        since, until = (row.boot, row.up_ns - (row.span_ns or 0)), (row.boot, row.up_ns)
        offset_ns = history.offset_ns(until)
        near_ns = min(_ON_THE_BOUNDARY_NS, (row.span_ns or 0) // _LEAST_SHARE)
        return Window(
            since,
            until,
            self._day_of(row.boot, since[1] + near_ns, offset_ns),
            self._day_of(row.boot, until[1] + near_ns, offset_ns),
            dict(_counted(told.counts, texts)),
            dict(_counted(told.times, texts)),
        )

    def _day_of(self, boot: str, up_ns: int, offset_ns: int | None) -> Day:
        if offset_ns is None:
            return boot, up_ns // _DAY_NS
        return "", self._day(up_ns + offset_ns)


def _key(row: Row) -> _Key:
    """Of readings that were merged since it is another one."""
    return row.position, back(row)


def _counted(told: Sequence[Column], texts: Sequence[str]) -> Iterator[tuple[str, Counted]]:
    for name, place, total in told:
        yield name, Counted(_number(texts[place]), None if total is None else _number(texts[total]))


def _number(text: str) -> float | None:
    return None if text == "null" else float(text)
