"""The crowds of docs/counting.md as a benchmark wants them: cut to what a sensor sees, closed up.

Empty time is left out of the crowd, before anybody sees it: walks begin earlier, by as much as the
door was empty for longer than a rest. Scene, part, bus and driver then share one clock that runs
evenly, so there is no jump that a driver could take for a failure, and each sensor keeps its own
rhythm. What a sensor learns while the door is empty it has less time for than in reality.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile

from drivers.simulation.crowd import SCENARIOS, crowd
from drivers.simulation.scenarios import ScenarioName
from drivers.simulation.walks import Point, Walk

BEGINS_S = 20.0
"""Nobody comes before: sensors start, warm up and learn the empty door."""

REST_S = 3.0
DAY_S = 86_400.0
PEOPLE = 100
"""Of each scene that has no day."""


def scene(
    name: ScenarioName, seed: int, reach_m: float, people: int = PEOPLE, rest_s: float = REST_S
) -> Iterator[Walk]:
    """Its walks within `reach_m` of the door; a day of 24 hours where the scenario has one."""
    scenario = SCENARIOS[name]
    if scenario.day:
        walks: Iterable[Walk] = takewhile(lambda w: w.starts_s < DAY_S, crowd(scenario, seed))
    else:
        walks = crowd(scenario, seed, people)
    return closed_up(near(walks, reach_m), rest_s)


def near(walks: Iterable[Walk], reach_m: float) -> Iterator[Walk]:
    """Each from the first to the last moment within reach, in the order in which they begin."""
    waiting: list[Walk] = []
    for walk in walks:
        waiting += [cut] if (cut := _cut(walk, reach_m)) else []
        waiting.sort(key=lambda one: one.starts_s)
        while waiting and waiting[0].starts_s <= walk.starts_s:
            yield waiting.pop(0)
    yield from waiting


def closed_up(walks: Iterable[Walk], rest_s: float = REST_S) -> Iterator[Walk]:
    """The first begins at BEGINS_S, and the door is empty for at most `rest_s` at a time."""
    earlier_s, busy_until_s = -BEGINS_S, 0.0
    for walk in walks:
        rests_s = rest_s if busy_until_s else 0.0
        earlier_s += max(0.0, walk.starts_s - busy_until_s - rests_s)
        points = tuple(point._replace(at_s=point.at_s - earlier_s) for point in walk.points)
        busy_until_s = max(busy_until_s, walk.ends_s)
        yield replace(walk, points=points)


def _cut(walk: Walk, reach_m: float) -> Walk | None:
    """Bounds are points where it is, so a body neither jumps nor begins within reach."""
    inside = [i for i, point in enumerate(walk.points) if abs(point.along) <= reach_m]
    if not inside:
        return None
    first, last = inside[0], inside[-1]
    points = list(walk.points[first : last + 1])
    if first > 0:
        points.insert(0, _entry(walk.points[first - 1], points[0], reach_m))
    if last + 1 < len(walk.points):
        points.append(_entry(walk.points[last + 1], points[-1], reach_m))
    return replace(walk, points=tuple(points))


def _entry(out: Point, within: Point, reach_m: float) -> Point:
    """Where the way between a point out of reach and one within it enters."""
    edge = reach_m if out.along > 0 else -reach_m
    part = (edge - within.along) / (out.along - within.along)
    part = max(part, 0.01)  # two points at one time are no way
    return Point(*(a + part * (b - a) for a, b in zip(within, out, strict=True)))
