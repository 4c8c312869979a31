"""The short form of `make bench-counting`: each sensor counts two crowds of the tuning seeds.

The bounds lie far beyond what the drivers do on these seeds, so they fall only by a fault.
"""

from itertools import pairwise

import pytest

from bench import counting
from bench.counting_doors import DOORS, Counts, SensorName
from bench.counting_run import Outcome, Tally, run
from bench.counting_scenes import BEGINS_S, REST_S, closed_up, near, scene
from bench.counting_score import Estimate, Figures, estimate, figures, verdicts
from drivers.simulation.crowd import SCENARIOS, crowd, seeds
from drivers.simulation.scenarios import ScenarioName
from drivers.simulation.scene import Scene

SENSORS = list(DOORS)
SEEDS = list(seeds("tuning"))[:3]
PEOPLE = 40


def outcomes(sensor: SensorName, name: ScenarioName) -> list[Outcome]:
    return [run(sensor, name, seed, PEOPLE) for seed in SEEDS]


@pytest.mark.parametrize("sensor", SENSORS)
def test_in_single_file_nearly_all_are_counted(sensor: SensorName) -> None:
    found = outcomes(sensor, "single-file")
    assert [sum(one.truth) for one in found] == [PEOPLE] * len(SEEDS)
    assert sum(one.driver.wrong for one in found) <= 0.03 * PEOPLE * len(SEEDS)
    assert all(one.blind_s == 0 for one in found)


@pytest.mark.parametrize("sensor", SENSORS)
def test_who_turns_back_leaves_no_drift(sensor: SensorName) -> None:
    """Beyond a sensor's sight they are gone in and out, so only the difference must be right.

    A radar also loses some who wait behind them.
    """
    off = 4 if sensor == "ld2450" else 2
    for one in outcomes(sensor, "turn-backs"):
        (true_in, true_out), (count_in, count_out) = one.truth, one.driver.counted
        assert abs((count_in - true_in) - (count_out - true_out)) <= off
        assert true_in - off <= count_in
        assert true_out - off <= count_out


def test_the_same_seed_counts_the_same() -> None:
    assert run("amg8833", "tailgating", 1000, 10) == run("amg8833", "tailgating", 1000, 10)


@pytest.mark.parametrize("sensor", ["vl53l1x", "amg8833"])
def test_the_baselines_count_single_file_and_fall_behind_in_tailgating(sensor: SensorName) -> None:
    single, tailgating = run(sensor, "single-file", 1000, 20), run(sensor, "tailgating", 1000, 20)
    assert single.baseline is not None
    assert tailgating.baseline is not None
    assert single.baseline.counted == single.truth
    assert tailgating.baseline.wrong > tailgating.driver.wrong <= 1


@pytest.mark.parametrize("name", ["busy-30", "mixed-day"])
def test_closed_up_walks_keep_order_length_and_distance_and_rest_at_most_so_long(
    name: ScenarioName,
) -> None:
    before = list(near(crowd(SCENARIOS[name], 1000, 60), 2.0))
    after = list(closed_up(before))
    assert after[0].starts_s == pytest.approx(BEGINS_S)
    busy_until_s, together = 0.0, 0
    for (first, second), (a, b) in zip(pairwise(before), pairwise(after), strict=True):
        busy_until_s = max(busy_until_s, a.ends_s)
        apart_s = second.starts_s - first.starts_s
        assert -1e-6 <= b.starts_s - a.starts_s <= apart_s + 1e-6
        assert b.starts_s <= busy_until_s + REST_S + 1e-6
        assert b.ends_s - b.starts_s == pytest.approx(second.ends_s - second.starts_s)
        together += b.starts_s < busy_until_s
    assert together > 0


def test_within_reach_a_body_is_where_it_would_be_anyway() -> None:
    """Nobody farther than the reach is shown, and nobody nearer is left out."""
    full, cut = (Scene(near(crowd(SCENARIOS["busy-30"], 3, 30), reach)) for reach in (9.0, 2.0))
    seen = 0
    while not full.empty:
        bodies = [b for b in full.step(0.1).bodies if abs(b.along) < 1.99]
        shown = [b for b in cut.step(0.1).bodies if abs(b.along) < 1.99]
        assert sorted(b.along for b in shown) == pytest.approx(sorted(b.along for b in bodies))
        seen += len(shown)
    assert seen > 100


def test_a_day_is_a_day() -> None:
    people = sum(walk.direction is not None for walk in scene("mixed-day", 1000, 2.0))
    assert people == pytest.approx(1440, rel=0.1)


def test_one_missed_and_one_too_many_do_not_make_up_for_each_other() -> None:
    tally = Tally()
    tally.book(Counts(0, 0), Counts(1, 0), "one adult")
    tally.book(Counts(1, 1), Counts(0, 1), "back")
    assert (tally.counted, tally.wrong) == (Counts(1, 1), 2)
    assert tally.wrong_by == {"one adult": 1, "back": 1}


def outcome(count_in: int, count_out: int, name: ScenarioName = "mixed-day") -> Outcome:
    tally = Tally()
    tally.book(Counts(count_in, count_out), Counts(100, 50), "one adult")
    return Outcome("vl53l1x", name, 1, Counts(100, 50), tally.wrong_by, tally, tally, 0.0, 1.0)


def test_figures_and_verdicts_of_two_seeds() -> None:
    of = figures([outcome(102, 50), outcome(104, 47)], lambda one: one.driver)
    assert of.count_in == Estimate(3.0, 2.0, 4.0)
    assert of.count_out.mean == pytest.approx(-3.0)
    assert of.net.mean == pytest.approx(100 * (2 + 7) / 2 / 150)
    assert of.wrong.mean == pytest.approx(100 * (2 + 7) / 2 / 150)
    assert verdicts("vl53l1x", "mixed-day", of, of) == [
        "in within 3 %: open",
        "out within 3 %: open",
        "drift within 1 %: MISSED",
        "ahead of the baseline: MISSED",
    ]
    assert verdicts("vl53l1x", "pairs", of, None) == []
    assert verdicts("vl53l1x", "single-file", of, None)[0] == "in within 1 %: MISSED"


def test_equal_to_the_baseline_is_told_only_where_physics_says_so() -> None:
    half = Figures(*[Estimate(50.0, 49.0, 51.0)] * 4)
    worse = half._replace(wrong=Estimate(52.0, 51.0, 53.0))
    assert verdicts("vl53l1x", "pairs", half, half) == ["ahead of the baseline: MISSED"]
    assert verdicts("vl53l1x", "pairs", half, half, physics=True) == [
        "ahead of the baseline: equal: physics"
    ]
    assert verdicts("vl53l1x", "pairs", worse, half, physics=True) == [
        "ahead of the baseline: MISSED"
    ]


def test_an_interval_narrows_with_the_seeds_and_holds_the_mean() -> None:
    few, many = estimate([0.0, 2.0, 1.0]), estimate([0.0, 2.0, 1.0] * 20)
    assert few.low <= many.low < 1.0 < many.high <= few.high
    assert f"{Estimate(-0.01, -1.0, 2.0):+.1f}" == "0.0 [-1.0, +2.0]"


def test_the_table_of_chosen_scenes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BENCH_SEEDS", "1")
    monkeypatch.setenv("BENCH_PURPOSE", "tuning")
    monkeypatch.setenv("BENCH_SENSORS", "ld2450")
    monkeypatch.setenv("BENCH_SCENES", "tailgating")
    counting.main()
    told = capsys.readouterr().out
    assert "Seeds 1000 to 1000, for tuning" in told
    assert "| tailgating | driver | " in told
    monkeypatch.setenv("BENCH_SCENES", "tailgaiting")
    with pytest.raises(SystemExit, match="tailgaiting: there are single-file, busy-10"):
        counting.main()
