"""What is wrong with a node's time, with the evidence and the cure."""

from pathlib import Path

import pytest

from gateway.clock import ClockState, Floor, SourceState, clock_findings
from gateway.clock.findings import PATIENCE_S, SLACK_NS
from gateway.clock.floor import formatted
from gateway.clock.sources import Clocks

SECOND = 1_000_000_000
NOON = 1_790_000_000 * SECOND
SILENT = (
    SourceState("kernel", False, "nobody disciplines the clock"),
    SourceState("timesyncd", False, "does not run"),
)
VOUCHING = (SourceState("kernel", True, "the clock is disciplined"),)
FLAT = SourceState("rtc0", False, "says 2000-01-01T00:00:00Z", faulty=True)


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    (tmp_path / "clock").write_bytes(formatted(1_790_000_000))
    return Floor(tmp_path / "clock")


def test_nobody_vouches_for_too_long(floor: Floor) -> None:
    late = Clocks((PATIENCE_S + 5) * SECOND, NOON)
    [finding] = clock_findings(ClockState(late, SILENT, 5 * SECOND, floor))
    assert (finding.about, finding.problem) == ("clock", "is not synchronised")
    assert finding.since_up_ns == 5 * SECOND
    assert finding.evidence == (
        "for 10 min, nobody vouches for it; kernel: nobody disciplines the clock; "
        "timesyncd: does not run"
    )
    assert all(word in finding.cure for word in ("UDP port 123", "timedatectl", "not yet valid"))


def test_at_first_that_is_well(floor: Floor) -> None:
    early = Clocks((PATIENCE_S + 5) * SECOND - 1, NOON)
    assert clock_findings(ClockState(early, SILENT, 5 * SECOND, floor)) == []


def test_somebody_who_has_just_come_is_enough(floor: Floor) -> None:
    late = Clocks(10**15, NOON)
    assert clock_findings(ClockState(late, VOUCHING, 5 * SECOND, floor)) == []


def test_a_clock_behind_the_floor_can_be_raised(floor: Floor) -> None:
    [finding] = clock_findings(ClockState(Clocks(9, NOON - SLACK_NS - 1), SILENT, 5, floor))
    assert (finding.about, finding.problem) == ("clock", "is behind what this node has known")
    assert finding.evidence.endswith("but it was 2026-09-21T14:13:20Z before")
    assert "sudo gateway clock raise" in finding.cure
    assert clock_findings(ClockState(Clocks(9, NOON - SLACK_NS), SILENT, 5, floor)) == []


def test_if_somebody_vouches_for_it_a_server_was_or_is_false(floor: Floor) -> None:
    [finding] = clock_findings(ClockState(Clocks(9, NOON - SLACK_NS - 1), VOUCHING, None, floor))
    assert finding.problem == "contradicts what this node has known"
    assert str(floor.path) in finding.evidence
    assert "an hour of it cures this" in finding.cure


def test_a_damaged_floor(tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("?")
    floor = Floor(tmp_path / "clock")
    [finding] = clock_findings(ClockState(Clocks(9, NOON), VOUCHING, None, floor))
    assert (finding.about, finding.problem) == ("clock floor", "cannot be read")
    assert finding.evidence == f"{tmp_path}/clock: it is damaged"


def test_a_flat_battery_only_while_it_is_needed(floor: Floor) -> None:
    [finding] = clock_findings(ClockState(Clocks(9, NOON), (*SILENT, FLAT), 5, floor))
    assert (finding.about, finding.problem) == ("rtc0", "tells no time")
    assert finding.evidence == FLAT.why
    assert "battery" in finding.cure
    assert clock_findings(ClockState(Clocks(9, NOON), (*VOUCHING, FLAT), None, floor)) == []
