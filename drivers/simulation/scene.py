"""The simulated world: a door, people who walk through it, and the air around it.

Coordinates are those of the door: `along` is the way through it in metres, negative outside,
positive inside, 0 in the door; `across` is the distance from its middle. The scene knows the
truth: who has walked through, and which way.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from drivers.simulation.bodies import Body

Direction = Literal["in", "out"]

REACH_M = 4.0
"""A walk begins and ends this far from the door."""

HEADWAY_S = 2.5
"""Two people pass the door at least this far apart: single file."""


@dataclass(frozen=True, slots=True)
class View:
    """What there is to be measured at one moment of the scene, in the units of the quantities."""

    now_s: float
    bodies: tuple[Body, ...] = ()
    temperature: float = 21.0
    humidity: float = 45.0
    pressure: float = 101_325.0
    co2: float = 620.0
    voc_index: float = 100.0
    pm1: float = 4.0
    pm2_5: float = 6.0
    pm4: float = 7.0
    pm10: float = 8.0
    illuminance: float = 300.0


@dataclass(frozen=True, slots=True)
class Walk:
    """One person through the door at `crosses_s`, at a steady speed (m/s, above 0)."""

    crosses_s: float
    direction: Direction
    speed: float
    across: float

    @property
    def starts_s(self) -> float:
        return self.crosses_s - REACH_M / self.speed

    @property
    def ends_s(self) -> float:
        return self.crosses_s + REACH_M / self.speed

    def at(self, now_s: float) -> Body:
        """Where this person is; the caller asks only between start and end."""
        sign = 1 if self.direction == "in" else -1
        way = sign * self.speed * (now_s - self.crosses_s)
        return Body(way, self.across, sign * self.speed)


class Scene:
    """People arrive at random (`per_minute`, at most `people` of them, None = without end).

    `walked` is told of each walk when it is over. Same seed, same walks.
    """

    def __init__(
        self,
        seed: int,
        per_minute: float,
        people: int | None = None,
        walked: Callable[[Walk], None] = lambda walk: None,
    ) -> None:
        self._random = random.Random(seed)
        self._per_minute = per_minute
        self._left = people
        self._walked = walked
        self._walks: list[Walk] = []
        self._next_cross_s = REACH_M / 0.7
        self.now_s = 0.0

    def step(self, seconds: float) -> View:
        """Let time pass and look around."""
        self.now_s += seconds
        self._let_arrive()
        self._let_leave()
        here = tuple(walk.at(self.now_s) for walk in self._walks if walk.starts_s <= self.now_s)
        return View(self.now_s, here, *self._air())

    def close_door(self) -> None:
        """Nobody new arrives; those who are under way walk on."""
        self._left = 0
        self._walks = [walk for walk in self._walks if walk.starts_s <= self.now_s]

    @property
    def empty(self) -> bool:
        """Whether nobody is there and nobody will come."""
        return self._left == 0 and not self._walks

    def _let_arrive(self) -> None:
        horizon = self.now_s + REACH_M / 0.7
        while self._per_minute and self._left != 0 and self._next_cross_s <= horizon:
            self._walks.append(self._walk(self._next_cross_s))
            self._left = None if self._left is None else self._left - 1
            self._next_cross_s += HEADWAY_S + self._random.expovariate(
                1 / max(0.1, 60 / self._per_minute - HEADWAY_S)
            )

    def _walk(self, crosses_s: float) -> Walk:
        direction: Direction = self._random.choice(("in", "out"))
        speed = min(1.8, max(0.7, self._random.gauss(1.2, 0.25)))
        keep_right = 0.4 if direction == "in" else -0.4
        return Walk(crosses_s, direction, speed, keep_right)

    def _let_leave(self) -> None:
        gone = [walk for walk in self._walks if walk.ends_s <= self.now_s]
        self._walks = [walk for walk in self._walks if walk.ends_s > self.now_s]
        for walk in gone:
            self._walked(walk)

    def _air(self) -> tuple[float, float, float]:
        slow = math.sin(self.now_s / 600)
        quick = math.sin(self.now_s / 37)
        return 21 + 2 * slow + 0.1 * quick, 45 - 8 * slow, 101_325 + 400 * slow + 3 * quick
