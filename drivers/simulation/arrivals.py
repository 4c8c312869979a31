"""When parties arrive: by chance, with a day's profile, or in single file.

By chance is a Poisson process. With a profile the rate changes from minute to minute; the process
is thinned: arrivals at the highest rate of the day, of which each is kept by the share of the rate
at its minute (Lewis and Shedler 1979).
"""

import random
from collections.abc import Iterator

from drivers.simulation.scenarios import Scenario

_SHORTEST_MEAN_S = 0.1


def arrivals(
    scenario: Scenario, per_minute: float, chance: random.Random, people_per_party: float = 1.0
) -> Iterator[float]:
    """Seconds from the beginning of the scene, rising, without end; none if `per_minute` is 0."""
    if per_minute <= 0:
        return iter(())
    if scenario.headway_s:
        return _single_file(scenario.headway_s, 60 / per_minute, chance)
    mean_s = 60 * people_per_party / per_minute
    return _by_chance(mean_s, profile(scenario.day), scenario.begins_h, chance)


def profile(day: tuple[float, ...]) -> tuple[float, ...]:
    """How busy each minute of the day is, 1 in the mean; weights of hours, joined by lines."""
    if not day:
        return (1.0,)
    mean = sum(day) / len(day)
    hours = [(day[hour], day[(hour + 1) % len(day)]) for hour in range(len(day))]
    return tuple(
        (first + (after - first) * minute / 60) / mean
        for first, after in hours
        for minute in range(60)
    )


def _single_file(headway_s: float, mean_s: float, chance: random.Random) -> Iterator[float]:
    at_s = 0.0
    while True:
        at_s += headway_s + chance.expovariate(1 / max(_SHORTEST_MEAN_S, mean_s - headway_s))
        yield at_s


def _by_chance(
    mean_s: float, minutes: tuple[float, ...], begins_h: float, chance: random.Random
) -> Iterator[float]:
    at_s, highest = 0.0, max(minutes)
    while True:
        at_s += chance.expovariate(highest / mean_s)
        minute = int(begins_h * 60 + at_s / 60) % len(minutes)
        if chance.random() * highest < minutes[minute]:
            yield at_s
