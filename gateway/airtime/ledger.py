"""The ledger of one radio uplink: what was on the air, and so when the next may go.

Theory. Nothing is sent that was not charged, and a charge is on the disk before the modem is asked.
So whatever moment the process or the power dies in, what stands there is never less than what was
sent. A charge stands until the modem has said that it did not send (`refund`); silence, rubbish
and a reset say nothing. `settle` says that the exchange is over, which no kill can make longer than
it was charged as; it is only written when it says more than the charge did, and at the end of the
program (`close`).

Each rule gives the moment from which on it allows an uplink, and none takes that back unless
something is charged. So the latest of those moments is when the next uplink may go, and the wait
that is told is enough. All moments are in ledger time (ledger_time.py), which is never ahead of the
truth: every window is too long rather than too short.

- No file: a new node, with all its budget. If something else on the node knows better (`expected`),
  it counts as damaged.
- A damaged file: what can be read counts; besides, an hour of silence, half of the day's airtime,
  downlinks and joins are gone, and the bucket of the pace is empty. The law is kept whatever was
  lost; a day may hold half as much again as the network's budget. A finding says so for a day.
- A file that cannot be written: a charge that is not on the disk is none, so nothing is sent until
  there is room. Otherwise a node that restarts each hour with a full disk would send without limit.

One thread uses it; `told` and `findings` may be asked by any.
"""

import math
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from drivers.lorawan.airtime import JOIN_REQUEST_BYTES, airtime_ns
from drivers.lorawan.eu868 import DEFAULT_CHANNELS_HZ
from gateway.airtime.book import Book
from gateway.airtime.fair_use import FAIR_USE, Budget
from gateway.airtime.records import Exchange, Heard, Joining, Record, Refunded, Silence
from gateway.airtime.rules import Rules, transmissions_ns
from gateway.airtime.told import Told
from gateway.airtime.windows import NEVER_NS, SECOND_NS
from gateway.clock import Anchor, Clock
from gateway.errors import NotNow
from gateway.model import Finding

_MS_NS = 1_000_000
_LONGEST_S = 86_400.0
"""A modem that says more is broken."""


class Charge(NamedTuple):
    """What was charged, to settle it or to have it refunded."""

    number: int
    payload_bytes: int
    data_rate: int
    transmissions: int
    is_join: bool = False

    def airtime_ns(self) -> list[int]:
        """Of each transmission."""
        if self.is_join:
            return [airtime_ns(JOIN_REQUEST_BYTES, self.data_rate)]
        return transmissions_ns(self.payload_bytes, self.data_rate, self.transmissions)


class Ledger:
    """The ledger in the file at `path`, of the radio uplink `name` on these channels (Hz).

    `budget`: what the network grants. `expected`: whether there must be a file, because something
    else on the node knows of earlier uplinks.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        name: str,
        budget: Budget = FAIR_USE,
        channels_hz: Iterable[int] = DEFAULT_CHANNELS_HZ,
        *,
        expected: bool = False,
        chance: Random | None = None,
    ) -> None:
        self._rules = Rules(budget, channels_hz)
        self._chance = chance or Random()
        self._book = Book(path, clock, f"uplink {name}", self._rules, expected=expected)

    def wait_s(self, payload_bytes: int, data_rate: int, transmissions: int = 1) -> float:
        """In how long such an uplink may go; 0.0 = now, inf = never under this budget.

        `transmissions`: how often a modem may send it at most. Raises ValueError if there is no
        such uplink.
        """
        each_ns = transmissions_ns(payload_bytes, data_rate, transmissions)
        with self._book.now() as (account, now_ns):
            return _seconds(self._rules.free_ns(account, sum(each_ns)) - now_ns)

    def pace_wait_s(
        self, payload_bytes: int, data_rate: int, transmissions: int = 1, *, urgent: bool = False
    ) -> float:
        """In how long it should go, if the day's budget is to last; never less than `wait_s`."""
        airtime = sum(transmissions_ns(payload_bytes, data_rate, transmissions))
        with self._book.now() as (account, now_ns):
            at_ns = self._rules.paced_ns(account, airtime, now_ns, urgent=urgent)
            return _seconds(at_ns - now_ns)

    def join_wait_s(self, data_rate: int) -> float:
        """In how long the node may ask to join."""
        airtime = airtime_ns(JOIN_REQUEST_BYTES, data_rate)
        with self._book.now() as (account, now_ns):
            return _seconds(self._rules.join_ns(account, airtime, now_ns) - now_ns)

    def spacing_s(self, payload_bytes: int, data_rate: int, transmissions: int = 1) -> float:
        """From one such uplink to the next, when nothing else is sent: so old the newest news get.

        What an exchange itself takes comes on top.
        """
        each_ns = transmissions_ns(payload_bytes, data_rate, transmissions)
        return _seconds(self._rules.spacing_ns(each_ns))

    def confirmed_allowed(self) -> bool:
        """Whether the network grants one more confirmed uplink."""
        with self._book.now() as (account, now_ns):
            return self._rules.confirmed_allowed(account, now_ns)

    def charge(
        self, payload_bytes: int, data_rate: int, transmissions: int = 1, *, confirmed: bool = False
    ) -> Charge:
        """Before the modem is asked to send; it is on the disk then.

        Raises NotNow if it may not go now, UplinkUnavailable if it cannot be written.
        """
        each_ns = transmissions_ns(payload_bytes, data_rate, transmissions)
        with self._book.now() as (account, now_ns):
            _refuse_until(self._rules.free_ns(account, sum(each_ns)), now_ns)
            if confirmed and not self._rules.confirmed_allowed(account, now_ns):
                raise NotNow("no confirmed uplink is left today", "send it unconfirmed")
            new = self._rules.exchange(account.number + 1, now_ns, each_ns)
        self._book.keep([replace(new, confirmed=int(confirmed))])
        return Charge(new.number, payload_bytes, data_rate, transmissions)

    def charge_join(self, data_rate: int) -> Charge:
        """Before the modem is asked to join; raises as `charge` does."""
        airtime = airtime_ns(JOIN_REQUEST_BYTES, data_rate)
        with self._book.now() as (account, now_ns):
            _refuse_until(self._rules.join_ns(account, airtime, now_ns), now_ns)
            new = self._rules.exchange(account.number + 1, now_ns, [airtime])
            new = replace(new, uplinks=0, joins=1)
            joining = self._rules.joining(account, new, self._chance)
        self._book.keep([joining, new])
        return Charge(new.number, 0, data_rate, 1, is_join=True)

    def refund(self, charge: Charge, wait_s: float = 0.0) -> None:
        """The modem has said that it did not send, and will not for so long."""
        with self._book.now() as (account, now_ns):
            records: list[Record] = [Refunded(charge.number)]
            if wait_s > 0:
                records.append(
                    Silence(now_ns, now_ns + math.ceil(min(wait_s, _LONGEST_S) * SECOND_NS))
                )
            if charge.is_join and account.joining is not None:
                records.append(Joining(now_ns, account.joining.began_ns, now_ns))
        self._book.note(records, durably=False)

    def settle(self, charge: Charge, data_rate: int | None = None) -> None:
        """The modem has said that the exchange is over.

        `data_rate`: that of the session then. Where ADR has lowered it, the uplink was longer.
        """
        with self._book.now() as (account, now_ns):
            old = account.find(charge.number)
            new = None if old is None else self._settled(charge, old, now_ns, data_rate)
        if old is None or new is None:
            return
        if new.ends_ns <= old.ends_ns and new.airtime_ns == old.airtime_ns:
            self._book.remember(new)
        else:
            self._book.note([new])

    def close(self) -> None:
        """The program ends: the next one is to know what was settled."""
        self._book.close()

    def downlink_heard(self, number: int = 1) -> None:
        """So many downlinks came that were no acknowledgements of confirmed uplinks."""
        with self._book.now() as (_, now_ns):
            heard = Heard(now_ns, number)
        self._book.note([heard])

    def hear(self, told: Anchor) -> None:
        """A network has told the time of that moment of this boot."""
        self._book.hear(told)

    def told(self, payload_bytes: int, data_rate: int) -> Told:
        """For `gateway status`; what may go next is told of such an uplink."""
        like_ns = sum(transmissions_ns(payload_bytes, data_rate, 1))
        join_ns = airtime_ns(JOIN_REQUEST_BYTES, data_rate)
        with self._book.glance() as (account, now_ns):
            return self._rules.told(account, now_ns, like_ns, join_ns)

    def findings(self) -> list[Finding]:
        """What is wrong with it, or with what it is asked for."""
        return self._book.findings()

    def _settled(
        self, charge: Charge, old: Exchange, now_ns: int, data_rate: int | None
    ) -> Exchange:
        if data_rate is None or data_rate >= charge.data_rate:
            return replace(old, ends_ns=now_ns)
        each_ns = charge._replace(data_rate=data_rate).airtime_ns()
        return replace(old, ends_ns=now_ns, airtime_ns=sum(each_ns), longest_ns=max(each_ns))


def _refuse_until(free_ns: int, now_ns: int) -> None:
    if free_ns > now_ns:
        raise NotNow(f"nothing may be sent for {_seconds(free_ns - now_ns)} s", "ask before")


def _seconds(span_ns: int) -> float:
    """Rounded up: what is told is enough."""
    return math.inf if span_ns >= NEVER_NS // 2 else max(0, -(-span_ns // _MS_NS)) / 1000
