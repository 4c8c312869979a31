"""The account of a zone: its balance over days, restarts and lost files, and what is wrong with it.

The balance is on disk before the reading that goes by it is in the log. So a process that is killed
between the two goes on from the correction, and tells the drift with its first reading.
"""

import logging
from collections.abc import Callable

from gateway.clock import Clock
from gateway.config import Zone as ZoneConfig
from gateway.errors import GatewayError
from gateway.model import Finding, Moment
from gateway.occupancy.balance import NEW, Balance, Day, Totals
from gateway.occupancy.hour import Hour, Present, Seen, totals_at
from gateway.occupancy.store import BalanceFile
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

_ANEW = "counts from 0, whoever was inside"


class Account:
    """Of that zone. `seen` is what the log knew when this run began; None: not the totals.

    `in_time_ns`: so long after the hour a reading may close the day by itself.
    """

    def __init__(
        self,
        config: ZoneConfig,
        file: BalanceFile,
        clock: Clock,
        hour: Hour | None,
        seen: Seen | None,
        in_time_ns: int,
    ) -> None:
        self._config = config
        self._signs = config.signs
        self._file = file
        self._clock = clock
        self._hour = hour
        self._seen = seen
        self._started_ns = clock.now_ns()
        self._in_time_ns = in_time_ns
        self._anew = Trouble(f"zone {config.name}", "may be miscounted", clock, logger)
        self._off = Trouble(f"zone {config.name}", "has drifted", clock, logger)
        self.balance, self._why = self._kept()
        if self.balance is not None:
            self._judge(self.balance)

    def take(self, totals: Totals, at: Moment, utc_of: Callable[[Moment], int | None]) -> Balance:
        """What the doors say at that moment; the balance by which a reading may go, once kept."""
        balance = self.balance
        if balance is None or not balance.fits(totals):
            balance = self._begun(totals)
        utc_ns = utc_of(at)
        if utc_ns is not None:
            balance = self._closed(balance, Present(at, utc_ns, totals), utc_of)
            self._seen = Seen(totals, (at,))
        balance = balance.corrected_by(totals)
        self._keep(balance)
        return balance

    def told(self) -> None:
        """The reading that went by the balance is in the log."""
        if self.balance is not None:
            self._keep(self.balance.told())

    @property
    def closed(self) -> Day | None:
        """The day that was closed last, if anything is known of it."""
        return None if self.balance is None else self.balance.closed

    def findings(self) -> list[Finding]:
        """What is wrong with its counts. For any thread."""
        found = [trouble.finding for trouble in (self._anew, self._off)]
        return [finding for finding in found if finding is not None]

    def _kept(self) -> tuple[Balance | None, str]:
        """What the file says, if it is of this zone as it is configured; else why it is not."""
        kept = self._file.get(self._config.name)
        if kept is not None and kept.signs == self._signs and kept.base.keys() == kept.signs.keys():
            return kept, ""
        if kept is not None:
            return None, "its doors are not those that they were"
        if self._seen is not None and not any(map(any, self._seen.totals.values())):
            return None, NEW
        return None, self._file.problem or f"{self._file.path} does not know it"

    def _begun(self, totals: Totals) -> Balance:
        """Counting from 0: from where this run began, or from here where the log lost counts."""
        base, why = totals, "the log has lost counts"
        if self.balance is None:
            base, why = totals if self._seen is None else self._seen.totals, self._why
        if self._hour is None and why != NEW:  # else it is a finding
            logger.warning("zone %s %s: %s", self._config.name, _ANEW, why)
        return Balance(self._signs, dict(base), anew=why)

    def _closed(
        self, balance: Balance, now: Present, utc_of: Callable[[Moment], int | None]
    ) -> Balance:
        """The next balance, if an hour has passed that has not closed one yet."""
        if self._hour is None:
            return balance
        hour_ns = self._hour.last(now.utc_ns)
        day = self._hour.day(hour_ns)
        if day == balance.day:
            return balance
        base = totals_at(hour_ns, now, self._seen, self._started_ns, self._in_time_ns, utc_of)
        return balance if base is None or not balance.fits(base) else balance.ended(base, day)

    def _keep(self, balance: Balance) -> None:
        self._file.keep(self._config.name, balance)
        self.balance = balance
        self._judge(balance)

    def _judge(self, balance: Balance) -> None:
        """Whether it should be looked at."""
        at = self._config.balance_at
        if balance.anew in ("", NEW) or at is None:  # without an hour nothing would end it
            self._anew.went()
        else:
            cure = f"wait for the balance at {at}: from then on it is right again"
            self._anew.came(GatewayError(f"it {_ANEW}: {balance.anew}"), cure)
        if balance.closed is None or not balance.closed.is_off:
            self._off.went()
        else:
            doors = " or ".join(self._signs)
            cure = (
                f"count by hand at a door, {doors}: gateway count-check {next(iter(self._signs))}"
            )
            self._off.came(GatewayError(_told(balance.closed)), cure)


def _told(day: Day) -> str:
    said = (
        f"on its last day {day.miscounted} of {day.traffic} who passed its doors ({day.share:.0%})"
    )
    return f"{said} were miscounted at least: {day.left} left inside, {day.corrected} never came in"
