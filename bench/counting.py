"""How well the counters count: each sensor in each crowd of docs/counting.md, as a table.

BENCH_SEEDS=3 (of 20), BENCH_SENSORS=vl53l1x,ld2450 and BENCH_SCENES=pairs take less time;
BENCH_CASES=1 tells in which company most people were missed or counted too often, and
BENCH_PURPOSE=tuning takes the seeds that parameters may be tuned on.
"""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple, TypeVar, get_args

from bench.counting_doors import DOORS, SensorName
from bench.counting_run import Outcome, Tally, run
from bench.counting_score import Figures, figures, verdicts
from drivers.simulation.crowd import SCENARIOS, Purpose, seeds
from drivers.simulation.scenarios import ScenarioName

BASELINES = {"vl53l1x": "two-zone path", "amg8833": "warm blobs"}
REMARKS = {
    ("beam-pair", "pairs"): "physics: side by side is one",
    ("vl53l1x", "pairs"): "physics: side by side is one",
    ("ld2450", "pairs"): "physics: side by side is one",
    ("beam-pair", "mixed-day"): "trolleys and door leaves break beams",
    ("ld2450", "busy-30"): "people in each other's shadow, three slots",
    ("ld2450", "tailgating"): "half a step apart, two are one target at times",
    ("ld2450", "turn-backs"): "counts 1 m behind the line, or when out of sight",
    ("ld2450", "mixed-day"): "a trolley is a target; side by side is one",
}
ANY_REMARKS = {"turn-backs": "who turns back beyond its sight went in and out"}
HEAD = ("scene", "counter", "in", "out", "net off", "wrong", "blind", "goals", "remark")
MOST_CASES = 6

Name = TypeVar("Name", bound=str)


class Job(NamedTuple):
    """One run: what a process is given to do."""

    sensor: SensorName
    scene: ScenarioName
    seed: int


def main() -> None:
    sensors, scenes = _chosen("BENCH_SENSORS", DOORS), _chosen("BENCH_SCENES", SCENARIOS)
    [purpose] = _chosen("BENCH_PURPOSE", get_args(Purpose), default=("reporting",))
    chosen = list(seeds(purpose))[: int(os.environ.get("BENCH_SEEDS", "20"))]
    # Days take longest: whoever begins with them is not left alone with one at the end.
    jobs = [Job(a, b, seed) for b in reversed(scenes) for seed in chosen for a in sensors]
    with ProcessPoolExecutor() as processes:
        outcomes = list(processes.map(run_job, jobs))
    print(f"Seeds {chosen[0]} to {chosen[-1]}, for {purpose}; per cent of those who went through:")
    print("mean over the seeds [95 % bootstrap interval].")
    for sensor in sensors:
        print(f"\n`{sensor}`\n\n{_row(HEAD)}\n{_row(['---'] * len(HEAD))}")
        for scene in scenes:
            _tell([o for o in outcomes if (o.sensor, o.scene) == (sensor, scene)])


def run_job(job: Job) -> Outcome:
    return run(*job)


def _chosen(
    variable: str, known: Iterable[Name], default: Sequence[Name] | None = None
) -> list[Name]:
    known = list(known)
    names = [name for name in os.environ.get(variable, "").split(",") if name]
    if set(names) - set(known):
        raise SystemExit(f"{variable}={','.join(names)}: there are {', '.join(known)}")
    return [name for name in known if name in names] or list(default or known)


def _tell(outcomes: Sequence[Outcome]) -> None:
    sensor, scene = outcomes[0].sensor, outcomes[0].scene
    other = figures(outcomes, _baseline) if outcomes[0].baseline else None
    own = figures(outcomes, _driver)
    blind = 100 * sum(o.blind_s for o in outcomes) / sum(o.lasted_s for o in outcomes)
    remark = REMARKS.get((sensor, scene), ANY_REMARKS.get(scene, ""))
    goals = "; ".join(verdicts(sensor, scene, own, other, remark.startswith("physics")))
    print(_row([scene, "driver", *_shown(own), f"{blind:.1f}", goals, remark]))
    if other is not None:
        print(_row(["", BASELINES[sensor], *_shown(other), "", "", ""]))
    if os.environ.get("BENCH_CASES"):
        _tell_cases(outcomes)


def _tell_cases(outcomes: Sequence[Outcome]) -> None:
    wrong, people = Counter[str](), Counter[str]()
    for outcome in outcomes:
        wrong.update(outcome.driver.wrong_by)
        people.update(outcome.people_by)
    for case, count in wrong.most_common(MOST_CASES):
        if count:
            print(f"    {count:>5} wrong of {people[case]:>5} people: {case}")


def _shown(of: Figures) -> list[str]:
    return [f"{of.count_in:+.1f}", f"{of.count_out:+.1f}", f"{of.net:.1f}", f"{of.wrong:.1f}"]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _driver(outcome: Outcome) -> Tally:
    return outcome.driver


def _baseline(outcome: Outcome) -> Tally:
    assert outcome.baseline is not None
    return outcome.baseline


if __name__ == "__main__":
    main()
