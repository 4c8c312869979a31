"""The SQLite file behind the log: opened and checked, one transaction per group, its size."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from threading import Timer
from typing import Any, NamedTuple

from drivers.quantities import Rank
from gateway.buffer import checked, records, retention, sensors
from gateway.buffer.dictionary import Dictionary
from gateway.buffer.entries import buckets
from gateway.buffer.group import Group
from gateway.buffer.identities import Identities, Segment
from gateway.buffer.migrations import migrate, refuse_newer
from gateway.buffer.quota import Span
from gateway.buffer.records import Rows
from gateway.buffer.rows import Row
from gateway.buffer.sensors import SensorState
from gateway.buffer.sqlite import (
    CHECKPOINT_PAGES,
    Connection,
    connect,
    guarded,
    in_transaction,
    interrupted,
    opened,
)
from gateway.clock import Anchor, Timeline
from gateway.errors import StoreDamaged
from gateway.model import Gap, Reason

MIN_CHECKPOINT_PAGES = 20
"""Less would fold the write-ahead log back at every commit."""

CHECK_S = 2.0
"""How long the file is checked at most when it is opened, whatever its size."""


class Session(NamedTuple):
    """One run of the gateway with this log: its name, and what the log must know to be safe."""

    name: str
    reserved: int
    cursors: Mapping[str, int]
    segments: Sequence[Segment]


class Store:
    """One open log file. Everything here raises StoreError.

    All belongs to the one thread that writes, except `rows`, which has a connection of its own;
    whoever calls it serialises it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        refuse_newer(path)
        self.connection = connect(path)
        self.told = (0, 0, 0, 0)
        """How much the legend knows."""
        self._reader: Connection | None = None
        try:
            opened(path, self._open)
            self._reader = connect(path, read_only=True)
        except BaseException:
            self.close()
            raise

    def begin_session(self, session: Session) -> None:
        """From now on it is open: until `end_session` a new start finds an unclean stop."""
        guarded(self.path, lambda: self._begin(session))

    def end_session(self) -> None:
        """Everything is stored, and the next start may know it."""
        self._change(lambda: self._put_state(clean=1))

    def note_salvaged(self, folder: str) -> None:
        """What lay in there is here now."""
        self._change(lambda: self._put_state(salvaged=folder))

    def note_reserved(self, reserved: int) -> None:
        """In the transaction that is open: numbers up to there may have gone out."""
        self._put_state(reserved=reserved)

    def put_sensors(self, states: Mapping[str, SensorState]) -> None:
        """What is known of the sensors."""
        self._change(lambda: checked.put(self.connection, "sensor", _sensor_rows(states)))
        self.sensors = dict(states)

    def reload(self) -> None:
        """Read again what others have put into the tables."""
        guarded(self.path, self._load)

    def write(self, group: Group) -> None:
        """All of the group or nothing, safe on disk when this returns."""
        guarded(self.path, lambda: self._write(group))

    def rows(self, after: int, upto: int, limit: int) -> Rows:
        """At most `limit` rows with after < position <= upto, for those who only read."""
        reader = self._reader
        assert reader is not None
        return guarded(
            self.path, lambda: records.select(reader, self.dictionary, after, upto, limit)
        )

    def chunk(
        self, after: int, upto: int, limit: int = -1, of: list[int] | None = None
    ) -> list[Row]:
        """The genuine ones among them (`of` these layouts), for the thread that writes."""
        if of is not None:
            return records.select_some(self.connection, self.dictionary, after, upto, limit, of)
        return records.select(self.connection, self.dictionary, after, upto, limit).rows

    def plan(self, fullness: float, under_way: Iterable[Span]) -> Gap | None:
        """The next step to keep within the quota; see retention.plan."""
        return guarded(self.path, lambda: retention.plan(self, fullness, list(under_way)))

    def too_old(self, now_ns: int, max_age_ns: int) -> Gap | None:
        """The next step to keep nothing for too long; see retention.too_old."""
        return guarded(self.path, lambda: retention.too_old(self, now_ns, max_age_ns))

    def prune(self, upto: int) -> int:
        """Delete what every uplink has, and make an almost empty file small again.

        Returns how far it came: it does so many rows at a time.
        """
        return guarded(self.path, lambda: retention.prune(self, upto))

    def highest(self, epoch: int) -> int:
        """The highest number of that epoch that is stored; 0 if none is."""
        segments = self.identities.segments
        ends = [segment.first - 1 for segment in segments[1:]] + [self.last_position]
        pairs = zip(segments, ends, strict=True)
        ours = [(one, min(end, self.last_position)) for one, end in pairs if one.epoch == epoch]
        return max([0, *(end - one.shift for one, end in ours if end >= one.first)])

    @property
    def has_merged(self) -> bool:
        """Whether a row may stand for readings at any positions before its own."""
        return any(layout.step_s and not layout.gap for layout in self.dictionary.layouts.values())

    def count(self) -> int:
        """Its rows; takes a while."""
        [(count,)] = guarded(self.path, lambda: self._all("SELECT count(*) FROM reading"))
        return int(count)

    def limit_wal(self, most: int) -> None:
        """Fold the write-ahead log back when it is so large, if not before."""
        pages = max(MIN_CHECKPOINT_PAGES, min(CHECKPOINT_PAGES, most // self._pragma("page_size")))
        self._run(f"PRAGMA wal_autocheckpoint = {pages}")
        self._run(f"PRAGMA journal_size_limit = {pages * self._pragma('page_size')}")

    def used_bytes(self) -> int:
        """What rows and tables take, without the free room inside the file."""
        return self._pragma("page_size") * (
            self._pragma("page_count") - self._pragma("freelist_count")
        )

    def file_bytes(self) -> int:
        """The file with its free room."""
        return self._pragma("page_size") * self._pragma("page_count")

    def bucket(self, step_s: int) -> Callable[[Row], int]:
        """In which step a row ends."""
        return buckets(self.timelines, step_s)

    def thinned(self, rank: Rank, step_s: int) -> int:
        """How far a rung of the ladder has been."""
        return self._thinned.get((rank, step_s), 0)

    def note_thinned(self, rank: Rank, step_s: int, upto: int) -> None:
        """There was nothing to gain up to there; stored with the next step that is taken."""
        self._thinned[rank, step_s] = upto

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        if self._reader is not None:
            self._reader.close()
        self.connection.close()

    def _open(self) -> None:
        self._run("PRAGMA synchronous = FULL")
        migrate(self.connection, self.path)
        self._run(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        self._check()
        self._load()
        self._check_newest()

    def _check(self) -> None:
        """The small tables first: damage that is beyond the time is found when it is read."""
        for table in (*checked.TABLES, "thinned"):
            self._found(f"PRAGMA quick_check({table})")
        timer = Timer(CHECK_S, self.connection.interrupt)
        timer.start()
        try:
            self._found("PRAGMA quick_check(1)")
        except Exception as error:
            if not interrupted(error):
                raise
        finally:
            timer.cancel()
            timer.join()

    def _found(self, check: str) -> None:
        found = self._all(check)
        if found != [("ok",)]:
            raise StoreDamaged(f"{self.path}: {found[0][0].splitlines()[-1]}")

    def _check_newest(self) -> None:
        """From the newest row on the log is continued, so this one must be true."""
        last = self.last_position
        epoch, number = self.identities.of(last)
        known = epoch != self.identities.epoch or number <= self.reserved
        if last and not (known and self.chunk(last - 1, last)):
            raise StoreDamaged(f"{self.path}: its newest row is not what was written")

    def _load(self) -> None:
        self.dictionary = Dictionary(self.connection)
        self.last_position: int
        self.reserved: int
        self.session: str
        self.clean: int
        self.identities = Identities(Segment(*row) for row in self._checked("epoch"))
        self.cursors: dict[str, int] = dict(self._checked("cursor"))
        [(self.last_position,)] = self._all("SELECT ifnull(max(position), 0) FROM reading")
        [(_, self.reserved, self.session, self.clean, self.salvaged)] = self._checked("state")
        self.sensors = {
            name: SensorState(None if boot is None else (boot, up_ns), json.loads(totals))
            for name, boot, up_ns, totals in self._checked("sensor")
        }
        self._thinned: dict[tuple[Rank, int], int] = {
            (rank, step): upto for rank, step, upto in self._all("SELECT * FROM thinned")
        }
        self.timelines: dict[str, Timeline] = {}
        self.anchors = sorted(self._checked("anchor"), key=itemgetter(1))
        for boot, up_ns, utc_ns in self.anchors:
            self._date(self.dictionary.boots[boot], Anchor(up_ns, utc_ns))

    def _begin(self, session: Session) -> None:
        with self.connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM cursor")
            checked.put(connection, "cursor", session.cursors.items())
            connection.execute("DELETE FROM epoch")
            checked.put(connection, "epoch", session.segments)
            self._put_state(session=session.name, reserved=session.reserved, clean=0)
        self.cursors = dict(session.cursors)
        self.identities = Identities(session.segments)

    def _write(self, group: Group) -> None:
        known = self.dictionary.size()
        before = self.identities, self.last_position, self.reserved, {**self._thinned}
        changed = sensors.after(self.sensors, group.rows)
        try:
            with self.connection as connection:
                connection.execute("BEGIN IMMEDIATE")
                self._write_rest(connection, group, changed)
                self._write_rows(group)
        except BaseException:
            self.dictionary.roll_back(known)
            self.identities, self.last_position, self.reserved, self._thinned = before
            raise
        self.sensors |= changed
        self.cursors |= group.cursors

    def _write_rows(self, group: Group) -> None:
        """The segments and the last position are known before a step refers to them."""
        self.identities = Identities([*self.identities.segments, *group.segments])
        self.last_position = group.rows[-1].position if group.rows else self.last_position
        records.insert(self.connection, self.dictionary, group.rows)
        for row in group.rows:
            if row.layout.gap in (Reason.THINNED, Reason.DROPPED):
                retention.execute(self, row)

    def _write_rest(
        self, connection: Connection, group: Group, changed: Mapping[str, SensorState]
    ) -> None:
        anchors = [(self.dictionary.boot(boot), *anchor[:2]) for boot, anchor in group.anchors]
        checked.put(connection, "anchor", anchors)
        self.anchors += anchors
        checked.put(connection, "epoch", group.segments)
        checked.put(connection, "cursor", group.cursors.items())
        checked.put(connection, "sensor", _sensor_rows(changed))
        for boot, anchor in group.anchors:
            self._date(boot, anchor)
        if group.reserved is not None:
            self._put_state(reserved=group.reserved)

    def _put_state(self, **new: Any) -> None:
        """In the transaction that is open."""
        for name, value in new.items():
            setattr(self, name, value)
        state = (1, self.reserved, self.session, self.clean, self.salvaged)
        checked.put(self.connection, "state", [state])

    def _date(self, boot: str, anchor: Anchor) -> None:
        self.timelines.setdefault(boot, Timeline()).add(anchor)

    def _change(self, work: Callable[[], None]) -> None:
        """One transaction of its own."""
        guarded(self.path, lambda: in_transaction(self.connection, work))

    def _checked(self, table: str) -> list[Any]:
        return checked.select(self.connection, table)

    def _run(self, sql: str) -> None:
        guarded(self.path, lambda: self.connection.execute(sql).close())

    def _all(self, sql: str) -> list[Any]:
        return self.connection.execute(sql).fetchall()

    def _pragma(self, name: str) -> int:
        found = guarded(self.path, lambda: self._all(f"PRAGMA {name}"))
        return int(found[0][0])


def _sensor_rows(states: Mapping[str, SensorState]) -> Iterable[tuple[Any, ...]]:
    for name, state in states.items():
        yield name, *(state.until or (None, None)), json.dumps(dict(state.totals))


def size(log: Path) -> int:
    """Bytes of a log and its write-ahead log on the disk."""
    paths = (log, log.with_name(log.name + "-wal"))
    return sum(path.stat().st_size for path in paths if path.exists())
