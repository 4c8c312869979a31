"""A sensor over a simulated door, polled as the gateway polls it, and ways through below it."""

import math
import random
from collections.abc import Callable
from typing import NamedTuple

from drivers.bus.sim import SimulatedI2c
from drivers.people.vl53l1x.driver import Vl53l1x, Vl53l1xConfig
from drivers.people.vl53l1x.model import Vl53l1xModel
from drivers.simulation.bodies import ADULT, Body, Shape
from drivers.simulation.scene import View

STEP_S = 0.005
Path = Callable[[float], float | None]
"""Seconds to metres along; None = not there."""


class Way(NamedTuple):
    """One body's way, begun at `starts_s`."""

    along: Path
    across: float = 0.0
    shape: Shape = ADULT
    starts_s: float = 0.0
    sway_m: float = 0.0

    def at(self, now_s: float) -> Body | None:
        along = self.along(now_s - self.starts_s) if now_s >= self.starts_s else None
        if along is None:
            return None
        sway = self.sway_m * math.sin(now_s * 2 * math.pi)
        return Body(along, self.across + sway, 0.0, 0.0, self.shape)


def straight(speed: float, reach: float = 1.5) -> Path:
    """Through the door at that speed, negative = outwards."""

    def along(t: float) -> float | None:
        gone = abs(speed) * t - reach
        return math.copysign(gone, gone * speed) if gone <= reach else None

    return along


def stops(*legs: tuple[float, float], begins: float = -1.5) -> Path:
    """From `begins` to each place (m) in the seconds given with it; gone at the end."""

    def along(t: float) -> float | None:
        here = begins
        for place, seconds in legs:
            if t < seconds:
                return here + (place - here) * t / seconds
            here, t = place, t - seconds
        return None

    return along


class Doorway:
    """Moves the world on in small steps; the driver polls whenever that is due."""

    def __init__(self, config: Vl53l1xConfig, seed: int = 1) -> None:
        self.bus = SimulatedI2c(seed)
        self.model = Vl53l1xModel(config, seed)
        self.bus.attach(self.model)
        self.driver = Vl53l1x(self.bus, config)
        self.now_s = 0.0
        self._next_s = 0.0
        self._random = random.Random(seed)

    def open(self) -> "Doorway":
        self.driver.open()
        self.let(1.0)
        return self

    def let(self, seconds: float, *ways: Way) -> "Doorway":
        """So much time passes; `ways` begin now."""
        began = self.now_s
        while self.now_s < began + seconds:
            self.now_s += STEP_S
            here = [way.at(self.now_s - began) for way in ways]
            self.bus.step(View(self.now_s, tuple(body for body in here if body)))
            if self.now_s >= self._next_s:
                self._next_s = self.now_s + 0.025 + self._random.uniform(0, 0.002)
                self.driver.poll()
        return self

    @property
    def counts(self) -> tuple[int, int]:
        """When nobody can come back any more."""
        self.let(4.3)
        sample = self.driver.read()
        return int(sample["count_in"] or 0), int(sample["count_out"] or 0)

    @property
    def blind(self) -> float:
        return self.driver.read()["blind_time"] or 0.0
