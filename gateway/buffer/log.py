"""The log as the program sees it: append, commit in groups, take, acknowledge.

A reading is accepted when the commit of its group has returned, and only accepted readings can be
taken. Samplers append, one thread commits, forwarders take and acknowledge. What is not committed
yet is bounded: when the disk does not follow, `has_room` says so and nothing more is measured; the
counts stay with the drivers, which lose nothing by being read later.
"""

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from drivers.quantities import QUANTITIES, Kind
from gateway.buffer.group import Group, OpenGroup
from gateway.buffer.store import Store
from gateway.clock import Anchor, Clock, Timeline
from gateway.model import Instant, Names, Reading, StoredReading, pack

GROUP_LIMIT = 2_000
"""Rows in one transaction; a full group is committed at once."""

PENDING_LIMIT = 50_000
"""Rows in memory, about 10 MB; each sampler may be one over it."""

PRUNE_ROWS = 5_000
"""Delivered rows that are left lying before they are deleted together."""


class Log:
    """The open log of this boot, for these uplinks: one that is gone no longer holds data back.

    Raises StoreError when it cannot be opened.
    """

    def __init__(
        self, path: Path, clock: Clock, commit_every: float = 0.0, uplinks: Sequence[str] = ()
    ) -> None:
        self._clock = clock
        self._commit_every_ns = round(commit_every * 1e9)
        self._store = Store(path)
        self.epoch = self._store.epoch
        self._boot = self._store.boot_number(clock.boot_id)
        self._boots = self._store.boots()
        self._timelines = self._read_timelines()
        self._layouts = self._store.layouts()
        self._layout_numbers = {layout: number for number, layout in self._layouts.items()}
        self._totals = self._store.totals()
        cursors = self._store.cursors()
        self._cursors = {name: cursors.get(name, 0) for name in uplinks}
        self._next_seq = self._store.last_seq() + 1
        self.accepted_seq = self._next_seq - 1
        self._pruned_seq = 0
        self._lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._group = OpenGroup()
        self._opened_ns: int | None = None
        self._listeners: list[threading.Event] = []
        self.writer_wake = threading.Event()
        """Set when a group is opened or full: the writer has something to wait for, or to do."""

    def notify(self, event: threading.Event) -> None:
        """Set `event` after every commit."""
        self._listeners.append(event)

    def append(self, reading: Reading) -> int:
        """Take the reading into the next group; returns its seq."""
        packed = pack(reading.values)
        with self._lock:
            names = tuple(reading.values)
            layout = self._layout(reading.sensor, names)
            seq = self._next_seq
            self._next_seq = seq + 1
            row = (seq, layout, self._boot, reading.up_ns, reading.span_ns, packed)
            self._group.rows.append(row)
            self._add_totals(reading, _total_names(names))
            self._open_group()
        if self.pending >= GROUP_LIMIT:
            self.writer_wake.set()
        return seq

    def totals(self, sensor: str) -> dict[str, int]:
        """The running totals of a sensor by quantity, as last appended."""
        return {q: value for (name, q), value in self._totals.items() if name == sensor}

    def add_anchor(self, anchor: Anchor) -> None:
        """Date this boot's readings by `anchor`, if it tells something new."""
        with self._lock:
            if self._timelines[self._boot].add(anchor):
                self._group.anchors.append((self._boot, anchor))
                self._open_group()

    def commit_due(self) -> float | None:
        """Seconds until the open group must be committed; None while it is empty."""
        opened_ns = self._opened_ns
        if self.pending >= GROUP_LIMIT:
            return 0.0
        if opened_ns is None:
            return None
        return max(0.0, (opened_ns + self._commit_every_ns - self._clock.now_ns()) / 1e9)

    def commit(self) -> int:
        """Store the open group; returns its rows. On StoreError it stays open."""
        with self._lock:
            group = self._group.first(GROUP_LIMIT)
        if not any(group):
            return 0
        self._store.write(group)
        with self._lock:
            self._accept(group)
        for event in self._listeners if group.rows else ():
            event.set()
        self._prune()
        return len(group.rows)

    def take(self, after: int, limit: int) -> list[StoredReading]:
        """Accepted readings with a greater seq than `after`, oldest first."""
        with self._read_lock:
            rows = self._store.rows(after, self.accepted_seq, limit)
        return [self._stored(row) for row in rows]

    def cursor(self, uplink: str) -> int:
        """Everything up to this seq is with the uplink's far side; 0 at its first start."""
        return self._cursors[uplink]

    def acknowledge(self, uplink: str, seq: int) -> None:
        """The far side has everything up to `seq`; stored with the next group."""
        with self._lock:
            assert self._cursors[uplink] <= seq <= self.accepted_seq
            self._cursors[uplink] = self._group.cursors[uplink] = seq
            self._open_group()

    @property
    def has_room(self) -> bool:
        """Whether another reading should be measured: False while the disk does not follow."""
        return self.pending < PENDING_LIMIT

    @property
    def pending(self) -> int:
        """Readings that wait for their commit."""
        return len(self._group.rows)

    def size(self) -> int:
        """Bytes on disk."""
        return self._store.size()

    def close(self) -> None:
        """Commit everything and let go of the file. Raises StoreError if the disk refuses."""
        try:
            while self.commit():
                pass
        finally:
            self._store.close()

    def _layout(self, sensor: str, names: Names) -> int:
        number = self._layout_numbers.get((sensor, names))
        if number is None:
            number = len(self._layouts) + 1
            self._layouts[number] = (sensor, names)
            self._layout_numbers[sensor, names] = number
            self._group.layouts.append((number, sensor, ",".join(names)))
        return number

    def _open_group(self) -> None:
        """The time of the group runs from its first addition."""
        if self._opened_ns is None:
            self._opened_ns = self._clock.now_ns()
            self.writer_wake.set()

    def _add_totals(self, reading: Reading, names: Names) -> None:
        """Running totals are stored with the reading that carries them, or not at all."""
        for name in names:
            value = reading.values[name]
            if value is not None:
                key = (reading.sensor, name)
                self._totals[key] = self._group.totals[key] = round(value)

    def _accept(self, group: Group) -> None:
        if group.rows:
            self.accepted_seq = group.rows[-1][0]
        self._group.remove(group)
        self._opened_ns = None
        if self._group:
            self._open_group()

    def _prune(self) -> None:
        owed = min(self._cursors.values(), default=0)
        if owed - self._pruned_seq >= PRUNE_ROWS:
            self._store.prune(owed)
            self._pruned_seq = owed

    def _read_timelines(self) -> dict[int, Timeline]:
        anchors: dict[int, list[Anchor]] = {boot: [] for boot in self._boots}
        for boot, anchor in self._store.anchors():
            anchors[boot].append(anchor)
        return {boot: Timeline(found) for boot, found in anchors.items()}

    def _stored(self, row: list[str]) -> StoredReading:
        seq, layout, boot, up_ns, span_ns, packed = row
        sensor, names = self._layouts[int(layout)]
        up = int(up_ns)
        utc_ns, quality = self._timelines[int(boot)].date(up)
        return StoredReading(
            int(seq),
            sensor,
            names,
            packed,
            int(span_ns) if span_ns else None,
            Instant(self._boots[int(boot)], up, utc_ns, quality),
        )


@lru_cache
def _total_names(names: Names) -> Names:
    return tuple(name for name in names if QUANTITIES[name].kind is Kind.TOTAL)
