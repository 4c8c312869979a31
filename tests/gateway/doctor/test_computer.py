"""The doctor looks at the computer too."""

from pathlib import Path

from gateway.doctor import Verdict
from gateway.doctor.computer import checks
from tests.gateway.doctor.patient import by_name, cure, node
from tests.gateway.made_computer import MadeComputer


def test_a_computer_that_is_well_says_how_warm_it_is(tmp_path: Path) -> None:
    computer = MadeComputer(tmp_path / "root")
    check = by_name(checks(node(tmp_path), computer))["computer"]
    assert check.verdict is Verdict.WELL
    assert check.evidence == (
        "Raspberry Pi 3 Model B Plus Rev 1.3 tells: 48.3 degC, its supply is strong enough"
    )


def test_a_weak_supply(tmp_path: Path) -> None:
    computer = MadeComputer(tmp_path / "root")
    computer.supply(weak=True)
    assert "5.1 V" in cure(by_name(checks(node(tmp_path), computer))["computer"])


def test_a_hot_one(tmp_path: Path) -> None:
    computer = MadeComputer(tmp_path / "root")
    computer.heat(81)
    assert "fan" in cure(by_name(checks(node(tmp_path), computer))["computer"])


def test_one_that_tells_nothing_is_not_ill(tmp_path: Path) -> None:
    computer = MadeComputer(tmp_path / "root")
    computer.empty()
    check = by_name(checks(node(tmp_path), computer))["computer"]
    assert (check.verdict, check.evidence) == (
        Verdict.WELL,
        "a computer tells: no temperature, no voltage",
    )
