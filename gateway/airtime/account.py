"""What the records of the ledger add up to; live and read back from the file it is one function."""

from bisect import insort
from operator import attrgetter
from typing import NamedTuple

from msgspec.structs import replace

from gateway.airtime.fair_use import FairUse
from gateway.airtime.records import (
    Exchange,
    Heard,
    Joining,
    Level,
    Reckoning,
    Record,
    Refunded,
    Silence,
)
from gateway.airtime.windows import DAY_NS, kept

_begins = attrgetter("begins_ns")


class Shift(NamedTuple):
    """Moments after `begins_ns` move on by `by_ns`, and what follows from them."""

    begins_ns: int
    by_ns: int

    def moment(self, at_ns: int) -> int:
        return at_ns + self.by_ns if at_ns > self.begins_ns else at_ns

    def exchange(self, one: Exchange) -> Exchange:
        if one.begins_ns <= self.begins_ns:
            return one
        begins_ns, ends_ns = one.begins_ns + self.by_ns, one.ends_ns + self.by_ns
        return replace(one, begins_ns=begins_ns, ends_ns=ends_ns)

    def silence(self, one: Silence) -> Silence:
        if one.at_ns <= self.begins_ns:
            return one
        return Silence(one.at_ns + self.by_ns, one.until_ns + self.by_ns)

    def joining(self, one: Joining) -> Joining:
        if one.at_ns <= self.begins_ns:
            return one
        began_ns = self.moment(one.began_ns)
        return Joining(one.at_ns + self.by_ns, began_ns, one.next_ns + self.by_ns)


class Account:
    """All that counts, in ledger time."""

    def __init__(self, fair_use: FairUse) -> None:
        self.exchanges: list[Exchange] = []
        """By their begin."""
        self.heard: list[Heard] = []
        self.joining: Joining | None = None
        self.reckoning: Reckoning | None = None
        self.silence = Silence(0, 0)
        self.number = 0
        """Of the newest exchange."""
        self.latest_ns = 0
        """Of the newest record."""
        self.level = fair_use.full(0)
        self._fair_use = fair_use

    def apply(self, record: Record) -> None:
        """The next record, whatever it is."""
        match record:
            case Exchange():
                self._exchange(record)
            case Refunded():
                self._refund(record.number)
            case Heard():
                self._pass(record.at_ns)
                self.heard = [one for one in self.heard if one.at_ns + DAY_NS > record.at_ns]
                self.heard.append(record)
            case Joining():
                self._pass(record.at_ns)
                self.joining = record
            case Reckoning():
                self._reckon(record)
            case Level():
                self._pass(record.at_ns)
                self.level = record
            case Silence():
                self._pass(record.at_ns)
                self.silence = max(self.silence, record, key=attrgetter("until_ns"))

    def snapshot(self, now_ns: int) -> list[Record]:
        """Records from which the same account comes."""
        exchanges = self._kept(now_ns)
        states = (self.reckoning, self.joining, self.silence)
        level = self._fair_use.level(self.level, max(now_ns, self.level.at_ns))
        return [*(one for one in states if one is not None), *exchanges, *self.heard, level]

    def find(self, number: int) -> Exchange | None:
        """The exchange of that number, while it is by itself."""
        return next((one for one in reversed(self.exchanges) if one.number == number), None)

    def _reckon(self, new: Reckoning) -> None:
        """What nobody has dated moves on: the time has gone before it, for all that is known."""
        old, self.reckoning = self.reckoning, new
        if old is None or old.boot != new.boot or new.base_ns <= old.base_ns:
            return
        shift = Shift(old.since_ns, new.base_ns - old.base_ns)
        self.exchanges = [shift.exchange(one) for one in self.exchanges]
        self.heard = [replace(one, at_ns=shift.moment(one.at_ns)) for one in self.heard]
        self.level = replace(self.level, at_ns=shift.moment(self.level.at_ns))
        self.silence = shift.silence(self.silence)
        self.joining = None if self.joining is None else shift.joining(self.joining)
        self.latest_ns = shift.moment(self.latest_ns)

    def _exchange(self, new: Exchange) -> None:
        old = self.find(new.number) if new.number else None
        if old is not None:
            self.exchanges.remove(old)
        insort(self.exchanges, new, key=_begins)
        self._pass(new.begins_ns)
        self._draw(new.airtime_ns - (0 if old is None else old.airtime_ns))
        self.number = max(self.number, new.number)
        self.exchanges = self._kept(self.latest_ns)

    def _refund(self, number: int) -> None:
        old = self.find(number)
        if old is not None:
            self.exchanges.remove(old)
            self._draw(-old.airtime_ns)

    def _draw(self, airtime_ns: int) -> None:
        """From the bucket as it is at the newest record."""
        level = self._fair_use.level(self.level, max(self.latest_ns, self.level.at_ns))
        left_ns = min(self._fair_use.burst_ns, level.airtime_ns - airtime_ns)
        self.level = Level(level.at_ns, left_ns)

    def _kept(self, now_ns: int) -> list[Exchange]:
        return kept(self.exchanges, now_ns, self.reckoning.since_ns if self.reckoning else 0)

    def _pass(self, at_ns: int) -> None:
        self.latest_ns = max(self.latest_ns, at_ns)
