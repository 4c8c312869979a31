"""Keeps a store within its quota: plans the next step of the ladder, and executes it.

A step is a gap record that names a rank, a step and a range of numbers. Storing that record is
what does it, in the same transaction, so that the record and the deed are never apart; a record
that comes back from the journal does it then. It takes the rows of that rank that begin and end
within the range. Readings that one uplink has and another has not, and those that may be under
way, are never merged into one.

A rung goes over the log a portion at a time, oldest first, and leaves a mark behind what holds
nothing for it. One call looks at so many portions, and the next call goes on at the mark: only
when a rung is through it is the next one's turn. A time step that is not over waits.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from drivers.quantities import Rank
from gateway.buffer import records
from gateway.buffer.candidates import Portion, end, kinds, portion
from gateway.buffer.gaps import gap_of
from gateway.buffer.identities import Span
from gateway.buffer.quota import DROP, LADDER, Bucket, Rung, first_position, pieces, raw_sum
from gateway.buffer.rows import Layout, Row, without
from gateway.buffer.thinning import runs, thin
from gateway.model import Gap

if TYPE_CHECKING:
    from gateway.buffer.store import Store

PORTIONS = 8
"""What one call looks at: some seconds of a Raspberry Pi at most."""

PRUNE_ROWS = 50_000
"""Rows that are deleted in one transaction."""

SHRINK_BYTES = 4_000_000
"""A file larger than this, and mostly empty, is made small again."""

_AGED = (Rank.ALARM, DROP)
"""The mark of what is too old; no rung is about alarms."""


def plan(store: "Store", fullness: float, under_way: Sequence[Span]) -> Gap | None:
    """The next step while the log is so full (1.0 = at its limit); None if none was found yet.

    `under_way`: behind each uplink's cursor, what may have gone out already.
    """
    left = PORTIONS
    for rung in LADDER:
        for rows, last in _chunks(store, rung, under_way) if fullness > rung.above else ():
            gap = _step(store, rung, rows)
            if gap is not None:
                return gap
            store.note_thinned(rung.rank, rung.step_s, last)
            left -= 1
            if left == 0:
                return None
    return None


def too_old(store: "Store", now_ns: int, max_age_ns: int) -> Gap | None:
    """The step that drops what is older than that in operating time; None if none was found yet."""
    start, before_ns = store.thinned(*_AGED), now_ns - max_age_ns
    oldest = store.chunk(start, store.last_position, 1)
    if not oldest or _operating_ns(store, oldest[0]) >= before_ns:
        return None
    for rows in _aged(store, Span(start + 1, last_before(store, before_ns))):
        rank = min(row.layout.rank for row in rows)
        old = [row for row in rows if row.layout.rank is rank]
        return Rung(rank, DROP, 0).gap(store.identities, old, raw_sum(old))
    return None


def execute(store: "Store", row: Row) -> None:
    """Do what that gap record says, within the transaction that stores it."""
    gap = gap_of(row)
    where = store.identities.positions(*gap.numbers) if gap.numbers else None
    if where is None:  # a replaced store has none of it
        return
    span, concerns = Span(*where), Rung(gap.rank, gap.step_s, 0).concerns
    found = store.chunk(span.first - 1, span.last, of=_read(store, gap.step_s, concerns))
    rows = [row for row in found if first_position(row) >= span.first]
    left = thin(rows, gap.step_s, store.bucket(gap.step_s), concerns) if gap.step_s else []
    records.delete(store.connection, [row.position for row in without(rows, left)])
    records.insert(store.connection, store.dictionary, without(left, rows))
    mark = (gap.rank, gap.step_s, span.last)
    store.connection.execute("INSERT OR REPLACE INTO thinned VALUES (?,?,?)", mark)
    store.note_thinned(*mark)


def prune(store: "Store", upto: int, rows: int) -> bool:
    """Delete what every uplink has, but never the newest row, which knows where to go on.

    So many rows of it; returns whether there are more. An almost empty file gives its room back to
    the disk.
    """
    upto = min(upto, store.last_position - 1)
    last = end(store, 0, upto, rows)
    if last is None:
        return False
    store.connection.execute("DELETE FROM reading WHERE position <= ?", (last,))
    _shrink(store)
    return last < upto and end(store, last, upto, 1) is not None


def _shrink(store: "Store") -> None:
    used, file = store.used_bytes(), store.file_bytes()
    if file > SHRINK_BYTES and used < min(file / 4, 2 * SHRINK_BYTES):
        store.connection.execute("PRAGMA temp_store = MEMORY")  # the disk may be full
        store.connection.execute("VACUUM")
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _step(store: "Store", rung: Rung, rows: Sequence[Row]) -> Gap | None:
    """The gap record of this step; None if nothing would be gained."""
    ours = merged = [row for row in rows if rung.concerns(row.layout)]
    if rung.step_s != DROP:
        found = runs(rows, store.bucket(rung.step_s), rung.concerns)
        merged = [rows[index] for run in found if len(run) > 1 for index in run]
    return rung.gap(store.identities, ours, raw_sum(merged)) if merged else None


def _read(store: "Store", step_s: int, concerns: Callable[[Layout], bool]) -> list[int]:
    """The layouts of the rows that a step looks at."""
    found = kinds(store, concerns)
    return found.wanted if step_s == DROP else found.of_sensors


def _chunks(store: "Store", rung: Rung, under_way: Sequence[Span]) -> Iterator[Portion]:
    """Rows that the rung has not been over yet, oldest first, each chunk on one side of a cursor.

    A merged row that begins on another side is left alone.
    """
    start, of = store.thinned(rung.rank, rung.step_s), _read(store, rung.step_s, rung.concerns)
    if not of or _is_not_over(store, rung, start):
        return
    for span in pieces(start + 1, store.last_position, _cuts(store), under_way):
        after = span.first - 1
        while (found := portion(store, of, after, span.last)) is not None:
            rows = [row for row in found.rows if first_position(row) >= span.first]
            whole = _whole_steps(store, rung, rows)
            if rows and not whole and found.last == store.last_position:
                return
            after = whole[-1].position if 0 < len(whole) < len(rows) else found.last
            yield Portion(whole or rows, after)


def _whole_steps(store: "Store", rung: Rung, rows: list[Row]) -> list[Row]:
    """Without those at the end that are all of one step, as it may go on."""
    if rung.step_s == DROP:
        return rows
    length, bucket = len(rows), store.bucket(rung.step_s)
    while length and _is_same(rows[length - 1], rows[-1], bucket):
        length -= 1
    return rows[:length]


def _is_not_over(store: "Store", rung: Rung, after: int) -> bool:
    """Whether all that stands behind is of one step, which may go on; found out at once."""
    if rung.step_s == DROP:
        return False
    last = store.last_position
    first, newest = store.chunk(after, last, 1), store.chunk(last - 1, last)
    if not first or not newest:
        return True
    if newest[0].layout.gap:  # it may tell of long ago
        return False
    return _is_same(first[0], newest[0], store.bucket(rung.step_s))


def _is_same(one: Row, other: Row, bucket: Bucket) -> bool:
    return one.boot == other.boot and bucket(one) == bucket(other)


def _aged(store: "Store", span: Span) -> Iterator[list[Row]]:
    """Rows of it that age may drop, which are all but alarms and gap records."""
    of, left = kinds(store, _ages).wanted, PORTIONS
    for piece in pieces(span.first, span.last, _cuts(store), ()):
        after = piece.first - 1
        while left and (found := portion(store, of, after, piece.last)) is not None:
            if found.rows:
                yield found.rows
            left, after = left - 1, found.last
            store.note_thinned(*_AGED, after)


def _ages(layout: Layout) -> bool:
    return layout.rank < Rank.ALARM and not layout.gap


def _cuts(store: "Store") -> list[int]:
    return [segment.first - 1 for segment in store.identities.segments]


def last_before(store: "Store", operating_ns: int) -> int:
    """The last position that was written before that time, by halving."""
    low, high = 0, store.last_position
    while low < high:
        middle = (low + high + 1) // 2
        found = store.chunk(middle - 1, store.last_position, 1)
        if not found or _operating_ns(store, found[0]) >= operating_ns:
            high = middle - 1
        else:
            low = middle
    return low


def _operating_ns(store: "Store", row: Row) -> int:
    """How long the node had been running when that was written, over all boots."""
    return store.dictionary.began_ns[row.boot] + row.up_ns
