"""Every genuine row of a damaged log, read out into a new one.

The pages are read one by one (gateway/buffer/pages.py), so no damage hides what lies beside it. A
row is genuine if its check fits. Among them are rows that are no more: those that every uplink has
lie up to the lowest cursor; those that were merged lie within the row that they were merged into;
those that were dropped lie within the gap record that says so; and those of a transaction that was
not finished still wait in the window, so nothing is taken from there on.

What the rows' small numbers mean stands in gateway/buffer/meanings.py.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from gateway.buffer import checked, meanings, records, sensors
from gateway.buffer.gaps import gap_of
from gateway.buffer.identities import Identities, Segment
from gateway.buffer.legend import Legend
from gateway.buffer.meanings import Meanings
from gateway.buffer.pages import Cell, cells
from gateway.buffer.rows import Layout, Row, back
from gateway.buffer.sqlite import PAGE_SIZE, Connection, guarded, in_transaction
from gateway.buffer.store import Store
from gateway.errors import StoreUnavailable
from gateway.model import Reason

CHUNK_ROWS = 2_000

_PUT = """
INSERT INTO reading VALUES (?,?,?,?,?,?,?) ON CONFLICT (position) DO UPDATE SET
    layout = excluded.layout, boot = excluded.boot, up_ns = excluded.up_ns,
    span_ns = excluded.span_ns, packed = excluded.packed, check_16 = excluded.check_16
WHERE ((SELECT step_s FROM layout WHERE number = excluded.layout), excluded.boot, excluded.up_ns)
    > ((SELECT step_s FROM layout WHERE number = reading.layout), reading.boot, reading.up_ns)
"""
"""Of two rows at one place the later: more readings were merged into it, or its time is later."""

Identity = tuple[int, int]
"""Epoch and number."""


def read_out(
    damaged: Path,
    store: Store,
    known: Legend | None,
    waiting: Identity,
    beat: Callable[[], None],
) -> None:
    """Read it out into the store, which is new or has a part of it. Raises StoreError.

    From the identity `waiting` on, rows are in the window. `beat` is called between the steps.
    """
    found = meanings.gather(damaged, known)
    guarded(store.path, lambda: meanings.put(store.connection, found))
    store.reload()
    try:
        _copy(damaged, store, _first_of(found.segments, waiting), beat)
    except OSError as error:
        raise StoreUnavailable(
            f"cannot read {damaged}: {error.strerror}", f"whose file is it? ls -l {damaged}"
        ) from error
    store.reload()
    guarded(store.path, lambda: _finish(store, found, beat))
    store.reload()


def _first_of(segments: Iterable[Any], waiting: Identity) -> int | None:
    """Where that identity would stand in the damaged log; None if it knows no such epoch."""
    where = Identities(Segment(*one) for one in segments).positions(*waiting, waiting[1])
    return None if where is None else where[0]


def _copy(damaged: Path, store: Store, end: int | None, beat: Callable[[], None]) -> None:
    rows = (row for row in _genuine(damaged, store) if end is None or row[0] < end)
    while chunk := list(islice(rows, CHUNK_ROWS)):
        guarded(store.path, partial(_put, store.connection, chunk))
        beat()


def _genuine(damaged: Path, store: Store) -> Iterator[tuple[Any, ...]]:
    """What belongs into the table `reading`, from every page."""
    dictionary = store.dictionary
    for cell in cells(damaged, PAGE_SIZE):
        if len(cell.values) in (6, 7):
            _, layout, boot, *rest = cell.values
            known = dictionary.layouts.get(layout) if isinstance(layout, int) else None
            if known is not None and boot in dictionary.boots and _is_genuine(cell, known):
                check = records.row_check(_line(cell))
                yield cell.rowid, layout, boot, *rest[:3], check


def _is_genuine(cell: Cell, layout: Layout) -> bool:
    _, _, _, up_ns, span_ns, packed, *check = cell.values
    if not isinstance(packed, str) or not isinstance(up_ns, int):
        return False
    if not isinstance(span_ns, int | None):
        return False
    if not check:  # written by schema 1
        return _has_numbers(packed, len(layout.names))
    return records.row_check(_line(cell)) == check[0]


def _line(cell: Cell) -> bytes:
    _, layout, boot, up_ns, span_ns, packed, *_ = cell.values
    span = "" if span_ns is None else span_ns
    return f"{cell.rowid},{layout!r},{boot!r},{up_ns!r},{span!s},{packed!s}".encode()


def _has_numbers(packed: str, count: int) -> bool:
    try:
        return len(json.loads(f"[{packed}]")) == count
    except ValueError:
        return False


def _put(connection: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    in_transaction(connection, lambda: connection.executemany(_PUT, rows).close())


def _finish(store: Store, found: Meanings, beat: Callable[[], None]) -> None:
    """Take out what is no more, and put the running totals right."""
    in_transaction(store.connection, partial(_clear, store, found, beat))
    states = dict(store.sensors)
    for chunk in _chunks(store, beat):
        for name, state in sensors.after({}, chunk).items():
            states[name] = sensors.later(states.get(name), state)
    store.put_sensors(states)


def _clear(store: Store, found: Meanings, beat: Callable[[], None]) -> None:
    last, execute = store.last_position, store.connection.execute
    delivered = min(store.cursors.values(), default=0)
    execute("DELETE FROM reading WHERE position <= ? AND position < ?", (delivered, last))
    # What was lost at the end leaves positions free, which go to other identities.
    execute("DELETE FROM epoch WHERE first > max(1, ?)", (last,))
    checked.put(
        store.connection,
        "cursor",
        [(uplink, min(position, last)) for uplink, position in store.cursors.items()],
    )
    store.put_state(reserved=found.reserved)
    for chunk in _chunks(store, beat):
        for row in chunk:
            _delete_stale(store, row)


def _chunks(store: Store, beat: Callable[[], None]) -> Iterator[list[Row]]:
    after = 0
    while chunk := store.chunk(after, store.last_position, CHUNK_ROWS):
        beat()
        after = chunk[-1].position
        yield chunk


def _delete_stale(store: Store, row: Row) -> None:
    """Rows that this row says are no more."""
    layout = row.layout
    if layout.step_s and not layout.gap:
        first = row.position - back(row)
        _delete(store, first, row.position - 1, lambda one: one.sensor == layout.sensor)
    elif layout.gap == Reason.DROPPED:
        gap = gap_of(row)
        where = store.identities.positions(*gap.numbers) if gap.numbers else None
        if where is not None:
            _delete(store, *where, lambda one: one.rank is gap.rank)


def _delete(store: Store, first: int, last: int, concerns: Callable[[Layout], bool]) -> None:
    known = store.dictionary.layouts.items()
    numbers = [number for number, one in known if not one.gap and concerns(one)]
    store.connection.execute(
        "DELETE FROM reading WHERE position BETWEEN ? AND ?"
        " AND layout IN (SELECT value FROM json_each(?))",
        (first, last, json.dumps(numbers)),
    )
