"""Groups: when they are due, what is in them, and what happens when the disk refuses."""

import resource

import pytest

from drivers.quantities import Rank
from gateway.buffer import Log, commits, readers, ring
from gateway.buffer.group import Group
from gateway.errors import StoreUnavailable
from gateway.model import Reading
from tests.gateway.buffer.node import (
    Node,
    commit_all,
    counted,
    everything,
    numbers,
    reading,
    readings,
    settle_all,
)


def test_a_group_is_due_when_its_time_is_over(node: Node) -> None:
    opened = node.start(commit_every=10.0)
    assert opened.commit_due() is None
    opened.append(reading())
    assert opened.writer_wake.is_set()
    node.clock.sleep(4)
    opened.append(reading())
    assert opened.commit_due() == 6.0
    node.clock.sleep(7)
    assert opened.commit_due() == 0.0
    opened.commit()
    assert opened.commit_due() is None


def test_each_reading_is_due_at_once_if_so_configured(node: Node) -> None:
    opened = node.start(commit_every=0.0)
    opened.append(reading())
    assert opened.commit_due() == 0.0


def test_an_alarm_is_due_at_once(node: Node) -> None:
    opened = node.start(ranks={"smoke": Rank.ALARM})
    opened.append(reading())
    opened.writer_wake.clear()
    opened.append(reading(sensor="smoke"))
    assert opened.commit_due() == 0.0
    assert opened.writer_wake.is_set()
    opened.commit()
    opened.append(reading())
    assert opened.commit_due() == 10.0


def test_an_alarm_that_comes_while_a_group_is_being_stored_is_due_at_once(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = node.start(ranks={"smoke": Rank.ALARM})
    opened.append(reading())
    during_write(monkeypatch, opened, lambda: opened.append(reading(sensor="smoke")))
    opened.commit()
    assert opened.commit_due() == 0.0


def test_without_a_journal_each_reading_is_due_at_once(node: Node) -> None:
    (node.run / "journal.new").symlink_to("/dev/full")
    opened = node.start()
    opened.append(reading())
    assert opened.commit_due() == 0.0
    assert opened.window.protection.trouble.finding is not None
    (node.run / "journal.new").unlink()
    opened.commit()
    assert opened.window.protection.trouble.finding is None
    opened.append(reading())
    assert opened.commit_due() == 10.0


def test_a_full_group_is_due_at_once(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "GROUP_LIMIT", 3)
    opened = node.start()
    for _ in range(2):
        opened.append(reading())
    opened.writer_wake.clear()
    for _ in range(2):
        opened.append(reading())
    assert opened.writer_wake.is_set()
    assert opened.commit_due() == 0.0
    assert opened.commit() == 3
    assert opened.commit_due() == 10.0
    assert opened.commit() == 1


def test_an_acknowledgement_alone_does_not_wake_the_disk(node: Node) -> None:
    opened = node.start()
    opened.append(reading())
    opened.commit()
    settle_all(opened)
    assert opened.commit_due() is None


def test_a_cursor_far_ahead_of_the_disk_is_due_at_once(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "CURSOR_LAG", 2)
    opened = node.start()
    for _ in range(3):
        opened.append(reading())
    opened.commit()
    opened.writer_wake.clear()
    settle_all(opened)
    assert opened.commit_due() == 0.0
    assert opened.writer_wake.is_set()
    opened.commit()
    assert opened.commit_due() is None
    node.cut_power()
    assert node.start().reader("city").position == 3


def test_measuring_waits_for_a_slow_disk_but_not_for_one_that_refuses(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring, "PENDING_LIMIT", 2)
    opened = node.start()
    opened.append(reading())
    assert opened.has_room
    opened.append(reading())
    assert not opened.has_room
    opened.refused = StoreUnavailable("full")
    assert opened.has_room
    opened.commit()
    assert opened.refused is None
    assert opened.has_room


def test_memory_is_bounded_while_the_disk_refuses(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring, "PENDING_LIMIT", 100)
    opened = node.start()
    opened.refused = StoreUnavailable("full")
    for second in range(1_000):
        opened.append(reading(20.0, second * 10**9))
        assert opened.pending <= 100
    stored = everything(opened)
    assert sum(one.merged for one in readings(stored)) == 1_000


def test_no_room_is_made_in_what_is_being_stored(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring, "PENDING_LIMIT", 10)
    monkeypatch.setattr(commits, "GROUP_LIMIT", 5)
    opened = node.start()
    opened.refused = StoreUnavailable("full")
    for second in range(9):
        opened.append(counted(1, second * 10**9))
    during_write(monkeypatch, opened, lambda: opened.append(counted(1, 9 * 10**9)))
    commit_all(opened)
    stored = readings(everything(opened))
    assert sum(one.values["count_in"] or 0 for one in stored) == 10
    assert [one.first for one in stored][:5] == [1, 2, 3, 4, 5]


def test_what_comes_while_a_group_is_being_stored_is_in_the_next_one(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = node.start()
    opened.append(counted(1))
    opened.commit()
    opened.append(reading())
    settle_all(opened)

    def meanwhile() -> None:
        opened.append(counted(1))
        opened.append(Reading("new", {"motion": 1}, 4))

    during_write(monkeypatch, opened, meanwhile)
    assert opened.commit() == 1
    assert opened.commit_due() is not None
    opened.close()
    again = node.start()
    assert again.reader("city").position == 2
    assert numbers(everything(again)) == [3, 4]
    assert again.append(counted(0)).values["total_in"] == 2


def test_an_acknowledgement_while_a_group_is_being_stored_is_not_lost(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = node.start()
    for _ in range(2):
        opened.append(reading())
    opened.commit()
    batch, later = opened.reader("city").take(1), opened.reader("city").take(1)
    assert batch is not None
    assert later is not None
    opened.reader("city").settle(batch)
    during_write(monkeypatch, opened, lambda: opened.reader("city").settle(later))
    opened.commit()
    opened.close()
    assert node.start().reader("city").position == 2


def test_a_failed_commit_keeps_the_group(node: Node) -> None:
    opened = node.start()
    assert opened.store is not None
    opened.store.connection.execute("PRAGMA max_page_count = 1").close()
    for _ in range(5_000):
        opened.append(reading())
    with pytest.raises(StoreUnavailable, match="full") as caught:
        commit_all(opened)
    assert "df -h" in caught.value.hint
    assert opened.refused is caught.value
    accepted, waiting = opened.accepted, opened.pending
    opened.store.connection.execute("PRAGMA max_page_count = 1000000").close()
    commit_all(opened)
    assert opened.refused is None
    assert accepted + waiting == opened.accepted == 5_000
    assert numbers(everything(opened)) == list(range(1, 5_001))


def test_nothing_of_a_group_is_stored_if_not_all_of_it_is(node: Node) -> None:
    opened = node.start()
    opened.append(reading())
    settle_all(opened)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(StoreUnavailable):
            opened.commit()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert opened.store is not None
    assert (opened.store.last_position, opened.store.cursors["city"]) == (0, 0)
    assert opened.commit() == 1
    assert (opened.store.last_position, opened.store.cursors["city"]) == (1, 1)


def during_write(monkeypatch: pytest.MonkeyPatch, opened: Log, meanwhile: object) -> None:
    """Have something happen between the end of the next write and its acceptance."""
    assert opened.store is not None
    assert callable(meanwhile)
    write = opened.store.write

    def slow_write(group: Group) -> None:
        monkeypatch.setattr(opened.store, "write", write)
        write(group)
        meanwhile()

    monkeypatch.setattr(opened.store, "write", slow_write)
