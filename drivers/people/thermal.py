"""People counted by a thermal picture of 8x8 pixels from above a door. mm, K, ns.

    picture -> rises over the background -> warm spots -> places -> tracks -> counts
               background.py                spots.py      here      warm_tracks.py

Geometry. A pixel sees 7.5 degrees, so its place on the floor grows with the distance. Spots are put
on one plane, 1.5 m above the floor between head and shoulders: with the sensor at height H the
picture is 1.15 * (H - 1.5 m) wide there. What follows from H, per pixel of that plane:

    deep         2 pixels behind the line a side begins: who gets from one to the other has
                 travelled 4 rows
    edge         the last row before the picture ends
    stride       of a walker of 2 m/s with the head 1.9 m high, in a frame
    threshold    1.5 K up to 2.4 m, 1.0 K from 3 m on: a head fills less of a pixel there

Who is lower (a child) seems slower and smaller, and crosses the same pixels.

When the picture shows nobody although people may be there, it does not see, and that time is blind:

    learning     the first 2 s
    covered      the level has jumped by 1.5 K within 1 s, and so evenly: a hand, a bag, a cover.
                 Until it is back within 0.75 K, and 0.6 K more for each minute (rooms drift) up to
                 half of the jump; or until somebody is seen to cross the line
    dazzled      less than two pixels from the line, as many as half a person are too warm to see
                 one (background.py): the sun, a radiator
    taken        somebody who stood there for 5 minutes has become background, until it is cold
    crowded      one spot is larger than four people: nobody in it can be told from another
"""

import math
from collections.abc import Sequence
from typing import Literal

from drivers.people import spots
from drivers.people.background import EVERYWHERE, SIDE, Background
from drivers.people.crossings import Line, Point
from drivers.people.warm_tracks import Rules, WarmTracker

Inward = Literal["notch", "opposite", "left", "right"]
"""The side of the picture that lies inside; its first row is at the notch."""

PITCH = math.radians(60 / SIDE)
PLANE_MM = 1500
_TALL_MM = 1900
_STRIDE_MM = 200
"""In a frame, at 2 m/s."""

_HEAD_MM, _APART_MM = 1600, 340
_PERSON_MM = (460, 280)
_BEYOND_MM = 10_000
_LEVEL_RATE = 1 / 10
_COVERED_K = 1.5
_UNCOVERED_K = 0.75
_DRIFT_K = 0.001
_FEWEST_DAZZLED = 3
_FEWEST_CROWDED = 12


def threshold(mounting_mm: float) -> float:
    """K: 1.5 up to 2.4 m, 1.0 from 3 m on."""
    return min(1.5, max(1.0, 1.5 - 0.5 * (mounting_mm - 2400) / 600))


def rules(mounting_mm: float) -> Rules:
    """How spots are followed at that mounting height."""
    plane = mounting_mm - PLANE_MM
    return Rules(
        stride=_STRIDE_MM * plane / max(mounting_mm - _TALL_MM, 400),
        deep=plane * math.tan(2 * PITCH),
        edge=plane * math.tan((SIDE / 2 - 1) * PITCH),
    )


def line(inward: Inward) -> Line:
    """Through the middle of the picture and beyond it; x to its right, y to the notch."""
    left, right = Point(-_BEYOND_MM, 0), Point(_BEYOND_MM, 0)
    near, far = Point(0, -_BEYOND_MM), Point(0, _BEYOND_MM)
    ends = {
        "notch": (left, right),
        "opposite": (right, left),
        "left": (near, far),
        "right": (far, near),
    }
    return Line(*ends[inward])


def _near(inward: Inward) -> set[int]:
    """The pixels less than two from the line."""
    by_row = inward in ("notch", "opposite")
    return {i for i in EVERYWHERE if 2 <= (i // SIDE if by_row else i % SIDE) < SIDE - 2}


class ThermalCounter:
    """Takes frames of 64 pixels (Cel); the counts only ever rise."""

    def __init__(
        self, mounting_mm: float, inward: Inward, threshold_k: float | None = None
    ) -> None:
        self.tracker = WarmTracker(line(inward), rules(mounting_mm))
        self._plane = mounting_mm - PLANE_MM
        self._threshold_k = threshold(mounting_mm) if threshold_k is None else threshold_k
        self._near = _near(inward)
        pixel_mm = self._plane * PITCH
        person = _PERSON_MM[0] * _PERSON_MM[1] / pixel_mm**2
        self._dazzled = max(_FEWEST_DAZZLED, round(person / 2))
        self._crowded = max(_FEWEST_CROWDED, round(person * 4))
        self._apart = max(2.0, _APART_MM / (PITCH * (mounting_mm - _HEAD_MM)))
        self.learn_anew()

    @property
    def counts(self) -> tuple[int, int]:
        """In and out."""
        return self.tracker.count_in, self.tracker.count_out

    def learn_anew(self) -> None:
        """What follows is not connected with what was seen so far, nor is its background."""
        self.tracker.forget()
        self._background = Background(self._threshold_k)
        self._cover = _Cover()

    def update(self, pixels: Sequence[float], now_ns: int) -> bool:
        """Take in one frame, later than the one before; whether people would be seen in it."""
        rises = self._background.rises(pixels)
        if rises is None:
            return False
        found = spots.find(rises, self._background.thresholds(), self._apart)
        self._background.learn(rises, [spot.pixels for spot in found], now_ns)
        before = self.tracker.crossings
        self.tracker.update([self._place(spot) for spot in found], now_ns)
        crossed = self.tracker.crossings != before
        covered = self._cover.seen(self._background.level, crossed)
        largest = max((len(spot.pixels) for spot in found), default=0)
        return not (
            covered
            or self._background.taken
            or len(self._background.dazzled & self._near) >= self._dazzled
            or largest >= self._crowded
        )

    def _place(self, spot: spots.Spot) -> Point:
        middle = (SIDE - 1) / 2
        return Point(
            self._plane * math.tan((spot.column - middle) * PITCH),
            self._plane * math.tan((middle - spot.row) * PITCH),
        )


class _Cover:
    """Whether something is held before the lens, by the level of the picture."""

    def __init__(self) -> None:
        self._usual = 0.0
        self._jump = 0.0
        self._frames = 0
        """Since it is covered; 0 = it is not."""

    def seen(self, level: float, crossed: bool) -> bool:
        change = abs(level - self._usual)
        if self._frames and (crossed or change < self._tolerance()):
            self._frames, self._usual = 0, level
        elif self._frames or change > _COVERED_K:
            self._frames += 1
            self._jump = max(self._jump, change) if self._frames > 1 else change
        else:
            self._usual += (level - self._usual) * _LEVEL_RATE
        return self._frames > 0

    def _tolerance(self) -> float:
        drift = min(_DRIFT_K * self._frames, self._jump / 2 - _UNCOVERED_K)
        return _UNCOVERED_K + max(0, drift)
