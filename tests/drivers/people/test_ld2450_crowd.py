"""The LD2450's driver over its model, in crowds of the tuning seeds: what its rules are worth.

The bounds lie just above what it does on these seeds, below what it does without one of the rules.
"""

import pytest

from bench.counting_run import run
from drivers.simulation.crowd import seeds
from drivers.simulation.scenarios import ScenarioName

SEEDS = list(seeds("tuning"))[:6]
PEOPLE = 60


@pytest.mark.parametrize(
    ("scene", "most"),
    [("single-file", 3), ("tailgating", 56)],
)
def test_of_360_people_few_are_wrong(scene: ScenarioName, most: int) -> None:
    """In single file a gate that does not grow costs 9; in tow, 65 without merging, 88 without
    splitting."""
    outcomes = [run("ld2450", scene, seed, PEOPLE) for seed in SEEDS]
    assert sum(outcome.driver.wrong for outcome in outcomes) <= most


def test_who_turns_back_up_to_0_6_m_behind_the_line_hardly_counts() -> None:
    """Of 40 % who do, of six crowds; counting 0.5 m behind the line they are a fifth too many."""
    found = [run("ld2450", "turn-backs", seed, PEOPLE) for seed in SEEDS]
    counted = sum(sum(outcome.driver.counted) for outcome in found)
    truth = sum(sum(outcome.truth) for outcome in found)
    assert abs(counted - truth) <= 0.06 * truth
