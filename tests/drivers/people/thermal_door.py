"""A door with a simulated thermal sensor above it, and people who walk as a test tells them."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from drivers.bus.sim import SimulatedI2c
from drivers.people.amg8833.driver import Amg8833, Amg8833Config
from drivers.people.amg8833.model import Amg8833Model
from drivers.simulation.bodies import ADULT, Body, Shape
from drivers.simulation.scene import View

FRAME_S = 0.1
FAR_M = 1.6
WARM_UP_S = 18

Points = Sequence[tuple[float, float, float]]
"""Seconds, along, across: joined by straight lines."""


def straight(
    direction: str, speed: float = 1.2, across: float = 0.0, slant: float = 0.0
) -> list[tuple[float, float, float]]:
    """Through the door; `slant` is the change of `across` on the way."""
    seconds = 2 * FAR_M / speed
    ends = (-FAR_M, FAR_M) if direction == "in" else (FAR_M, -FAR_M)
    return [(0.0, ends[0], across - slant / 2), (seconds, ends[1], across + slant / 2)]


def body(points: Points, seconds: float, shape: Shape = ADULT) -> Body | None:
    """Where that one is; None before and after the way."""
    for (t0, a0, c0), (t1, a1, c1) in pairwise(points):
        if t0 <= seconds <= t1:
            share = (seconds - t0) / (t1 - t0)
            speed = (a1 - a0) / (t1 - t0)
            return Body(a0 + (a1 - a0) * share, c0 + (c1 - c0) * share, speed, shape=shape)
    return None


class Door:
    """The driver over the model; time passes only in `run`."""

    def __init__(self, seed: int = 0, bus: SimulatedI2c | None = None, **options: Any) -> None:
        self.config = msgspec.convert(options, Amg8833Config)
        self.bus = bus or SimulatedI2c()
        self.model = Amg8833Model(self.config, seed)
        self.bus.attach(self.model)
        self.driver = Amg8833(self.bus, self.config)
        self.now_s = 0.0
        self.temperature = 21.0
        self._there: list[tuple[float, Points, Shape]] = []
        self.pass_time(0.3)

    def open(self) -> "Door":
        """Open the driver and let it warm up and learn."""
        self.driver.open()
        self.run(WARM_UP_S)
        return self

    def enter(self, points: Points, shape: Shape = ADULT, after_s: float = 0.0) -> None:
        """Somebody begins that way now, or later."""
        self._there.append((self.now_s + after_s, points, shape))

    def walk(self, points: Points, shape: Shape = ADULT) -> None:
        """Somebody walks that way, and then nobody is there for a while."""
        self.enter(points, shape)
        self.run(points[-1][0] + 1)

    def pass_time(self, seconds: float) -> None:
        """Let the world go on while nobody polls."""
        for _ in range(round(seconds / FRAME_S)):
            self.now_s += FRAME_S
            seen = [body(way, self.now_s - began, shape) for began, way, shape in self._there]
            there = tuple(one for one in seen if one is not None)
            self.bus.step(View(self.now_s, there, temperature=self.temperature))

    def run(self, seconds: float, each: Callable[[], object] = lambda: None) -> None:
        """Let the world go on and poll every frame."""
        for _ in range(round(seconds / FRAME_S)):
            self.pass_time(FRAME_S)
            self.driver.poll()
            each()

    @property
    def counts(self) -> tuple[float | None, float | None]:
        sample = self.driver.read()
        return sample["count_in"], sample["count_out"]

    @property
    def blind_s(self) -> float:
        blind = self.driver.read()["blind_time"]
        assert blind is not None
        return blind

    @property
    def targets(self) -> float | None:
        return self.driver.read()["targets"]
