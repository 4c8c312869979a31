"""A second blow before the node has recovered from the first: nothing is lost, nothing twice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.buffer import Log, commits, ring
from gateway.errors import StoreDamaged, StoreUnavailable
from gateway.model import Note, Numbers, Reading, Reason
from tests.gateway.buffer.disk import Disk
from tests.gateway.buffer.node import (
    Node,
    commit_all,
    counted,
    everything,
    gaps,
    numbers,
    reading,
    readings,
    settle_all,
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory for sixty readings, groups of ten."""
    monkeypatch.setattr(ring, "PENDING_LIMIT", 60)
    monkeypatch.setattr(commits, "GROUP_LIMIT", 10)


def count(node: Node, opened: Log, times: int = 1, apart: float = 1) -> float | None:
    """So many people, one by one; the total as it stands after them, if it is known."""
    for _ in range(times):
        node.clock.sleep(apart)
        taken = opened.append(counted(1, node.clock.now_ns()))
    return taken.values.get("total_in")


def test_counts_of_a_start_without_disk_are_in_the_total_once(node: Node, disk: Disk) -> None:
    disk.opens = False
    opened = node.start()
    count(node, opened, 5)
    disk.opens = True
    opened.attach()
    assert count(node, opened) == 6
    node.kill()
    assert count(node, node.start()) == 7


def test_nor_twice_if_it_is_killed_before_the_journal_knows_of_the_disk(
    node: Node, disk: Disk
) -> None:
    disk.opens = False
    opened = node.start()
    count(node, opened, 5)
    opened.note(Note("door", {"count_in": 2.0}, 1, 2))
    before = node.journal.read_bytes()
    disk.opens = True
    opened.attach()
    node.kill()
    node.journal.write_bytes(before)
    opened = node.start()
    assert count(node, opened) == 8


@pytest.mark.parametrize("apart", [400, 100_000], ids=["merged", "dropped"])
def test_counts_that_memory_had_no_room_for_are_in_the_total(
    node: Node, disk: Disk, small: None, apart: float
) -> None:
    disk.opens = False
    opened = node.start()
    count(node, opened, 100, apart)
    assert opened.pending < 60
    disk.opens = True
    opened.attach()
    assert count(node, opened) == 101


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_a_total_survives_a_kill_without_disk_after_rows_were_dropped(
    node: Node, disk: Disk, small: None, again: bool
) -> None:
    opened = node.start()
    count(node, opened, 5)
    commit_all(opened)
    count(node, opened, 5)
    node.kill()
    disk.opens = False
    opened = node.start()
    assert count(node, opened, 100, 100_000) == 110
    node.kill()
    opened = node.start()
    if again:
        assert count(node, opened, 100, 100_000) == 210
        node.kill()
        opened = node.start()
    disk.opens = True
    opened.attach()
    assert count(node, opened) == (211 if again else 111)


def test_what_went_out_and_was_never_stored_stays_in_the_total(
    node: Node, disk: Disk, small: None
) -> None:
    opened = node.start()
    disk.takes = False
    opened.append(reading())
    with pytest.raises(StoreUnavailable):
        opened.commit()
    for _ in range(70):
        total = count(node, opened)
        settle_all(opened)
    opened.append(reading())
    for second in range(60):
        opened.append(reading(second, node.clock.now_ns()))
        settle_all(opened)
    disk.takes = True
    opened.close()
    assert total == 70
    assert count(node, node.start()) == 71


def lost(opened: Log) -> list[Numbers]:
    return [gap.numbers for gap in gaps(everything(opened)) if gap.numbers is not None]


@pytest.mark.parametrize("killed", [False, True])
def test_numbers_of_a_power_cut_are_explained_once_the_disk_is_back(
    node: Node, disk: Disk, killed: bool
) -> None:
    opened = node.start()
    epoch = opened.window.identities.epoch
    opened.append(reading())
    commit_all(opened)
    for _ in range(3):
        opened.append(reading())
    node.cut_power()
    disk.opens = False
    opened = node.start()
    if killed:
        node.kill()
        opened = node.start()
    disk.opens = True
    opened.attach()
    assert any(one.epoch == epoch and one.first <= 2 and one.last >= 4 for one in lost(opened))


def test_what_memory_had_no_room_for_is_explained_by_the_first_group(
    node: Node, disk: Disk, small: None
) -> None:
    opened = node.start()
    epoch = opened.window.identities.epoch
    disk.takes = False
    opened.append(reading())
    with pytest.raises(StoreUnavailable):
        opened.commit()
    for _ in range(59):
        node.clock.sleep(7200)
        opened.append(reading(20, node.clock.now_ns()))
    disk.takes = True
    opened.commit()
    node.cut_power()
    opened = node.start()
    found = everything(opened)
    explained = set(numbers(found))
    for gap in gaps(found):
        if gap.numbers is not None:
            assert gap.numbers.epoch == epoch
            explained |= set(range(gap.numbers.first, gap.numbers.last + 1))
    assert explained >= set(range(1, 61))


Blow = Callable[[Path], None]


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[:100] = bytes(100)
    path.write_bytes(data)


@pytest.mark.parametrize("blow", [spoil, Path.unlink])
@pytest.mark.parametrize("cuts", [1, 2, 3])
def test_that_a_log_was_lost_is_told_however_often_the_power_is_cut(
    node: Node, blow: Blow, cuts: int
) -> None:
    opened = node.start()
    epoch = opened.window.identities.epoch
    for _ in range(4):
        opened.append(reading())
    commit_all(opened)
    node.kill()
    with opened.path.with_name("log.db-wal").open("wb"):
        pass
    blow(node.path)
    opened = node.start()
    if opened.store is None:
        opened.attach()
    for _ in range(cuts):
        node.cut_power()
        opened = node.start()
    told = [gap.numbers for gap in gaps(everything(opened)) if gap.reason == "store_damaged"]
    assert any(one and one.epoch == epoch for one in told)


def test_rows_that_everybody_has_are_no_damage_after_a_kill(
    node: Node, disk: Disk, small: None
) -> None:
    opened = node.start()
    opened.append(reading())
    commit_all(opened)
    disk.takes = False
    opened.append(reading())
    with pytest.raises(StoreUnavailable):
        opened.commit()
    for second in range(70):
        opened.append(reading(second, node.clock.now_ns()))
        settle_all(opened)
    assert opened.window.group.rows[0].position > 10
    disk.takes = True
    node.kill()
    opened = node.start()
    assert [gap.reason for gap in gaps(everything(opened))] == [Reason.UNCLEAN_STOP]


def test_an_attach_that_fails_leaves_everything_as_it_was(node: Node, disk: Disk) -> None:
    opened = node.start()
    opened.append(counted(1))
    commit_all(opened)
    opened.detach(StoreDamaged("broken"))
    opened.append(counted(1))
    before = numbers(everything(opened)), node.journal.read_bytes()
    disk.takes = False
    with pytest.raises(StoreUnavailable):
        opened.attach()
    opened.reader("city").rewind()
    assert (numbers(everything(opened)), node.journal.read_bytes()) == before
    disk.takes = True
    opened.attach()
    assert opened.append(counted(1)).values["total_in"] == 3
    assert not gaps(everything(opened))


@pytest.mark.parametrize("killed", [False, True])
def test_that_a_sensor_was_not_measured_before_a_start_without_disk_is_told(
    node: Node, disk: Disk, killed: bool
) -> None:
    opened = node.start()
    opened.append(reading(up_ns=7))
    opened.close()
    node.boot()
    disk.opens = False
    opened = node.start()
    assert opened.measured_until("hall") is None  # as its sensor asks
    opened.append(Reading("hall", {"temperature": 20.0}, 50, 20))
    opened.append(reading(up_ns=60))
    if killed:
        node.kill()
        opened = node.start()
        assert opened.measured_until("hall") == ("b00t0002", 60)
    disk.opens = True
    opened.attach()
    told = [gap for gap in gaps(everything(opened)) if gap.reason == "not_measured"]
    assert [(one.sensor, one.since, one.until) for one in told] == [
        ("hall", ("b00t0001", 7), ("b00t0002", 30))
    ]


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
@pytest.mark.parametrize("how", ["killed", "detached"])
def test_rows_that_may_be_stored_already_are_merged_with_no_others(
    node: Node, disk: Disk, small: None, monkeypatch: pytest.MonkeyPatch, how: str, again: bool
) -> None:
    """The process was killed before the journal knew of the commit, or never heard of its end."""
    opened = node.start()
    total = count(node, opened, 42, 0)
    before = node.journal.read_bytes()
    if how == "killed":
        opened.commit()  # the first ten
        node.kill()
        node.journal.write_bytes(before)
        disk.opens = False
        opened = node.start()
    else:
        assert opened.store is not None
        opened.store.write(opened.window.group_to_store(10))
        opened.detach(StoreUnavailable("nobody knows whether that was stored"))
        disk.opens = False
    total = count(node, opened, 100)
    if again:
        node.kill()
        opened = node.start()
        total = count(node, opened, 100)
    disk.opens = True
    opened.attach()
    assert total == (242 if again else 142)
    found = everything(opened)
    dropped = sum(gap.n or 0 for gap in gaps(found) if gap.reason is Reason.DROPPED)
    assert sum(one.values["count_in"] or 0 for one in readings(found)) + dropped == total
