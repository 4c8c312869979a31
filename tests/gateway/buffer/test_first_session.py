"""Before its first session a log has a session without a name; nobody may take it for a known one.

What no journal tells of is not known, and what is not known may have gone out.
"""

from collections.abc import Callable

import pytest

from gateway.buffer import legend
from gateway.buffer.window import Window
from gateway.errors import StoreUnavailable
from gateway.model import Entry, Reason
from tests.gateway.buffer.disk import Disk
from tests.gateway.buffer.node import Node, everything, gaps, numbers, reading
from tests.gateway.buffer.test_migrations import schema_1

Past = Callable[[Node], int]
"""Returns the number from which on all must be explained."""


def nothing(_node: Node) -> int:
    return 1


def an_older_log(node: Node) -> int:
    schema_1(node.path).close()
    return 6


def a_clean_stop(node: Node) -> int:
    node.start().append(reading())
    node.opened.close()
    return 1


def a_power_cut(node: Node) -> int:
    node.start().append(reading())
    node.cut_power()
    return 1


@pytest.mark.parametrize("past", [nothing, an_older_log, a_clean_stop, a_power_cut])
def test_numbers_are_told_that_were_passed_over_after_a_kill_before_the_first_journal(
    node: Node, monkeypatch: pytest.MonkeyPatch, past: Past
) -> None:
    """It looks like a power cut: a session on disk, and no journal of what went out in it."""
    first = past(node)
    with monkeypatch.context() as patch:
        patch.setattr(Window, "go_on", _killed)
        with pytest.raises(KeyboardInterrupt):
            node.start()
    assert not node.journal.exists()
    found = everything(node.start())
    assert _unexplained(found, first) == []
    assert {one.reason for one in gaps(found)} == {Reason.UNCLEAN_STOP}


def test_what_went_out_before_a_power_cut_is_told_if_there_was_no_room_for_the_legend(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(legend, "keep", _full)
        opened = node.start()
    opened.append(reading())
    node.cut_power()
    found = everything(node.start())
    assert [(one.reason, one.n) for one in gaps(found)] == [(Reason.UNCLEAN_STOP, None)]
    assert _unexplained(found, 1) == []


def test_a_journal_of_another_boot_that_never_saw_a_store_gives_no_number_again(
    node: Node, disk: Disk
) -> None:
    """Where the folder does not lie in memory: its last records may be lost."""
    disk.opens = False
    opened = node.start()
    opened.append(reading())
    left = node.journal.read_bytes()
    opened.append(reading())
    gone_out = _identities(everything(opened))
    node.kill()
    node.journal.write_bytes(left)
    node.boot()
    disk.opens = True
    opened = node.start()
    recovered = _identities(everything(opened))
    for _ in range(3):
        opened.append(reading())
    opened.reader("city").rewind()
    new = _identities(everything(opened)) - recovered
    assert (len(gone_out), len(new)) == (2, 3)
    assert not new & gone_out


def _identities(found: list[Entry]) -> set[tuple[int, int]]:
    return {(one.epoch, one.number) for one in found}


def _unexplained(found: list[Entry], first: int) -> list[int]:
    """Numbers from there to the newest that neither stand in the log nor in a gap."""
    assert len({one.epoch for one in found}) == 1
    told = {*numbers(found)}
    for gap in gaps(found):
        if gap.numbers is not None:
            told |= {*range(gap.numbers.first, gap.numbers.last + 1)}
    return [number for number in range(first, max(told)) if number not in told]


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def _full(*_: object) -> None:
    raise StoreUnavailable("full")
