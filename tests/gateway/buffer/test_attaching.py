"""A log without its store goes on from memory, and behind its store once it has it again."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gateway.buffer import Log, reserve
from gateway.buffer.legend import path_of
from gateway.buffer.store import Store
from gateway.errors import StoreDamaged, StoreUnavailable
from gateway.model import Reason
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

UPLINKS = {"city": "everything", "county": "now"}


def spoil(path: Path) -> None:
    """SQLite can't make anything of it, but its rows are there."""
    data = bytearray(path.read_bytes())
    data[:100] = bytes(100)
    path.write_bytes(data)


def ids(log: Log, uplink: str = "city") -> list[tuple[int, int]]:
    return [(entry.epoch, entry.number) for entry in everything(log, uplink)]


def filled(
    node: Node, count: int = 10, settled: int = 0, pending: int = 0
) -> list[tuple[int, int]]:
    """A log that was killed with so many readings, and what it had sent."""
    opened = node.start()
    for value in range(count):
        opened.append(reading(value))
    commit_all(opened)
    if settled:
        batch = opened.reader("city").take(settled)
        assert batch
        opened.reader("city").settle(batch)
        opened.append(reading(99))
        commit_all(opened)
    for value in range(pending):
        opened.append(reading(1000 + value))
    sent = ids(opened)
    node.kill()
    return sent


def test_a_damaged_log_is_no_reason_not_to_start(node: Node) -> None:
    filled(node)
    spoil(node.path)
    opened = node.start()
    assert isinstance(opened.refused, StoreDamaged)
    opened.append(reading(5))
    with pytest.raises(StoreDamaged):
        opened.commit()
    assert [one.packed for one in readings(everything(opened))] == ["5.00,null"]
    opened.attach()
    assert opened.refused is None
    assert opened.pending == 0


@pytest.mark.parametrize("settled", [0, 4])
@pytest.mark.parametrize("pending", [0, 3])
@pytest.mark.parametrize("live", [0, 2])
def test_identities_stay_and_nothing_is_lost_when_it_is_attached_later(
    node: Node, settled: int, pending: int, live: int
) -> None:
    sent = filled(node, 10, settled, pending)
    spoil(node.path)
    opened = node.start()
    for value in range(live):
        opened.append(reading(2000 + value))
    from_memory = ids(opened)
    assert len(from_memory) == pending + live
    assert from_memory[:pending] == sent[len(sent) - pending :]
    opened.attach()
    opened.append(reading(3000))
    after = ids(opened)
    assert set(sent) <= set(after) | set(from_memory)
    assert set(from_memory) <= set(after) | set(from_memory)
    assert len(set(after)) == len(after)


@pytest.mark.parametrize("pending", [0, 3])
def test_what_was_delivered_without_the_store_passes_nothing_over(node: Node, pending: int) -> None:
    sent = filled(node, 10, 4, pending)
    spoil(node.path)
    opened = node.start()
    opened.append(reading(7))
    settle_all(opened)
    opened.attach()
    stored = sent[: len(sent) - pending]
    assert set(stored) <= set(ids(opened))


def test_nor_does_it_in_the_run_after(node: Node) -> None:
    sent = filled(node, 10, 4, 3)
    whole = node.path.read_bytes()
    spoil(node.path)
    opened = node.start()
    settle_all(opened)
    node.kill()
    node.path.write_bytes(whole)
    assert set(sent) <= set(ids(node.start()))


def test_what_was_acknowledged_before_the_kill_counts(node: Node) -> None:
    filled(node, 10)
    opened = node.start()
    settle_all(opened)  # told to the journal alone
    last = opened.reader("city").position
    node.kill()
    assert node.start().reader("city").position == last


def test_an_uplink_that_begins_now_lacks_nothing_of_before_the_damage(node: Node) -> None:
    opened = node.start(uplinks=UPLINKS)
    for value in range(5):
        opened.append(reading(value))
    commit_all(opened)
    sent = ids(opened, "county")
    assert len(sent) == 5
    node.kill()
    with closing(sqlite3.connect(node.path)) as sql:
        [(page,)] = sql.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'cursor'")
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(node.path.read_bytes())
    data[(page - 1) * 512 : page * 512] = bytes(512)
    node.path.write_bytes(data)
    path_of(node.path).unlink()  # it knows cursors, too
    opened = node.start(uplinks=UPLINKS)
    opened.attach()
    assert set(sent) <= set(ids(opened, "county"))


def test_a_cursor_does_not_pass_what_comes_in_the_place_of_what_was_lost(node: Node) -> None:
    opened = node.start()
    for value in range(40):
        opened.append(reading(value))
    commit_all(opened)
    settle_all(opened)
    opened.append(reading(41))
    commit_all(opened)
    opened.append(reading(42))
    node.kill()
    with closing(sqlite3.connect(node.path)) as sql:
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sql.execute("DELETE FROM reading WHERE position > 20")  # lost
        sql.commit()
    spoil(node.path)
    opened = node.start()
    opened.attach()
    assert 42 in numbers(everything(opened))


@pytest.mark.parametrize("how", ["read", "write", "disk"])
def test_a_store_that_fails_in_mid_life_is_left_and_found_again(
    node: Node, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = node.start()
    total = 0
    for value in range(10):
        total += value
        opened.append(counted(value))
    commit_all(opened)
    batch = opened.reader("city").take(3)
    assert batch
    opened.reader("city").settle(batch)
    opened.append(counted(1))
    sent = ids(opened)
    opened.reader("city").rewind()
    error = StoreUnavailable("gone") if how == "disk" else StoreDamaged("broken")

    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Store, "rows" if how == "read" else "write", fail)
        if how == "read":
            assert everything(opened) == []
            assert opened.unreadable is error
        else:
            opened.append(reading())
            with pytest.raises(type(error)):
                opened.commit()
        opened.detach(error)
        in_between = opened.append(counted(2))
        from_memory = ids(opened)
    assert in_between.values["total_in"] == total + 3
    opened.attach()
    last = opened.append(counted(3))
    assert last.values["total_in"] == total + 6
    after = ids(opened)
    assert set(sent) <= set(after) | set(from_memory)
    assert set(after) >= set(sent) - set(from_memory)
    assert len(set(after)) == len(after)


def test_a_reader_goes_on_where_it_was_also_from_memory(node: Node) -> None:
    opened = node.start()
    opened.append(reading(1))
    commit_all(opened)
    settle_all(opened)
    opened.detach(StoreUnavailable("gone"))
    opened.append(reading(2))
    opened.append(reading(3))
    batch = opened.reader("city").take(1)
    assert batch
    opened.reader("city").settle(batch)
    opened.attach()
    assert [one.packed for one in readings(everything(opened))] == ["3.00,null"]


Loss = Callable[[Path, Path], None]


def put_back(path: Path, older: Path) -> None:
    shutil.copyfile(older, path)
    wal = path.with_name("log.db-wal")
    if wal.exists():
        wal.unlink()


def delete(path: Path, _: Path) -> None:
    path.unlink()
    path.with_name("log.db-wal").unlink(missing_ok=True)


@pytest.mark.parametrize("loss", [put_back, delete])
@pytest.mark.parametrize("clean", [True, False], ids=["clean", "power cut"])
def test_another_file_in_its_place_goes_on_in_another_epoch(
    node: Node, loss: Loss, clean: bool, tmp_path: Path
) -> None:
    older = tmp_path / "older"
    opened = node.start()
    for value in range(5):
        opened.append(reading(value))
    opened.close()
    shutil.copyfile(node.path, older)
    opened = node.start()
    for value in range(5, 9):
        opened.append(reading(value))
    commit_all(opened)
    before = {(one.epoch, one.number): one.packed for one in readings(everything(opened))}
    if clean:
        opened.close()
    else:
        node.cut_power()
    loss(node.path, older)
    opened = node.start()
    opened.append(reading(77))
    found = everything(opened)
    after = {(one.epoch, one.number): one.packed for one in readings(found)}
    assert all(before.get(one, packed) == packed for one, packed in after.items())
    [new] = [one for one, packed in after.items() if packed == "77.00,null"]
    assert new[0] not in {epoch for epoch, _ in before}
    told = [
        gap.numbers for gap in gaps(found) if gap.reason is Reason.STORE_DAMAGED and gap.numbers
    ]
    for epoch, number in before.keys() - after.keys():
        assert any(n.epoch == epoch and n.first <= number <= n.last for n in told)
    assert opened.healed is None


def test_a_file_of_the_last_session_whose_wal_was_deleted_reuses_no_number(node: Node) -> None:
    opened = node.start()
    for value in range(5):
        opened.append(reading(value))
    commit_all(opened)
    assert opened.store
    opened.store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for value in range(5, 9):
        opened.append(reading(value))
    commit_all(opened)
    before = {(one.epoch, one.number): one.packed for one in readings(everything(opened))}
    folded = node.path.read_bytes()
    node.kill()
    node.path.write_bytes(folded)
    opened = node.start()
    opened.append(reading(77))
    found = everything(opened)
    after = {(one.epoch, one.number): one.packed for one in readings(found)}
    assert all(before.get(one, packed) == packed for one, packed in after.items())
    [gap] = [gap for gap in gaps(found) if gap.reason is Reason.STORE_DAMAGED]
    assert gap.numbers == (opened.window.identities.epoch, 6, 9)
    assert gap.n == 4


def test_totals_go_on_after_the_whole_file_was_lost(node: Node) -> None:
    opened = node.start()
    opened.append(counted(5))
    opened.close()
    node.path.unlink()
    opened = node.start()
    assert opened.append(counted(2)).values["total_in"] == 7
    commit_all(opened)
    opened.append(counted(1))
    node.kill()
    node.path.unlink()
    opened = node.start()
    assert opened.append(counted(1)).values["total_in"] == 9
    opened.close()
    assert node.start().append(counted(1)).values["total_in"] == 10


def test_numbers_are_not_given_twice_while_the_disk_is_not_told(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reserve, "RESERVE", 4)
    opened = node.start()
    for value in range(20):
        opened.append(reading(value))
    sent = ids(opened)
    assert len(set(sent)) == 20
    node.cut_power()
    opened = node.start()
    opened.append(reading(77))
    assert not set(sent) & set(ids(opened))


def test_a_merged_row_that_was_damaged_is_missed_with_all_that_it_may_stand_for(
    node: Node,
) -> None:
    opened = node.start()
    for second in range(130):
        opened.append(reading(second, (second + 1) * 10**9))
    commit_all(opened)
    assert opened.store
    gap = opened.store.plan(0.86, [])
    assert gap
    opened.append_gap(gap)
    commit_all(opened)
    merged = next(one for one in readings(everything(opened)) if one.merged > 1)
    opened.close()
    with closing(sqlite3.connect(node.path)) as sql:
        sql.execute(
            "UPDATE reading SET packed = packed || '1' WHERE position = ?", (merged.number,)
        )
        sql.commit()
    opened = node.start()
    found = everything(opened)
    assert merged.number not in {one.number for one in readings(found)}
    [damaged] = [gap for gap in gaps(found) if gap.reason is Reason.STORE_DAMAGED]
    assert damaged.numbers
    assert damaged.numbers.first <= merged.first
    assert damaged.numbers.last >= merged.number
    assert damaged.n is None
