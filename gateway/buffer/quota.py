"""What has to give way when room runs out, in which order: the ladder of promise 5.

Each rung makes the readings of one rank coarser, or drops them, oldest first, and only while the
log is fuller than the rung's mark. So the room above a mark belongs to the ranks above: gauges
never take the last 15 % from counts. Alarms and gap records are on no rung.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from drivers.quantities import Rank
from gateway.buffer.identities import Identities, Span
from gateway.buffer.rows import Layout, Row, back, raw_count
from gateway.buffer.thinning import STEPS
from gateway.model import Gap, Numbers, Reason

DROP = 0
DAY_S = 86_400

_MARKS = {Rank.DIAGNOSTIC: 0.80, Rank.GAUGE: 0.85, Rank.STATE: 0.90, Rank.COUNT: 0.95}
_LAST_MARK = max(_MARKS.values())

Bucket = Callable[[Row], int]
"""The number of the time step in which a row ends."""


class Rung(NamedTuple):
    """`step_s` of the readings afterwards, or DROP; taken while the log is fuller than `above`."""

    rank: Rank
    step_s: int
    above: float

    def concerns(self, layout: Layout) -> bool:
        """Whether rows of that layout are its business."""
        finer = self.step_s == DROP or layout.step_s < self.step_s
        return layout.rank is self.rank and not layout.gap and finer

    def gap(self, identities: Identities, rows: Sequence[Row], n: int) -> Gap:
        """The record of its step over these rows, all of one segment, of which `n` are gone."""
        first, last = (
            min(rows, key=first_position),
            rows[-1],
        )  # a later merged row may begin before all
        epoch, number = identities.of(first_position(first))
        numbers = Numbers(epoch, number, identities.of(last.position)[1])
        reason = Reason.DROPPED if self.step_s == DROP else Reason.THINNED
        since = (first.boot, first.up_ns - (first.span_ns or 0))
        return Gap(reason, "", numbers, n, since, (last.boot, last.up_ns), self.rank, self.step_s)


LADDER = (
    *(Rung(rank, step_s, mark) for rank, mark in _MARKS.items() for step_s in STEPS),
    *(Rung(rank, DROP, _LAST_MARK) for rank in (Rank.DIAGNOSTIC, Rank.GAUGE, Rank.STATE)),
    Rung(Rank.COUNT, DAY_S, _LAST_MARK),
    Rung(Rank.COUNT, DROP, 1.0),
)


def pieces(first: int, last: int, cuts: Iterable[int], under_way: Sequence[Span]) -> Iterator[Span]:
    """From `first` to `last` without what is under way, cut behind each of `cuts` and there.

    Nothing is merged over a cut: readings that one uplink has and another has not, or that are of
    different epochs.
    """
    edges = {*cuts, *(edge for span in under_way for edge in (span.first - 1, span.last))}
    inside = sorted(edge for edge in edges if first <= edge < last)
    for begin, end in zip([first, *(e + 1 for e in inside)], [*inside, last], strict=True):
        if not any(span.holds(begin) for span in under_way):
            yield Span(begin, end)


def first_position(row: Row) -> int:
    """Where its first reading stood."""
    return row.position - back(row)


def raw_sum(rows: Iterable[Row]) -> int:
    """How many readings these rows stand for."""
    return sum(map(raw_count, rows))
