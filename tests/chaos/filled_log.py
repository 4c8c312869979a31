"""Logs of nodes that were running: several sensors, merged and dropped readings, a cursor in the
middle, and what had gone out of them when they stopped.
"""

import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from gateway.buffer import Log, logfile, migrations
from gateway.buffer.entries import entry
from gateway.buffer.identities import Span
from gateway.config import Buffer
from gateway.model import Entry, Gap, Instant, Quality, Reading, StoredGap, StoredReading
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000

Identity = tuple[int, int, int]
"""Epoch, first and last number."""

Content = StoredReading | Gap
Totals = dict[str, float]


@dataclass
class Filled:
    """A log that was killed or cut off from its power; everything in it had gone out once.

    `settled` identities are with the far side for sure. `stored` are those on the disk that it may
    lack, and `rows` how they stand there, by position and packed values.
    """

    folder: Path
    killed: bool
    clock: SimulatedClock
    gone_out: dict[Identity, Content] = field(default_factory=dict)
    settled: set[Identity] = field(default_factory=set)
    stored: set[Identity] = field(default_factory=set)
    rows: dict[tuple[int, str], Identity] = field(default_factory=dict)
    totals: Totals = field(default_factory=dict)
    older: Path | None = None
    """A copy of the log from the middle of its life."""

    @property
    def measured(self) -> set[Identity]:
        """What the sensors said and the far side must still hear of."""
        found = self.gone_out.items()
        raw = {one for one, what in found if isinstance(what, StoredReading) and one[1] == one[2]}
        return raw - self.settled


def open_log(folder: Path, clock: SimulatedClock) -> Log:
    buffer = Buffer(path=str(folder / "log.db"), commit_every=10.0, reserve=0)
    return Log(buffer, folder, clock, {"city": "everything", "county": "now"})


def measure(log: Log, clock: SimulatedClock, seconds: int) -> list[Reading]:
    """What the sensors say in that time."""
    readings = []
    for _ in range(seconds):
        clock.sleep(1)
        now = clock.now_ns()
        n = now // SECOND
        readings += [
            log.append(Reading("air", {"temperature": 20 + n % 97 / 10, "humidity": 40.5}, now)),
            log.append(Reading("door", {"count_in": n % 4, "count_out": n % 3}, now, SECOND)),
            log.append(Reading("hall", {"targets": n % 5}, now)),
        ]
        if n % 7 == 0:
            readings.append(log.append(Reading("gate", {"count_in": n % 11}, now, 7 * SECOND)))
    return readings


def content(entry: Entry) -> Content:
    """What stands behind an identity; UTC is not part of it, it may become known later."""
    if isinstance(entry, StoredGap):
        return entry.gap
    since = None if entry.since is None else _undated(entry.since)
    return entry._replace(since=since, at=_undated(entry.at))


def _undated(at: Instant) -> Instant:
    return Instant(at.boot, at.up_ns, None, Quality.UNKNOWN)


def identity(entry: Entry) -> Identity:
    first = entry.number if isinstance(entry, StoredGap) else entry.first
    return entry.epoch, first, entry.number


def take_all(log: Log, uplink: str = "city") -> list[Entry]:
    """Everything that an uplink can take, under way afterwards."""
    entries: list[Entry] = []
    while batch := log.reader(uplink).take(100):
        entries += batch.entries
    return entries


def raise_totals(totals: Totals, entries: Iterable[Entry]) -> None:
    """How far the running totals have come with these."""
    for reading in (one for one in entries if isinstance(one, StoredReading)):
        for name, value in reading.values.items():
            if name.startswith("total_") and value is not None:
                key = f"{reading.sensor} {name}"
                totals[key] = max(value, totals.get(key, 0))


def filled(folder: Path, killed: bool) -> Filled:
    """`killed`: the journal is there, with what was not committed; else the power was cut."""
    with pytest.MonkeyPatch.context() as patch:
        return _filled(folder, killed, patch)


def _filled(folder: Path, killed: bool, monkeypatch: pytest.MonkeyPatch) -> Filled:
    sessions = count(1)
    monkeypatch.setattr(logfile, "CHECKPOINT_PAGES", 90)
    monkeypatch.setattr(migrations, "new_epoch", lambda: 7_000_001)  # each time the same bytes
    monkeypatch.setattr(secrets, "token_hex", lambda size: f"{next(sessions):0{2 * size}x}")
    alive = folder.with_name(f"{folder.name}-alive")
    alive.mkdir()
    clock = SimulatedClock(utc_at_boot_ns=1_800_000_000 * SECOND)
    made = Filled(folder, killed, clock)
    log = open_log(alive, clock)
    _live(log, clock, made)
    _make_room(log, made, 0)
    log.close()
    clock = made.clock = SimulatedClock("b00t0002", 1_900_000_000 * SECOND)
    log = open_log(alive, clock)
    _live(log, clock, made)
    made.older = Path(shutil.copytree(alive, folder.with_name(f"{folder.name}-older")))
    _make_room(log, made, 150 * SECOND)
    for _ in range(9):
        measure(log, clock, 4)
        log.commit()
    made.stored = {identity(entry) for entry in _send(log, made)}
    assert log.store is not None
    ends = {one[::2]: one for one in made.stored}
    of = log.window.identities.of
    for row in log.store.chunk(0, log.store.last_position):
        if of(row.position) in ends:
            made.rows[row.position, row.packed] = ends[of(row.position)]
    measure(log, clock, 5)
    _send(log, made)
    shutil.copytree(alive, folder)  # to close SQLite's connection would fold the WAL back
    log.let_go()
    if not killed:
        (folder / "journal").unlink()
        made.clock = SimulatedClock("b00t0003")
    return made


def _live(log: Log, clock: SimulatedClock, made: Filled) -> None:
    """Measure for some minutes, and deliver a part of it."""
    anchor = clock.anchor()
    assert anchor is not None
    log.add_anchor(anchor)
    for _ in range(8):
        measure(log, clock, 20)
        log.commit()
    _send(log, made)
    for name, batches in (("city", 2), ("county", 7)):
        for _ in range(batches):
            batch = log.reader(name).take(50)
            assert batch is not None
            log.reader(name).settle(batch)
            if name == "city":
                made.settled |= {identity(entry) for entry in batch.entries}
    log.commit()


def _make_room(log: Log, made: Filled, age_ns: int) -> None:
    """Merge what can be merged; with an age also drop what is older."""
    assert log.store is not None
    cursors = [Span(reader.position + 1, reader.position) for reader in log.readers.values()]
    while gap := log.store.plan(0.86, cursors):
        _do(log, made, gap)
    if age_ns:
        gap = log.store.too_old(log.clock.now_ns(), age_ns)
        assert gap is not None
        _do(log, made, gap)


def _do(log: Log, made: Filled, gap: Gap) -> None:
    log.append_gap(gap)
    log.commit()
    made.gone_out |= {identity(one): content(one) for one in log.feed.entries(0, 10_000).entries}


def _send(log: Log, made: Filled) -> list[Entry]:
    """Everything that the city lacks goes out, and nothing is acknowledged."""
    entries = take_all(log)
    log.reader("city").rewind()
    window = log.window
    waiting = window.rows_after(log.feed.available_position, 10_000)  # for their commit
    held = [entry(row, window.identities, window.dating) for row in waiting]
    made.gone_out |= {identity(entry): content(entry) for entry in (*entries, *held)}
    raise_totals(made.totals, entries)
    return entries
