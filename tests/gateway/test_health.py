"""Findings about the computer: when they come, how long they stay, what is logged."""

import logging
from pathlib import Path

import pytest

from gateway.encoding.messages import Undervoltage
from gateway.health import KEPT_S, Watch
from tests.gateway.made_computer import MadeComputer
from tests.gateway.simulated_clock import SimulatedClock


class Rig:
    """A made computer that is looked at once a second."""

    def __init__(self, root: Path) -> None:
        self.computer = MadeComputer(root)
        self.clock = SimulatedClock()
        self.watch = Watch(self.computer, self.clock)
        self.watch.look()

    def look(self, seconds: int = 1) -> list[tuple[str, str]]:
        self.clock.run(seconds, self.watch.look)
        return [(finding.about, finding.problem) for finding in self.watch.findings()]


WEAK = ("power supply", "is too weak")
HOT = ("computer", "is too hot")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_computer_that_is_well(rig: Rig) -> None:
    assert rig.look() == []
    assert rig.watch.temperature == 48.3
    assert rig.watch.undervoltage == Undervoltage(now=False, since_start=False)


def test_a_dip_of_the_supply_stays_for_ten_minutes_and_is_remembered(rig: Rig) -> None:
    rig.computer.supply(weak=True)
    assert rig.look() == [WEAK]
    assert rig.watch.undervoltage == Undervoltage(now=True, since_start=True)
    rig.computer.supply(weak=False)
    assert rig.look(int(KEPT_S) - 1) == [WEAK]
    [finding] = rig.watch.findings()
    assert finding.since_up_ns == rig.clock.now_ns() - (KEPT_S - 1) * 1e9
    assert "power supply" in finding.cure
    assert rig.look() == []
    assert rig.watch.undervoltage == Undervoltage(now=False, since_start=True)


def test_dips_that_come_again_are_logged_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(5):
        rig.computer.supply(weak=True)
        rig.look()
        rig.computer.supply(weak=False)
        rig.look(60)
    rig.look(int(KEPT_S))
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


@pytest.mark.parametrize(("celsius", "found"), [(79.9, []), (80.0, [HOT]), (95.0, [HOT])])
def test_from_80_degrees_on_it_is_too_hot(
    rig: Rig, celsius: float, found: list[tuple[str, str]]
) -> None:
    rig.computer.heat(celsius)
    assert rig.look() == found


def test_heat_at_the_edge_does_not_come_and_go(rig: Rig) -> None:
    seen = []
    for celsius in (80.0, 79.0, 75.0, 74.9, 79.0):
        rig.computer.heat(celsius)
        seen.append(rig.look())
    assert seen == [[HOT], [HOT], [HOT], [], []]


def test_a_computer_that_does_not_tell_is_not_ill(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.computer.empty()
    assert rig.look() == []
    assert (rig.watch.temperature, rig.watch.undervoltage) == (None, None)
