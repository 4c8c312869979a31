"""What a VL53L1X over a door sees: zones of its array as cones, and the surfaces of bodies in them.

16 x 16 SPADs see 27 degrees across the diagonal (DS12385). A body is made of points on its surface:
what is more than three times as high as wide and deep stands upright and has a head, an ellipsoid,
above shoulders that are wider and lower; all else is flat on top.
"""

import math
from functools import lru_cache
from typing import NamedTuple

from drivers.people.vl53l1x.driver import Vl53l1xConfig
from drivers.simulation.bodies import Shape
from drivers.simulation.scene import View

HALF_FIELD = math.tan(math.radians(13.5)) / math.sqrt(2)
"""Half the side of what the whole array sees, at a distance of 1."""

REACH_MM = {True: 1360, False: 3600}
"""Of short and long mode with the whole array and 33 ms, without daylight."""

SUN_KCPS = 5000
SUNNY_REACH_MM = 600
SHOULDERS = 0.82
HEAD = (0.10, 0.075, 0.12)
"""Half a head's length, width and height in metres."""

_ROUND = [math.tau * step / 12 for step in range(12)]


class Cone(NamedTuple):
    """Tangents of the edges of what a zone sees, along and across the way, and its SPADs."""

    along: tuple[float, float]
    across: tuple[float, float]
    spads: int


class Optics:
    """The sensor over the line, as it is mounted."""

    def __init__(self, config: Vl53l1xConfig) -> None:
        self._height_m = config.mounting_height_mm / 1000
        self._rows_along = config.mount == "perpendicular"
        self._sign = 1 if config.inward == "a_to_b" else -1
        self.cone = lru_cache(8)(self._cone)

    def _cone(self, centre: int, size: int) -> Cone | None:
        """None = the zone is not within the array."""
        width, height = (size & 15) + 1, (size >> 4) + 1
        upper = centre >= 128
        column, row = divmod(centre - 128 if upper else 127 - centre, 8)
        left, top = column - width // 2, row + (0 if upper else 8) - height // 2 + 1
        if not (0 <= left <= 16 - width and 0 <= top <= 16 - height):
            return None
        columns, rows = _edges(left, width), _edges(top, height)
        along, across = (rows, columns) if self._rows_along else (columns, rows)
        if self._sign < 0:
            along = -along[1], -along[0]
        return Cone(along, across, width * height)

    def nearest(self, view: View, cone: Cone) -> float:
        """Distance in mm of the nearest surface; the floor, if there is none."""
        middles = [sum(edges) / 2 for edges in (cone.along, cone.across)]
        floor = self._height_m * math.hypot(1, *middles)
        near = [
            self._distance(body.along, body.across, body.shape, cone)
            for body in view.bodies
            if abs(body.along) < 1.5
        ]
        return 1000 * min([floor, *near])

    def reach(self, cone: Cone, short: bool, seconds: float, ambient_kcps: float) -> float:
        """How far (mm) it sees: light by the fourth root, as signal against shot noise goes."""
        if ambient_kcps > SUN_KCPS:
            return SUNNY_REACH_MM
        return float(REACH_MM[short] * (cone.spads / 256 * seconds / 0.033) ** 0.25)

    def _distance(self, along: float, across: float, shape: Shape, cone: Cone) -> float:
        (back, front), (left, right) = cone.along, cone.across
        nearest = math.inf
        for x, y, z in surface(shape):
            depth = self._height_m - z
            if depth <= 0:
                continue
            dx, dy = x + along, y + across
            if back * depth <= dx <= front * depth and left * depth <= dy <= right * depth:
                nearest = min(nearest, dx * dx + dy * dy + depth * depth)
        return math.sqrt(nearest)


def _edges(first: int, count: int) -> tuple[float, float]:
    return (first - 8) / 8 * HALF_FIELD, (first + count - 8) / 8 * HALF_FIELD


@lru_cache(32)
def surface(shape: Shape) -> tuple[tuple[float, float, float], ...]:
    """Points in metres from the body's middle and from the floor."""
    if shape.height_m <= 3 * max(shape.depth_m, shape.width_m):
        return tuple(_box(shape))
    size = min(1.0, shape.height_m / 1.5)
    depth, width, height = (size * half for half in HEAD)
    head = _dome(depth, width, height, shape.height_m)
    half_depth, half_width = shape.depth_m / 2, shape.width_m / 2
    return head + _dome(half_depth, half_width, 0.08, SHOULDERS * shape.height_m)


def _dome(
    depth: float, width: float, height: float, top: float
) -> tuple[tuple[float, float, float], ...]:
    """The upper half of an ellipsoid whose highest point is at `top`."""
    rings = [
        (
            depth * share * math.cos(angle),
            width * share * math.sin(angle),
            top - height * (1 - math.sqrt(1 - share * share)),
        )
        for share in (0.35, 0.7, 0.9, 1.0)
        for angle in _ROUND
    ]
    return ((0.0, 0.0, top), *rings)


def _box(shape: Shape) -> list[tuple[float, float, float]]:
    steps = [step / 8 - 0.5 for step in range(9)]
    return [(x * shape.depth_m, y * shape.width_m, shape.height_m) for x in steps for y in steps]
