"""What sensors counted, against what a far side was told, to the last count.

A far side keeps what came by its identity, and takes a merged reading for every reading of its
sensor that lies within it (docs/messages.md). Of each reading that was measured it must have it, or
a merged one with it, or a gap `dropped` that concerns it. Only what was not on the disk when the
power was cut is *doubtful*: the far side may have it or not.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gateway.buffer.rows import Row, back
from gateway.encoding.native import encode
from gateway.model import Entry, Instant, Numbers, Quality, Reading, StoredReading
from gateway.packing import pack
from tests.chaos.consumer import Entry as Message
from tests.chaos.explained import explained
from tests.chaos.ledger import Contents, FarSide, Identity, Ledger, content, gap_of

_LONG_AGO = Instant("", 0, None, Quality.UNKNOWN)


class Measured(NamedTuple):
    """One reading of a sensor; `amount` is what it carries, if it counts."""

    sensor: str
    amount: float | None
    total: float | None


class Books:
    """The truth of one life. `lost` epochs were of the memory alone when the power was cut."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.measured: dict[tuple[int, int], Measured] = {}
        self.doubtful: set[tuple[int, int]] = set()
        self.lost: set[int] = set()
        self.epochs: dict[int, int] = {}
        self._by_sensor: dict[tuple[str, int], dict[int, Measured]] = defaultdict(dict)

    def measure(self, epoch: int, number: int, reading: Reading, boot: str) -> None:
        """The log has taken it in, under that identity."""
        assert (epoch, number) not in self.measured, f"{epoch}:{number} was given twice"
        sensor, values, up_ns, span_ns, how = reading
        at = Instant(boot, up_ns, None, Quality.UNKNOWN)
        packed = pack(values)
        since = None if span_ns is None else at._replace(up_ns=up_ns - span_ns)
        names = tuple(values)
        one = StoredReading(epoch, number, number, 1, sensor, names, packed, since, at, how)
        identity, told = content(one)
        measured = Measured(sensor, values.get("count_in"), values.get("total_in"))
        self.ledger.accepted[identity] = told
        self.measured[epoch, number] = self._by_sensor[sensor, epoch][number] = measured
        self.epochs.setdefault(epoch, len(self.epochs))

    def within(self, sensor: str, epoch: int, first: int, last: int) -> dict[int, Measured]:
        """The readings of a sensor between two numbers."""
        ours = self._by_sensor[sensor, epoch]
        return {number: one for number, one in ours.items() if first <= number <= last}

    def doubt(self, row: Row, epoch: int, number: int) -> None:
        """That row was not on the disk when the power was cut."""
        name = row.layout.sensor
        first = number if row.layout.gap else number - back(row)
        self.doubtful.update((epoch, n) for n in self.within(name, epoch, first, number))

    def doubt_all(self, numbers: Numbers) -> None:
        """Nor was the record of what became of these."""
        epoch, first, last = numbers
        self.doubtful.update((epoch, n) for n in range(first, last + 1))

    def doubt_beyond(self, stored: Mapping[int, int]) -> None:
        """The disk has nothing behind these numbers, by epoch."""
        self.doubtful.update(key for key in self.measured if key[1] > stored.get(key[0], 0))

    def total(self, sensor: str) -> float:
        """The highest total that cannot be lost."""
        ours = (one for key, one in self.measured.items() if key not in self.doubtful)
        return max((one.total or 0 for one in ours if one.sensor == sensor), default=0)


class View:
    """A far side: what it was told, by identity."""

    def __init__(self, name: str, books: Books) -> None:
        self.name = name
        self.has: Contents = {}
        self._books = books
        self._readings: dict[Identity, StoredReading] = {}
        self._messages: list[Message] = []

    def take(self, entries: Iterable[Entry]) -> None:
        """These came, perhaps again."""
        for entry in entries:
            identity, told = content(entry)
            self._books.ledger.goes_out(identity, told)
            gap = gap_of(told)
            assert gap is None or gap[0] != "store_damaged", f"nothing was damaged: {told}"
            if identity not in self.has:
                self.has[identity] = told
                [body] = json.loads(encode("town/node", [entry], hist=True))
                self._messages.append(Message(*identity, body))
                if isinstance(entry, StoredReading):
                    self._readings[identity] = entry

    def faults(self) -> Iterator[str]:
        """What does not fit together, once all that there is was delivered."""
        yield from self._books.ledger.twice
        for epoch, numbers in explained(self._messages).unexplained.items():
            if epoch not in self._books.lost:
                yield f"nothing explains {numbers} of epoch {epoch}"
        far = FarSide(self.has)
        for key, one in self._books.measured.items():
            identity = (key[0], key[1], key[1])
            there = far.has_all_of(identity, self._books.ledger.accepted[identity])
            if not there and key not in self._books.doubtful:
                yield f"{key} of {one} is lost"
        for sensor in {one.sensor for one in self._books.measured.values()}:
            yield from self._sums(sensor, far)

    def _sums(self, sensor: str, far: FarSide) -> Iterator[str]:
        """Of what was dropped, or is doubtful, some may be in a merged reading."""
        total = 0.0
        for one in self._final(sensor):
            raw = self._books.within(sensor, one.epoch, one.first, one.number)
            doubtful = [n for n in raw if (one.epoch, n) in self._books.doubtful]
            dropped = [n for n in raw if far.is_told("dropped", (one.epoch, n, n))]
            sure = [part for n, part in raw.items() if n not in (*doubtful, *dropped)]
            if not len(sure) <= one.merged <= len(raw):
                yield f"{one} is {one.merged} of {raw}"
            count = one.values.get("count_in") or 0
            if not _sum(sure) <= count <= _sum(raw.values()):
                yield f"{one} is not the sum of {raw}"
            now = one.values.get("total_in")
            if now is not None and not doubtful:
                if now < total:
                    yield f"the total of {one} runs backwards from {total}"
                total = now

    def _final(self, sensor: str) -> list[StoredReading]:
        """In the order of identities, those that no merged one stands for."""
        order = self._books.epochs
        ours = [one for one in self._readings.values() if one.sensor == sensor]
        final: list[StoredReading] = []
        for one in sorted(ours, key=lambda one: (order[one.epoch], one.first, -one.number)):
            before = final[-1] if final and final[-1].epoch == one.epoch else None
            if before is None or one.first > before.number:
                final.append(one)
            else:
                assert one.number <= before.number, f"{one} and {before} overlap"
        return final


def _sum(parts: Iterable[Measured]) -> float:
    return sum(part.amount or 0 for part in parts)
