"""A log as others see it: read only, while the gateway writes it, or has ended, or cannot write.

Every call reads one state of the log and lets go of it, so that the gateway can fold its
write-ahead log back meanwhile; rows that are thinned or delivered between two calls are gone in the
second. Within `still` all calls read the same state.

On a read-only or full disk SQLite cannot open a log that was closed, because it would have to make
the files for its locks. Such a log is opened as one that nobody writes, without its write-ahead
log.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.buffer import checked, records
from gateway.buffer.anchors import anchor_of
from gateway.buffer.dictionary import Dictionary
from gateway.buffer.entries import entry
from gateway.buffer.identities import Identities, Segment, Span
from gateway.buffer.logfile import LogFile
from gateway.buffer.migrations import APPLICATION_ID, schemas
from gateway.buffer.records import Rows
from gateway.buffer.sqlite import Connection, connect, guarded, opened
from gateway.clock import Dating
from gateway.errors import StoreDamaged, StoreError
from gateway.model import Entry, StoredReading

Progress = Callable[[str, int, int], None]
"""Told what is being done, how far it is, and of how much (0: nobody knows)."""

CHUNK = 1_000
"""Positions that are read at once: some milliseconds, or some hundred on the smallest computer."""

WITH_WAL = "nothing can be written here: copy the log with its -wal elsewhere, and look there"

LATE_NS = 3_600 * 10**9
"""So much later than its time a reading may stand in the log: threads, and starts after a crash."""


class LogView(LogFile):
    """An open log. Everything here raises StoreError, and changes nothing but SQLite's locks.

    `complete` is False if the write-ahead log is there and could not be read. `unreadable` counts
    the rows that `entries` has passed over because they are not what was written. `brief` is for a
    look of a moment: a log that was closed is then looked at without SQLite's files beside it.
    """

    def __init__(self, path: Path, *, brief: bool = False) -> None:
        self.complete = True
        self.unreadable = 0
        super().__init__(path, self._connect(path, brief))
        self._version: int | None = None
        try:
            guarded(path, self._check)
            with self.still():
                pass
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self.connection.close()

    @contextmanager
    def still(self) -> Iterator[None]:
        """One state of the log for as long as this lasts; the write-ahead log grows meanwhile."""
        if self.connection.in_transaction:
            yield
            return
        self.all("BEGIN")
        try:
            self._refresh()
            yield
        finally:
            self.connection.rollback()

    def rows(self, span: Span) -> Rows:
        """The rows between those positions, both included."""
        with self.still():
            return guarded(
                self.path,
                lambda: records.select(self.connection, self.dictionary, span.first - 1, span.last),
            )

    def spans(self, first: int, last: int, size: int = CHUNK) -> Iterator[Span]:
        """All that is there between two positions in spans of `size`; where nothing is, no span."""
        sql = "SELECT min(position) FROM reading WHERE position >= ? AND position <= ?"
        while (begin := self.one(sql, first, last)) is not None:
            yield Span(begin, min(begin + size - 1, last))
            first = begin + size

    def spans_back(self, first: int, last: int, size: int = CHUNK) -> Iterator[Span]:
        """The same from the last to the first."""
        sql = "SELECT max(position) FROM reading WHERE position >= ? AND position <= ?"
        while (end := self.one(sql, first, last)) is not None:
            yield Span(max(end - size + 1, first), end)
            last = end - size

    def entries(self, span: Span) -> Iterator[Entry]:
        """What stands between those positions; what is unreadable is counted and passed over."""
        found = self.rows(span)
        self.unreadable += len(found.broken)
        for row in found.rows:
            try:
                one = entry(row, self.identities, self.dating)
                _ = one.values if isinstance(one, StoredReading) else None
            except (ValueError, TypeError, OverflowError):  # rows of schema 1 carry no check
                self.unreadable += 1
            else:
                yield one

    def gap_spans(self, first: int, last: int) -> Iterator[Span]:
        """Each gap record between two positions, as a span of its own."""
        sql = (
            "SELECT position FROM reading WHERE position BETWEEN ? AND ? "
            "AND layout IN (SELECT number FROM layout WHERE gap != '')"
        )
        for span in self.spans(first, last, 10 * CHUNK):
            for (position,) in self.all(sql, *span):
                yield Span(position, position)

    def counted(self, span: Span) -> list[tuple[int, int]]:
        """Rows of each layout number between those positions."""
        sql = "SELECT layout, count(*) FROM reading WHERE position BETWEEN ? AND ? GROUP BY layout"
        return self.all(sql, *span)

    def behind(self, position: int) -> int:
        """Rows behind that position."""
        return int(self.one("SELECT count(*) FROM reading WHERE position > ?", position))

    def since(self, utc_ns: int) -> int:
        """A position before which every reading is known to be older than that."""
        for span in self.spans_back(1, self.last_position):
            for row in reversed(self.rows(span).rows):
                if not row.layout.gap:
                    dated_ns = self.dating.utc_ns(row.boot, row.up_ns)
                    if dated_ns is not None and dated_ns < utc_ns - LATE_NS:
                        return row.position
        return 1

    def integrity(self, limit: int = 20) -> list[str]:
        """What SQLite finds wrong with the file, at most `limit` things."""
        found = self.all(f"PRAGMA integrity_check({limit})")
        return [str(told) for (told,) in found if told != "ok"]

    def _connect(self, path: Path, brief: bool) -> Connection:
        _must_be_readable(path)
        wal, shm = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
        try:
            return _answering(path, frozen=brief and not wal.exists() and not shm.exists())
        except StoreDamaged:
            raise
        except StoreError:
            if wal.exists() and shm.exists():  # then somebody may be writing it
                raise
            self.complete = not (wal.exists() and wal.stat().st_size)
            return _answering(path, frozen=True)

    def _check(self) -> None:
        """It is a log, and of this schema: to look at it never migrates it."""
        version, newest = self.pragma("user_version"), len(schemas())
        is_log = self.pragma("application_id") == APPLICATION_ID
        if not self.complete and (not is_log or version < newest):
            raise StoreError(f"{self.path} makes no sense without its -wal", WITH_WAL)
        if not is_log:
            raise StoreError(f"{self.path} is not a log", "is buffer.path right? see gateway check")
        if version < newest:
            raise StoreError(
                f"{self.path} was written by an older gateway (schema {version})",
                "start the gateway once, it migrates: systemctl start gateway",
            )
        if version > newest:
            raise StoreError(
                f"{self.path} was written by a newer gateway (schema {version}, this one knows "
                f"{newest})",
                "use the newer version",
            )

    def _refresh(self) -> None:
        """Read the small tables again if somebody has written."""
        version = self.pragma("data_version")
        if version != self._version:
            opened(self.path, self._load)
            self._version = version

    def _load(self) -> None:
        self.dictionary = Dictionary(self.connection)
        self.identities = Identities(Segment(*row) for row in self._small("epoch"))
        self.identities.of(1)
        self.cursors: dict[str, int] = dict(self._small("cursor"))
        [(_, _, self.session, *_)] = self._small("state")
        self.last_position = self.one("SELECT max(position) FROM reading") or 0
        self.dating = Dating(self.dictionary.began_ns)
        boots, anchors = self.dictionary.boots, map(anchor_of, self._small("anchor"))
        self.dating.keep((boots[boot], anchor) for boot, anchor in anchors)

    def _small(self, table: str) -> list[Any]:
        return checked.select(self.connection, table)


def _answering(path: Path, frozen: bool) -> Connection:
    """SQLite does not look at the file before it is asked something."""
    connection = connect(path, read_only=True, frozen=frozen)
    try:
        guarded(path, lambda: connection.execute("SELECT 1 FROM sqlite_master").close())
    except BaseException:
        connection.close()
        raise
    return connection


def _must_be_readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except FileNotFoundError as error:
        raise StoreError(
            f"there is no log at {path}",
            "the gateway makes it when it is first started: systemctl start gateway",
        ) from error
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}", f"ls -ld {path}") from error
