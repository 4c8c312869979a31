"""Two beams across the whole door, 1 m above the floor.

The outer beam lies half the spacing before the door, the inner one half the spacing behind it. A
body that is at least as high breaks them for its depth; arms that swing are not modelled.
"""

from collections.abc import Mapping

from drivers.contract import GpioModel
from drivers.people.beam_pair.driver import BeamPairConfig
from drivers.simulation.scene import View

BEAM_M = 1.0


class BeamPairModel(GpioModel):
    """What the two outputs say."""

    def __init__(self, config: BeamPairConfig) -> None:
        self._config = config

    def step(self, view: View) -> Mapping[int, bool]:
        """Both levels; the line that changes first comes first."""
        half_spacing = self._config.spacing_mm / 2000
        outer = (self._config.line_a, self._level(view, -half_spacing))
        inner = (self._config.line_b, self._level(view, half_spacing))
        return dict((outer, inner) if _inwards(view) else (inner, outer))

    def _level(self, view: View, beam: float) -> bool:
        broken = any(
            body.shape.height_m >= BEAM_M and abs(body.along - beam) <= body.shape.depth_m / 2
            for body in view.bodies
        )
        return broken == (self._config.broken == "high")


def _inwards(view: View) -> bool:
    """Whether the one at the door walks in: both bounds of a body pass the outer beam first."""
    nearest = min(view.bodies, key=lambda body: abs(body.along), default=None)
    return nearest is None or nearest.speed >= 0
