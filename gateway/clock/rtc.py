"""A battery clock (RTC) that the configuration names: an estimate, because nobody watches it.

The kernel shows it as whole seconds of UTC in /sys/class/rtc/NAME/since_epoch (its documentation:
ABI/testing/sysfs-class-rtc). A flat battery makes it begin again at 1970 or 2000.
"""

from pathlib import Path

from gateway.clock.anchor import Anchor
from gateway.clock.sources import EARLIEST_NS, LATEST_NS, Clocks, SourceState
from gateway.model import Quality, rfc3339

CLASS = Path("/sys/class/rtc")
_HALF_A_SECOND_NS = 500_000_000
_LONGEST = 32


class Rtc:
    """The RTC `name`, below `folder`."""

    def __init__(self, name: str, folder: Path = CLASS) -> None:
        self.name = name
        self.estimate: Anchor | None = None
        """What it said once, for as long as nobody else says anything."""
        self.problem = ""
        """Why it cannot be used, once it has been looked at."""
        self._path = folder / name / "since_epoch"

    def look(self, now: Clocks, not_before_ns: int | None) -> None:
        """Read it, which may take the time of an I2C transfer; nothing is behind the floor."""
        self.problem = ""
        try:
            seconds = int(self._read())
        except (OSError, ValueError) as error:
            self.problem = f"cannot be read: {error}"
            return
        utc_ns = seconds * 1_000_000_000 + _HALF_A_SECOND_NS
        earliest_ns = max(EARLIEST_NS, not_before_ns or 0)
        if earliest_ns < utc_ns + _HALF_A_SECOND_NS and utc_ns < LATEST_NS:
            self.estimate = Anchor(now.up_ns, utc_ns, Quality.ESTIMATED)
        else:
            self.problem = f"says {_date(seconds)}, but it is later than {rfc3339(earliest_ns)}"

    def state(self) -> SourceState:
        """It never vouches."""
        if self.problem:
            return SourceState(self.name, False, self.problem, faulty=True)
        if self.estimate is None:
            return SourceState(self.name, False, "not read while another vouches")
        return SourceState(
            self.name, False, f"an estimate: it said {rfc3339(self.estimate.utc_ns)}"
        )

    def _read(self) -> bytes:
        with self._path.open("rb") as file:
            return file.read(_LONGEST)


def _date(seconds: int) -> str:
    utc_ns = seconds * 1_000_000_000
    return rfc3339(utc_ns) if 0 <= utc_ns < LATEST_NS else f"{seconds} s since 1970"
