"""One sensor over one crowd: what it has counted, moment by moment, beside the truth.

Whenever nobody has been near for `Door.settles_s`, all who came have been counted or never will
be. So the counts are compared there, too, not only at the end, where one who was missed and one too
many would make up for each other. Empty the door is at most for AFTERWARDS_S longer than that.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.counting_doors import DOORS, Counts, Door, SensorName
from bench.counting_scenes import BEGINS_S, PEOPLE, scene
from drivers.simulation.crowd import SCENARIOS
from drivers.simulation.scenarios import ScenarioName
from drivers.simulation.scene import Scene
from drivers.simulation.walks import Walk

AFTERWARDS_S = 1.5
NOBODY = Counts(0, 0)


@dataclass
class Tally:
    """What one counter has said; `wrong`: who was missed, and each one too many, by moments."""

    counted: Counts = NOBODY
    wrong: int = 0
    wrong_by: Counter[str] = field(default_factory=Counter)

    def book(self, counted: Counts, truth: Counts, moment: str) -> None:
        """`truth` is that of the moment, `counted` since the start."""
        more = (now - before for now, before in zip(counted, self.counted, strict=True))
        wrong = sum(abs(a - b) for a, b in zip(more, truth, strict=True))
        self.counted = counted
        self.wrong += wrong
        self.wrong_by[moment] += wrong


class Outcome(NamedTuple):
    """Of one sensor, scene and seed; `people_by` moments. `blind_s` of `lasted_s`."""

    sensor: SensorName
    scene: ScenarioName
    seed: int
    truth: Counts
    people_by: Counter[str]
    driver: Tally
    baseline: Tally | None
    blind_s: float
    lasted_s: float


def run(sensor: SensorName, name: ScenarioName, seed: int, people: int = PEOPLE) -> Outcome:
    """Deterministic: same arguments, same outcome."""
    door = DOORS[sensor](round(1000 * SCENARIOS[name].door_width_m), seed)
    books = _Books(door)
    rest_s = door.settles_s + AFTERWARDS_S
    world = Scene(scene(name, seed, door.reach_m, people, rest_s), books.walked)
    while world.now_s < BEGINS_S - 1:
        door.show(world.step(door.step_s))
    started_blind_s = door.blind_s
    quiet_s = 0.0
    while not world.empty or quiet_s < door.settles_s:
        door.show(world.step(door.step_s))
        quiet_s = quiet_s + door.step_s if world.next_change_s > world.now_s else 0.0
        if quiet_s >= door.settles_s:
            books.close()
    blind_s = door.blind_s - started_blind_s
    tallies = books.driver, books.baseline if door.baseline else None
    return Outcome(
        sensor, name, seed, books.truth, books.people_by, *tallies, blind_s, world.now_s - BEGINS_S
    )


class _Books:
    """What has happened since the last quiet moment, and what was counted of it."""

    def __init__(self, door: Door) -> None:
        self.truth = NOBODY
        self.people_by: Counter[str] = Counter()
        self.driver, self.baseline = Tally(), Tally()
        self._door = door
        self._walks: list[Walk] = []

    def walked(self, walk: Walk) -> None:
        self._walks.append(walk)

    def close(self) -> None:
        """All is quiet: compare, if anything has happened."""
        if not self._walks:
            return
        ways = [walk.direction for walk in self._walks]
        truth, moment = Counts(ways.count("in"), ways.count("out")), _moment(self._walks)
        self.truth = Counts(*(a + b for a, b in zip(self.truth, truth, strict=True)))
        self.people_by[moment] += sum(truth)
        self.driver.book(self._door.counts, truth, moment)
        baseline = self._door.baseline_counts
        if baseline is not None:
            self.baseline.book(baseline, truth, moment)
        self._walks.clear()


def _moment(walks: list[Walk]) -> str:
    """What was there but one adult who goes through."""
    kinds = {walk.shape.kind for walk in walks} - {"adult"}
    back = any(walk.shape.person and walk.direction is None for walk in walks)
    through = sum(walk.direction is not None for walk in walks)
    extra = ["back"] * back + ["several"] * (through > 1)
    return " + ".join([*sorted(kinds), *extra]) or "one adult"
