"""Rows as they stand in the table `reading`, and how a genuine one is told from garbage.

Each row carries 16 bits of a CRC-32 over itself. SQLite checks the structure of its pages, not
what stands in them: without this a flipped bit would go out as a measured value.

Inserts and selects are each one SQLite step for a whole batch: sqlite3 lets go of the interpreter
lock at every step, and beside a busy thread each return costs a switch interval of 5 ms.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from zlib import crc32

from gateway.buffer.dictionary import Dictionary
from gateway.buffer.rows import Row
from gateway.buffer.sqlite import Connection

_SELECT = """
SELECT CAST(group_concat(line, x'0a') AS BLOB), count(*) FROM (
    SELECT ifnull(check_16, '') || ',' || position || ',' || layout || ',' || boot || ',' || up_ns
           || ',' || ifnull(span_ns, '') || ',' || packed AS line
    FROM reading WHERE position > ? AND position <= ? {kinds} ORDER BY position LIMIT ?)
"""
_ALL = _SELECT.format(kinds="")
_SOME = _SELECT.format(kinds="AND layout IN (SELECT value FROM json_each(?))")
_THERE = (
    "SELECT position FROM reading WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"
)


class Rows(NamedTuple):
    """Genuine rows in order, and the positions of those that are not what was written."""

    rows: list[Row]
    broken: list[int]


def select(
    connection: Connection, known: Dictionary, after: int, upto: int, limit: int = -1
) -> Rows:
    """At most `limit` rows with after < position <= upto."""
    found, count = connection.execute(_ALL, (after, upto, limit)).fetchone()
    lines = found.split(b"\n") if found else []
    rows = [row for line in lines if (row := _row(line, known)) is not None]
    if len(rows) == count:  # a NULL where none may be leaves no line
        return Rows(rows, [])
    there = {position for (position,) in connection.execute(_THERE, (after, upto, limit))}
    return Rows(rows, sorted(there - {row.position for row in rows}))


def select_some(
    connection: Connection, known: Dictionary, after: int, upto: int, limit: int, kinds: list[int]
) -> list[Row]:
    """The genuine ones of those layouts."""
    found, _ = connection.execute(_SOME, (after, upto, json.dumps(kinds), limit)).fetchone()
    lines = found.split(b"\n") if found else []
    return [row for line in lines if (row := _row(line, known)) is not None]


def insert(connection: Connection, known: Dictionary, rows: Sequence[Row]) -> None:
    """Put rows into the transaction that is open."""
    if rows:
        sql = f"INSERT INTO reading VALUES {','.join(['(?,?,?,?,?,?,?)'] * len(rows))}"  # noqa: S608 - no data in it
        connection.execute(sql, [value for row in rows for value in _values(row, known)])


def delete(connection: Connection, positions: Iterable[int]) -> None:
    """Take rows out, in the transaction that is open."""
    sql = "DELETE FROM reading WHERE position IN (SELECT value FROM json_each(?))"
    connection.execute(sql, (f"[{','.join(map(str, positions))}]",))


def row_check(line: bytes) -> int:
    """The 16 bits over `position,layout,boot,up_ns,span_ns or nothing,packed`."""
    return crc32(line) & 0xFFFF


def _values(row: Row, known: Dictionary) -> tuple[Any, ...]:
    position, layout, boot, up_ns, span_ns, packed = row
    kind, of_boot = known.layout(layout), known.boot(boot)
    span = "" if span_ns is None else span_ns
    check = row_check(f"{position},{kind},{of_boot},{up_ns},{span},{packed}".encode())
    return position, kind, of_boot, up_ns, span_ns, packed, check


def _row(line: bytes, known: Dictionary) -> Row | None:
    check, _, rest = line.partition(b",")
    try:
        if check and row_check(rest) != int(check):
            return None
        position, layout, boot, up_ns, span_ns, packed = rest.decode().split(",", 5)
        place = known.layouts[int(layout)], known.boots[int(boot)]
        return Row(int(position), *place, int(up_ns), int(span_ns) if span_ns else None, packed)
    except (ValueError, KeyError):
        return None
