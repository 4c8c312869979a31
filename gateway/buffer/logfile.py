"""The SQLite file of a log: what it is asked, what it takes, when its write-ahead log is folded."""

from pathlib import Path
from typing import Any

from gateway.buffer.sqlite import CHECKPOINT_PAGES, Connection, guarded

MIN_CHECKPOINT_PAGES = 20
"""Less would fold the write-ahead log back at every commit."""


class LogFile:
    """One connection to it. Everything here raises StoreError."""

    def __init__(self, path: Path, connection: Connection) -> None:
        self.path = path
        self.connection = connection

    def used_bytes(self) -> int:
        """What rows and tables take, without the free room inside the file."""
        return self.file_bytes() - self.pragma("page_size") * self.pragma("freelist_count")

    def file_bytes(self) -> int:
        """The file with its free room."""
        return self.pragma("page_size") * self.pragma("page_count")

    def limit_wal(self, most: int | None = None) -> None:
        """Fold the write-ahead log back when it has so many bytes, if not before."""
        page_size = self.pragma("page_size")
        pages = CHECKPOINT_PAGES
        if most is not None:
            pages = max(MIN_CHECKPOINT_PAGES, min(pages, most // page_size))
        self.all(f"PRAGMA wal_autocheckpoint = {pages}")
        self.all(f"PRAGMA journal_size_limit = {pages * page_size}")

    def pragma(self, name: str) -> int:
        """A number that SQLite knows of the file."""
        return int(self.one(f"PRAGMA {name}"))

    def one(self, sql: str, *parameters: int) -> Any:
        """The first value of the first row."""
        return self.all(sql, *parameters)[0][0]

    def all(self, sql: str, *parameters: int) -> list[Any]:
        """All rows of the answer."""
        return guarded(self.path, lambda: self.connection.execute(sql, parameters).fetchall())


def size(log: Path) -> int:
    """Bytes of a log and its write-ahead log on the disk."""
    paths = (log, log.with_name(log.name + "-wal"))
    return sum(path.stat().st_size for path in paths if path.exists())
