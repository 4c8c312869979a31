"""A process that was killed, and a record of its journal that is not what was written."""

import pytest

from gateway.buffer import Log, reserve
from gateway.errors import StoreUnavailable
from gateway.model import Entry, Note, Numbers
from tests.gateway.buffer.disk import Disk
from tests.gateway.buffer.node import Node, everything, gaps, reading, readings

Found = dict[tuple[int, int], Entry]
"""By epoch and number."""

NOTE = Note("door", {"count_in": 2}, 1, 2)

ROW, ALL = "r", "abcdefghijklmopqrstuvwxyz"
"""Kinds of records: all but the note itself."""


@pytest.mark.parametrize("damaged", range(4, 9))
@pytest.mark.parametrize("committed", [0, 3])
def test_what_went_out_before_is_delivered_or_told_as_missing_and_no_identity_comes_again(
    node: Node, committed: int, damaged: int
) -> None:
    opened = node.start()
    measure(opened, committed)
    opened.commit()
    measure(opened, 8 - committed)
    opened.note(NOTE)
    assert_accounted_for(node, known(everything(opened)), damaged - committed)


def gone_out_detached(node: Node, disk: Disk, from_the_start: bool) -> Found:
    """Three readings with the disk, or without; then five without, and a note."""
    disk.opens = not from_the_start
    opened = node.start()
    measure(opened, 3)
    before = everything(opened)
    if not from_the_start:
        opened.commit()
        opened.detach(StoreUnavailable("the disk is away"))
    measure(opened, 5)
    opened.note(NOTE)
    found = known([*before, *everything(opened)])
    disk.opens = True
    return found


@pytest.mark.parametrize("from_the_start", [False, True])
@pytest.mark.parametrize("damaged", range(1, 6))
def test_the_same_of_numbers_that_the_disk_was_never_told_of(
    node: Node, disk: Disk, damaged: int, from_the_start: bool
) -> None:
    """While the log is detached it numbers in an epoch that only the journal knows."""
    gone_out = gone_out_detached(node, disk, from_the_start)
    assert_accounted_for(node, gone_out, damaged + 3 * from_the_start)


@pytest.mark.parametrize("damaged", range(1, 9))
@pytest.mark.parametrize("from_the_start", [False, True])
def test_no_record_stands_between_readings_and_their_epoch(
    node: Node, disk: Disk, from_the_start: bool, damaged: int
) -> None:
    """Whichever is damaged, no reading goes out once more as one of another epoch."""
    gone_out = gone_out_detached(node, disk, from_the_start)
    assert_accounted_for(node, gone_out, damaged, ALL)


@pytest.mark.parametrize("damaged", range(1, 9))
def test_the_same_of_an_epoch_that_begins_when_the_reserve_is_used_up(
    node: Node, monkeypatch: pytest.MonkeyPatch, damaged: int
) -> None:
    monkeypatch.setattr(reserve, "RESERVE", 5)
    opened = node.start()
    measure(opened, 8)
    opened.note(NOTE)
    gone_out = known(everything(opened))
    assert len({epoch for epoch, _ in gone_out}) == 2
    monkeypatch.undo()
    assert_accounted_for(node, gone_out, damaged, ALL)


def test_the_same_if_the_disk_is_still_away_at_the_next_start(node: Node, disk: Disk) -> None:
    disk.opens = False
    opened = node.start()
    measure(opened, 8)
    gone_out = known(everything(opened))
    node.kill()
    flip(node, 5)
    opened = node.start()
    gone_out |= known(everything(opened))
    disk.opens = True
    opened.attach()
    found = everything(opened)
    assert_no_identity_comes_again(gone_out, found)
    assert gone_out.keys() <= known(found).keys() | told(found)


def assert_accounted_for(node: Node, gone_out: Found, damaged: int, kinds: str = ROW) -> None:
    """Of these records of the journal that one is damaged; also if it is killed once more."""
    assert len(gone_out) == 8
    node.kill()
    flip(node, damaged, kinds)
    for _ in range(2):
        opened = node.start()
        found = everything(opened)
        assert gone_out.keys() <= known(found).keys() | told(found)
        assert_no_identity_comes_again(gone_out, found)
        assert [one.values["count_in"] for one in readings(found) if one.sensor == "door"] == [2]
        measure(opened, 5)
        new = everything(opened)
        assert len(new) == 5
        gone_out |= known(found)
        assert not gone_out.keys() & known(new).keys()
        gone_out |= known(new)
        node.kill()


def assert_no_identity_comes_again(gone_out: Found, found: list[Entry]) -> None:
    """Unless it is the same entry."""
    assert len(known(found)) == len(found)
    for identity, entry in known(found).items():
        assert gone_out.get(identity, entry) == entry


def measure(log: Log, count: int) -> None:
    for value in range(count):
        log.append(reading(value))


def flip(node: Node, number: int, kinds: str = ROW) -> None:
    """One bit in the middle of that record of these kinds, counted from 1."""
    records = node.journal.read_bytes().split(b"\n")
    found = [n for n, record in enumerate(records) if record and chr(record[9]) in kinds]
    record = bytearray(records[found[number - 1]])
    record[len(record) // 2] ^= 1
    records[found[number - 1]] = bytes(record)
    node.journal.write_bytes(b"\n".join(records))


def known(entries: list[Entry]) -> Found:
    return {(entry.epoch, entry.number): entry for entry in entries}


def told(entries: list[Entry]) -> set[tuple[int, int]]:
    """The numbers that gap records tell of."""
    ranges: list[Numbers] = [gap.numbers for gap in gaps(entries) if gap.numbers]
    return {(one.epoch, n) for one in ranges for n in range(one.first, one.last + 1)}
