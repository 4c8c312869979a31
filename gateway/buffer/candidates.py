"""The rows that a step of the ladder may take, found a portion at a time."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from gateway.buffer.rows import Layout, Row

if TYPE_CHECKING:
    from gateway.buffer.store import Store

CHUNK_ROWS = 5_000
"""Rows that one step merges or drops at most: a second of a Raspberry Pi."""

LOOK_ROWS = 50_000
"""Rows among which they are looked for at a time."""

_UPTO = """
SELECT max(position) FROM (
    SELECT position FROM reading WHERE position > ? AND position <= ? ORDER BY position LIMIT ?)
"""


class Kinds(NamedTuple):
    """Numbers of layouts: of the rows that are wanted, and of all readings of their sensors."""

    wanted: list[int]
    of_sensors: list[int]


class Portion(NamedTuple):
    """Candidates in order; up to `last` there are no others."""

    rows: list[Row]
    last: int


def kinds(store: "Store", wanted: Callable[[Layout], bool]) -> Kinds:
    """The layouts whose rows are wanted; nothing may be merged over others of their sensors."""
    layouts = store.dictionary.layouts
    ours = [number for number, layout in layouts.items() if wanted(layout)]
    sensors = {layouts[number].sensor for number in ours}
    whole = [n for n, layout in layouts.items() if layout.sensor in sensors and not layout.gap]
    return Kinds(ours, whole)


def portion(store: "Store", of: list[int], after: int, upto: int) -> Portion | None:
    """Those with after < position <= upto, as many as are looked at in one go; None: no rows."""
    last = end(store, after, upto, LOOK_ROWS)
    if last is None:
        return None
    rows = store.chunk(after, last, CHUNK_ROWS, of)
    return Portion(rows, rows[-1].position if len(rows) == CHUNK_ROWS else last)


def end(store: "Store", after: int, upto: int, rows: int) -> int | None:
    """Where that many rows end; None if there are none."""
    [(last,)] = store.connection.execute(_UPTO, (after, upto, rows))
    return None if last is None else int(last)
