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


def test_counts_that_were_in_no_reading_become_one(node: Node) -> None:
    opened = node.start()
    opened.append(counted(5))
    opened.note(Note("door", {"count_in": 1}, 2_000_000_000, 2_500_000_000))
    opened.note(Note("door", {"count_in": 3}, 2_000_000_000, 4_000_000_000))
    opened.note(Note("gate", {"count_in": 9}, 2_000_000_000, 4_000_000_000))
    opened.append(counted(9, sensor="gate"))
    node.kill()
    opened = node.start()
    found = {(one.sensor, one.number): one for one in readings(everything(opened))}
    assert set(found) == {("door", 1), ("gate", 2), ("door", 3)}
    added = found["door", 3]
    assert added.values == {"count_in": 3, "total_in": 8}
    assert (added.at.up_ns, added.span_ns) == (4_000_000_000, 2_000_000_000)
    node.kill()
    again = readings(everything(node.start()))
    assert [one for one in again if one.number == 3] == [added]
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
