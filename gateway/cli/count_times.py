"""Times that a person says and is told: the windows of a sensor, where the node is."""

from datetime import UTC, datetime, time, timedelta

from gateway.civil import zone
from gateway.config import Sensor
from gateway.errors import WrongUsage
from gateway.model import rfc3339
from gateway.reference_count import Window, neighbours, split

MOST = 100
"""Windows of one check."""

_YEARS = range(2000, 2200)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)


def length_ns(sensor: Sensor) -> int:
    """Of a window of that sensor. Raises WrongUsage if it has none."""
    if sensor.interval_s <= 0:
        raise WrongUsage(
            f"{sensor.name} has no windows: its `interval` is 0",
            "give it one in the configuration, 15min for people",
        )
    return round(sensor.interval_s * 1e9)


class LocalTimes:
    """Civil time of that IANA zone, whatever the computer's is. Raises ValueError for no zone."""

    def __init__(self, timezone: str) -> None:
        self.timezone = timezone
        self._zone = zone(timezone)

    def told(self, text: str, now_ns: int) -> int:
        """UTC (ns) of RFC 3339, or of a time of this day there. Raises WrongUsage."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return self._of_today(text, now_ns)
        if moment.tzinfo is None or moment.year not in _YEARS:
            raise WrongUsage(
                f"{text} has no zone, or is of no time that is known here",
                f"for example {rfc3339(now_ns // 10**9 * 10**9)}, or 10:15",
            )
        return _utc_ns(moment)

    def _of_today(self, text: str, now_ns: int) -> int:
        try:
            of_day = time.fromisoformat(text)
        except ValueError:
            of_day = None
        if of_day is None or of_day.tzinfo is not None:
            raise WrongUsage(
                f"{text!r} is no time", "a time of today like 10:15, or like 2026-11-20T10:15:00Z"
            )
        moment = self._local(now_ns).replace(
            hour=of_day.hour,
            minute=of_day.minute,
            second=of_day.second,
            microsecond=of_day.microsecond,
        )
        earlier, later = sorted(_utc_ns(moment.replace(fold=fold)) for fold in (0, 1))
        if earlier != later:
            raise WrongUsage(
                f"the clocks are changed today: {text} comes twice or never",
                f"say it in UTC: {rfc3339(earlier)} or {rfc3339(later)}",
            )
        return earlier

    def windows(self, begin_ns: int, end_ns: int, sensor: Sensor, now_ns: int) -> list[Window]:
        """Those between two boundaries of the past. Raises WrongUsage with the nearest ones."""
        length = length_ns(sensor)
        for at_ns in (begin_ns, end_ns):
            if at_ns % length:
                raise self._no_boundary(at_ns, sensor.name, length, now_ns)
        said = f"from {self.from_to(begin_ns, end_ns, now_ns)}"
        dated = f"of another day it is told with the date: {rfc3339(begin_ns - 86_400 * 10**9)}"
        if begin_ns >= end_ns:
            raise WrongUsage(f"{said}: it must end after it has begun", dated)
        if end_ns > now_ns:
            raise WrongUsage(f"{said} is not over: it is {self.clock_time(now_ns, now_ns)}", dated)
        if end_ns - begin_ns > MOST * length:
            raise WrongUsage(f"these are more than {MOST} windows", "tell fewer at once")
        return split(Window(begin_ns, end_ns), length)

    def clock_time(self, utc_ns: int, now_ns: int) -> str:
        """As people say it: with the date if that is not today's, with seconds if there are any."""
        moment = self._local(utc_ns)
        same_day = moment.date() == self._local(now_ns).date()
        date = "" if same_day else f"{moment:%Y-%m-%d} "
        return f"{date}{moment:%H:%M:%S}" if moment.second else f"{date}{moment:%H:%M}"

    def from_to(self, begin_ns: int, end_ns: int, now_ns: int) -> str:
        """Both ends, the date once if they are of one day."""
        return f"{self.clock_time(begin_ns, now_ns)} to {self.clock_time(end_ns, begin_ns)}"

    def _no_boundary(self, at_ns: int, sensor: str, length: int, now_ns: int) -> WrongUsage:
        before, after = (self.clock_time(one, now_ns) for one in neighbours(at_ns, length))
        return WrongUsage(
            f"{self.clock_time(at_ns, now_ns)} is no boundary of a window of {sensor}, which are "
            f"{span(length)} long",
            f"the nearest are {before} and {after}; what was counted in a part of a window cannot "
            "be compared",
        )

    def _local(self, utc_ns: int) -> datetime:
        return (_1970 + timedelta(microseconds=utc_ns // 1000)).astimezone(self._zone)


def span(length: int) -> str:
    """A length in ns as people say it."""
    seconds = length / 1e9
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def _utc_ns(moment: datetime) -> int:
    return (moment - _1970) // timedelta(microseconds=1) * 1000
