"""Whether every number of a log is there, or something says what became of it.

Theory: this is the account that any consumer can make (docs/messages.md). A number that no row has
is well if it lies within a `dropped`, `unclean_stop`, `store_damaged` or `refused` gap, or within a
`thinned` gap and within the first and the last of a merged reading.

The rows come from the newest to the oldest. Gap records are about what stood before them, and a
merged reading stands where its last one stood, so whatever explains a missing number has been seen
before it. Of the merged readings it is enough to know how far down they reach: each of them ends
above the number that is missing now. So of any log only ranges are kept, and only those that lie
below.
"""

from collections.abc import Iterator

from gateway.buffer.gaps import gap_of
from gateway.buffer.rows import Row, back
from gateway.model import Numbers, Reason
from gateway.ranges import Range, Ranges

LIMIT = 1_000
"""Ranges of each kind that are told one by one."""

_LOST = (Reason.DROPPED, Reason.UNCLEAN_STOP, Reason.STORE_DAMAGED, Reason.REFUSED)


class Account:
    """Of all epochs of a log. `missing` and `twice` are ranges; `missing_n`, `twice_n` in sum."""

    def __init__(self) -> None:
        self.missing: list[Numbers] = []
        self.twice: list[Numbers] = []
        self.missing_n = self.twice_n = 0
        self._epochs: dict[int, _Epoch] = {}

    def row(self, row: Row, epoch: int, number: int) -> None:
        """The next row, older than all before."""
        known = self._of(epoch)
        if known.lowest is not None and number >= known.lowest:
            self.twice_n += 1
            self.twice += [Numbers(epoch, number, number)][: LIMIT - len(self.twice)]
            return
        self._account(epoch, number + 1)
        known.lowest = number
        known.lost.forget_above(number)
        known.thinned.forget_above(number)
        if row.layout.gap:
            self._gap(row)
        else:
            known.reach = min(known.reach or number, number - back(row))

    def end(self, epoch: int, number: int) -> None:
        """There were no older rows; the account begins with that number, other epochs with 1."""
        for one in self._epochs:
            self._account(one, number if one == epoch else 1)

    def newest(self) -> Iterator[int]:
        """The epochs that rows or gaps are of, from the newest on."""
        return iter(self._epochs)

    def _gap(self, row: Row) -> None:
        gap = gap_of(row)
        if gap.numbers is None:
            return
        epoch, first, last = gap.numbers
        known = self._of(epoch)
        if known.lowest is not None:
            last = min(last, known.lowest - 1)
        if gap.reason in _LOST:
            known.lost.add(first, last)
        elif gap.reason is Reason.THINNED:
            known.thinned.add(first, last)

    def _account(self, epoch: int, first: int) -> None:
        """For what lies from there to the lowest number that was seen."""
        known = self._epochs[epoch]
        if known.lowest is not None:
            for missing in known.unexplained(first, known.lowest - 1):
                self.missing_n += missing[1] - missing[0] + 1
                self.missing += [Numbers(epoch, *missing)][: LIMIT - len(self.missing)]

    def _of(self, epoch: int) -> "_Epoch":
        return self._epochs.setdefault(epoch, _Epoch())


class _Epoch:
    """`lowest` number seen so far; merged readings `reach` down to that number."""

    def __init__(self) -> None:
        self.lowest: int | None = None
        self.reach: int | None = None
        self.lost = Ranges()
        self.thinned = Ranges()

    def unexplained(self, first: int, last: int) -> Iterator[Range]:
        for begin, end in self.lost.without(first, last):
            reach = end + 1 if self.reach is None else max(begin, self.reach)
            if begin < reach:
                yield begin, min(end, reach - 1)
            yield from self.thinned.without(reach, end)
