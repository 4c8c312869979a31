"""The hour at which nobody is in a zone, and what the totals of its doors were then.

Theory. The day is closed with the first reading at or after the hour at which the totals of all
doors are known. If that is late, because the node was off, UTC was not known or a door did not
answer, people may have come in since. Totals are known at readings only, so they are those of the
hour in two cases:

- nobody was counted between the last reading before the hour and the first one after it;
- the program was not running at the hour, so that all counts since the last reading before it are
  later than it: then they are the totals of that last reading.

Otherwise nobody knows them, and the hour is left out: the day goes on until the next night. An hour
that lies between two readings by UTC but not by the time since boot never was: the clock was set.
"""

from collections.abc import Callable
from datetime import time
from typing import NamedTuple

from gateway.civil import CivilTime
from gateway.model import Moment
from gateway.occupancy.balance import Totals

_BACK_NS = 50 * 3_600_000_000_000
"""Two civil days at least, whatever the clocks do."""


class Seen(NamedTuple):
    """Totals of all doors that were known, and up to when each door had been read."""

    totals: Totals
    until: tuple[Moment, ...]


class Present(NamedTuple):
    """A moment of this boot, its UTC, and the totals then."""

    at: Moment
    utc_ns: int
    totals: Totals


class Hour:
    """A time of day in a zone of civil time; one that is in quiet hours is at their end.

    What is counted in these is known at their end only, and who works in them has left by then.
    """

    def __init__(
        self, civil: CivilTime, time_of_day: time, quiet: Callable[[int], int] = lambda utc: utc
    ) -> None:
        self._civil = civil
        self._time = time_of_day
        self._quiet = quiet

    def last(self, utc_ns: int) -> int:
        """The newest one, in UTC, at or before that moment."""
        found_ns = self._next(utc_ns - _BACK_NS)
        while (next_ns := self._next(found_ns)) <= utc_ns:
            found_ns = next_ns
        return found_ns

    def _next(self, utc_ns: int) -> int:
        return self._quiet(self._civil.next_at(self._time, utc_ns))

    def day(self, utc_ns: int) -> int:
        """The number of the civil day."""
        return self._civil.day(utc_ns)


def totals_at(
    hour_ns: int,
    now: Present,
    seen: Seen | None,
    started_ns: int,
    in_time_ns: int,
    utc_of: Callable[[Moment], int | None],
) -> Totals | None:
    """What they were at that hour (UTC), which has passed; None if nobody knows.

    `seen` is the newest before `now`, the program runs since `started_ns` of this boot, and so
    long after the hour `now` is still in time.
    """
    late_ns = now.utc_ns - hour_ns
    if late_ns < in_time_ns:
        return now.totals
    boot, up_ns = now.at
    hour_up_ns = up_ns - late_ns

    def before(moment: Moment) -> bool:
        if moment[0] == boot:
            return moment[1] <= hour_up_ns
        utc_ns = utc_of(moment)
        return utc_ns is not None and utc_ns <= hour_ns

    if seen is None or not seen.until or not all(before(moment) for moment in seen.until):
        return None
    was_off = hour_up_ns <= started_ns
    return seen.totals if was_off or seen.totals == now.totals else None
