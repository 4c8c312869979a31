"""The log: identity, acceptance, cursors, totals, and what happens when the disk refuses."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.buffer import Log, log
from gateway.buffer.group import Group
from gateway.errors import StoreError
from gateway.model import Quality, Reading
from tests.gateway.simulated_clock import SimulatedClock

OpenLog = Callable[..., Log]


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def open_log(path: Path, clock: SimulatedClock) -> Iterator[OpenLog]:
    opened: list[Log] = []

    def open_one(clock: SimulatedClock = clock, **options: Any) -> Log:
        opened.append(Log(path, clock, **options))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "log.db"


def reading(value: float = 21.5, up_ns: int = 2_000_000_000, sensor: str = "hall") -> Reading:
    return Reading(sensor, {"temperature": value, "pressure": None}, up_ns)


def commit_all(opened: Log) -> None:
    while opened.commit():
        pass


def test_a_reading_comes_back_as_it_was_stored(open_log: OpenLog) -> None:
    opened = open_log()
    seq = opened.append(reading(21.504))
    assert opened.commit() == 1
    [stored] = opened.take(0, 10)
    assert (stored.seq, stored.sensor) == (seq, "hall")
    assert stored.values == {"temperature": 21.5, "pressure": None}
    assert stored.at == ("b00t0001", 2_000_000_000, None, Quality.UNKNOWN)
    assert stored.span_ns is None


def test_only_committed_readings_can_be_taken(open_log: OpenLog) -> None:
    opened = open_log()
    opened.append(reading())
    assert opened.take(0, 10) == []
    assert (opened.pending, opened.accepted_seq) == (1, 0)
    opened.commit()
    assert (opened.pending, opened.accepted_seq) == (0, 1)
    assert len(opened.take(0, 10)) == 1


def test_an_interval_keeps_its_span(open_log: OpenLog) -> None:
    opened = open_log()
    opened.append(
        Reading("door", {"count_in": 4, "blind_time": 0.25}, 9_000_000_000, 5_000_000_000)
    )
    opened.commit()
    [stored] = opened.take(0, 1)
    assert stored.span_ns == 5_000_000_000
    assert stored.packed == "4,0.2"  # blind time has a resolution of 0.1 s


def test_take_is_in_order_after_a_seq_and_at_most_the_limit(open_log: OpenLog) -> None:
    opened = open_log()
    for value in range(10):
        opened.append(reading(value))
    opened.commit()
    assert [r.seq for r in opened.take(3, 4)] == [4, 5, 6, 7]


def test_the_sequence_goes_on_after_a_restart(open_log: OpenLog) -> None:
    first = open_log()
    assert [first.append(reading()) for _ in range(3)] == [1, 2, 3]
    first.close()
    second = open_log()
    assert second.epoch == first.epoch
    assert second.append(reading()) == 4


def test_the_sequence_goes_on_after_everything_was_delivered_and_pruned(
    open_log: OpenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "PRUNE_ROWS", 1)
    first = open_log(uplinks=["city"])
    for _ in range(5):
        first.append(reading())
    first.commit()
    first.acknowledge("city", 5)
    first.commit()
    assert [r.seq for r in first.take(0, 10)] == [5]  # the newest stays
    first.close()
    assert open_log(uplinks=["city"]).append(reading()) == 6


def test_nothing_is_deleted_that_some_uplink_still_owes(
    open_log: OpenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "PRUNE_ROWS", 1)
    opened = open_log(uplinks=["city", "county"])
    for _ in range(5):
        opened.append(reading())
    opened.commit()
    opened.acknowledge("city", 5)
    opened.commit()
    assert len(opened.take(0, 10)) == 5
    opened.acknowledge("county", 2)
    opened.commit()
    assert [r.seq for r in opened.take(0, 10)] == [3, 4, 5]


def test_a_removed_uplink_holds_nothing_back(
    open_log: OpenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "PRUNE_ROWS", 1)
    first = open_log(uplinks=["city", "gone"])
    for _ in range(3):
        first.append(reading())
    first.close()
    second = open_log(uplinks=["city"])
    second.acknowledge("city", 3)
    second.commit()
    assert [r.seq for r in second.take(0, 10)] == [3]


def test_a_cursor_survives_a_restart(open_log: OpenLog) -> None:
    first = open_log(uplinks=["city"])
    first.append(reading())
    first.commit()
    first.acknowledge("city", 1)
    first.close()
    assert open_log(uplinks=["city"]).cursor("city") == 1


def test_a_cursor_never_passes_what_was_accepted(open_log: OpenLog) -> None:
    opened = open_log(uplinks=["city"])
    opened.append(reading())
    with pytest.raises(AssertionError):
        opened.acknowledge("city", 1)


def test_totals_are_stored_with_the_reading_that_carries_them(open_log: OpenLog) -> None:
    first = open_log()
    first.append(Reading("door", {"count_in": 3, "total_in": 10_412}, 1, 1))
    first.append(reading())
    first.close()
    second = open_log()
    assert second.totals("door") == {"total_in": 10_412}
    assert second.totals("hall") == {}


def test_a_group_is_due_when_its_time_is_over(clock: SimulatedClock, open_log: OpenLog) -> None:
    opened = open_log(commit_every=10.0)
    assert opened.commit_due() is None
    opened.append(reading())
    assert opened.writer_wake.is_set()
    clock.sleep(4)
    assert opened.commit_due() == 6.0
    clock.sleep(7)
    assert opened.commit_due() == 0.0
    opened.commit()
    assert opened.commit_due() is None


def test_an_acknowledgement_alone_opens_a_group(open_log: OpenLog) -> None:
    opened = open_log(commit_every=10.0, uplinks=["city"])
    opened.append(reading())
    opened.commit()
    opened.acknowledge("city", 1)
    assert opened.commit_due() == 10.0


def test_a_full_group_is_due_at_once(open_log: OpenLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "GROUP_LIMIT", 3)
    opened = open_log(commit_every=10.0)
    for _ in range(4):
        opened.append(reading())
    assert opened.commit_due() == 0.0
    assert opened.commit() == 3
    assert opened.commit_due() == 10.0
    assert opened.commit() == 1


def test_listeners_are_told_of_new_readings(open_log: OpenLog) -> None:
    opened = open_log()
    told = threading.Event()
    opened.notify(told)
    opened.append(reading())
    assert not told.is_set()
    opened.commit()
    assert told.is_set()


def test_listeners_are_told_even_if_what_was_delivered_cannot_be_pruned(
    open_log: OpenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "PRUNE_ROWS", 0)
    opened, told = open_log(uplinks=["city"]), threading.Event()
    opened.notify(told)
    opened.append(reading())

    def full(upto: int) -> None:
        raise StoreError("full")

    monkeypatch.setattr(opened._store, "prune", full)
    with pytest.raises(StoreError):
        opened.commit()
    assert opened.accepted_seq == 1
    assert told.is_set()


def test_memory_is_bounded_by_saying_so(open_log: OpenLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "PENDING_LIMIT", 2)
    opened = open_log()
    assert opened.has_room
    opened.append(reading())
    opened.append(reading())
    assert not opened.has_room
    opened.commit()
    assert opened.has_room


def test_what_comes_while_a_group_is_being_stored_is_in_the_next_one(
    open_log: OpenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_log(uplinks=["city"])
    opened.append(Reading("door", {"total_in": 1}, 1))
    opened.commit()
    opened.append(Reading("door", {"total_in": 2}, 2))
    opened.acknowledge("city", 1)
    write = opened._store.write

    def slow_write(group: Group) -> None:
        write(group)
        opened.append(Reading("door", {"total_in": 3}, 3))
        opened.append(Reading("new", {"motion": 1}, 4))
        monkeypatch.undo()

    monkeypatch.setattr(opened._store, "write", slow_write)
    assert opened.commit() == 1
    opened.acknowledge("city", 2)
    assert opened.commit_due() is not None
    opened.close()
    again = open_log(uplinks=["city"])
    assert [reading.seq for reading in again.take(0, 9)] == [1, 2, 3, 4]
    assert again.totals("door") == {"total_in": 3}
    assert again.cursor("city") == 2


def test_an_acknowledgement_while_a_group_is_being_stored_is_not_lost(
    open_log: OpenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_log(uplinks=["city"])
    opened.append(reading())
    opened.append(reading())
    opened.commit()
    opened.acknowledge("city", 1)
    write = opened._store.write

    def slow_write(group: Group) -> None:
        write(group)
        opened.acknowledge("city", 2)

    monkeypatch.setattr(opened._store, "write", slow_write)
    opened.commit()
    monkeypatch.undo()
    opened.close()
    assert open_log(uplinks=["city"]).cursor("city") == 2


def test_a_failed_commit_keeps_the_group(path: Path, open_log: OpenLog) -> None:
    opened = open_log()
    opened.append(reading())
    opened._store._writer.execute("PRAGMA max_page_count = 1")
    for _ in range(5000):
        opened.append(reading())
    with pytest.raises(StoreError, match="full") as caught:
        commit_all(opened)
    assert "df -h" in caught.value.hint
    accepted, waiting = opened.accepted_seq, opened.pending
    opened._store._writer.execute("PRAGMA max_page_count = 1000000")
    commit_all(opened)
    assert accepted + waiting == opened.accepted_seq == 5001
    assert len(opened.take(0, 6000)) == 5001


def test_a_second_gateway_is_refused(open_log: OpenLog) -> None:
    open_log()
    with pytest.raises(StoreError, match="in use by another gateway"):
        open_log()


def test_anchors_date_earlier_and_later_readings(open_log: OpenLog) -> None:
    clock = SimulatedClock()
    opened = open_log()
    opened.append(reading(up_ns=2_000_000_000))
    clock.sleep(4)
    clock.utc_at_boot_ns = 1_700_000_000_000_000_000
    anchor = clock.anchor()
    assert anchor is not None
    opened.add_anchor(anchor)
    opened.add_anchor(anchor)
    opened.append(reading(up_ns=clock.now_ns() + 1))
    opened.close()
    first, second = open_log(SimulatedClock("b00t0002")).take(0, 9)
    assert first.at == ("b00t0001", 2_000_000_000, 1_700_000_002_000_000_000, Quality.REPAIRED)
    assert second.at.quality is Quality.SYNCED


def test_the_schema_of_a_newer_gateway_is_refused_and_nothing_touched(
    path: Path, open_log: OpenLog
) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("CREATE TABLE future (x)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer gateway"):
        open_log()
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"this is no database, but it is long enough to be one" * 99])
def test_a_file_that_is_no_log_is_named(path: Path, open_log: OpenLog, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not a database"):
        open_log()
    assert path.read_bytes() == content


def test_a_folder_in_place_of_the_log_is_named(tmp_path: Path, clock: SimulatedClock) -> None:
    with pytest.raises(StoreError, match="unable to open") as caught:
        Log(tmp_path, clock)
    assert "is it a file" in caught.value.hint


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, clock: SimulatedClock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot use"):
        Log(tmp_path / "file" / "log.db", clock)


def test_what_is_no_number_never_reaches_the_log(open_log: OpenLog) -> None:
    opened = open_log()
    with pytest.raises(ValueError, match="not a number"):
        opened.append(reading(float("nan")))
    with pytest.raises(ValueError, match="not a number"):
        opened.append(Reading("hall", {"temperature": float("inf")}, 1))
    assert opened.pending == 0
