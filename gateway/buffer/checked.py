"""The small tables of the log: each of their rows carries a CRC-32 over itself, `check_32`.

SQLite checks the structure of its pages, not what stands in them. Without this a flipped bit would
move a cursor past what nobody has, give readings another name, or make totals run backwards. The
check is the last column.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from zlib import crc32

from gateway.buffer.sqlite import Connection
from gateway.errors import StoreDamaged

TABLES = ("state", "epoch", "cursor", "layout", "boot", "anchor", "sensor")


class Checked(NamedTuple):
    """Genuine rows, without their check, and how many are not what was written."""

    rows: list[Any]
    broken: int


def put(connection: Connection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Insert or replace rows, in the transaction that is open."""
    checked = [(*row, _check(table, row)) for row in rows]
    if checked:
        marks = ",".join("?" * len(checked[0]))
        connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", checked)  # noqa: S608 - no data in it


def select(connection: Connection, table: str) -> list[Any]:
    """All rows. Raises StoreDamaged if one is not what was written."""
    found = genuine(connection, table)
    if found.broken:
        raise StoreDamaged(f"the table {table} is not what was written")
    return found.rows


def genuine(connection: Connection, table: str) -> Checked:
    """The rows that can be believed."""
    rows = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - no data in it
    good = [row[:-1] for row in rows if row[-1] == _check(table, row[:-1])]
    return Checked(good, len(rows) - len(good))


def fill(connection: Connection) -> None:
    """Give a check to what a migration wrote, in its transaction."""
    for table in TABLES:
        rows = connection.execute(f"SELECT * FROM {table} WHERE check_32 IS NULL")  # noqa: S608 - no data in it
        put(connection, table, [row[:-1] for row in rows.fetchall()])


def _check(table: str, row: Sequence[Any]) -> int:
    return crc32(json.dumps([table, *row], default=repr).encode())
