"""From how the sensor hangs to the zones it looks at, and to heights.

The array has 16 x 16 SPADs that see 27 degrees across its diagonal, 19.1 along a side: at distance
d a field of 0.34 d. The zones lie next to each other in the middle of the array. Low down they are
half the array each, as in ST's people counter (STSW-IMG010, UM2600, whose centres these are) and by
Roode's rule (16 * (1 - 0.3 / (0.34 d)), at most 8). The higher it hangs the longer they are where
heads are, until two who walk 0.6 m apart never leave both zones: so they are narrower from 2.45 m
on, and again from 2.85 m on (found with the simulated part, three in tow at 0.6 to 1.5 m/s). Narrow
zones see less light, and are crossed so quickly that both are taken within one look.
"""

import math
from typing import Literal

from drivers.people.heads import Geometry
from drivers.people.vl53l1x.codec import Zone

Mount = Literal["parallel", "perpendicular"]

SPADS = 16
SIDE = 2 * math.atan(math.tan(math.radians(27 / 2)) / math.sqrt(2))
FIELD = 2 * math.tan(SIDE / 2)
"""Width of what is seen, as a share of the distance: 0.34."""

SHOULDER_MM = 230
SLIVER_MM = 80
"""Half a body's width, and how much of it has to be in the field to be seen."""


SHOULDERS = 0.75
SHOULDERS_AT_MM = 1400
TALLEST_MM = 1950
COVER_MM = 200

Width = Literal[4, 6, 8]
WIDTHS: tuple[tuple[int, Width], ...] = ((2450, 8), (2850, 6))
"""Of a zone in SPADs, up to that mounting height in mm."""

CENTRES: dict[Mount, dict[int, tuple[int, int]]] = {
    "parallel": {8: (167, 231), 6: (175, 223), 4: (183, 215)},
    "perpendicular": {8: (195, 60), 6: (196, 61), 4: (197, 62)},
}
"""By the width of a zone."""


def zone_width(mounting_mm: float) -> Width:
    """In SPADs."""
    return next((width for up_to_mm, width in WIDTHS if mounting_mm <= up_to_mm), 4)


def zones(mount: Mount, width: int, centres: tuple[int, int] | None = None) -> tuple[Zone, Zone]:
    """Zones a and b, as wide as the array across the way."""
    size = (width, SPADS) if mount == "parallel" else (SPADS, width)
    a, b = centres or CENTRES[mount][width]
    return Zone(a, *size), Zone(b, *size)


def geometry(mounting_mm: float, head_mm: float, width: int) -> Geometry:
    """Heights; higher than 1.95 m, or nearer than 0.2 m, is no head.

    Below `head_mm` the shoulders of who is that tall are looked for (0.82 of it, their rim lower).
    """
    tilt = math.atan(FIELD / 2 * width / SPADS)
    tallest = min(TALLEST_MM, mounting_mm - COVER_MM)
    return Geometry(mounting_mm, head_mm, tallest, math.cos(tilt), SHOULDERS * head_mm)


def widest_door(mounting_mm: float) -> int:
    """Width in mm of the widest door in which nobody gets past the field, shoulder at the frame."""
    field = FIELD * (mounting_mm - SHOULDERS_AT_MM)
    return int(field + 4 * SHOULDER_MM - 2 * SLIVER_MM)
