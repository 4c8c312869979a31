"""Room among the rows that wait for their disk: the quota's ladder, applied in memory.

What every uplink has goes first and leaves no gap. Then readings are merged as the ladder says, or
as many as must be are dropped, oldest first; what may be under way to an uplink is left alone, and
so is what is being stored, or may have been before the log parted from its disk. While that is only
slow, nothing gives way: measuring waits for it.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from gateway.buffer.attachment import Attachment
from gateway.buffer.identities import Identities, Span
from gateway.buffer.quota import DROP, LADDER, Bucket, Rung, first_position, pieces, raw_sum
from gateway.buffer.readers import Readers
from gateway.buffer.reserve import Reserve
from gateway.buffer.rows import Row, without
from gateway.buffer.thinning import thin
from gateway.model import Gap

PENDING_LIMIT = 50_000
"""Rows in memory while the disk does not follow, about 15 MB."""

_position = attrgetter("position")


class Ring:
    """The bounds of the window."""

    def __init__(self, log: Attachment, readers: Readers, reserve: Reserve) -> None:
        self._log = log
        self._readers = readers
        self._reserve = reserve
        self._room_until = PENDING_LIMIT
        """Rows at which room must be made; it could not be made last time if it is more."""

    @property
    def has_room(self) -> bool:
        """Whether another reading should be measured: a disk that is slow is waited for."""
        most = PENDING_LIMIT if self._log.refused is None else 2 * PENDING_LIMIT  # alarms stay
        return self._log.pending < most

    def make_room(self) -> None:
        """A fifth of it, if it is full and the disk refuses. Under the window's lock."""
        log, window = self._log, self._log.window
        if log.pending < self._room_until or log.refused is None:
            return
        rows = window.group.rows
        room = make_room(
            rows[log.storing :],
            PENDING_LIMIT * 4 // 5,
            self._readers.delivered if window.states.totals_known else 0,
            [*self._readers.sent, *self._unsure()],
            window.identities,
            window.bucket,
        )
        self._reserve.make_number(len(room.gaps))
        window.replace_rows([*rows[: log.storing], *room.rows], room.gaps)
        self._room_until = max(PENDING_LIMIT, log.pending + PENDING_LIMIT // 5)

    def _unsure(self) -> list[Span]:
        """May be stored already: merged with others that are not, they would count twice."""
        last = self._log.window.unsure_position
        return [] if last is None else [Span(0, last)]


class Room(NamedTuple):
    """The rows that are left, and what became of the others."""

    rows: list[Row]
    gaps: list[Gap]


class _Step(NamedTuple):
    """What a rung does: rows that it concerns, those that go, and those in their place."""

    concerned: list[Row]
    away: list[Row]
    new: list[Row]


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
        if len(rows) <= most:
            break
        for chunk in _chunks(rows, under_way, identities):
            step = _taken(rung, chunk, len(rows) - most, buckets)
            if step.away:
                rows = sorted([*without(rows, step.away), *step.new], key=_position)
                gaps.append(rung.gap(identities, step.concerned, raw_sum(step.away)))
    return Room(rows, gaps)


def _taken(rung: Rung, chunk: list[Row], too_many: int, buckets: Callable[[int], Bucket]) -> _Step:
    """A merging rung goes over all of the chunk, a dropping one takes what is too many."""
    concerned = [row for row in chunk if rung.concerns(row.layout)]
    if rung.step_s == DROP:
        oldest = concerned[: max(0, too_many)]
        return _Step(oldest, oldest, [])
    kept = thin(chunk, rung.step_s, buckets(rung.step_s), rung.concerns)
    return _Step(concerned, without(chunk, kept), without(kept, chunk))


def _chunks(
    rows: Sequence[Row], under_way: Sequence[Span], identities: Identities
) -> Iterable[list[Row]]:
    """Readings, each chunk on one side of a cursor and of one segment."""
    cuts = [segment.first - 1 for segment in identities.segments]
    readings = [row for row in rows if not row.layout.gap]
    for span in pieces(rows[0].position, rows[-1].position, cuts, under_way):
        yield [r for r in readings if span.holds(r.position) and first_position(r) >= span.first]
