"""Two beams across the whole door, 1 m above the floor, and how raw their outputs are.

The outer beam lies half the spacing before the door, the inner one half the spacing behind it. A
body that is at least as high breaks them for its depth. Whoever is warm and walks has arms and bags
that swing: before every second body, and behind every second, an arm breaks the same beam for less
than 40 ms once more, less than 40 ms before or after. It keeps its place at the body, so it gets to
both beams; the quicker the walk, the farther it swings. At each edge contacts bounce for 4 ms at
most. All these times and shares are chosen. Same seed, same edges; who looks at the world in longer
steps sees fewer of them.
"""

import random
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from drivers.contract import GpioModel
from drivers.people.beam_pair.driver import BeamPairConfig
from drivers.simulation.bodies import Body, Shape
from drivers.simulation.scene import View

BEAM_M = 1.0
BOUNCES, BOUNCE_S = 2, 0.001
ARMS = 0.5
ARM_S = 0.005, 0.038


class _Arm(NamedTuple):
    """How long (s) a beam is free between it and the body, and then broken by it."""

    free_s: float
    broken_s: float


class BeamPairModel(GpioModel):
    """What the two outputs say."""

    def __init__(self, config: BeamPairConfig, seed: int = 0) -> None:
        self._config = config
        half_spacing = config.spacing_mm / 2000
        self._outer = _Beam(-half_spacing, seed)
        self._inner = _Beam(half_spacing, seed + 1)

    def step(self, view: View) -> Mapping[int, bool]:
        """Both levels; the line that changes first comes first."""
        broken_is_high = self._config.broken == "high"
        outer = (self._config.line_a, self._outer.broken(view) == broken_is_high)
        inner = (self._config.line_b, self._inner.broken(view) == broken_is_high)
        return dict((outer, inner) if _inwards(view) else (inner, outer))


class _Beam:
    """One beam, `along` m behind the line."""

    def __init__(self, along: float, seed: int) -> None:
        self._along = along
        self._chance = random.Random(seed)
        self._broken = False
        self._bounces_s: list[float] = []
        """When the output goes the other way, an even number of times."""

    def broken(self, view: View) -> bool:
        """What the output says: True = broken."""
        broken = any(_breaks(body, self._along) for body in view.bodies)
        if broken != self._broken:
            self._broken = broken
            self._bounces_s = self._bounced(view.now_s)
        self._bounces_s = [at_s for at_s in self._bounces_s if at_s > view.now_s]
        return self._broken == (len(self._bounces_s) % 2 == 0)

    def _bounced(self, at_s: float) -> list[float]:
        bounces = []
        for _ in range(2 * self._chance.randint(0, BOUNCES)):
            at_s += self._chance.uniform(0, BOUNCE_S)
            bounces.append(at_s)
        return bounces


def _breaks(body: Body, beam: float) -> bool:
    """Whether that one is in the beam, with the torso or with an arm."""
    if body.shape.height_m < BEAM_M:
        return False
    before = (beam - body.along) * (-1 if body.speed < 0 else 1)
    to_torso = abs(before) - body.shape.depth_m / 2
    if to_torso <= 0 or not body.shape.warmth_k:
        return to_torso <= 0
    arm = arms(body.shape)[before < 0]
    if arm is None or not body.speed:
        return False
    return 0 <= to_torso / abs(body.speed) - arm.free_s <= arm.broken_s


@lru_cache(maxsize=256)
def arms(shape: Shape) -> tuple[_Arm | None, _Arm | None]:
    """Before and behind a body; of each other shape others, but the same for ever."""
    chance = random.Random(f"{shape.height_m} {shape.warmth_k}")
    before, behind = (
        _Arm(chance.uniform(*ARM_S), chance.uniform(*ARM_S)) if chance.random() < ARMS else None
        for _ in range(2)
    )
    return before, behind


def _inwards(view: View) -> bool:
    """Whether the one at the door walks in: both bounds of a body pass the outer beam first."""
    nearest = min(view.bodies, key=lambda body: abs(body.along), default=None)
    return nearest is None or nearest.speed >= 0
