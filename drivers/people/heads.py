"""Whether there is a head in one zone below a distance sensor over a door.

Theory of operation
-------------------
The sensor looks down from its mounting height. What it sees at distance d stands so high:

    height = mounting height - d * cosine of the zone's tilt

A zone is *present* from `head_mm` on (children are, dogs and trolleys are lower), until it is 60 mm
lower than that. Who walks at the edge of what is seen shows shoulders and no head, so where there
is a `low_mm` it is present from there on; `drivers.people.zones` tells by its length whether that
is somebody. Within one presence there may be several heads, each followed by a valley: the
shoulders of that person, the floor between two of them is not always to be seen.

    head    --220 mm below its peak------------------> valley
    valley  --150 mm above its lowest----------------> head (the next one)
    either  --60 mm below that-----------------------> absent
    absent  --head_mm, or low_mm---------------------> head

A shoulder is some 300 mm below the top of its head, a step makes a head bob by 50 mm, and the
sensor is uncertain by 10 mm, so neither walking nor noise makes a valley.

What stands there. While a zone is not present, what it sees (`standing_mm`) is followed with a time
constant of a minute, and a head has to be 150 mm higher than it. Something that stays within 60 mm
of its mean height for three minutes is no person: it becomes what stands there, after three seconds
if it is lower than `head_mm`. When it is gone for 2 s, it is forgotten at once.

What is no height. Higher than `tallest_mm` is no head but a door leaf, or a cover over the sensor.
That, and an echo of no use, leaves the zone as it is, and `trouble_since_ns` tells since when. No
echo at all means that the floor is out of reach, or black, and nothing stands there; in a zone that
mostly sees its floor it is for half a second taken for dark hair, which may follow bright skin.
"""

import math
from enum import Enum
from typing import NamedTuple

HYSTERESIS_MM = 60
VALLEY_MM = 220
RISE_MM = 150
MARGIN_MM = 150
STILL_MM = 60
STANDS_AFTER_NS = 180_000_000_000
LOW_STANDS_AFTER_NS = 3_000_000_000
GONE_AFTER_NS = 2_000_000_000
DARK_NS = 500_000_000
_FOLLOW = 1 / 1200  # a minute, at 20 looks a second
_LATELY = 0.05


class NoDistance(Enum):
    """What a sensor says instead of a distance."""

    NOTHING = "no echo"
    UNUSABLE = "an echo, or light, that says nothing"


Echo = float | NoDistance
"""A distance in mm, or why there is none."""


class Geometry(NamedTuple):
    """Heights above the floor in mm; `cosine` of the angle between a zone and the vertical."""

    mounting_mm: float
    head_mm: float
    tallest_mm: float
    cosine: float
    low_mm: float = math.inf
    """Lower than `head_mm` somebody may be down to here; infinite = nobody."""

    @property
    def least_mm(self) -> float:
        return min(self.head_mm, self.low_mm)

    def height(self, distance_mm: float) -> float:
        """How high the thing stands that is so far away."""
        return self.mounting_mm - distance_mm * self.cosine

    def zone_mm(self, height_mm: float) -> float:
        """How long a zone is at that height; its middle is tilted by half of its angle."""
        return 2 * (self.mounting_mm - height_mm) * math.sqrt(1 - self.cosine**2) / self.cosine


class HeadZone:
    """One zone: `present` = somebody, `head` = a head of somebody.

    `height_mm` is that of the last look that says one, `peak_mm` the highest of the head.
    """

    def __init__(self, geometry: Geometry) -> None:
        self.present = self.head = False
        self.height_mm = self.peak_mm = self.standing_mm = 0.0
        self.trouble_since_ns: int | None = None
        self._geometry = geometry
        self._valley = 0.0
        self._floor_seen = 0.0
        self._echo_ns = 0
        self._still_mm, self._still_since_ns = 0.0, 0
        self._lower_since_ns: int | None = None

    def see(self, echo: Echo, at_ns: int) -> None:
        """Take in what the sensor says of this zone; `at_ns` rises."""
        height = self._height(echo, at_ns)
        if height is None:
            self.trouble_since_ns = (
                at_ns if self.trouble_since_ns is None else self.trouble_since_ns
            )
            return
        self.trouble_since_ns = None
        self.height_mm = height
        self._judge(height)
        self._learn(height, at_ns, echoes=isinstance(echo, float))

    def _height(self, echo: Echo, at_ns: int) -> float | None:
        """None = nobody can say what is there."""
        if isinstance(echo, float):
            height = self._geometry.height(echo)
            self._echo_ns = at_ns
            return height if height <= self._geometry.tallest_mm else None
        if echo is NoDistance.UNUSABLE or self._may_be_dark(at_ns):
            return None
        return 0.0

    def _may_be_dark(self, at_ns: int) -> bool:
        return self.present and self._floor_seen > 0.5 and at_ns - self._echo_ns < DARK_NS

    def _judge(self, height: float) -> None:
        least = max(self._geometry.least_mm, self.standing_mm + MARGIN_MM)
        if height < least - HYSTERESIS_MM:
            self.present = self.head = False
        elif self.present:
            self._split(height)
        elif height >= least:
            self.present = self.head = True
            self.peak_mm = height

    def _split(self, height: float) -> None:
        if self.head:
            self.peak_mm = max(self.peak_mm, height)
            self.head = height >= self.peak_mm - VALLEY_MM
            self._valley = height
        else:
            self._valley = min(self._valley, height)
            self.head = height > self._valley + RISE_MM
            self.peak_mm = height

    def _learn(self, height: float, at_ns: int, echoes: bool) -> None:
        if self.present:
            self._watch_still(height, at_ns)
            return
        seen = echoes and height < self.standing_mm + MARGIN_MM
        self._floor_seen += _LATELY * (seen - self._floor_seen)
        self._still_since_ns = at_ns
        self._forget_what_is_gone(height, at_ns)
        self.standing_mm += _FOLLOW * (height - self.standing_mm)

    def _watch_still(self, height: float, at_ns: int) -> None:
        if abs(height - self._still_mm) > STILL_MM:
            self._still_mm, self._still_since_ns = height, at_ns
            return
        self._still_mm += _LATELY * (height - self._still_mm)
        low = height < self._geometry.head_mm
        if at_ns - self._still_since_ns >= (LOW_STANDS_AFTER_NS if low else STANDS_AFTER_NS):
            self.standing_mm = self._still_mm
            self.present = self.head = False

    def _forget_what_is_gone(self, height: float, at_ns: int) -> None:
        if height > self.standing_mm - MARGIN_MM:
            self._lower_since_ns = None
        elif self._lower_since_ns is None:
            self._lower_since_ns = at_ns
        elif at_ns - self._lower_since_ns >= GONE_AFTER_NS:
            self.standing_mm = height
