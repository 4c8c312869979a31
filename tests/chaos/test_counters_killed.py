"""Totals of people counters over random kills: never backwards, never twice.

Three books are compared: what the drivers had counted when the process died, what the log and the
platform have of it, and who walked. The first two must agree but for what was between two lines of
the program at the kill. The third cannot: whom a sensor has seen only in part, before its process
was killed or after it was started, nobody can count. That bound is computed from the walks.

GATEWAY_CHAOS_SEED is the seed of the first door, 0 without it.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import takewhile
from pathlib import Path

import pytest

from drivers.simulation.crowd import SCENARIOS
from drivers.simulation.walks import Walk
from gateway.buffer.view import LogView
from gateway.model import Moment
from tests.chaos.counted import Stretch, arrived, faults, stored, summed
from tests.chaos.crowded import people
from tests.chaos.door import CROWDS, DIRECTED, SENSORS, Door, Lived
from tests.chaos.form import report, rounds
from tests.e2e.platform import PERSISTENT, Identity
from tests.mosquitto import Mosquitto, StartMosquitto

DOORS = 2
"""Beside each other: with windows of 1 s and of 2 s."""
LIVES = rounds(13, 115)
"""At each door; most end by SIGKILL: 200 and more in the long form."""
COURSE = (
    *["running"] * 3,
    "opening",
    *["running"] * 2,
    "counting",
    "running",
    "opening",
    "running",
)
STOPS = 7
"""So many lives there are to one that is told to stop first."""

REACH_M = {"beams": 0.5, "lidars": 0.5, "laser": 0.8, "heat": 1.0, "radar": 1.5}
"""So far from the line somebody is no more, or not yet, on his way through it."""
BEGINS_S = {"heat": 4.0}
"""So long after it was opened the picture of the floor is learnt."""
HOLDS_S = {"laser": 5.0}
"""So long it waits at most whether somebody comes back (drivers/people/) while he walks on."""
WRONG = {"single-file": 0.0, "busy-30": 0.05}
"""Of all who walked so many may be counted wrongly by the sensors themselves: docs/counting.md."""
STEP_S = 0.1
SECOND = 1_000_000_000
DATED_NS = 5_000_000
"""The clock of a computer may be slewed by that much while this runs."""


@pytest.mark.mosquitto
def test_totals_never_run_backwards_and_nobody_is_counted_twice_over_random_kills(
    tmp_path: Path, mosquitto: StartMosquitto
) -> None:
    failed = threading.Event()
    first = int(os.environ.get("GATEWAY_CHAOS_SEED", "0"))
    brokers = [mosquitto(PERSISTENT) for _ in range(DOORS)]

    def live(lane: int, broker: Mosquitto) -> Counter[str]:
        folder = tmp_path / f"door-{first + lane}"
        folder.mkdir()
        try:
            with closing(Door(first + lane, folder, broker)) as door:
                for number in range(LIVES):
                    if not failed.is_set():
                        door.live(COURSE[number % len(COURSE)], stops=number % STOPS == STOPS - 2)
                door.settle()
                return _figures(door)
        except BaseException as error:
            failed.set()
            error.add_note(f"the door of seed {first + lane}, in {folder}")
            raise

    with ThreadPoolExecutor(DOORS) as doors:
        total = sum(doors.map(live, range(DOORS), brokers), Counter[str]())
    _report(total)
    assert total["counted"] > 0, "nobody was counted: the test has not seen what it is about"
    for crowd, share in WRONG.items():
        assert total[f"wrong in {crowd}"] <= share * total[f"walked in {crowd}"]


def _figures(door: Door) -> Counter[str]:
    """Asserts what must be so at any door, and tells how much of it there was."""
    held = stored(door.log, door.settled)
    told = arrived(_in_order(door))
    assert door.platform.contradictions == []
    assert door.platform.unaccounted() == []
    assert len({identity.epoch for identity in door.platform.arrivals}) == 1
    on_boundary = _boundaries(door)
    figures = Counter(lives=len(door.lived), kills=door.kills)
    for sensor in SENSORS:
        ours = [one for one in held if one.sensor == sensor]
        assert list(faults(ours, on_boundary)) == []
        assert [_in_ms(one) for one in ours] == [one for one in told if one.sensor == sensor]
        figures.update(_against_drivers(door, sensor, summed(ours)))
    for life in door.lived:
        for sensor in DIRECTED:
            figures.update(_against_walks(life, sensor))
    return figures


def _against_drivers(door: Door, sensor: str, told: Counter[str]) -> Counter[str]:
    """Exactly what the drivers had counted, but for what was just being kept at a kill."""
    kept, polled = Counter[str](), Counter[str]()
    for life in door.lived:
        for total, marks in ((kept, life.kept), (polled, life.polled)):
            if sensor in marks:
                total.update(marks[sensor].counts)
    for name in told | polled:
        assert kept[name] <= told[name] <= polled[name], f"{name} of {sensor}"
    return Counter(counted=told.total(), between=polled.total() - kept.total())


def _against_walks(life: Lived, sensor: str) -> Counter[str]:
    """How many more or fewer were counted than walked, beyond those whom it saw only in part."""
    if sensor not in life.opened or sensor not in life.polled:
        return Counter()
    opened_s, ended_s = life.opened[sensor].scene_s, life.polled[sensor].scene_s
    crowd = people(SCENARIOS[life.scenario], life.seed, CROWDS[life.scenario], life.begins_s)
    ours = list(takewhile(lambda walk: walk.starts_s <= ended_s, crowd))
    figures = Counter[str]()
    for name, counted in life.polled[sensor].counts.items():
        ways = [walk for walk in ours if name == f"count_{walk.direction}"]
        through = sum(opened_s < (walk.crosses_s or 0) <= ended_s for walk in ways)
        partly = sum(_is_seen_in_part(walk, sensor, opened_s, ended_s) for walk in ways)
        beyond = max(0, abs(counted - through) - partly)
        figures.update({f"walked in {life.scenario}": through, "bound": partly})
        figures.update({f"wrong in {life.scenario}": beyond, "off": abs(counted - through)})
    return figures


def _is_seen_in_part(walk: Walk, sensor: str, opened_s: float, ended_s: float) -> bool:
    """Whether somebody is within reach before the sensor sees, or when it sees no more."""
    reach_m = REACH_M[sensor]
    begun_s, held_s = opened_s + BEGINS_S.get(sensor, 0), ended_s - HOLDS_S.get(sensor, 0)
    spans = (opened_s, begun_s), (held_s, ended_s)
    return any(
        abs(walk.at(at_s).along) <= reach_m
        for begin_s, end_s in spans
        for step in range(round((end_s - begin_s) / STEP_S) + 1)
        if walk.starts_s <= (at_s := begin_s + step * STEP_S) <= walk.ends_s
    )


def _boundaries(door: Door) -> Callable[[Moment], bool]:
    """Whether a window may begin or end there, in UTC if that is known, else in time since boot."""
    length_ns = door.window_s * SECOND
    with closing(LogView(door.log)) as view:
        dating = view.dating

    def on_boundary(moment: Moment) -> bool:
        utc_ns = dating.utc_ns(*moment)
        off_ns = 0 if utc_ns is None else (utc_ns + DATED_NS) % length_ns
        return moment[1] % length_ns == 0 or (utc_ns is not None and off_ns <= 2 * DATED_NS)

    return on_boundary


def _in_order(door: Door) -> list[dict[str, object]]:
    """What has arrived up to there, each identity once."""
    both: dict[Identity, dict[str, object]] = {**door.platform.readings, **door.platform.gaps}
    return [both[identity] for identity in sorted(both) if identity.last <= door.settled]


def _in_ms(one: Stretch) -> Stretch:
    """As messages tell it."""
    since = None if one.since is None else (one.since[0], _round(one.since[1]))
    return one._replace(since=since, until=(one.until[0], _round(one.until[1])))


def _round(ns: int) -> int:
    return ns // 1_000_000 * 1_000_000


def _report(total: Counter[str]) -> None:
    walked = total["walked in single-file"] + total["walked in busy-30"]
    wrong = total["wrong in single-file"] + total["wrong in busy-30"]
    report(
        f"counters killed: {total['lives']} lives of {len(SENSORS)} sensors and {total['kills']} "
        f"kills; {total['counted']} events told, every one that a driver had "
        f"counted and none twice ({total['between']} between two lines at a kill); {walked} "
        f"passages through the line of {len(DIRECTED)} counters, of which at most {total['bound']} "
        f"were seen only in part; off by {total['off']}, by {wrong} beyond that"
    )
