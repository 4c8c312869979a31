"""What the rows of a damaged log mean: its small tables, as far as they and the legend tell.

What both tell comes from the log, which knows more; but where its segments are concerned the legend
counts, because a log that has lost its write-ahead log does not know the newest. A legend that
shares no epoch with the log is of another one, and explains nothing.
"""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from gateway.buffer import checked
from gateway.buffer.checked import Checked
from gateway.buffer.dictionary import columns_of
from gateway.buffer.legend import Legend
from gateway.buffer.sqlite import Connection, connect, in_transaction, opened
from gateway.errors import StoreError


class Meanings(NamedTuple):
    """The small tables, as far as they could be read, each row as a tuple."""

    layouts: list[Any]
    boots: list[Any]
    segments: list[Any]
    anchors: list[Any]
    cursors: list[Any]
    sensors: list[Any]
    reserved: int


def gather(damaged: Path, known: Legend | None) -> Meanings:
    """What the damaged log and the legend tell together."""
    read = partial(_read, damaged)
    layouts = [(*row, "")[:7] for row in read("layout").rows]  # schema 3 knows no calibrations
    boots, segments = read("boot").rows, read("epoch").rows
    anchors = [(*row, 1)[:4] for row in read("anchor").rows]  # schema 2 knows none but vouched ones
    reserved = max([0, *(row[1] for row in read("state").rows)])
    cursors = read("cursor")
    if known is not None and _is_of(known, segments):
        layouts += [(one.number, *columns_of(one.layout)) for one in known.layouts]
        boots += known.boots
        anchors += known.anchors
        if cursors.broken:  # those of the log may not be all
            cursors = Checked(list(known.cursors.items()), 0)
        segments, reserved = [*known.segments, *segments], max(reserved, known.reserved)
    return Meanings(
        layouts,
        boots,
        segments,
        anchors,
        [] if cursors.broken else cursors.rows,
        read("sensor").rows,
        reserved,
    )


def _is_of(known: Legend, segments: Iterable[Any]) -> bool:
    """Whether the legend may be of that log, and not of the one whose place it took."""
    epochs = {epoch for _, epoch, _ in segments}
    return not epochs or bool(epochs & {epoch for _, epoch, _ in known.segments})


def _read(damaged: Path, table: str) -> Checked:
    """Asks SQLite, as long as it understands anything of it."""
    try:
        connection = connect(damaged, read_only=True)
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        try:
            return opened(damaged, lambda: _whole(connection, table))
        finally:
            connection.close()
    except StoreError:
        return Checked([], 1)


def _whole(connection: Connection, table: str) -> Checked:
    is_whole = connection.execute(f"PRAGMA quick_check({table})").fetchall() == [("ok",)]
    rows, broken = checked.genuine(connection, table)
    return Checked(rows, broken + (not is_whole))


def put(connection: Connection, found: Meanings) -> None:
    """Into a new log, in one transaction; what is there already stays."""

    def put_all() -> None:
        for table, key, rows in (
            ("layout", 1, found.layouts),
            ("boot", 1, found.boots),
            ("anchor", 2, found.anchors),
            ("cursor", 1, found.cursors),
            ("sensor", 1, found.sensors),
            ("epoch", 1, found.segments),
        ):
            there = [] if table == "epoch" else checked.select(connection, table)
            first = {row[:key]: row for row in reversed([*there, *map(tuple, rows)])}
            checked.put(connection, table, first.values())

    in_transaction(connection, put_all)
