"""One log file: what is stored and read again, and what is no log."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from drivers.quantities import Rank
from gateway.buffer.group import Group
from gateway.buffer.identities import Segment
from gateway.buffer.logfile import size
from gateway.buffer.rows import Layout, Row
from gateway.buffer.sensors import SensorState
from gateway.buffer.store import Store
from gateway.buffer.transaction import Session
from gateway.clock import Anchor
from gateway.errors import StoreDamaged, StoreError, StoreUnavailable
from gateway.model import Instant, Quality, Reason
from tests.gateway.buffer.node import Node, everything, gaps, numbers, reading

HALL = Layout("hall", ("temperature",), Rank.GAUGE)
DOOR = Layout("door", ("count_in", "total_in"), Rank.COUNT)
ROWS = [
    Row(1, HALL, "b1", 5, None, "21.50"),
    Row(2, DOOR, "b1", 7, 2, "3,10"),
    Row(3, DOOR, "b2", 1, 1, "1,11"),
]
GROUP = Group(ROWS, [("b1", Anchor(6, 1_000_000))], [Segment(3, 77, 2)], {"city": 2}, 500)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with closing(Store(path)) as opened:
        yield opened


def test_what_one_store_wrote_another_reads(path: Path, store: Store) -> None:
    store.write(GROUP)
    with closing(Store(path)) as again:
        for one in (store, again):
            assert one.rows(0, 9, 9).rows == one.chunk(0, 9) == ROWS
            assert (one.last_position, one.cursors, one.reserved) == (3, {"city": 2}, 500)
            assert one.identities.of(2)[1] == 2
            assert one.identities.of(3) == (77, 1)
            assert one.sensors["door"] == SensorState(("b2", 1), {"total_in": 11})
            assert one.sensors["hall"] == SensorState(("b1", 5), {})
            assert one.dating.date("b1", 7) == Instant("b1", 7, 1_000_001, Quality.SYNCED)


def test_nothing_of_a_group_that_failed_is_left(path: Path, store: Store) -> None:
    store.write(Group(ROWS[:1], reserved=9))
    segments = store.identities.segments
    with pytest.raises(StoreDamaged):  # a position is there twice
        store.write(GROUP._replace(rows=[*ROWS[1:], ROWS[0]]))
    with closing(Store(path)) as again:
        for one in (store, again):
            assert one.chunk(0, 9) == ROWS[:1]
            assert (one.last_position, one.cursors, one.reserved) == (1, {}, 9)
            assert one.identities.segments == segments
            assert "door" not in one.sensors
            assert len(one.dictionary.layouts) == len(one.dictionary.boots) == 1
    store.write(GROUP._replace(rows=ROWS[1:]))
    assert store.chunk(0, 9) == ROWS


def test_a_session_is_open_until_it_is_ended(path: Path, store: Store) -> None:
    store.write(GROUP)
    assert store.clean
    group = Group([], segments=[Segment(1, 8, 0)], cursors={"county": 1})
    store.begin_session(Session("s1", 900), group)
    with closing(Store(path)) as again:
        for one in (store, again):
            assert (one.session, one.clean, one.reserved) == ("s1", 0, 900)
            assert (one.cursors, one.identities.segments) == ({"county": 1}, [Segment(1, 8, 0)])
    store.end_session()
    with closing(Store(path)) as again:
        assert (again.session, again.clean, again.reserved) == ("s1", 1, 900)


def test_the_highest_number_of_an_epoch(store: Store) -> None:
    store.write(GROUP)  # positions 1 and 2 in the first epoch, 3 in epoch 77
    assert store.highest(store.identities.segments[0].epoch) == 2
    assert store.highest(77) == 1
    assert store.highest(78) == 0


def test_free_room_inside_the_file_is_not_used(store: Store) -> None:
    before = store.used_bytes()
    store.write(Group([ROWS[0]._replace(position=n) for n in range(1, 1_001)]))
    full = store.used_bytes()
    assert full > before + 1_000 * 10
    assert store.file_bytes() == full
    store.prune(1_000)
    assert store.used_bytes() < full / 2
    assert store.file_bytes() == full
    assert [row.position for row in store.chunk(0, 9_999)] == [1_000]  # the newest stays


def test_the_size_is_that_of_the_file_and_its_write_ahead_log(path: Path, store: Store) -> None:
    store.write(GROUP)
    wal = path.with_name("log.db-wal")
    assert size(path) == path.stat().st_size + wal.stat().st_size
    assert wal.stat().st_size > 0
    assert size(path.with_name("none.db")) == 0


def test_each_boot_begins_where_the_newest_reading_of_the_one_before_ended(store: Store) -> None:
    store.write(Group([ROWS[0]._replace(up_ns=100)]))
    store.write(Group([ROWS[1]._replace(up_ns=400)]))
    store.write(Group([ROWS[2]]))
    assert store.dictionary.began_ns == {"b1": 0, "b2": 400}
    store.write(Group([ROWS[2]._replace(position=4, boot="b3")]))
    assert store.dictionary.began_ns["b3"] == 401


def test_a_broken_row_becomes_a_gap_and_the_others_go_out(node: Node) -> None:
    opened = node.start(uplinks={"city": "everything", "county": "everything"})
    for value in range(5):
        opened.append(reading(value))
    opened.commit()
    with closing(sqlite3.connect(node.path, isolation_level=None)) as connection:
        connection.execute("UPDATE reading SET packed = '9' || packed WHERE position IN (2, 5)")
    found = everything(opened)
    assert numbers(found) == [1, 3, 4, 6, 7]
    assert [gap.reason for gap in gaps(found)] == [Reason.STORE_DAMAGED] * 2
    assert [gap.numbers and gap.numbers[1:] for gap in gaps(found)] == [(2, 2), (5, 5)]
    assert [gap.n for gap in gaps(found)] == [1, 1]
    assert numbers(everything(opened, "county")) == [1, 3, 4, 6, 7]  # told once
    opened.reader("city").rewind()
    assert numbers(everything(opened)) == [1, 3, 4, 6, 7]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_many_broken_rows_stop_no_reader(node: Node, limit: int) -> None:
    opened = node.start()
    for value in range(9):
        opened.append(reading(value))
    opened.commit()
    with closing(sqlite3.connect(node.path, isolation_level=None)) as connection:
        connection.execute("UPDATE reading SET up_ns = up_ns + 1 WHERE position BETWEEN 2 AND 7")
    reader, found = opened.reader("city"), []
    while batch := reader.take(limit):
        found += batch.entries
        reader.settle(batch)
    assert numbers(found) == [1, 8, 9, *range(10, 16)]
    assert reader.position == opened.window.last_position


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE layout SET rank = 99",
        "UPDATE layout SET rank = 'x'",
        "UPDATE layout SET names = x'ff'",
        "UPDATE layout SET sensor = CAST(x'c3' AS TEXT)",
        "UPDATE sensor SET totals = '{'",
        "UPDATE sensor SET totals = '7'",
        'UPDATE sensor SET totals = \'{"total_in": "x"}\'',
        "UPDATE anchor SET boot = 99",
        "UPDATE anchor SET utc_ns = 'x'",
        "UPDATE epoch SET shift = 'x'",
        "UPDATE epoch SET epoch = x'00'",
        "UPDATE cursor SET position = 'x'",
        "UPDATE state SET reserved = 'x'",
        "DELETE FROM state",
        "DELETE FROM epoch",
        "DROP TABLE cursor",
    ],
)
def test_tables_that_make_no_sense_are_damage(path: Path, store: Store, sql: str) -> None:
    store.write(GROUP)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(sql)
    with pytest.raises(StoreDamaged):
        Store(path)


def test_a_file_that_is_no_database_is_damage_and_stays(path: Path) -> None:
    content = b"this is no database, but it is long enough to be one" * 99
    path.write_bytes(content)
    with pytest.raises(StoreDamaged, match="not a database"):
        Store(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b"SQLite"])
def test_an_empty_file_becomes_a_log_but_a_stump_does_not(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    if content:
        with pytest.raises(StoreDamaged):
            Store(path)
    else:
        Store(path).close()


def test_a_zeroed_page_is_found_when_it_is_opened(path: Path) -> None:
    with closing(Store(path)) as store:
        store.write(Group([ROWS[0]._replace(position=n) for n in range(1, 1_001)]))
    content = bytearray(path.read_bytes())
    content[-1024:-512] = bytes(512)
    path.write_bytes(content)
    with pytest.raises(StoreDamaged):
        Store(path)


def test_a_lock_of_another_program_is_waited_for(path: Path, store: Store) -> None:
    store.connection.execute("PRAGMA busy_timeout = 0").close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked") as caught:
            store.write(GROUP)
    assert "fuser" in caught.value.hint
    store.write(GROUP)


def test_a_folder_in_its_place_must_be_seen_to_by_a_person(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StoreError, match="unable to open") as caught:
        Store(path)
    assert type(caught.value) is StoreError
