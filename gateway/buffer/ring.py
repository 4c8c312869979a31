"""Room among the rows that wait for their disk: the quota's ladder, applied in memory.

What every uplink has goes first and leaves no gap. Then readings are merged as the ladder says, or
as many as must be are dropped, oldest first; what may be under way to an uplink is left alone.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from gateway.buffer.identities import Identities
from gateway.buffer.quota import DROP, LADDER, Bucket, Span, first_position, pieces, raw_sum
from gateway.buffer.rows import Row, without
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
        for chunk in _chunks(rows, under_way, identities):
            ours = [row for row in chunk if rung.concerns(row.layout)]
            if rung.step_s == DROP:
                ours = ours[:too_many]
                too_many -= len(ours)
                away, new = ours, list[Row]()
            else:
                kept = thin(chunk, rung.step_s, buckets(rung.step_s), rung.concerns)
                away, new = without(chunk, kept), without(kept, chunk)
            if away:
                rows = sorted([*without(rows, away), *new], key=_position)
                gaps.append(rung.gap(identities, ours, raw_sum(away)))
    return Room(rows, gaps)


def _chunks(
    rows: Sequence[Row], under_way: Sequence[Span], identities: Identities
) -> Iterable[list[Row]]:
    """Readings, each chunk on one side of a cursor and of one segment."""
    cuts = [segment.first - 1 for segment in identities.segments]
    readings = [row for row in rows if not row.layout.gap]
    for span in pieces(rows[0].position, rows[-1].position, cuts, under_way):
        yield [r for r in readings if span.holds(r.position) and first_position(r) >= span.first]
