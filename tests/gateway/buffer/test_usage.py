"""How full the log is, and when it will be."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.buffer import Log, usage
from gateway.buffer.store import Store
from gateway.buffer.usage import Usage
from gateway.clock import Clock
from gateway.config import Buffer
from gateway.errors import StoreUnavailable
from gateway.model import Reason
from tests.gateway.buffer.node import Node, commit_all, reading
from tests.gateway.simulated_clock import SimulatedClock

HOUR = 3600
MB = 1_000_000


class Filling(Store):
    """A store that takes the bytes that a test says."""

    bytes = 0
    file = 0
    planned: list[float]

    def used_bytes(self) -> int:
        return self.bytes

    def file_bytes(self) -> int:
        return self.file or self.bytes

    def plan(self, fullness: float, under_way: object) -> None:
        self.planned.append(fullness)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Filling]:
    with closing(Filling(tmp_path / "log.db")) as opened:
        opened.planned = []
        yield opened


def usage_of(store: Store, max_size: int = 100 * MB, reserve: int = 0) -> Usage:
    return Usage(Buffer(path=str(store.path), max_size=max_size, reserve=reserve), store.path)


def look(found: Usage, store: Filling, used: int, clock: Clock) -> float | None:
    store.bytes = used
    assert found.step(store, clock, []) is None
    return found.full_in_days


def test_the_ladder_begins_at_its_lowest_mark(store: Filling) -> None:
    found, clock = usage_of(store), SimulatedClock()
    for used in (10 * MB, 79 * MB, 81 * MB, 90 * MB):
        look(found, store, used, clock)
    assert store.planned == [used / found.limit for used in (81 * MB, 90 * MB)]


def test_the_write_ahead_log_is_within_the_quota(store: Filling) -> None:
    found = usage_of(store)
    wal = store.path.with_name("log.db-wal")
    look(found, store, 0, SimulatedClock())
    assert found.limit == 100 * MB - wal.stat().st_size < 100 * MB


@pytest.mark.parametrize(("max_size", "pages"), [(512 * MB, 8000), (16 * MB, 3906), (100_000, 24)])
def test_a_small_quota_has_a_small_write_ahead_log(
    store: Filling, max_size: int, pages: int
) -> None:
    look(usage_of(store, max_size), store, 0, SimulatedClock())
    assert store.connection.execute("PRAGMA wal_autocheckpoint").fetchone() == (pages,)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The file system of the log, as a test fills it."""
    found = SimpleNamespace(f_bavail=1000 * 1000, f_frsize=1000)
    monkeypatch.setattr(os, "statvfs", lambda _: found)
    return found


def look_for(found: Usage, store: Filling, used: int, clock: Clock, seconds: int) -> set[int]:
    """Every ten seconds; the limits that were found."""
    limits = set()
    for _ in range(0, seconds, 10):
        look(found, store, used, clock)
        limits.add(found.limit)
        clock.sleep(10)
    return limits


@pytest.mark.parametrize(
    ("used", "file", "disk_free", "expected"),
    [
        (0, 0, 10_000, 1000),  # room enough: the quota
        (0, 0, 700, 200),  # the disk has less
        (300, 400, 700, 600),  # room inside the file counts as well
        (500, 400, 700, 700),  # the write-ahead log holds what is not in the file yet
        (100, 400, 10, 400),  # the reserve is touched: the file may not grow
    ],
)
def test_the_limit(
    store: Filling, disk: SimpleNamespace, used: int, file: int, disk_free: int, expected: int
) -> None:
    store.bytes, store.file = used * MB, file * MB
    disk.f_bavail = disk_free * 1000
    found, clock = usage_of(store, 1000 * MB, reserve=500 * MB), SimulatedClock()
    for _ in range(2):
        assert found.step(store, clock, []) is None
        clock.sleep(300)
    wal = store.path.with_name("log.db-wal").stat().st_size
    assert found.limit == min(1000 * MB - wal, expected * MB)


def test_what_is_kept_for_others_on_the_disk(store: Filling, disk: SimpleNamespace) -> None:
    disk.f_bavail = 30 * 1000
    found, clock = usage_of(store, reserve=20 * MB), SimulatedClock()
    look_for(found, store, 5 * MB, clock, HOUR)
    assert found.limit == 15 * MB
    disk.f_bavail = 0
    look_for(found, store, 5 * MB, clock, HOUR)
    assert (found.limit, store.planned[-1]) == (5 * MB, 1.0)


@pytest.mark.parametrize("free", [1000 * 1000, 90 * 1000])
@pytest.mark.parametrize("after", [HOUR, HOUR + 150, HOUR + 290])
def test_a_file_system_that_is_full_for_some_minutes_takes_no_room(
    store: Filling, disk: SimpleNamespace, free: int, after: int
) -> None:
    disk.f_bavail = free
    found, clock = usage_of(store, reserve=20 * MB), SimulatedClock()
    look_for(found, store, 20 * MB, clock, after)
    before = found.limit
    disk.f_bavail = 0
    assert look_for(found, store, 20 * MB, clock, 300) == {before}
    disk.f_bavail = free
    assert look_for(found, store, 20 * MB, clock, HOUR) == {before}
    assert store.planned == []


def test_one_that_stays_full_does(store: Filling, disk: SimpleNamespace) -> None:
    found, clock = usage_of(store), SimulatedClock()
    look_for(found, store, 20 * MB, clock, HOUR)
    disk.f_bavail = 0
    look_for(found, store, 20 * MB, clock, 620)
    assert (found.limit, store.planned[-1]) == (20 * MB, 1.0)
    disk.f_bavail = 1000
    look(found, store, 20 * MB, clock)
    assert found.limit == 21 * MB  # and what comes back counts at once


def test_nobody_knows_at_the_start_how_long_it_has_been_full(
    store: Filling, disk: SimpleNamespace
) -> None:
    """What fills it for a moment may be the upgrade that started this process."""
    disk.f_bavail = 0
    found, clock = usage_of(store), SimulatedClock()
    assert min(look_for(found, store, 20 * MB, clock, 300)) > 99 * MB
    look(found, store, 20 * MB, clock)
    assert found.limit == 20 * MB


def test_the_quota_counts_at_once(store: Filling, disk: SimpleNamespace) -> None:
    disk.f_bavail = 0
    look(usage_of(store), store, 90 * MB, SimulatedClock())
    assert store.planned


def test_a_disk_that_is_gone_is_the_disks_fault(
    store: Filling, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = usage_of(store)

    def gone(_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(os, "statvfs", gone)
    with pytest.raises(StoreUnavailable, match="No such file"):
        found.step(store, SimulatedClock(), [])


def test_prediction(store: Filling) -> None:
    found, clock = usage_of(store), SimulatedClock()
    assert look(found, store, 1 * MB, clock) is None
    clock.sleep(59)
    assert look(found, store, 2 * MB, clock) is None  # too early to know
    clock.sleep(6 * HOUR - 59)
    left = 0.8 * found.limit - 6 * MB
    assert look(found, store, 6 * MB, clock) == pytest.approx(left / (5 * MB) / 4)
    assert look(found, store, 81 * MB, clock) == 0


def test_what_was_deleted_does_not_make_it_slower(store: Filling) -> None:
    """It is the answer to: if nothing is delivered from now on."""
    found, clock = usage_of(store), SimulatedClock()
    for hour in range(13):
        used = (5 + hour % 6) * MB
        days = look(found, store, used, clock)
        clock.sleep(HOUR)
    assert days == pytest.approx((0.8 * found.limit - used) / (10 * MB) / 2)


def test_a_log_that_does_not_grow_is_never_full(store: Filling) -> None:
    found, clock = usage_of(store), SimulatedClock()
    look(found, store, MB, clock)
    clock.sleep(9 * HOUR)
    assert look(found, store, MB, clock) is None


def test_the_newest_days_count_most(store: Filling) -> None:
    found, clock = usage_of(store, 1000 * MB), SimulatedClock()
    for hour in range(100 * 24):  # 100 slow days
        look(found, store, hour * 1000, clock)
        clock.sleep(HOUR)
    for hour in range(8 * 24):  # and 8 at a MB an hour
        days = look(found, store, 3 * MB + hour * MB, clock)
        clock.sleep(HOUR)
    left = 0.8 * found.limit - found.used
    assert days == pytest.approx(left / (24 * MB), rel=0.2)


def settled(node: Node, rows: int, of: int) -> Log:
    """A log of so many readings, one a second, of which the uplink has the first."""
    opened = node.start()
    for second in range(of):
        opened.append(reading(20, second * 10**9))
    commit_all(opened)
    batch = opened.reader("city").take(rows)
    assert batch is not None
    opened.reader("city").settle(batch)
    return opened


def positions(log: Log) -> list[int]:
    assert log.store is not None
    return [row.position for row in log.store.chunk(0, 10**9)]


def test_delivered_rows_go_before_the_ladder_begins(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "_TIGHT", 0.0)
    opened = settled(node, 30, 50)
    opened.keep()
    assert positions(opened) == list(range(31, 51))


def test_of_the_delivered_rows_the_oldest_go_and_no_more_than_must(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.buffer.upkeep.PRUNE_ROWS", 100)
    opened = settled(node, 4_000, 5_000)
    opened.keep()
    opened.usage.limit = round(opened.usage.used / 0.76)  # so it is tight, just
    while opened.keep():
        pass
    left = positions(opened)
    assert left == list(range(left[0], 5_001))
    assert 100 < left[0] < 500


def test_what_is_delivered_is_held_back_for_its_time(node: Node) -> None:
    opened = settled(node, 30, 50)
    opened.usage._buffer = Buffer(path=str(node.path), hold_back=3_600, reserve=0)
    node.clock.sleep(3_500)
    while opened.keep():
        pass
    assert positions(opened) == list(range(1, 51))
    node.clock.sleep(200)
    while opened.keep():
        pass
    assert positions(opened) == list(range(31, 51))


def test_without_a_hold_back_it_goes_at_the_next_look(node: Node) -> None:
    opened = settled(node, 30, 50)
    opened.usage._buffer = Buffer(path=str(node.path), hold_back=0, reserve=0)
    while opened.keep():
        pass
    assert positions(opened) == list(range(31, 51))


def test_what_is_held_back_counts_as_room(node: Node) -> None:
    opened = settled(node, 40, 50)
    assert opened.store is not None
    for _ in range(2):
        opened.usage.step(opened.store, node.clock, [])
        node.clock.sleep(3_600)
        opened.usage._grown += 100
    without = opened.usage.full_in_days
    opened.usage.step(opened.store, node.clock, [], 40)
    room = opened.usage.full_in_days
    assert None not in (room, without)
    assert (room or 0) > (without or 0)


def test_age_is_looked_at_when_there_is_room(node: Node) -> None:
    opened = node.start()
    opened.usage._buffer = Buffer(path=str(node.path), max_age=86_400, reserve=0)
    for second in range(5):
        opened.append(reading(20, second * 10**9))
    commit_all(opened)
    node.clock.sleep(80_000)
    assert not opened.keep()
    node.clock.sleep(7_000)
    assert opened.keep()
    assert opened.store is not None
    [row] = opened.store.chunk(0, 99)
    assert row.layout.gap == Reason.DROPPED
    assert not opened.keep()
