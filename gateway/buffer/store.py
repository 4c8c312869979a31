"""The SQLite file behind the log: opened, written by groups, read, and kept small."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from gateway.buffer import checked, opening, records, retention, transaction
from gateway.buffer.group import Group
from gateway.buffer.identities import Span
from gateway.buffer.migrations import migrate, refuse_newer
from gateway.buffer.records import Rows
from gateway.buffer.rows import Row
from gateway.buffer.sensors import SensorState
from gateway.buffer.sqlite import Connection, connect, guarded, in_transaction, opened
from gateway.buffer.tables import Tables, sensor_rows
from gateway.buffer.transaction import Session
from gateway.clock import Clock
from gateway.model import Gap


class Store(Tables):
    """One open log file. Everything here raises StoreError.

    All belongs to the one thread that writes, except `rows`, which has a connection of its own;
    whoever calls it serialises it.
    """

    def __init__(self, path: Path) -> None:
        refuse_newer(path)
        super().__init__(path, connect(path))
        self.told = (0, 0, 0, 0)
        """How much the legend knows."""
        self._reader: Connection | None = None
        try:
            opened(path, self._open)
            self._reader = connect(path, read_only=True)
        except BaseException:
            self.close()
            raise

    def begin_session(self, session: Session, group: Group) -> None:
        """From now on it is open: until `end_session` a new start finds an unclean stop.

        One transaction with all that is held; no cursors and segments but the group's are left.
        """
        guarded(self.path, lambda: transaction.write(self, group, session))

    def end_session(self) -> None:
        """Everything is stored, and the next start may know it."""
        self._change(lambda: self.put_state(clean=1))

    def note_salvaged(self, folder: str) -> None:
        """What lay in there is here now."""
        self._change(lambda: self.put_state(salvaged=folder))

    def put_sensors(self, states: Mapping[str, SensorState]) -> None:
        """What is known of the sensors."""
        self._change(lambda: checked.put(self.connection, "sensor", sensor_rows(states)))
        self.sensors = dict(states)

    def reload(self) -> None:
        """Read again what others have put into the tables."""
        guarded(self.path, self.load)

    def write(self, group: Group) -> None:
        """All of the group or nothing, safe on disk when this returns."""
        guarded(self.path, lambda: transaction.write(self, group))

    def rows(self, after: int, upto: int, limit: int) -> Rows:
        """At most `limit` rows with after < position <= upto, for those who only read."""
        reader = self._reader
        assert reader is not None
        return guarded(
            self.path, lambda: records.select(reader, self.dictionary, after, upto, limit)
        )

    def readings_of(self, sensor: str, after: int, upto: int) -> list[Row]:
        """Genuine ones of that sensor with after < position <= upto, for those who only read."""
        reader = self._reader
        assert reader is not None
        layouts = dict(self.dictionary.layouts)
        ours = [n for n, one in layouts.items() if one.sensor == sensor and not one.gap]
        return guarded(
            self.path,
            lambda: records.select_some(reader, self.dictionary, after, upto, -1, ours),
        )

    def oldest(self) -> int | None:
        """The first position, for those who only read; None if there is none."""
        reader = self._reader
        assert reader is not None
        sql = "SELECT min(position) FROM reading"
        [(first,)] = guarded(self.path, lambda: reader.execute(sql).fetchall())
        return None if first is None else int(first)

    def chunk(
        self, after: int, upto: int, limit: int = -1, of: list[int] | None = None
    ) -> list[Row]:
        """The genuine ones among them (`of` these layouts), for the thread that writes."""
        if of is not None:
            return records.select_some(self.connection, self.dictionary, after, upto, limit, of)
        return records.select(self.connection, self.dictionary, after, upto, limit).rows

    def count(self) -> int:
        """Its rows; takes a while."""
        return int(self.one("SELECT count(*) FROM reading"))

    def plan(self, fullness: float, under_way: Iterable[Span]) -> Gap | None:
        """The next step to keep within the quota; see retention.plan."""
        return guarded(self.path, lambda: retention.plan(self, fullness, list(under_way)))

    def too_old(self, now_ns: int, max_age_ns: int) -> Gap | None:
        """The next step to keep nothing for too long; see retention.too_old."""
        return guarded(self.path, lambda: retention.too_old(self, now_ns, max_age_ns))

    def prune(self, upto: int, rows: int = retention.PRUNE_ROWS) -> bool:
        """Delete what every uplink has, so many rows of it; whether there is more.

        An almost empty file becomes small again.
        """
        return guarded(self.path, lambda: retention.prune(self, upto, rows))

    def older_than(self, operating_ns: int) -> int:
        """The last position that was written before that, in operating time over all boots."""
        return guarded(self.path, lambda: retention.last_before(self, operating_ns))

    def operating_ns(self, clock: Clock) -> int:
        """How long the node has been running, over all boots."""
        return self.dictionary.began_ns.get(clock.boot_id, 0) + clock.now_ns()

    def share(self, upto: int) -> float:
        """About how much of the log stands up to there, from 0 to 1."""
        first = guarded(self.path, lambda: self.one("SELECT min(position) FROM reading"))
        if first is None or upto < first:
            return 0.0
        return (upto - int(first) + 1) / (self.last_position - int(first) + 1)

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        if self._reader is not None:
            self._reader.close()
        self.connection.close()

    def _open(self) -> None:
        self.all("PRAGMA synchronous = FULL")
        migrate(self.connection, self.path)
        self.limit_wal()
        opening.check_structure(self)
        self.load()
        opening.check_newest(self)

    def _change(self, work: Callable[[], None]) -> None:
        """One transaction of its own."""
        guarded(self.path, lambda: in_transaction(self.connection, work))
