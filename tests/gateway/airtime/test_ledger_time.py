"""The ledger's clock: never ahead of the truth, and not behind it where that is known."""

from pathlib import Path

from gateway.airtime.ledger_time import SLACK_NS, LedgerTime
from gateway.airtime.records import Reckoning
from gateway.clock import Anchor
from tests.gateway.airtime.air import NOW_NS, Node
from tests.gateway.simulated_clock import SimulatedClock

HOUR_NS = 3_600_000_000_000


def _now_ns(time: LedgerTime) -> int:
    time.look()
    return time.now_ns()


def _rebooted(first: SimulatedClock, off_s: float) -> tuple[SimulatedClock, Reckoning, int]:
    """The clock of the next boot, and what the first has left."""
    time = LedgerTime(first, None, 0)
    latest_ns = _now_ns(time)
    return first.reboot("b00t0002", off_s), time.reckoning, latest_ns


def test_nothing_has_passed_over_a_reboot_that_nobody_dates() -> None:
    first = SimulatedClock(truth_ns=NOW_NS)
    first.sleep(100)
    clock, known, latest_ns = _rebooted(first, 3600)
    time = LedgerTime(clock, known, latest_ns)
    assert _now_ns(time) == latest_ns + clock.now_ns()
    clock.synchronise()
    assert _now_ns(time) == latest_ns + clock.now_ns()


def test_what_has_passed_is_known_once_somebody_vouches_on_both_sides() -> None:
    first = SimulatedClock(truth_ns=NOW_NS)
    first.synchronise()
    first.sleep(100)
    clock, known, latest_ns = _rebooted(first, 3600)
    time = LedgerTime(clock, known, latest_ns)
    clock.sleep(60)
    assert _now_ns(time) == latest_ns + clock.now_ns()
    clock.synchronise()
    passed_ns = clock.truth_ns - first.truth_ns
    assert passed_ns - SLACK_NS - 10 <= _now_ns(time) - latest_ns <= passed_ns
    assert _now_ns(LedgerTime(clock, time.reckoning, latest_ns)) == _now_ns(time)


def test_a_boot_that_knew_nothing_lies_between_two_that_did() -> None:
    first = SimulatedClock(truth_ns=NOW_NS)
    first.synchronise()
    second, known, latest_ns = _rebooted(first, 1000)
    between = LedgerTime(second, known, latest_ns)
    latest_ns = _now_ns(between)
    third = second.reboot("b00t0003", 1000)
    time = LedgerTime(third, between.reckoning, latest_ns)
    third.synchronise()
    assert _now_ns(time) - latest_ns >= 1_990e9
    assert _now_ns(time) <= third.truth_ns - NOW_NS + first.now_ns()


def test_a_lie_before_the_reboot_makes_it_stand_still() -> None:
    first = SimulatedClock(truth_ns=NOW_NS)
    first.synchronise()
    time = LedgerTime(first, None, 0)
    _now_ns(time)
    first.believe(10 * 365 * 24 * HOUR_NS)
    latest_ns = _now_ns(time)
    clock = first.reboot("b00t0002", 3600)
    again = LedgerTime(clock, time.reckoning, latest_ns)
    clock.synchronise()
    assert _now_ns(again) == latest_ns + clock.now_ns()


def test_steps_within_a_boot_move_nothing() -> None:
    clock = SimulatedClock(utc_at_boot_ns=NOW_NS)
    time = LedgerTime(clock, None, 0)
    for step_ns in (-NOW_NS, 420_000_000 * 10**9, 3600 * 10**9):
        clock.believe(step_ns)
        assert _now_ns(time) == clock.now_ns()


def test_what_no_clock_can_say_is_not_heard() -> None:
    time = LedgerTime(SimulatedClock(), None, 0)
    time.hear(Anchor(10, 1_000_000_000))
    time.hear(Anchor(10, 5_000_000_000_000_000_000))
    assert time.reckoning.own_ns is None


def test_an_rtc_is_no_witness() -> None:
    clock = SimulatedClock(truth_ns=NOW_NS, rtc=True)
    clock.step_by_hand(NOW_NS)
    time = LedgerTime(clock, None, 0)
    _now_ns(time)
    assert time.reckoning.own_ns is None


def test_a_network_that_tells_the_time_is_heard(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock(truth_ns=NOW_NS))
    node.ledger.hear(Anchor(node.clock.now_ns(), node.clock.truth_ns))
    while node.ledger.wait_s(51, 0) < 3600:
        node.clock.sleep(node.ledger.wait_s(51, 0))
        node.send(51, 0)
    node.reboot(off_s=25 * 3600)
    assert node.ledger.wait_s(51, 0) > 3600
    node.ledger.hear(Anchor(node.clock.now_ns(), node.clock.truth_ns))
    assert node.ledger.wait_s(51, 0) == 0.0
