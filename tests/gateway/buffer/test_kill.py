"""A killed process loses nothing, and says nothing twice, whatever moment it died in."""

import shutil
from collections.abc import Callable

import pytest

from gateway.buffer import Log
from gateway.model import Note, Reason
from tests.gateway.buffer.node import (
    Node,
    commit_all,
    counted,
    everything,
    gaps,
    numbers,
    reading,
    readings,
)


def test_after_a_kill_the_numbers_go_on_without_a_hole(node: Node) -> None:
    opened = node.start()
    for value in range(5):
        opened.append(reading(value))
        if value == 1:
            opened.commit()
    before = everything(opened)
    node.kill()
    again = node.start()
    assert again.pending == 0
    again.append(reading())
    found = everything(again)
    assert found[:5] == before
    assert numbers(found) == [1, 2, 3, 4, 5, 6, 7]
    assert {one.epoch for one in found} == {before[0].epoch}


def test_a_kill_is_told_and_that_nothing_is_missing(node: Node) -> None:
    node.start().append(reading(up_ns=7))
    node.kill()
    node.clock.sleep(60)
    [gap] = gaps(everything(node.start()))
    assert (gap.reason, gap.sensor, gap.numbers, gap.n) == (Reason.UNCLEAN_STOP, "", None, 0)
    assert gap.since == ("b00t0001", 7)
    assert gap.until == ("b00t0001", node.clock.now_ns())


def noted(sensor: str, count: int) -> Note:
    """Two of three seconds were looked at."""
    counts = {"count_in": count, "blind_time": 0.5}
    return Note(sensor, counts, 2_000_000_000, 4_000_000_000, 5_000_000_000)


def leave_notes(node: Node) -> None:
    """Counts of a door, and of a gate that became a reading."""
    opened = node.start()
    opened.append(counted(5))
    opened.note(noted("door", 1))
    opened.note(noted("door", 3))
    opened.note(noted("gate", 9))
    opened.append(counted(9, sensor="gate"))


def test_counts_of_an_open_window_are_gone_on_with(node: Node) -> None:
    leave_notes(node)
    for _ in range(3):
        node.kill()
        opened = node.start(counts={"door"})
        assert opened.begun("door") == noted("door", 3)
        assert opened.begun("gate") is None
        assert len(readings(everything(opened))) == 2
    opened.append(counted(4))
    node.kill()
    opened = node.start(counts={"door"})
    assert opened.begun("door") is None
    assert [one.values["count_in"] for one in readings(everything(opened))] == [5, 9, 4]


@pytest.mark.parametrize("boots", [False, True], ids=["the sensor is gone", "another boot"])
@pytest.mark.parametrize("committed", [False, True])
def test_counts_that_nobody_goes_on_with_become_a_reading_up_to_where_somebody_looked(
    node: Node, committed: bool, boots: bool
) -> None:
    leave_notes(node)
    if committed:
        node.opened.commit()
    node.kill()
    if boots:  # the journal stands, so its memory does not forget
        node.boot()
    opened = node.start(counts={"door"} if boots else ())
    [added] = [one for one in readings(everything(opened)) if one.values["count_in"] == 3]
    assert added.values == {"count_in": 3, "blind_time": 0.5, "total_in": 8}
    assert (added.at.boot, added.at.up_ns) == ("b00t0001", 4_000_000_000)
    assert added.span_ns == 2_000_000_000
    node.kill()
    again = readings(everything(node.start()))
    assert [one for one in again if one.values["count_in"] == 3] == [added]
    assert sum(one.values["count_in"] or 0 for one in again) == 17


def test_an_anchor_survives_a_kill_without_a_commit(node: Node) -> None:
    opened = node.start()
    opened.append(reading())
    node.clock.utc_at_boot_ns = 1_700_000_000_000_000_000
    anchor = node.clock.anchor()
    assert anchor is not None
    opened.add_anchor(anchor)
    before = everything(opened)
    node.kill()
    assert everything(node.start())[:1] == before


Moment = Callable[[Node, Log], None]


def between_write_and_acceptance(node: Node, opened: Log) -> None:
    """The disk has it, and the journal does not know."""
    assert opened.store is not None
    opened.store.write(opened.window.group.first(100, 0))


def between_write_and_acceptance_of_a_part(node: Node, opened: Log) -> None:
    assert opened.store is not None
    opened.store.write(opened.window.group.first(2, 0))


def between_two_groups(node: Node, opened: Log) -> None:
    opened.commit()
    opened.append(counted(1))


def while_the_journal_is_written_anew(node: Node, opened: Log) -> None:
    (node.run / "journal.new").write_bytes(node.journal.read_bytes()[:50])


def between_goodbye_and_the_end_of_the_journal(node: Node, opened: Log) -> None:
    copy = node.run / "copy"
    commit_all(opened)
    shutil.copy(node.journal, copy)
    opened.close()
    copy.rename(node.journal)


def in_the_middle_of_a_record(node: Node, opened: Log) -> None:
    with node.journal.open("ab") as file:
        file.write(b"\n12345678 r4,1,b00")


@pytest.mark.parametrize(
    "moment",
    [
        between_write_and_acceptance,
        between_write_and_acceptance_of_a_part,
        between_two_groups,
        while_the_journal_is_written_anew,
        between_goodbye_and_the_end_of_the_journal,
        in_the_middle_of_a_record,
    ],
)
def test_a_reading_is_there_exactly_once_whatever_moment_the_process_died_in(
    node: Node, moment: Moment
) -> None:
    opened = node.start()
    for _ in range(3):
        opened.append(counted(1))
    moment(node, opened)
    node.kill()
    for _ in range(3):  # also if it is killed again at once
        opened = node.start()
        found = readings(everything(opened))
        given_out = [(one.epoch, one.number) for one in found]
        assert len(set(given_out)) == len(given_out)
        total = sum(one.values["count_in"] or 0 for one in found)
        assert total == (4 if moment is between_two_groups else 3)
        assert found[-1].values["total_in"] == total
        assert [number for _, number in given_out] == list(range(1, len(found) + 1))
        node.kill()
