"""Makes the walks of a scenario: seed in, walks with their truth out, in the order of their start.

Same scenario and seed, same walks for ever: a benchmark of last year is comparable with one of
today. A test holds the sums of the first hundred walks of each scenario.
"""

import math
import random
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Literal

from drivers.simulation import parties, routes
from drivers.simulation.arrivals import arrivals
from drivers.simulation.draw import Draw
from drivers.simulation.journey import TICK_S, Journey
from drivers.simulation.routes import Door
from drivers.simulation.scenarios import SCENARIOS, Scenario
from drivers.simulation.traffic import Traffic
from drivers.simulation.walks import Walk

__all__ = ["SCENARIOS", "Scenario", "crowd", "seeds"]

_COMPANIONS = ("side by side", "one behind the other", "tailgating")
_LEAF_BEFORE_S, _LEAF_AFTER_S = 0.75, 1.5
"""It opens before they come near, and is let go when they have left: chosen."""

_DELAY_TICKS = 2

Purpose = Literal["tuning", "reporting"]


def seeds(purpose: Purpose) -> range:
    """Seeds for finding parameters, and those whose results are told.

    What was tuned on a crowd fits its accidents, so a figure from the same seeds flatters. Nobody
    looks at the reporting seeds before all parameters stand; whoever changes one afterwards because
    of them needs new ones.
    """
    return {"tuning": range(1000, 1020), "reporting": range(3000, 3020)}[purpose]


def crowd(
    scenario: Scenario, seed: int, people: int | None = None, per_minute: float | None = None
) -> Iterator[Walk]:
    """Walks in the order of their start, for at most `people` persons (None = without end).

    `per_minute` persons instead of as many as the scenario has.
    """
    rate = scenario.people_per_minute if per_minute is None else per_minute
    chance = random.Random(seed)
    ready: list[tuple[float, int, Walk]] = []
    number = 0
    for started, walks in _Plans(scenario, chance).made(rate, people):
        for walk in walks:
            number += 1
            heappush(ready, (walk.starts_s, number, walk))
        while ready and ready[0][0] <= started * TICK_S:
            yield heappop(ready)[2]
    while ready:
        yield heappop(ready)[2]


class _Plans:
    """Draws party after party and lets each into the traffic."""

    def __init__(self, scenario: Scenario, chance: random.Random) -> None:
        self._scenario = scenario
        self._door = Door(scenario.door_width_m)
        self._chance = chance
        self._draw = Draw(scenario, chance)
        self._traffic = Traffic()
        self._crossed_s = self._leaf_until_s = -math.inf

    def made(self, per_minute: float, people: int | None) -> Iterator[tuple[int, list[Walk]]]:
        """The tick at which a party starts, and its walks; none of a later party start earlier."""
        start = 0
        mean_people = 1 + sum(share for kind, share in self._scenario.shares if kind in _COMPANIONS)
        for at_s in arrivals(self._scenario, per_minute, self._chance, mean_people):
            journey = self._draw.journey()
            if people is not None and people < journey.party.people:
                return
            people = None if people is None else people - journey.party.people
            start = max(start, math.ceil(at_s / TICK_S))
            start, distances = self._let_in(journey, start)
            yield start, [*journey.walks(start, distances), *self._leaf(journey, start, distances)]

    def _let_in(self, journey: Journey, start: int) -> tuple[int, list[float]]:
        """As early from `start` on as it can; later plans end, so a moment is found."""
        self._traffic.forget(start)
        while True:
            if self._keeps_headway(journey, start):
                distances = self._traffic.plan(journey, start)
                if distances is not None:
                    break
            start += _DELAY_TICKS
        self._crossed_s = self._crosses_s(journey, start)
        self._traffic.take(journey, start, distances)
        return start, distances

    def _keeps_headway(self, journey: Journey, start: int) -> bool:
        """Who starts later and is faster must not pass the line too early, nor before the other."""
        earliest_s = self._crossed_s + self._scenario.headway_s
        return not journey.steady or self._crosses_s(journey, start) >= earliest_s

    def _crosses_s(self, journey: Journey, start: int) -> float:
        """When a steady journey passes the line."""
        return start * TICK_S + journey.route.length_m / 2 / journey.speed

    def _leaf(self, journey: Journey, start: int, distances: list[float]) -> tuple[Walk, ...]:
        """The door's, if they find it closed; it stays open for those right behind them."""
        closed, hinge = self._chance.random() < self._scenario.closed_door, 1
        if self._chance.random() < 0.5:
            hinge = -1
        near_m = journey.route.reaches(routes.LANES_FROM_M + journey.party.front_m)
        opens = next(tick for tick, distance in enumerate(distances) if distance >= near_m)
        gone = next(i for i, d in enumerate(reversed(distances)) if self._near(journey, d))
        opens_s = (start + opens) * TICK_S - _LEAF_BEFORE_S
        closes_s = (start + len(distances) - gone) * TICK_S + _LEAF_AFTER_S
        if not closed or opens_s < self._leaf_until_s:
            return ()
        self._leaf_until_s = closes_s + parties.LEAF_CLOSES_S
        return parties.swing(self._door, opens_s, closes_s, hinge)

    def _near(self, journey: Journey, distance: float) -> bool:
        return abs(journey.route.at(distance)[0]) < routes.LANES_FROM_M
