"""What faults cost the counters: each sensor in the crowd `busy-10`, with one fault at a time.

`make bench-faults`; BENCH_SEEDS=3 (of 5), BENCH_SENSORS=vl53l1x,ld2450 take less time. Seeds are
those for tuning: what is shown is not how well a sensor counts, but that a fault costs no more than
`broken` allows. Exit code 1 if one does.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from bench.counting_fault_buses import Fault
from bench.counting_fault_parts import PartName
from bench.counting_fault_run import Outcome, run
from drivers.simulation.crowd import seeds

_I2C: tuple[Fault, ...] = ("none", "nacks", "missing", "flipped", "loose", "unplugged")
FAULTS: dict[PartName, tuple[Fault, ...]] = {
    "beam-pair": ("none", "pulses", "unplugged"),
    "beam-pair-high": ("pulses", "unplugged"),
    "vl53l1x": _I2C,
    "amg8833": _I2C,
    "tf-luna-pair": _I2C,
    "ld2450": ("none", "missing", "noise", "flipped", "swapped", "loose", "unplugged"),
}


class Shares(NamedTuple):
    """Of all who went through, missed with no blind time near, and counted too often; per cent."""

    missed: float
    extra: float


STATED: dict[PartName, Shares] = {
    "beam-pair": Shares(2, 1),
    "beam-pair-high": Shares(2, 1),
    "vl53l1x": Shares(2, 1),
    "amg8833": Shares(2, 1),
    "tf-luna-pair": Shares(2, 1),
    "ld2450": Shares(10, 2),
}
UNTOLD: tuple[PartName, ...] = ("beam-pair",)
"""Without supply their beams look clear, and nobody can tell."""

UNNOTICED_S = 1.0
"""Of each time that a part is not seen: drivers bridge less."""
OPENING_S = 0.5
HEAD = ("sensor", "fault", "in", "out", "wrong", "blind people", "too many", "blind", "away")
MOST_SEEDS = 5


def main() -> None:
    chosen = list(seeds("tuning"))[: int(os.environ.get("BENCH_SEEDS", str(MOST_SEEDS)))]
    named = [name for name in os.environ.get("BENCH_SENSORS", "").split(",") if name]
    if set(named) - set(FAULTS):
        raise SystemExit(f"BENCH_SENSORS={','.join(named)}: there are {', '.join(FAULTS)}")
    cases = [
        (part, fault) for part in FAULTS if part in (named or FAULTS) for fault in FAULTS[part]
    ]
    jobs = [(part, fault, seed) for part, fault in cases for seed in chosen]
    with ProcessPoolExecutor() as processes:
        outcomes = list(processes.map(_run_job, jobs))
    print(f"Seeds {chosen[0]} to {chosen[-1]}, for tuning; per cent of those who went through,")
    print(f"blind and away per cent of the time.\n\n{_row(HEAD)}\n{_row(['---'] * len(HEAD))}")
    found = [_tell([o for o in outcomes if (o.part, o.fault) == case]) for case in cases]
    sys.exit(int(any(found)))


def broken(outcomes: Sequence[Outcome]) -> list[str]:
    """What of the stated error does not hold for these, of one sensor and fault.

    Missed are at most those who were in sight while it was blind, and a share; too many a share.
    Blind is told for at least as long as the part was away or closed, less a second each time, and
    for at most half as long again as it was away, a start each, what was waited and opened, 1 s.
    """
    part = outcomes[0].part
    people, stated = sum(sum(o.truth) for o in outcomes), STATED[part]
    missed = sum(max(0, o.missed - o.blind_people) for o in outcomes)
    extra = sum(o.extra for o in outcomes)
    told = []
    if missed > stated.missed / 100 * people:
        told.append(f"missed {missed} of {people} and was not blind")
    if extra > stated.extra / 100 * people:
        told.append(f"counted {extra} too many of {people}")
    for o in outcomes:
        told += [] if part in UNTOLD else _blind_too_short(o)
        told += _blind_too_long(o)
    return told


def _blind_too_short(of: Outcome) -> list[str]:
    least_s = of.away_s + of.waited_s - UNNOTICED_S * (of.away + of.failures)
    return [] if of.blind_s >= least_s else [f"blind {of.blind_s:.1f} s instead of {least_s:.1f}"]


def _blind_too_long(of: Outcome) -> list[str]:
    most_s = 1.5 * of.away_s + of.away * of.starts_s + of.waited_s + OPENING_S * of.failures
    most_s += UNNOTICED_S
    return [] if of.blind_s <= most_s else [f"blind {of.blind_s:.1f} s, at most {most_s:.1f}"]


def _run_job(job: tuple[PartName, Fault, int]) -> Outcome:
    return run(*job)


def _tell(outcomes: Sequence[Outcome]) -> bool:
    true_in, true_out = (sum(side) for side in zip(*(o.truth for o in outcomes), strict=True))
    count_in, count_out = (sum(side) for side in zip(*(o.counted for o in outcomes), strict=True))
    people, lasted_s = true_in + true_out, sum(o.lasted_s for o in outcomes)
    cells = [
        f"{100 * (count_in / true_in - 1):+.1f}",
        f"{100 * (count_out / true_out - 1):+.1f}",
        f"{100 * sum(o.missed + o.extra for o in outcomes) / people:.1f}",
        f"{100 * sum(o.blind_people for o in outcomes) / people:.1f}",
        f"{100 * sum(o.extra for o in outcomes) / people:.1f}",
        f"{100 * sum(o.blind_s for o in outcomes) / lasted_s:.1f}",
        f"{100 * sum(o.away_s for o in outcomes) / lasted_s:.1f}",
    ]
    print(_row([outcomes[0].part, outcomes[0].fault, *cells]))
    told = broken(outcomes)
    for line in told:
        print(f"    NOT AS STATED: {line}")
    return bool(told)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
