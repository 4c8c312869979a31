"""The account and its file: what is kept, and what is wrong with it.

`now` gives the account and ledger time to whoever asks, one at a time. Writing waits for the disk,
so it holds nobody up: only one thread writes.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from gateway.airtime.account import Account
from gateway.airtime.damage import assumed
from gateway.airtime.file import LedgerFile
from gateway.airtime.ledger_time import LedgerTime
from gateway.airtime.records import Reckoning, Record
from gateway.airtime.rules import Rules
from gateway.airtime.windows import DAY_NS, NEVER_NS, SECOND_NS
from gateway.clock import Anchor, Clock, plain_span
from gateway.errors import GatewayError, UplinkUnavailable
from gateway.model import Finding
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

_LONG_NS = 3600 * SECOND_NS
_THRIFT = "send less often or less at once, or give the antenna a place with a better data rate"


class Book:
    """The account in the file at `path`; `about` is whose it is."""

    def __init__(
        self, path: Path, clock: Clock, about: str, rules: Rules, *, expected: bool
    ) -> None:
        self._rules = rules
        self._lock = Lock()
        self._file = LedgerFile(path, self._snapshot)
        self._disk = Trouble(about, "sends nothing: its airtime cannot be kept", clock, logger)
        self._damage = Trouble(about, "has lost a part of its airtime's account", clock, logger)
        self._spent = Trouble(about, "has used up its airtime of the day", clock, logger)
        self._damaged_until_ns = 0
        self._written: Reckoning | None = None
        self._account = Account(rules.fair_use)
        content = self._file.read()
        for record in content.records if content is not None else ():
            self._account.apply(record)
        self._time = LedgerTime(clock, self._account.reckoning, self._account.latest_ns)
        self._follow()
        damage = content.damage if content is not None else "it is missing" if expected else ""
        if damage:
            self._assume(f"{path}: {damage}")
        self.note([])

    @contextmanager
    def now(self) -> Iterator[tuple[Account, int]]:
        """The account, and the ledger time that it is; only for the thread that writes."""
        with self._lock:
            self._time.look()
            self._follow()
            yield self._account, self._time.now_ns()

    @contextmanager
    def glance(self) -> Iterator[tuple[Account, int]]:
        """The same for any thread: between a moment and its record ledger time must not jump."""
        with self._lock:
            yield self._account, self._time.now_ns()

    def keep(self, records: Sequence[Record]) -> None:
        """On the disk first, and then in the account. Raises UplinkUnavailable."""
        try:
            self._write(records, durably=True)
        except OSError as error:
            raise UplinkUnavailable(f"its airtime cannot be kept: {error}", self._room()) from error
        self.remember(*records)

    def note(self, records: Sequence[Record], *, durably: bool = True) -> None:
        """In the account, and on the disk with the next that is kept if not now."""
        with suppress(OSError):  # it is told as a finding, and until then nothing is sent
            self._write(records, durably=durably)
        self.remember(*records)

    def remember(self, *records: Record) -> None:
        """In the account only: a restart may know less of it."""
        with self._lock:
            for record in records:
                self._account.apply(record)

    def close(self) -> None:
        """What a restart would know less of goes into the file, if it can be written."""
        with suppress(OSError):  # as it was it says more than was sent
            self._file.begin_anew()

    def hear(self, told: Anchor) -> None:
        """Somebody vouches for UTC of that moment of this boot."""
        with self._lock:
            self._time.hear(told)
            self._follow()

    def findings(self) -> list[Finding]:
        """What is wrong."""
        with self.glance() as (account, now_ns):
            self._judge(account, now_ns)
        troubles = (self._disk, self._damage, self._spent)
        return [one.finding for one in troubles if one.finding is not None]

    def _write(self, records: Sequence[Record], *, durably: bool) -> None:
        reckoning = self._time.reckoning
        news = [] if reckoning == self._written else [reckoning]
        try:
            self._file.add([*news, *records], durably=durably)
        except OSError as error:
            self._disk.came(error, self._room())
            raise
        self._disk.went()
        self._written = reckoning

    def _follow(self) -> None:
        """The account follows how its time is reckoned."""
        if self._account.reckoning != self._time.reckoning:
            self._account.apply(self._time.reckoning)

    def _snapshot(self) -> list[Record]:
        with self.glance() as (account, now_ns):
            return account.snapshot(now_ns)

    def _assume(self, damage: str) -> None:
        with self.now() as (account, now_ns):
            for record in assumed(account, self._rules.fair_use, now_ns):
                account.apply(record)
        self._damaged_until_ns = now_ns + DAY_NS
        self._damage.came(
            GatewayError(f"{damage}; half of a day's airtime counts as used"),
            "wait for a day; if it comes again, the card is failing",
        )

    def _judge(self, account: Account, now_ns: int) -> None:
        if now_ns >= self._damaged_until_ns:
            self._damage.went()
        like_ns = account.exchanges[-1].airtime_ns if account.exchanges else 0
        wait_ns = self._rules.granted_ns(account, like_ns) - now_ns
        if _LONG_NS < wait_ns < NEVER_NS // 2:
            wait = plain_span(wait_ns / SECOND_NS)
            self._spent.came(GatewayError(f"an uplink like the last may go in {wait}"), _THRIFT)
        elif wait_ns <= 0:
            self._spent.went()

    def _room(self) -> str:
        folder = self._file.path.parent
        if not folder.exists():
            return "the gateway makes that folder when it is first started: systemctl start gateway"
        return f"is there room, and may it be written? df -h {folder}"
