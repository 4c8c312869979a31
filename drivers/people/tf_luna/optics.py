"""What the beam of a TF-Luna meets: somebody, or the wall or floor behind.

A beam across the door lies 1 m above the floor and begins at the frame; one that looks down begins
above the middle. It is thin: its 2 degrees are 3 cm wide at 0.9 m. Echoes fall with the square of
the distance; dark clothes give few.
"""

import math
import random
from typing import Literal, NamedTuple

from drivers.simulation.bodies import Body
from drivers.simulation.scene import View

Aim = Literal["across", "down"]

BEAM_HEIGHT_M = 1.0
SIGMA_MM = 8
FULL_AMPLITUDE = 4000
"""Of a light wall at 1 m."""
OVEREXPOSED = 0xFFFF


class Echo(NamedTuple):
    """As the part tells it."""

    distance_cm: int
    amplitude: int


class Optics:
    """One beam at `along` (m); same seed, same echoes.

    `sun`: it shines into the lens. `covered_mm`: what is stuck before it. `reflectivity` of
    clothes: 1 = as a light wall, black wool 0.01. `dropout`: the share of echoes that are lost.
    """

    def __init__(self, far_mm: int, along: float, aim: Aim = "across", seed: int = 0) -> None:
        self.far_mm = far_mm
        self.aim = aim
        self.sun = False
        self.covered_mm: float | None = None
        self.reflectivity = 0.5
        self.dropout = 0.002
        self._along = along
        self._random = random.Random(seed)

    def echo(self, view: View) -> Echo:
        if self.sun:
            return Echo(0, OVEREXPOSED)
        seen_mm, reflects = self._nearest(view)
        amplitude = FULL_AMPLITUDE * reflects * (1000 / max(seen_mm, 300)) ** 2
        if self._random.random() < self.dropout:
            amplitude = 20
        noisy = max(0.0, self._random.gauss(seen_mm, SIGMA_MM))
        return Echo(round(noisy / 10), min(round(amplitude), OVEREXPOSED - 1))

    def _nearest(self, view: View) -> tuple[float, float]:
        """mm to it, and how well it reflects."""
        if self.covered_mm is not None:
            return self.covered_mm, 1.0
        hits = [hit for hit in map(self._hit, view.bodies) if hit is not None]
        return min([*((mm, self.reflectivity) for mm in hits), (float(self.far_mm), 1.0)])

    def _hit(self, body: Body) -> float | None:
        """mm to the ellipse that a body is seen from above; None = beside it, or below."""
        off = (body.along - self._along) / (body.shape.depth_m / 2)
        if abs(off) >= 1:
            return None
        half_m = body.shape.width_m / 2 * math.sqrt(1 - off * off)
        if self.aim == "down":
            over = abs(body.across) < half_m
            return max(0.0, self.far_mm - body.shape.height_m * 1000) if over else None
        if body.shape.height_m < BEAM_HEIGHT_M:
            return None
        return max(0.0, self.far_mm / 2 + (body.across - half_m) * 1000)
