"""The short form of `make bench-faults`: two crowds of the tuning seeds, one fault at a time."""

import pytest

from bench import counting_faults
from bench.counting_doors import Counts
from bench.counting_fault_buses import Chance, Fault
from bench.counting_fault_parts import PartName
from bench.counting_fault_run import Outcome, run
from bench.counting_faults import FAULTS, UNTOLD, broken
from drivers.simulation.crowd import seeds

SEEDS = list(seeds("tuning"))[:2]
PEOPLE = 40
CASES = [(part, fault) for part in FAULTS for fault in FAULTS[part] if fault != "none"]
HARMLESS: tuple[Fault, ...] = ("missing", "noise", "swapped", "pulses")
"""These cost next to nothing; all others are told as blind time."""


@pytest.mark.parametrize(("part", "fault"), CASES)
def test_a_fault_costs_no_more_than_is_stated(part: PartName, fault: Fault) -> None:
    outcomes = [run(part, fault, seed, PEOPLE) for seed in SEEDS]
    assert [sum(one.truth) for one in outcomes] == [PEOPLE] * len(SEEDS)
    assert broken(outcomes) == []
    if fault in HARMLESS:
        most_s = 1.0 if fault == "missing" else 0.0  # frames are missing one after the other, too
        assert all(one.failures == 0 and one.blind_s <= most_s for one in outcomes)
    if fault == "nacks":
        assert all(one.failures > 0 and one.missed + one.extra <= 1 for one in outcomes)
    if fault == "unplugged" and part not in UNTOLD:
        assert all(one.blind_s > 0 for one in outcomes)


def test_the_same_seed_has_the_same_faults() -> None:
    assert run("ld2450", "unplugged", 1000, 10) == run("ld2450", "unplugged", 1000, 10)


def test_a_flipped_bit_is_one_bit_and_none_before_the_crowd() -> None:
    chance = Chance("flipped", 1)
    assert {chance.flip(bytes(17)) for _ in range(500)} == {bytes(17)}
    chance.active = True
    flipped = [int.from_bytes(chance.flip(bytes(17))).bit_count() for _ in range(2000)]
    assert set(flipped) == {0, 1}
    assert 10 <= sum(flipped) <= 80


GOOD = Outcome(
    part="vl53l1x",
    fault="unplugged",
    seed=1,
    truth=Counts(50, 50),
    counted=Counts(40, 45),
    missed=15,
    extra=0,
    blind_people=15,
    blind_s=30.0,
    away=2,
    away_s=20.0,
    waited_s=8.0,
    failures=4,
    lasted_s=400.0,
    starts_s=0.5,
)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, ""),
        ({"missed": 18}, "missed 3 of 100"),
        ({"extra": 2}, "counted 2 too many"),
        ({"blind_s": 21.0}, "blind 21.0 s instead of 22.0"),
        ({"blind_s": 43.0}, "at most 42.0"),
    ],
)
def test_what_is_not_as_stated_is_told(change: dict[str, float], told: str) -> None:
    found = broken([GOOD._replace(**change)])  # type: ignore[arg-type]
    assert len(found) == bool(told)
    assert told in "".join(found)


def test_the_table_of_chosen_sensors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BENCH_SEEDS", "1")
    monkeypatch.setenv("BENCH_SENSORS", "beam-pair-high")
    with pytest.raises(SystemExit) as ended:
        counting_faults.main()
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "Seeds 1000 to 1000, for tuning" in told
    assert "| beam-pair-high | unplugged | -" in told
    monkeypatch.setenv("BENCH_SENSORS", "beam-pear")
    with pytest.raises(SystemExit, match="beam-pear: there are beam-pair"):
        counting_faults.main()
