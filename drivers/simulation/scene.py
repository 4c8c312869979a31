"""The simulated world: a door, what moves near it, and the air around it.

Coordinates are those of the door: `along` is the way through it in metres, negative outside,
positive inside, 0 on the line that counts; `across` is the distance from its middle. The scene
knows the truth: who has walked through, and which way.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from drivers.simulation.bodies import Body
from drivers.simulation.walks import Walk


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


class Scene:
    """The walks of a crowd, in the order of their start (`crowd`), one moment after the other.

    `walked` is told of each walk when it is over.
    """

    def __init__(
        self, walks: Iterable[Walk] = (), walked: Callable[[Walk], None] = lambda walk: None
    ) -> None:
        self._coming = iter(walks)
        self._next = next(self._coming, None)
        self._here: list[Walk] = []
        self._walked = walked
        self.now_s = 0.0

    def step(self, seconds: float) -> View:
        """Let time pass and look around."""
        self.now_s += seconds
        if self.now_s < self.next_change_s:
            return View(self.now_s, (), *self._air())
        self._let_arrive()
        self._let_leave()
        here = tuple(walk.at(self.now_s) for walk in self._here)
        return View(self.now_s, here, *self._air())

    @property
    def next_change_s(self) -> float:
        """Until when nobody is near: now if somebody is, infinite if nobody will come."""
        if self._here:
            return self.now_s
        return math.inf if self._next is None else self._next.starts_s

    def close_door(self) -> None:
        """Nobody new arrives; those who are under way walk on."""
        self._coming = iter(())
        self._next = None

    @property
    def empty(self) -> bool:
        """Whether nobody is there and nobody will come."""
        return self._next is None and not self._here

    def _let_arrive(self) -> None:
        while self._next is not None and self._next.starts_s <= self.now_s:
            self._here.append(self._next)
            self._next = next(self._coming, None)

    def _let_leave(self) -> None:
        gone = [walk for walk in self._here if walk.ends_s <= self.now_s]
        if gone:
            self._here = [walk for walk in self._here if walk.ends_s > self.now_s]
        for walk in gone:
            self._walked(walk)

    def _air(self) -> tuple[float, float, float]:
        slow = math.sin(self.now_s / 600)
        quick = math.sin(self.now_s / 37)
        return 21 + 2 * slow + 0.1 * quick, 45 - 8 * slow, 101_325 + 400 * slow + 3 * quick
