"""From outcomes to figures: errors in per cent, their spread over the seeds, and the goals.

Each seed is one crowd, so seeds are what differs by chance: the intervals are those of the
percentile bootstrap over seeds (2000 draws, 95 %). They say nothing of how true the models are.
"""

import random
from collections.abc import Callable, Sequence
from statistics import mean
from typing import Literal, NamedTuple

from bench.counting_doors import SensorName
from bench.counting_run import Outcome, Tally
from drivers.simulation.scenarios import ScenarioName

DRAWS, CONFIDENCE = 2000, 0.95

DRIFT_LIMIT = 1.0
MIXED_LIMIT: dict[SensorName, float] = {
    "beam-pair": 5.0,
    "vl53l1x": 3.0,
    "amg8833": 5.0,
    "ld2450": 3.0,
}
SINGLE_FILE_LIMIT = 1.0

Verdict = Literal["kept", "open", "MISSED"]
"""Open: the mean keeps it, but its interval reaches beyond."""


class Estimate(NamedTuple):
    """A mean over the seeds and its interval."""

    mean: float
    low: float
    high: float

    def __format__(self, spec: str) -> str:
        """`spec` is that of a number; what rounds to nothing has no sign."""
        shown = [format(round(value, 1) + 0.0, spec) for value in self]
        return "{} [{}, {}]".format(*(text.replace("+0.0", "0.0") for text in shown))

    def within(self, limit: float) -> Verdict:
        if abs(self.mean) > limit:
            return "MISSED"
        return "kept" if max(abs(self.low), abs(self.high)) <= limit else "open"


class Figures(NamedTuple):
    """Of one counter in one scene, per cent of the people who went through.

    `net`: how far in less out is off, either way. `wrong`: missed or too many, none made up for by
    another.
    """

    count_in: Estimate
    count_out: Estimate
    net: Estimate
    wrong: Estimate


def figures(outcomes: Sequence[Outcome], by: Callable[[Outcome], Tally]) -> Figures:
    """Of the outcomes of one sensor and scene, of the driver or of the baseline."""
    errors = [_errors(outcome, by(outcome)) for outcome in outcomes]
    estimates = [estimate(values) for values in zip(*errors, strict=True)]
    return Figures(*estimates)


def verdicts(
    sensor: SensorName,
    scene: ScenarioName,
    own: Figures,
    other: Figures | None,
    physics: bool = False,
) -> list[str]:
    """On the goals that apply there; `other` is the baseline, `physics`: neither can do better."""
    told = []
    limit = _limit(sensor, scene)
    if limit is not None:
        for name, of in (("in", own.count_in), ("out", own.count_out)):
            told.append(f"{name} within {limit:g} %: {of.within(limit)}")
    if scene == "mixed-day":
        told.append(f"drift within {DRIFT_LIMIT:g} %: {own.net.within(DRIFT_LIMIT)}")
    if other is not None:
        told.append(f"ahead of the baseline: {_ahead(own.wrong, other.wrong, physics)}")
    return told


def _ahead(own: Estimate, other: Estimate, physics: bool) -> str:
    if own.mean < other.mean or own.mean == 0:
        return "kept"
    same = other.low <= own.mean <= other.high and own.low <= other.mean <= own.high
    return "equal: physics" if physics and same else "MISSED"


def estimate(values: Sequence[float]) -> Estimate:
    """Deterministic, though drawn."""
    chance = random.Random(1)
    means = sorted(mean(chance.choices(values, k=len(values))) for _ in range(DRAWS))
    cut = round(DRAWS * (1 - CONFIDENCE) / 2)
    return Estimate(mean(values), means[cut], means[-1 - cut])


def _errors(outcome: Outcome, tally: Tally) -> tuple[float, float, float, float]:
    true_in, true_out = outcome.truth
    more_in, more_out = tally.counted.count_in - true_in, tally.counted.count_out - true_out
    people = true_in + true_out
    net, wrong = abs(more_in - more_out) / people, tally.wrong / people
    return 100 * more_in / true_in, 100 * more_out / true_out, 100 * net, 100 * wrong


def _limit(sensor: SensorName, scene: ScenarioName) -> float | None:
    if scene == "single-file":
        return SINGLE_FILE_LIMIT
    return MIXED_LIMIT[sensor] if scene == "mixed-day" else None
