"""Since when nobody vouches, and the floor that follows whoever does."""

from pathlib import Path

import pytest

from gateway.clock import Anchor, Floor
from gateway.clock.findings import PATIENCE_S
from gateway.model import Quality
from gateway.timekeeper import EVERY_S, Timekeeper
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000
UTC_NS = 1_790_000_000 * SECOND


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def keeper(clock: SimulatedClock, tmp_path: Path) -> Timekeeper:
    return Timekeeper(clock, Floor(tmp_path / "clock"))


def run(keeper: Timekeeper, clock: SimulatedClock, seconds: float) -> list[str]:
    """Let it keep the time for so long; what is wrong then."""
    end_ns = clock.now_ns() + round(seconds * SECOND)
    while clock.now_ns() < end_ns:
        clock.sleep(keeper.keep_once())
    return [f"{finding.about} {finding.problem}" for finding in keeper.findings()]


def test_a_start_without_a_network_is_well_for_a_while(
    keeper: Timekeeper, clock: SimulatedClock
) -> None:
    assert run(keeper, clock, PATIENCE_S - EVERY_S) == []
    assert run(keeper, clock, EVERY_S) == ["clock is not synchronised"]
    clock.utc_at_boot_ns = UTC_NS
    assert run(keeper, clock, EVERY_S) == []


def test_nobody_vouches_any_more(keeper: Timekeeper, clock: SimulatedClock) -> None:
    clock.utc_at_boot_ns = UTC_NS
    run(keeper, clock, 3 * PATIENCE_S)
    clock.step_by_hand(-UTC_NS)
    since_ns = clock.now_ns()
    behind = "clock is behind what this node has known"  # it is 1970
    assert run(keeper, clock, PATIENCE_S - EVERY_S) == [behind]
    assert run(keeper, clock, EVERY_S) == ["clock is not synchronised", behind]
    assert keeper.findings()[0].since_up_ns == since_ns


def test_the_floor_follows_trusted_time(
    keeper: Timekeeper, clock: SimulatedClock, tmp_path: Path
) -> None:
    run(keeper, clock, 7200)
    assert not (tmp_path / "clock").exists()
    clock.utc_at_boot_ns = UTC_NS
    run(keeper, clock, 7200)
    floor_ns = Floor(tmp_path / "clock").utc_ns
    assert floor_ns is not None
    assert 0 <= UTC_NS + clock.now_ns() - floor_ns <= 3600 * SECOND + EVERY_S * SECOND


def test_a_false_time_that_comes_and_goes_does_not_lower_the_floor(
    keeper: Timekeeper, clock: SimulatedClock, tmp_path: Path
) -> None:
    clock.utc_at_boot_ns = UTC_NS
    run(keeper, clock, EVERY_S)
    floor_ns = Floor(tmp_path / "clock").utc_ns
    for _ in range(4):
        clock.utc_at_boot_ns = UTC_NS // 2
        run(keeper, clock, 1800)
        clock.utc_at_boot_ns = None
        run(keeper, clock, 1800)
    assert Floor(tmp_path / "clock").utc_ns == floor_ns
    clock.utc_at_boot_ns = UTC_NS // 2
    run(keeper, clock, 3600 + EVERY_S)
    assert Floor(tmp_path / "clock").utc_ns != floor_ns


def test_an_estimate_neither_vouches_nor_moves_the_floor(tmp_path: Path) -> None:
    class WithRtc(SimulatedClock):
        def anchor(self) -> Anchor | None:
            return Anchor(1, UTC_NS, Quality.ESTIMATED)

    clock = WithRtc()
    keeper = Timekeeper(clock, Floor(tmp_path / "clock"))
    assert run(keeper, clock, PATIENCE_S) == ["clock is not synchronised"]
    assert not (tmp_path / "clock").exists()


def test_those_who_take_their_time_are_told_the_floor(tmp_path: Path) -> None:
    told = []

    class Asked(SimulatedClock):
        def ask(self, not_before_ns: int | None) -> None:
            told.append(not_before_ns)

    clock = Asked(utc_at_boot_ns=UTC_NS)
    keeper = Timekeeper(clock, Floor(tmp_path / "clock"))
    run(keeper, clock, 2 * EVERY_S)
    assert told == [None, keeper.floor.utc_ns]


def test_a_floor_that_cannot_be_written_is_a_finding(
    keeper: Timekeeper, clock: SimulatedClock, tmp_path: Path
) -> None:
    clock.utc_at_boot_ns = UTC_NS
    block = tmp_path / "clock.new"
    block.mkdir()
    assert run(keeper, clock, EVERY_S) == ["clock floor cannot be written"]
    block.rmdir()
    assert run(keeper, clock, EVERY_S) == []
