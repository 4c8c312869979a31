"""Room among the rows that wait for their disk: the quota's ladder, applied in memory.

What every uplink has goes first and leaves no gap. Then readings are merged as the ladder says, or
as many as must be are dropped, oldest first; what may be under way to an uplink is left alone.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from gateway.buffer.identities import Identities
from gateway.buffer.quota import DROP, LADDER, Bucket, Rung, Span, first_position, pieces, raw_sum
from gateway.buffer.rows import Row
from gateway.buffer.thinning import thin
from gateway.model import Gap

_position = attrgetter("position")


class Room(NamedTuple):
    """The rows that are left, and what became of the others."""

    rows: list[Row]
    gaps: list[Gap]


def make_room(
    rows: list[Row],
    most: int,
    delivered: int,
    under_way: Sequence[Span],
    identities: Identities,
    buckets: Callable[[int], Bucket],
) -> Room:
    """At most `most` rows, if that can be done; `delivered`: every uplink has what is up to it.

    `buckets` gives the bucket for a step in seconds.
    """
    rows = [row for row in rows if row.position > delivered]
    gaps: list[Gap] = []
    for rung in LADDER:
        too_many = len(rows) - most
        if too_many <= 0:
            break
        for chunk in _chunks(rows, rung, under_way, identities):
            if rung.step_s == DROP:
                ours, kept = chunk[:too_many], list[Row]()
                too_many -= len(ours)
            else:
                ours, kept = chunk, thin(chunk, rung.step_s, buckets(rung.step_s))
            rows, gap = _replaced(rows, ours, kept, rung, identities)
            gaps += gap
    return Room(rows, gaps)


def _chunks(
    rows: Sequence[Row], rung: Rung, under_way: Sequence[Span], identities: Identities
) -> Iterable[list[Row]]:
    """Rows that concern the rung, each chunk on one side of a cursor and of one segment."""
    cuts = [segment.first - 1 for segment in identities.segments]
    ours = [row for row in rows if rung.concerns(row.layout)]
    for span in pieces(rows[0].position, rows[-1].position, cuts, under_way):
        yield [r for r in ours if span.holds(r.position) and first_position(r) >= span.first]


def _replaced(
    rows: list[Row], ours: Sequence[Row], kept: Sequence[Row], rung: Rung, identities: Identities
) -> tuple[list[Row], list[Gap]]:
    """The rows with `kept` in the place of `ours`, and the record of that."""
    same = {id(row) for row in ours} & {id(row) for row in kept}
    gone = [row for row in ours if id(row) not in same]
    if not gone:
        return rows, []
    away = {id(row) for row in gone}
    left = [row for row in rows if id(row) not in away]
    left += [row for row in kept if id(row) not in same]
    gap = rung.gap(identities, ours, raw_sum(gone))
    return sorted(left, key=_position), [gap]
