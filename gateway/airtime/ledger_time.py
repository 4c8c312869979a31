"""The ledger's own clock: it stands still sooner than it runs ahead of the truth.

Theory. A window of an hour is kept if an hour of the truth has passed whenever the ledger believes
so. Ledger time therefore counts only what has passed for certain:

- within a boot, the time since boot: no step of the wall clock moves it. A restart of the program
  goes on with it, because the file says how it was reckoned in this boot;
- over a reboot, nothing. What was written last was written before this boot began, so ledger time
  was at least there when the time since boot was 0;
- more than nothing only where UTC was vouched for on both sides. `own_ns` is by how much UTC was
  ahead of ledger time in this boot, at most; `before_ns` is the same of the newest boot before it
  that knew, which ended at `since_ns`. The first time that somebody vouches in a boot, ledger time
  catches up with what UTC says, less all that both sides may be wrong by. It does so once in a
  boot: a later step tells of a false time server, not of time that has passed. A false one that was
  heard before a reboot only makes ledger time stand still; one that is the first to be heard after
  it may move it too far, once.

Where between `since_ns` and now that time has gone nobody knows: in any of the reboots. So all that
was told since moves on with it (account.py), as if it had gone before all of them.

The time since boot may itself be 500 ppm fast while nobody disciplines it: windows are longer than
they are called by so much (windows.py).
"""

from msgspec.structs import replace

from gateway.airtime.records import Reckoning
from gateway.clock import Anchor, Clock
from gateway.clock.sources import EARLIEST_NS, LATEST_NS
from gateway.model import Quality

SLACK_NS = 5_000_000_000
"""Two vouched times may each be wrong by a second, a leap second lies between, `own_ns` jitters."""
_JITTER_NS = 1_000_000_000


class LedgerTime:
    """Ledger time in this boot, from what the file said of it, and of the last moment in it."""

    def __init__(self, clock: Clock, known: Reckoning | None, latest_ns: int) -> None:
        self._clock = clock
        self.reckoning = _reckoned(clock, known, latest_ns)

    def now_ns(self) -> int:
        """Ledger time; never less than before."""
        return self.reckoning.base_ns + self._clock.now_ns()

    def look(self) -> None:
        """Whether somebody vouches for the wall clock."""
        anchor = self._clock.anchor()
        if anchor is not None and anchor.quality is Quality.SYNCED:
            self.hear(anchor)

    def hear(self, told: Anchor) -> None:
        """Somebody vouches for UTC of that moment."""
        if not EARLIEST_NS <= told.utc_ns < LATEST_NS:
            return
        now = self.reckoning
        base_ns = now.base_ns
        if now.own_ns is None and now.before_ns is not None:
            base_ns = max(base_ns, told.utc_ns - now.before_ns - SLACK_NS - told.up_ns)
        ahead_ns = told.utc_ns - told.up_ns - base_ns
        if now.own_ns is None or ahead_ns > now.own_ns + _JITTER_NS:
            self.reckoning = replace(now, base_ns=base_ns, own_ns=ahead_ns)


def _reckoned(clock: Clock, known: Reckoning | None, latest_ns: int) -> Reckoning:
    if known is None:
        return Reckoning(clock.boot_id, latest_ns, latest_ns, None, None)
    if known.boot == clock.boot_id:
        return replace(known, base_ns=max(known.base_ns, latest_ns - clock.now_ns()))
    if known.own_ns is None:
        return Reckoning(clock.boot_id, latest_ns, known.since_ns, known.before_ns, None)
    return Reckoning(clock.boot_id, latest_ns, latest_ns, known.own_ns, None)
