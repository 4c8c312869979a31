"""The account of one epoch of a node, of which only ranges of numbers are kept.

Theory (docs/messages.md, "Is anything missing?"): a number is there if a reading or gap record came
under it; a merged reading came under its last number. It is explained if a gap record (or an audit,
which repeats what gap records say) tells that it was dropped, refused, or lost to an unclean stop
or to damage; or if it lies within a merged reading *and* within a `thinned` gap. Which sensor a
missing number was of nobody can know, so the merged readings of all sensors are one set.

All of this is sets, so the order of arrival and repeats make no difference. Up to the largest `to`
of an audit all must have come: what is neither there nor explained is missing. Above it is on its
way.

Twice: a delivery is plain if it is no backlog (`hist`) and the broker does not call it a repeat
(DUP). One plain delivery of an identity is what is expected; whatever else comes under it explains
itself. Two are not: something between sent or stored it twice.
"""

from collections.abc import Iterable, Iterator

from gateway.auditing.comparison import AuditBook
from gateway.auditing.recent import Remembered
from gateway.auditing.verdict import ORDER
from gateway.model import Reason
from gateway.ranges import Range, Ranges

MOST_RANGES = 200_000
"""Of one epoch. With more holes than that nobody looks at each."""


class Epoch:
    """What has come of it; `from_first_heard`: of numbers below that nothing is asked."""

    def __init__(self, from_first_heard: bool = False) -> None:
        self._from_first_heard = from_first_heard
        self.newest = 0
        self.audited_to: int | None = None
        self.lowest: int | None = None
        self.kept: Range | None = None
        self.arrived, self.plain, self.merged = Ranges(), Ranges(), Ranges()
        self.told = {reason: Ranges() for reason in ORDER}
        self.doubled, self.contradicted = Ranges(), Ranges()
        self.recent: dict[int, list[Remembered]] = {}
        self.audits = AuditBook(self)

    @property
    def begin(self) -> int:
        """The first number that is asked for."""
        if not self._from_first_heard:
            return 1
        return self.newest + 1 if self.lowest is None else self.lowest

    @property
    def full(self) -> bool:
        """Whether it has so many holes that no more can be taken in."""
        sets = (self.arrived, self.plain, self.merged, self.doubled, self.contradicted)
        return sum(map(len, (*sets, *self.told.values()))) > MOST_RANGES

    def take(self, first: int, number: int, plain: bool) -> None:
        """A reading or gap record came."""
        if first < number:
            self.merged.add(first, number)
        elif plain:
            if number in self.plain:
                self.doubled.add(number, number)
            self.plain.add(number, number)
        self.arrived.add(number, number)
        self.newest = max(self.newest, number)
        self.lowest = first if self.lowest is None else min(first, self.lowest)

    def explain(self, reason: Reason, first: int, last: int) -> None:
        """A gap record speaks of these numbers of this epoch."""
        self.newest = max(self.newest, last)
        if reason in self.told:
            self.told[reason].add(first, last)

    def knows(self, number: int, one: Remembered) -> bool:
        """Whether this identity is remembered already; notes it if it says something else."""
        same = self.recent.get(number, [])
        for index, known in enumerate(same):
            if known.first == one.first:
                if known.digest != one.digest:
                    self.contradicted.add(number, number)
                if known.plain and one.plain:
                    self.doubled.add(number, number)
                same[index] = known._replace(plain=known.plain or one.plain)
                return True
        return False

    def about_to_forget(self, number: int) -> None:
        """What came under that number will not be known any more."""
        self.audits.settle(number)

    def unexplained(self, first: int, last: int) -> Iterator[Range]:
        """Those from `first` to `last` that are neither there nor explained."""
        for absent in self.arrived.without(max(first, self.begin), last):
            yield from self._left([absent], len(ORDER))

    def explained(self, reason: Reason, last: int) -> Iterator[Range]:
        """Those up to `last` that are not there, and of which that is the first reason told."""
        index = ORDER.index(reason)
        for absent in self.arrived.without(self.begin, last):
            for left in self._left([absent], index):
                yield from self._because(reason, *left)

    def _left(self, ranges: Iterable[Range], reasons: int) -> Iterator[Range]:
        """Of these what none of the first so many reasons explains."""
        if not reasons:
            yield from ranges
            return
        reason = ORDER[reasons - 1]
        for left in self._left(ranges, reasons - 1):
            yield from self._not_because(reason, *left)

    def _because(self, reason: Reason, first: int, last: int) -> Iterator[Range]:
        for told in self.told[reason].within(first, last):
            yield from self.merged.within(*told) if reason is Reason.THINNED else (told,)

    def _not_because(self, reason: Reason, first: int, last: int) -> Iterator[Range]:
        begin = first
        for explained in self._because(reason, first, last):
            if begin < explained[0]:
                yield begin, explained[0] - 1
            begin = explained[1] + 1
        if begin <= last:
            yield begin, last
