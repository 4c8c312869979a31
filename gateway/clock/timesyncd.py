"""systemd-timesyncd: it touches a file each time that it has corrected the clock.

It does so after every answer of a time server that it accepts, every 32 s to 34 min as it comes
(timesyncd.conf(5), PollIntervalMaxSec=), and the file is gone when the service ends. That it was
touched once does not say that it is still true. So the touch must be

- recent by the wall clock itself: a step back leaves it in the future, one forward long ago, and a
  service without a server falls silent;
- of this wall clock: once it has been seen, any later step leaves it behind, also a small one. A
  step of timesyncd's own comes before its touch.
"""

from pathlib import Path

from gateway.clock.sources import Clocks, SourceState, plain_span

FLAG = Path("/run/systemd/timesync/synchronized")
FRESH_S = 2 * 2048 + 60
"""Two of its longest intervals: one answer may be lost, or be refused as a spike."""
_AHEAD_S = 2
"""So far in the future a touch may be after a leap second."""


class Timesyncd:
    """Vouches while its file `flag` is fresh."""

    def __init__(self, flag: Path = FLAG) -> None:
        self._flag = flag
        self._seen = 0, Clocks(0, 0)
        """The newest touch, and when it was noticed; replaced as one, for several threads ask."""

    def state(self, now: Clocks) -> SourceState:
        try:
            touched_ns = self._flag.stat().st_mtime_ns
        except OSError:
            return SourceState("timesyncd", False, "has not synchronised, or does not run")
        why = self._doubt(touched_ns, now)
        if why:
            return SourceState("timesyncd", False, why)
        age = plain_span(max(0, now.wall_ns - touched_ns) / 1e9)
        return SourceState("timesyncd", True, f"synchronised {age} ago")

    def _doubt(self, touched_ns: int, now: Clocks) -> str:
        if self._seen[0] != touched_ns:
            self._seen = touched_ns, now
        age_s = (now.wall_ns - touched_ns) / 1e9
        if age_s < -_AHEAD_S:
            return f"the clock was set back after it synchronised, by {plain_span(-age_s)} or more"
        if age_s > FRESH_S:
            return f"has not synchronised for {plain_span(age_s)}, or the clock was set forward"
        if now.stepped(self._seen[1]):
            return "the clock was set after it synchronised"
        return ""
