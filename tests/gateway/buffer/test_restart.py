"""A clean stop, and a power cut: no number is given twice, and those that are lost are named."""

import pytest

from gateway.buffer import commits, reserve
from gateway.buffer.group import Group
from gateway.buffer.window import Window
from gateway.errors import StoreUnavailable
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
    settle_all,
)


def test_after_a_clean_stop_the_log_goes_on_as_if_nothing_had_been(node: Node) -> None:
    opened = node.start()
    for _ in range(3):
        opened.append(counted(1))
    before = everything(opened)
    opened.close()
    assert not node.journal.exists()
    node.boot()
    opened = node.start()
    assert opened.pending == 0
    assert everything(opened) == before
    opened.append(counted(1))
    [added] = readings(everything(opened))
    assert (added.epoch, added.number) == (before[0].epoch, 4)
    assert added.values["total_in"] == 4


def test_numbers_go_on_after_everything_was_delivered_and_deleted(node: Node) -> None:
    opened = node.start(hold_back=0)
    for _ in range(5):
        opened.append(reading())
    settle_all(opened)
    opened.commit()
    opened.keep()
    assert opened.store is not None
    assert [row.position for row in opened.store.chunk(0, 9)] == [5]  # the newest stays
    opened.close()
    again = node.start()
    again.append(reading())
    assert numbers(everything(again)) == [6]


def test_what_a_journal_of_an_earlier_boot_holds_is_kept_too(node: Node) -> None:
    """Where the folder does not lie in memory: what went out after it was synced is not known."""
    opened = node.start()
    for value in range(3):
        opened.append(reading(value))
    before = everything(opened)
    node.kill()
    node.boot()
    again = node.start()
    again.append(reading())
    found = everything(again)
    assert found[:3] == before
    assert found[-1].epoch != before[0].epoch


def test_after_a_power_cut_no_number_is_given_again_and_those_lost_are_named(node: Node) -> None:
    opened = node.start()
    for value in range(5):
        opened.append(reading(value, up_ns=value + 1))
        if value == 1:
            opened.commit()
    gone_out = everything(opened)
    node.cut_power()
    node.clock.sleep(10)
    again = node.start()
    again.append(reading())
    found = everything(again)
    assert found[:2] == gone_out[:2]
    [gap] = gaps(found)
    epoch = gone_out[0].epoch
    assert gap.reason is Reason.UNCLEAN_STOP
    assert gap.numbers is not None
    assert (gap.numbers.epoch, gap.numbers.first) == (epoch, 3)
    assert gap.numbers.last >= 5
    assert gap.n is None  # nobody can know
    assert (gap.since, gap.until) == (("b00t0001", 2), ("b00t0002", node.clock.now_ns()))
    assert [(one.epoch, one.number) for one in found[2:]] == [
        (epoch, gap.numbers.last + 1),
        (epoch, gap.numbers.last + 2),
    ]


def test_after_many_power_cuts_every_number_is_accounted_for(node: Node) -> None:
    for cut in (0, 2, 0, 0, 1, 3, 0, 4):
        opened = node.start()
        for value in range(4):
            opened.append(reading(value))
            if value < cut:
                opened.commit()
        node.cut_power()
    found = everything(node.start())
    told = [gap.numbers for gap in gaps(found) if gap.numbers]
    known = [(one.first, one.last) for one in told] + [(n, n) for n in numbers(found)]
    assert {one.epoch for one in [*told, *found]} == {found[0].epoch}
    end = 0
    for first, last in sorted(known):
        assert first <= end + 1
        end = max(end, last)
    assert end == max(numbers(found))


def test_the_reserve_grows_before_it_is_used_up(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reserve, "RESERVE", 10)
    opened = node.start()
    given_out = set()
    for value in range(60):
        opened.append(reading(value))
        if value % 4 == 3:
            opened.commit()
        given_out |= {(one.epoch, one.number) for one in everything(opened)}
    assert {epoch for epoch, _ in given_out} == {opened.window.identities.segments[0].epoch}
    assert_nothing_is_given_twice(node, given_out)


def test_a_disk_that_refuses_for_long_costs_an_epoch_but_no_identity(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reserve, "RESERVE", 10)
    monkeypatch.setattr(commits, "GROUP_LIMIT", 7)
    opened = node.start()
    for value in range(100):
        opened.append(reading(value))
        commit_all(opened)
    for value in range(30):
        opened.append(reading(value))
    given_out = {(one.epoch, one.number) for one in everything(opened)}
    assert len(given_out) == 130
    assert len({epoch for epoch, _ in given_out}) > 1
    opened.commit()  # not all of it
    assert_nothing_is_given_twice(node, given_out)


def test_totals_never_run_backwards(node: Node) -> None:
    totals = []
    for restart in (node.kill, node.cut_power, lambda: None):
        opened = node.start()
        for commit in (True, False):
            totals.append(opened.append(counted(2)).values["total_in"])
            if commit:
                opened.commit()
        opened.close() if restart not in (node.kill, node.cut_power) else restart()
    totals.append(node.start().append(counted(0)).values["total_in"])
    assert totals == [2, 4, 6, 8, 8, 10, 10]  # what was measured last before the cut is lost


WINDOW = Note("door", {"count_in": 5}, 1_000_000_000, 1_500_000_000, 3_000_000_000)


def stopped_within_a_window(node: Node) -> None:
    opened = node.start()
    opened.append(counted(2, 1_000_000_000))
    opened.note(WINDOW)
    opened.close()


def test_after_a_clean_stop_an_open_window_goes_on(node: Node) -> None:
    stopped_within_a_window(node)
    for _ in range(2):
        opened = node.start(counts={"door"})
        assert opened.begun("door") == WINDOW
        assert [one.number for one in everything(opened)] == [1]
        opened.close()
    opened = node.start(counts={"door"})
    assert opened.append(counted(6)).values["total_in"] == 8
    opened.close()
    assert node.start(counts={"door"}).begun("door") is None


@pytest.mark.parametrize("kept", [False, True], ids=["memory forgets", "it is on a disk"])
def test_after_a_shutdown_the_counts_of_an_open_window_are_a_reading(
    node: Node, kept: bool
) -> None:
    stopped_within_a_window(node)
    if not kept:
        node.journal.unlink()
    for _ in range(3):
        node.boot()
        opened = node.start(counts={"door"})
        assert opened.begun("door") is None
        [_, carried] = readings(everything(opened))
        assert carried.values == {"count_in": 5, "total_in": 7}
        assert (carried.at.up_ns, carried.span_ns) == (1_500_000_000, 500_000_000)
        assert carried.number == 2
        opened.close()


def test_what_another_session_has_begun_since_is_not_told_again(node: Node) -> None:
    stopped_within_a_window(node)
    opened = node.start(counts={"door"})
    opened.append(counted(6))
    opened.commit()
    node.cut_power()
    opened = node.start()
    told = [one.values["count_in"] for one in readings(everything(opened))]
    assert told == [2, 6]


def test_what_the_disk_refuses_at_the_stop_stays_in_the_journal(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = node.start()
    opened.append(reading())

    def full(group: Group) -> None:
        raise StoreUnavailable("full")

    monkeypatch.setattr(opened.store, "write", full)
    opened.close()
    assert readings(everything(node.start()))[0].number == 1


def assert_nothing_is_given_twice(node: Node, given_out: set[tuple[int, int]]) -> None:
    """After a power cut, by what comes next."""
    node.cut_power()
    opened = node.start()
    assert opened.store is not None
    old = {(one.epoch, one.number) for one in everything(opened)[: opened.window.stored_position]}
    for value in range(200):
        opened.append(reading(value))
    new = {(one.epoch, one.number) for one in everything(opened)}
    assert len(new) >= 200
    assert not new & (given_out | old)


def test_a_kill_between_the_store_and_the_journal_says_nothing_that_is_not_so(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session is begun on disk, and the journal is still that of the one before."""
    opened = node.start()
    for _ in range(3):
        opened.append(reading())
    node.kill()
    with monkeypatch.context() as patch:
        patch.setattr(Window, "go_on", _killed)
        with pytest.raises(KeyboardInterrupt):
            node.start()
    again = node.start()
    again.append(reading())
    found = everything(again)
    assert [(one.reason, one.numbers, one.n) for one in gaps(found)] == [
        (Reason.UNCLEAN_STOP, None, 0),
        (Reason.UNCLEAN_STOP, None, 0),
    ]
    assert numbers(found) == [1, 2, 3, 4, 5, 6]


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
