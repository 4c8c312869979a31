"""What was acknowledged, in sums: the content of an audit message (docs/messages.md)."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from drivers.quantities import QUANTITIES, Kind
from gateway.model import Entry, Gap, Names, Reason, StoredGap, StoredReading
from gateway.ranges import Ranges

Sums = dict[str, dict[str, float]]
"""By sensor and counter."""


class Concerned(NamedTuple):
    """What a gap record is about."""

    reason: Reason
    epoch: int


class EpochTally:
    """Of one epoch: which numbers, how many readings and gap records, and their counters.

    `gaps` are the numbers, of any epoch, that the gap records tell of.
    """

    def __init__(self) -> None:
        self.first, self.last, self.n = 2**63, 0, 0
        self.sums: Sums = {}
        self.gaps: dict[Concerned, Ranges] = {}

    def add(self, entry: Entry) -> None:
        """One more."""
        self.n += 1
        self.first = min(self.first, entry.number)
        self.last = max(self.last, entry.number)
        if isinstance(entry, StoredGap):
            self._add_gap(entry.gap)
        elif places := _counters(entry.names):
            self._add_counts(entry, places)

    def join(self, other: "EpochTally") -> None:
        """All of another one."""
        self.n += other.n
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)
        for sensor, sums in other.sums.items():
            for name, amount in sums.items():
                self._count(sensor, name, amount)
        for concerned, ranges in other.gaps.items():
            for first, last in ranges:
                self.gaps.setdefault(concerned, Ranges()).add(first, last)

    def _add_gap(self, gap: Gap) -> None:
        if gap.numbers is not None:
            epoch, first, last = gap.numbers
            self.gaps.setdefault(Concerned(gap.reason, epoch), Ranges()).add(first, last)

    def _add_counts(self, reading: StoredReading, places: Sequence[tuple[int, str]]) -> None:
        values = reading.packed.split(",")
        for place, name in places:
            if values[place] != "null":
                self._count(reading.sensor, name, float(values[place]))

    def _count(self, sensor: str, name: str, amount: float) -> None:
        sums = self.sums.setdefault(sensor, {})
        sums[name] = sums.get(name, 0) + amount


class Tally(dict[int, EpochTally]):
    """By epoch, in the order in which they came."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        super().__init__()
        for entry in entries:
            self.of(entry.epoch).add(entry)

    def of(self, epoch: int) -> EpochTally:
        """That epoch's, which may be empty."""
        return self.setdefault(epoch, EpochTally())

    def join(self, other: "Tally") -> None:
        """All of another one."""
        for epoch, tally in other.items():
            self.of(epoch).join(tally)


@lru_cache(maxsize=1024)
def _counters(names: Names) -> tuple[tuple[int, str], ...]:
    """Where counters stand among the values."""
    return tuple(
        (place, name)
        for place, name in enumerate(names)
        if name in QUANTITIES and QUANTITIES[name].kind is Kind.COUNTER
    )
