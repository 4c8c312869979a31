"""The SQLite file behind the log: schema, one transaction per group, and reading back.

Inserts and selects are each one SQLite step for a whole batch: sqlite3 lets go of the interpreter
lock at every step, and beside a busy thread each return costs a switch interval of 5 ms.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from gateway.buffer.group import Group, Row, Total
from gateway.buffer.lock import hold
from gateway.buffer.migrations import migrate
from gateway.clock import Anchor
from gateway.errors import StoreError
from gateway.model import Names

T = TypeVar("T")

_ROW_VALUES = "(?,?,?,?,?,?)"

_SELECT = """
SELECT group_concat(line, x'0a') FROM (
    SELECT seq || ',' || layout || ',' || boot || ',' || up_ns || ',' || ifnull(span_ns, '')
           || ',' || packed AS line
    FROM reading WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?)
"""

_PRUNE = "DELETE FROM reading WHERE seq <= ? AND seq < (SELECT max(seq) FROM reading)"


class Store:
    """One open log file; a second process that opens it is refused. Raises StoreError.

    `write` and `prune` belong to one thread, everything else to the one that opened the store,
    except `rows` and `size`, which have a connection of their own and are serialised by the log.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held = hold(path)
        try:
            self._writer = _guarded(path, lambda: _open(path))
            self._reader = _guarded(path, lambda: sqlite3.connect(path, check_same_thread=False))
        except StoreError:
            self._held.close()
            raise
        (self.epoch,) = self._one("SELECT epoch FROM store")

    def boot_number(self, boot_id: str) -> int:
        """The number of that boot; a new one if it is new."""
        self._writer.execute("INSERT OR IGNORE INTO boot (boot_id) VALUES (?)", (boot_id,))
        (number,) = self._one("SELECT number FROM boot WHERE boot_id = ?", (boot_id,))
        return int(number)

    def boots(self) -> dict[int, str]:
        return dict(self._writer.execute("SELECT number, boot_id FROM boot"))

    def anchors(self) -> list[tuple[int, Anchor]]:
        """All anchors by boot number."""
        found = self._writer.execute("SELECT boot, up_ns, utc_ns FROM anchor")
        return [(boot, Anchor(up_ns, utc_ns)) for boot, up_ns, utc_ns in found]

    def layouts(self) -> dict[int, tuple[str, Names]]:
        found = self._writer.execute("SELECT number, sensor, names FROM layout")
        return {number: (sensor, tuple(names.split(","))) for number, sensor, names in found}

    def cursors(self) -> dict[str, int]:
        return dict(self._writer.execute("SELECT uplink, seq FROM cursor"))

    def totals(self) -> dict[Total, int]:
        found = self._writer.execute("SELECT sensor, quantity, value FROM total")
        return {(sensor, quantity): value for sensor, quantity, value in found}

    def last_seq(self) -> int:
        """The newest identity ever given: the newest row is never deleted."""
        (last,) = self._one("SELECT max(seq) FROM reading")
        return last or 0

    def write(self, group: Group) -> None:
        """All of the group or nothing, safe on disk when this returns."""
        _guarded(self._path, lambda: self._write(group))

    def prune(self, upto: int) -> None:
        """Delete rows up to `upto`, but never the newest."""
        _guarded(self._path, lambda: self._writer.execute(_PRUNE, (upto,)))

    def rows(self, after: int, upto: int, limit: int) -> list[list[str]]:
        """Rows in order: seq, layout, boot, up_ns, span_ns or "", packed, all as text."""
        (text,) = _guarded(
            self._path, lambda: self._reader.execute(_SELECT, (after, upto, limit)).fetchone()
        )
        return [line.split(",", 5) for line in text.split("\n")] if text else []

    def size(self) -> int:
        """Bytes of the log and its write-ahead log."""
        paths = (self._path, self._path.with_name(self._path.name + "-wal"))
        return sum(path.stat().st_size for path in paths if path.exists())

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._reader.close()
        self._writer.close()
        self._held.close()

    def _one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        return self._writer.execute(sql, values).fetchone()

    def _write(self, group: Group) -> None:
        with self._writer as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO layout VALUES (?,?,?)", group.layouts)
            if group.rows:
                connection.execute(_insert(len(group.rows)), _flat(group.rows))
            connection.executemany(
                "INSERT OR REPLACE INTO anchor VALUES (?,?,?)",
                ((boot, *anchor) for boot, anchor in group.anchors),
            )
            connection.executemany(
                "INSERT OR REPLACE INTO total VALUES (?,?,?)",
                ((*key, value) for key, value in group.totals.items()),
            )
            connection.executemany(
                "INSERT OR REPLACE INTO cursor VALUES (?,?)", group.cursors.items()
            )


def _insert(rows: int) -> str:
    return f"INSERT INTO reading VALUES {','.join([_ROW_VALUES] * rows)}"  # noqa: S608 - no data in it


def _flat(rows: Iterable[Row]) -> list[Any]:
    return [value for row in rows for value in row]


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _guarded(path: Path, work: Callable[[], T]) -> T:
    try:
        return work()
    except sqlite3.Error as error:
        raise _store_error(path, error) from error


def _store_error(path: Path, error: sqlite3.Error) -> StoreError:
    name = getattr(error, "sqlite_errorname", "")
    hints = {
        "SQLITE_FULL": f"make room on the disk: df -h {path.parent}",
        "SQLITE_READONLY": f"the disk may be read-only or the file another user's: ls -l {path}",
        "SQLITE_CANTOPEN": f"is it a file, and may this user write there? ls -ld {path}",
        "SQLITE_NOTADB": f"this is no log: move it aside, mv {path} {path}.broken",
    }
    return StoreError(f"{path}: {error} ({name})", hints.get(name, f"check the disk of {path}"))
