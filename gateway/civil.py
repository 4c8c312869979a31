"""Local civil time: which day it is where people live, and when their clocks show some hour.

Theory: civil time is UTC plus an offset that steps, in most zones twice a year. So a time of day
may exist twice in a day, when clocks are set back, or not at all, when they are set forward. Of two
the first is taken; one that is left out is taken at the moment at which the clocks jump over it
(the first moment at which they show that time or a later one). So each day has each time of day
exactly once, and in their order. Time zones are those of the IANA data base, the system's or, where
it has none, those of the package tzdata.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name. Raises ValueError if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:  # OSError: "Europe" is a folder
        raise ValueError(f"no time zone is called {name}") from error


class CivilTime:
    """Of the time zone of that IANA name. Raises ValueError if there is none."""

    def __init__(self, name: str) -> None:
        self._zone = zone(name)

    def day(self, utc_ns: int) -> int:
        """The number of the local civil day: 1 more each day, 719163 for 1970-01-01."""
        return self._local(utc_ns).toordinal()

    def next_at(self, time_of_day: time, utc_ns: int) -> int:
        """The first moment after that UTC at which local clocks show that time of day.

        To the whole second. A time that does not exist that day: the moment of the change; one
        that exists twice: the first.
        """
        day = self._local(utc_ns).date() - _DAY
        while (found_ns := self._moment(day, time_of_day)) <= utc_ns:
            day += _DAY
        return found_ns

    def _local(self, utc_ns: int) -> datetime:
        return (_EPOCH + timedelta(seconds=utc_ns // 1_000_000_000)).astimezone(self._zone)

    def _moment(self, day: date, time_of_day: time) -> int:
        """When that day has that time, in UTC."""
        clocks = datetime.combine(day, time_of_day.replace(second=0, microsecond=0, tzinfo=None))
        first = self._utc(clocks)
        if self._shown(first) != clocks:
            first = self._change(self._utc(clocks.replace(fold=1)), first)
        return (first - _EPOCH) // _SECOND * 1_000_000_000

    def _change(self, before: datetime, after: datetime) -> datetime:
        """The first second with the offset of `after`, between the two (PEP 495: a gap)."""
        offset = after.astimezone(self._zone).utcoffset()
        while after - before > _SECOND:
            middle = before + (after - before) // _SECOND // 2 * _SECOND
            if middle.astimezone(self._zone).utcoffset() == offset:
                after = middle
            else:
                before = middle
        return after

    def _utc(self, clocks: datetime) -> datetime:
        return clocks.replace(tzinfo=self._zone).astimezone(UTC)

    def _shown(self, utc: datetime) -> datetime:
        """What local clocks show then."""
        return utc.astimezone(self._zone).replace(tzinfo=None, fold=0)
