"""What is not stored yet: rows and their identities, the notes, and the journal of both."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.quantities import Rank
from gateway.buffer.held import Recovered
from gateway.buffer.identities import Segment
from gateway.buffer.journal import Journal
from gateway.buffer.window import Window
from gateway.clock import Anchor
from gateway.model import Gap, Note, Quality, Reason
from tests.gateway.buffer.node import counted, reading
from tests.gateway.simulated_clock import SimulatedClock

GAP = Gap(Reason.NOT_MEASURED, "door", None, None, ("b1", 1), ("b1", 5))
NOTE = Note("door", {"count_in": 2}, 1, 4)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock("b1")


@pytest.fixture
def window(tmp_path: Path, clock: SimulatedClock) -> Iterator[Window]:
    made = Window(Journal(tmp_path, "b1"), clock, {"smoke": Rank.ALARM})
    made.states.totals_known = True
    made.save()
    yield made
    made.journal.close()


def journaled(window: Window) -> Recovered:
    found = Journal(window.journal.path.parent, "b1").read()
    assert found is not None
    return found


def test_rows_take_one_position_after_the_other(window: Window) -> None:
    window.append(reading(), "b1")
    window.append_gap(GAP)
    window.append(counted(2), "b1")
    assert [row.position for row in window.group.rows] == [1, 2, 3]
    assert (window.next_position, window.last_position, window.next_number) == (4, 3, 4)
    assert [row.position for row in window.rows_after(1, 9)] == [2, 3]
    assert [row.position for row in window.rows_after(0, 2)] == [1, 2]
    assert window.rows_after(3, 9) == []


def test_what_is_taken_in_stands_in_the_journal_at_once(window: Window) -> None:
    window.append(reading(), "b1")
    window.append_gap(GAP)
    window.add_anchor("b1", Anchor(1, 10**18))
    window.move_cursor("city", 1)
    window.note(NOTE)
    window.begin(500, 9)
    window.append(reading(), "b1")
    found = journaled(window)
    assert found.rows == window.group.rows
    assert found.anchors == window.group.anchors == [("b1", Anchor(1, 10**18))]
    assert found.cursors == window.group.cursors == {"city": 1}
    assert found.notes == {"door": NOTE}
    assert found.identities.of(3) == window.identities.of(3) == (9, 500)
    assert found.next_position == window.next_position


def test_what_is_stored_is_in_memory_and_in_the_journal_no_more(window: Window) -> None:
    for value in range(4):
        window.append(reading(value), "b1")
    window.note(NOTE)
    group = window.group.first(3, 0)
    window.append(reading(4), "b1")
    window.accept(group)
    assert window.stored_position == 3
    assert [row.position for row in window.group.rows] == [4, 5]
    found = journaled(window)
    assert found.rows == window.group.rows
    assert found.notes == {"door": NOTE}
    assert [found.identities.of(n) for n in (4, 5)] == [window.identities.of(n) for n in (4, 5)]


def test_the_first_pending_row_with_a_running_total_is_known_also_after_a_commit(
    window: Window,
) -> None:
    for taken in (reading(), counted(2), reading(), counted(3), reading()):
        window.append(taken, "b1")
    assert window.held_position == 2
    window.accept(window.group.first(2, 0))
    assert window.held_position == 4
    window.accept(window.group.first(2, 2))
    assert window.held_position is None


def test_a_group_is_open_from_its_first_addition(window: Window, clock: SimulatedClock) -> None:
    assert window.opened_ns is None
    window.append(reading(), "b1")
    begun = clock.now_ns()
    clock.sleep(3)
    window.append(reading(), "b1")
    assert window.opened_ns == begun
    group = window.group.first(1, 0)
    window.accept(group)
    assert window.opened_ns == begun + 3 * 10**9  # what is left begins anew
    window.accept(window.group.first(9, 1))
    assert window.opened_ns is None


def test_notes_and_acknowledgements_open_no_group(window: Window) -> None:
    window.note(NOTE)
    window.move_cursor("city", 0)
    assert window.opened_ns is None
    assert window.add_anchor("b1", Anchor(1, 10**18))
    assert window.opened_ns is not None
    assert not window.add_anchor("b1", Anchor(2, 10**18 + 1))


def test_all_anchors_that_a_step_or_a_loss_makes_are_kept_with_their_quality(
    window: Window,
) -> None:
    second, utc_ns = 10**9, 10**18
    agreed = [Anchor(up * second, utc_ns + up * second) for up in (1, 10)]
    step = Anchor(20 * second, utc_ns + 90 * second)
    for anchor in (*agreed, step, None):
        window.add_anchor("b1", anchor)
    word = Anchor(step.up_ns + 1, step.utc_ns + 1, Quality.ESTIMATED)
    told = [("b1", anchor) for anchor in (*agreed, step, word)]
    assert window.group.anchors == journaled(window).anchors == told


def test_an_alarm_is_urgent_until_it_is_stored(window: Window) -> None:
    window.append(reading(), "b1")
    assert not window.urgent
    window.append(reading(sensor="smoke"), "b1")
    assert window.urgent
    window.accept(window.group.first(1, 0))
    assert window.urgent
    window.accept(window.group.first(1, 1))
    assert not window.urgent


def test_a_reading_takes_the_counts_that_were_noted_of_its_sensor(window: Window) -> None:
    window.note(NOTE)
    window.append(reading(), "b1")
    window.append_gap(GAP)
    assert window.notes == {"door": NOTE}
    window.append(counted(2), "b1")
    assert window.notes == {}
    assert journaled(window).notes == {}


def test_while_the_totals_are_not_known_readings_go_without(window: Window) -> None:
    window.states.totals_known = False
    assert "total_in" not in window.append(counted(2), "b1").values
    assert window.states.now["door"].totals == {"total_in": 2}  # and are counted all the same
    window.states.totals_known = True
    assert window.append(counted(3), "b1").values["total_in"] == 5


def test_a_new_epoch_begins_with_what_comes_next(window: Window) -> None:
    window.append(reading(), "b1")
    epoch = window.identities.epoch
    segment = window.begin()
    window.append(reading(), "b1")
    assert window.identities.of(1) == (epoch, 1)
    assert window.identities.of(2) == (segment.epoch, 1)
    assert window.group.segments == [Segment(2, segment.epoch, 1)]


def test_a_journal_that_fails_is_given_up_and_said_to_be(
    window: Window, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a journal would be believed."""
    window.append(reading(), "b1")
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, window.journal._file or -1)
    os.close(full)
    window.append(reading(), "b1")
    assert not window.protection.holds
    assert list(tmp_path.iterdir()) == []
    assert window.protection.trouble.finding is not None
    assert "df -h" in window.protection.trouble.finding.cure
    window.append(reading(), "b1")
    assert len(window.group.rows) == 3
    assert caplog.text.count("cannot be written") == 1


def test_a_journal_is_kept_again_as_soon_as_there_is_room(window: Window, tmp_path: Path) -> None:
    (tmp_path / "journal.new").symlink_to("/dev/full")
    window.append(reading(), "b1")
    window.accept(window.group.first(0, 0))
    assert not window.protection.holds
    (tmp_path / "journal.new").unlink(missing_ok=True)
    window.append(reading(), "b1")
    window.accept(window.group.first(1, 0))
    assert window.protection.holds
    assert journaled(window).rows == window.group.rows


def test_the_journal_of_an_earlier_process_stands_until_it_is_replaced(
    window: Window, clock: SimulatedClock
) -> None:
    """Not even a record for which there is no room takes it away."""
    window.append(reading(), "b1")
    later = Window(Journal(window.journal.path.parent, "b1"), clock, {})
    later.note(NOTE)
    assert later.protection.holds
    assert journaled(later).rows == window.group.rows


def test_rows_that_were_replaced_stand_before_the_gaps_that_say_so(window: Window) -> None:
    for value in range(4):
        window.append(reading(value), "b1")
    window.replace_rows(window.group.rows[2:], [GAP])
    assert [row.position for row in window.group.rows] == [3, 4, 5]
    assert window.group.rows[-1].layout.gap == "not_measured"
    assert journaled(window).rows == window.group.rows
