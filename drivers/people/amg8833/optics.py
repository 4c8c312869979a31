"""What warm bodies look like to 8x8 pixels that look down: the geometry behind the model.

A body is flat slabs one above the other, each an ellipse of its own warmth. Upright ones (people)
have a head, shoulders and hips, of which the clothed parts are less warm; long ones (a dog) are one
slab at their full height. Shares are chosen: hair and skin are some 8 K above the floor, clothes 3
to 5 K. A slab nearer to the sensor is larger and hides what is below it. A pixel sees 7.5 degrees,
blurred by the lens (Gaussian).
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from drivers.simulation.bodies import Body

SIDE = 8
PITCH = math.radians(60 / SIDE)
BLUR = 0.4
"""Sigma of the point spread in pixels; together with the pixel's own width 0.5."""

_SIGMA = math.hypot(BLUR, 1 / math.sqrt(12)) * math.sqrt(2)
_SQUARE = math.sqrt(math.pi) / 2
"""An ellipse is drawn as the rectangle of its area."""

_NEAREST_M = 0.05
_UPRIGHT = ((0.94, 0.75, 0.40, 1.0), (0.82, 1.0, 1.0, 0.6), (0.53, 0.8, 0.8, 0.4))
"""Head, shoulders, hips: shares of the body's height, depth, width and warmth."""


class Slab(NamedTuple):
    """A flat ellipse, in metres of the door; `warmth_k` above the floor (below 0: colder)."""

    along: float
    across: float
    height_m: float
    depth_m: float
    width_m: float
    warmth_k: float


def slabs(body: Body) -> list[Slab]:
    """The slabs of one body."""
    shape = body.shape
    upright = shape.height_m >= 2 * max(shape.depth_m, shape.width_m)
    return [
        Slab(
            body.along,
            body.across,
            shape.height_m * height,
            shape.depth_m * depth,
            shape.width_m * width,
            shape.warmth_k * warmth,
        )
        for height, depth, width, warmth in (_UPRIGHT if upright else [(1.0, 1.0, 1.0, 1.0)])
    ]


def picture(seen: Iterable[Slab], mounting_m: float) -> list[float]:
    """K above the floor of each pixel: rows along the way inwards, in them from -across to across.

    `mounting_m` is the sensor's height above the floor.
    """
    rises = [0.0] * (SIDE * SIDE)
    for slab in sorted(seen, key=lambda slab: slab.height_m):
        distance = max(_NEAREST_M, mounting_m - slab.height_m)
        rows = _shares(slab.along, slab.depth_m, distance)
        columns = _shares(slab.across, slab.width_m, distance)
        if any(rows) and any(columns):
            _draw(rises, rows, columns, slab.warmth_k)
    return rises


def _draw(
    rises: list[float], rows: Sequence[float], columns: Sequence[float], warmth_k: float
) -> None:
    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            share, index = row * column, r * SIDE + c
            rises[index] += share * (warmth_k - rises[index])


def _shares(middle_m: float, length_m: float, distance_m: float) -> list[float]:
    """How much of each of eight pixels in a line something of that length covers."""
    half = length_m / 2 * _SQUARE
    low, high = (math.atan((middle_m + end) / distance_m) / PITCH for end in (-half, half))
    first = -(SIDE - 1) / 2
    if high < first - 2 or low > 2 - first:
        return [0.0] * SIDE
    return [
        (math.erf((high - first - i) / _SIGMA) - math.erf((low - first - i) / _SIGMA)) / 2
        for i in range(SIDE)
    ]
