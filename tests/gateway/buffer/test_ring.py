"""Room in memory while the disk is away: bounded, every count kept, every number explained."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from drivers.quantities import Rank
from gateway.buffer import Log, commits, reserve, ring
from gateway.buffer.entries import buckets
from gateway.buffer.identities import Identities, Segment, Span
from gateway.buffer.quota import DROP
from gateway.buffer.ring import Room, make_room
from gateway.buffer.rows import Layout, Row, raw_count
from gateway.clock import Dating
from gateway.errors import StoreUnavailable
from gateway.model import Gap, Numbers, Reading, Reason, StoredReading
from tests.gateway.buffer.node import Node, commit_all, counted, everything, gaps, reading, readings

AIR = Layout("hall", ("temperature",), Rank.GAUGE)
DOOR = Layout("door", ("count_in",), Rank.COUNT)
FIRE = Layout("fire", ("temperature",), Rank.ALARM)
IDENTITIES = Identities([Segment(1, 7, 0)])
SECOND = 10**9


def rows_of(layouts: Sequence[Layout], every_s: float = 10) -> list[Row]:
    return [
        Row(p, layout, "b1", round(p * every_s * SECOND), None, "1")
        for p, layout in enumerate(layouts, start=1)
    ]


def room(
    rows: list[Row],
    most: int,
    delivered: int = 0,
    under_way: Sequence[Span] = (),
    identities: Identities = IDENTITIES,
) -> Room:
    return make_room(rows, most, delivered, under_way, identities, lambda s: buckets(Dating(), s))


def counts(found: Room) -> int:
    """Readings of the door that are left, in whatever form."""
    return sum(raw_count(row) for row in found.rows if row.layout.sensor == "door")


def test_nothing_is_merged_over_a_reading_of_the_sensor_that_another_rung_is_for() -> None:
    """A consumer takes a merged reading for all that lies within it."""
    mixed = AIR._replace(names=("temperature", "count_in"), rank=Rank.COUNT)
    merged = AIR._replace(step_s=3600, names=("temperature",))
    rows = rows_of([AIR, AIR, mixed, AIR, AIR, AIR, AIR], every_s=1)
    rows[2] = rows[2]._replace(packed="1,1")
    rows[5] = rows[5]._replace(layout=merged, packed="0,1,1")
    assert [row.position for row in room(rows, 5).rows] == [2, 3, 5, 6, 7]


def test_what_every_uplink_has_goes_first_and_needs_no_record() -> None:
    rows = rows_of([AIR] * 9)
    assert room(rows, 4, delivered=5) == Room(rows[5:], [])
    assert room(rows, 4, delivered=9) == Room([], [])


def test_there_is_room() -> None:
    rows = rows_of([AIR] * 9)
    assert room(rows, 9) == Room(rows, [])


def test_gauges_are_merged_before_counts() -> None:
    found = room(rows_of([AIR, DOOR] * 30, every_s=5), most=40)
    assert len(found.rows) <= 40
    assert [row.layout for row in found.rows if row.layout.sensor == "door"] == [DOOR] * 30
    [gap] = found.gaps
    assert (gap.rank, gap.step_s, gap.n) == (Rank.GAUGE, 60, 30)
    assert gap.numbers == Numbers(7, 1, 59)
    assert found.rows == sorted(found.rows)


def test_no_more_is_dropped_than_must_be_and_the_oldest_first() -> None:
    hours = rows_of([AIR] * 9, every_s=3600)
    found = room(hours, 6)
    assert found.rows == hours[3:]
    since, until = ("b1", 3600 * SECOND), ("b1", 3 * 3600 * SECOND)
    assert found.gaps == [
        Gap(Reason.DROPPED, "", Numbers(7, 1, 3), 3, since, until, Rank.GAUGE, DROP)
    ]


def test_counts_are_summed_over_days_before_any_is_dropped() -> None:
    found = room(rows_of([DOOR, AIR] * 100, every_s=1800), most=8)
    assert len(found.rows) <= 8
    assert counts(found) == 100
    assert found.gaps[-1].step_s == 86_400


def test_alarms_stay() -> None:
    rows = rows_of([FIRE, AIR, DOOR] * 5, every_s=90_000)
    found = room(rows, 2)
    assert [row.layout for row in found.rows] == [FIRE] * 5
    assert [(gap.rank, gap.n) for gap in found.gaps] == [(Rank.GAUGE, 5), (Rank.COUNT, 5)]


def test_what_is_under_way_stays_as_it_is() -> None:
    rows = rows_of([AIR] * 20, every_s=1)
    found = room(rows, 3, under_way=[Span(6, 9)])
    assert [row for row in found.rows if 6 <= row.position <= 9] == rows[5:9]
    assert all(g.numbers and (g.numbers.last < 6 or g.numbers.first > 9) for g in found.gaps)


def test_a_merged_row_that_begins_in_what_is_under_way_stays() -> None:
    rows = rows_of([AIR] * 20, every_s=3600)
    merged = rows[11]._replace(layout=AIR._replace(step_s=60), packed="4,5,1")
    rows[11] = merged
    assert merged in room(rows, 5, under_way=[Span(8, 10)]).rows


def test_nothing_is_merged_over_an_epoch() -> None:
    identities = Identities([Segment(1, 7, 0), Segment(11, 8, 10)])
    found = room(rows_of([AIR] * 20, every_s=1), 2, identities=identities)
    assert [gap.numbers for gap in found.gaps] == [Numbers(7, 1, 10), Numbers(8, 1, 10)]
    assert [row.position for row in found.rows] == [10, 20]


@pytest.fixture
def detached(node: Node, monkeypatch: pytest.MonkeyPatch) -> Log:
    """A log whose disk is away, with room for 500 rows."""
    monkeypatch.setattr(ring, "PENDING_LIMIT", 500)
    opened = node.start()
    opened.append(reading())
    opened.commit()
    opened.detach(StoreUnavailable("no disk", "look for it"))
    return opened


def test_memory_is_bounded_and_every_count_is_stored_when_the_disk_is_back(
    detached: Log, tmp_path: Path
) -> None:
    for second in range(3000):
        detached.append(reading(20, second * SECOND))
        detached.append(counted(second % 3, second * SECOND))
        assert detached.pending <= 500
    detached.attach()
    commit_all(detached)
    found = everything(detached)
    doors = [one for one in readings(found) if one.sensor == "door"]
    assert sum(one.values["count_in"] or 0 for one in doors) == 3000
    assert sum(one.merged for one in readings(found)) == 6001
    assert_explained(doors, gaps(found))


def assert_explained(merged: Sequence[StoredReading], found: Sequence[Gap]) -> None:
    """Each number of a merged reading lies in a record that says so."""
    told = {(g.numbers.epoch, n) for g in found if g.numbers for n in _all(g.numbers)}
    for one in merged:
        if one.first < one.number:
            assert {(one.epoch, n) for n in range(one.first, one.number + 1)} <= told


def _all(numbers: Numbers) -> range:
    return range(numbers.first, numbers.last + 1)


def test_what_is_delivered_meanwhile_needs_no_room(detached: Log) -> None:
    for second in range(3000):
        detached.append(counted(1, second * SECOND))
        batch = detached.reader("city").take(10)
        if batch is not None:
            detached.reader("city").settle(batch)
    assert detached.pending <= 500
    assert not [row for row in detached.window.group.rows if row.layout.gap]


def test_records_take_no_numbers_that_the_disk_was_not_told_of(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut would have them given out again."""
    monkeypatch.setattr(ring, "PENDING_LIMIT", 99)
    monkeypatch.setattr(reserve, "RESERVE", 98)
    opened = node.start()
    opened.refused = StoreUnavailable("the disk is full")
    epoch = opened.window.identities.epoch
    for day in range(99):
        opened.append(reading(20, day * 86_400 * SECOND))
        opened.append(counted(1, day * 86_400 * SECOND))
    assert max(n for of, n in map(_identity(opened), opened.window.group.rows) if of == epoch) <= 99


def _identity(opened: Log) -> Callable[[Row], tuple[int, int]]:
    return lambda row: opened.window.identities.of(row.position)


def test_alarms_alone_end_the_measuring_before_they_take_all_memory(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring, "PENDING_LIMIT", 500)
    opened = node.start(ranks={"hall": Rank.ALARM})
    opened.detach(StoreUnavailable("no disk", "look for it"))
    second = 0
    while opened.has_room and second < 5000:
        second += 1
        opened.append(reading(20, second * SECOND))
    assert opened.pending == 1000
    opened.attach()
    commit_all(opened)
    assert opened.has_room


def test_rows_that_were_merged_in_memory_are_stored_with_the_record_of_it(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A merged row begins before others: of two groups the first would have holes."""
    monkeypatch.setattr(ring, "PENDING_LIMIT", 500)
    monkeypatch.setattr(commits, "GROUP_LIMIT", 3)
    opened = node.start()
    opened.refused = StoreUnavailable("the disk is full")
    for second in range(500):
        opened.append(Reading(("hall", "yard")[second % 2], {"temperature": 20.0}, second * SECOND))
    opened.refused = None
    merged = [row for row in opened.window.group.rows if row.layout.step_s]
    opened.commit()
    pending, following = opened.pending, opened.window.next_position
    assert len(merged) > 3
    assert pending < 3
    node.kill()
    again = node.start()
    assert (again.pending, again.window.next_position) == (0, following + 1)


def test_backlog_that_memory_had_no_room_for_does_not_block_what_came_after(detached: Log) -> None:
    reader = detached.reader("city")
    for second in range(600):  # gauges: of the oldest nothing but merged readings is left
        detached.append(reading(20, second * 3_600 * SECOND))
    reader.rewind()
    with detached.lock:
        detached.window.replace_rows(detached.window.group.rows[:3], [])
    detached.append(counted(1, 601 * SECOND))
    newest = detached.window.last_position
    taken: list[int] = []
    while (batch := reader.take(2)) is not None:
        taken.append(batch.span.last)
        reader.settle(batch)
    assert (taken[-1], reader.backlog, reader.position) == (newest, 0, newest)
