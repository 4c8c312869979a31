"""Small counts are carried on until they are small no longer: what goes out with which window.

Theory. The windows of one sensor come in their order. Of each count the amount of a window joins
the *open* amount. When that is no longer small (k or more) it is *closed*, and what was closed
before it is *settled*: it goes out, with the span of all its windows, with this very window. So of
the amounts of a day the newest closed one waits for the next, and at the end of the day, which is
in the last window that begins in it, what is closed and what is open is settled together. Therefore

    no settled amount is below k, but where a whole day has fewer: the sum of a day is always exact
    spans follow each other, and none is of two days
    a window with nobody and one with fewer than k look the same until the amount that both are in
    is settled: what goes out with which window depends on where amounts close, on nothing else

Where the last window of a day is missing, the first of another day settles what is left. A day that
ends in the very window that does so waits for the next window: one reading has room for one amount.

Times (for how long the sensor was blind, or the place occupied) would tell of single windows what
counts do not. They are carried too, and close with a count whose amount lies wholly in theirs: so
each is of k people or more, and where it closes tells nothing that counts do not tell. Without a
count they are settled at the end of the day.

A null adds nothing; of windows that are all null there is no amount.
"""

from collections.abc import Mapping
from typing import NamedTuple

from gateway.model import Moment

Day = tuple[str, int]
"""A civil day; or, of moments that nobody could date, a boot and a day of it."""


class Counted(NamedTuple):
    """What a window says of one quantity, and its running total; None = null, or there is none."""

    value: float | None
    total: float | None = None


class Window(NamedTuple):
    """One reading: the day that it begins in, and the day that its end lies in, which is not of it.

    `counts` and `times` are by quantity.
    """

    since: Moment
    until: Moment
    day: Day
    end_day: Day
    counts: Mapping[str, Counted]
    times: Mapping[str, Counted]

    @property
    def ends_day(self) -> bool:
        """Whether it is the last one that begins in its day."""
        return self.end_day != self.day


class Amount(NamedTuple):
    """Of one or several windows, the first of which is number `first` of its day.

    `total` is that of the last of them; `measured_ns` is how long they were together.
    """

    value: float
    total: float | None
    since: Moment
    until: Moment
    measured_ns: int
    first: int

    def joined(self, later: "Amount") -> "Amount":
        """Both as one."""
        return Amount(
            self.value + later.value,
            later.total,
            self.since,
            later.until,
            self.measured_ns + later.measured_ns,
            self.first,
        )


Settled = Mapping[str, Amount]
"""What goes out with a window, by quantity."""


class _Carried:
    """One quantity: what is open, what is closed, and what is settled and has not gone out."""

    def __init__(self) -> None:
        self.open: Amount | None = None
        self._closed: Amount | None = None
        self._due: list[Amount] = []

    def add(self, amount: Amount) -> None:
        """Of the next window."""
        self.open = amount if self.open is None else self.open.joined(amount)

    def close(self) -> None:
        """What is open is small no longer."""
        if self._closed is not None:
            self._due.append(self._closed)
        self._closed, self.open = self.open, None

    def end_day(self) -> None:
        """Nothing more comes to it."""
        left = [one for one in (self._closed, self.open) if one is not None]
        if left:
            self._due.append(left[0] if len(left) == 1 else left[0].joined(left[1]))
        self._closed = self.open = None

    def settled(self) -> Amount | None:
        """The oldest that has not gone out."""
        return self._due.pop(0) if self._due else None


class Carrying:
    """One sensor; counts below `small_below` are small."""

    def __init__(self, small_below: int) -> None:
        self._small_below = small_below
        self._carried: dict[str, _Carried] = {}
        self._day: Day | None = None
        self._windows = 0

    def take(self, window: Window) -> Settled:
        """The next window; returns what goes out with it."""
        if window.day != self._day:
            self._end_day()
        self._day = window.day
        closed = self._add_counts(window)
        self._add_times(window, closed)
        self._windows += 1
        if window.ends_day:
            self._end_day()
        found = ((name, one.settled()) for name, one in self._carried.items())
        return {name: amount for name, amount in found if amount is not None}

    def _add_counts(self, window: Window) -> list[int]:
        """Returns with which window of the day each began that is closed."""
        closed = []
        for name, counted in window.counts.items():
            opened = self._added(name, counted, window)
            if opened is not None and opened.value >= self._small_below and not window.ends_day:
                closed.append(opened.first)
                self._carried[name].close()
        return closed

    def _add_times(self, window: Window, closed: list[int]) -> None:
        for name, counted in window.times.items():
            opened = self._added(name, counted, window)
            if opened is not None and any(first >= opened.first for first in closed):
                self._carried[name].close()

    def _added(self, name: str, counted: Counted, window: Window) -> Amount | None:
        """What is open with it; None if it says nothing."""
        if counted.value is None:
            return None
        carried = self._carried.setdefault(name, _Carried())
        since, until = window.since, window.until
        lasted_ns = until[1] - since[1]
        carried.add(Amount(counted.value, counted.total, since, until, lasted_ns, self._windows))
        return carried.open

    def _end_day(self) -> None:
        self._day, self._windows = None, 0
        for carried in self._carried.values():
            carried.end_day()


def is_settled_after(before: Window | None, window: Window) -> bool:
    """Whether nothing is left to go out after that one, whatever came before these two.

    After any window that does not end its day at most that day is left; so the next one, if it ends
    the same day, takes all that is left along.
    """
    return (
        before is not None and window.ends_day and not before.ends_day and before.day == window.day
    )
