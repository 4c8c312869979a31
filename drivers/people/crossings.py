"""Where a track stands towards the line that counts. All lengths are in mm.

`depth` is the signed distance from the line, positive inside. A track has a side, which changes
only when it is `hysteresis` beyond the line; whether it went through between the ends of the line
is decided then. It is settled on the side where it last was `travel` deep, so whoever was settled
on both sides has travelled that far on each:

    settled     gets deep         last went through        becomes    counts
    nowhere     on either side    -                        that side  nothing: began at the line
    outside     inside            between the ends         inside     in
    inside      outside           between the ends         outside    out
    either      on the other      beyond an end            the other  nothing: walked round it

A count waits until the track is `certain` deep, or has ended at least `travel` deep. Who turns back
before is settled where they came from, and counts nothing: going in a little and out again,
loitering on the line.

Who comes out from behind somebody at the line was one with them so far, and takes over where that
track was settled.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple


class Point(NamedTuple):
    """A position, or a velocity in mm/s."""

    x: float
    y: float


Polygon = Sequence[Point]


@dataclass(frozen=True, slots=True)
class Line:
    """The line to cross; inside is to the left of the way from `start` to `end`."""

    start: Point
    end: Point

    def depth(self, point: Point) -> float:
        """Distance from the infinite line, positive inside."""
        (x0, y0), (x1, y1) = self.start, self.end
        left = (x1 - x0) * (point.y - y0) - (y1 - y0) * (point.x - x0)
        return left / math.dist(self.start, self.end)

    def between_ends(self, before: Point, after: Point) -> bool:
        """Whether the way between two points on different sides cuts the line itself."""
        way = Line(before, after)
        return way.depth(self.start) * way.depth(self.end) <= 0


def inside_polygon(point: Point, polygon: Polygon) -> bool:
    """Even-odd rule."""
    x, y = point
    odd = False
    for (x0, y0), (x1, y1) in pairwise([*polygon, polygon[0]]):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            odd = not odd
    return odd


class Depths(NamedTuple):
    """How deep one must be to change side, to settle, and to count at once."""

    hysteresis: float
    travel: float
    certain: float


class Passage:
    """One track's: the table above. Sides: +1 inside, -1 outside, 0 = neither so far."""

    def __init__(self, line: Line, depths: Depths) -> None:
        self._line = line
        self._depths = depths
        self._depth = 0.0
        self._side = 0
        self._settled = 0
        self._last = Point(0, 0)
        self._between_ends = False

    def inherit(self, other: "Passage") -> bool:
        """Take over where the other has come from, if this one began at the line."""
        if abs(self._depth) >= self._depths.travel or not other._settled:
            return False
        self._side, self._settled = other._side, other._settled
        self._last, self._between_ends = other._last, other._between_ends
        return True

    def move(self, position: Point, trusted: bool = True) -> int:
        """+1 = counts in, -1 = counts out; not before the track is `trusted`."""
        self._depth = self._line.depth(position)
        self._watch_side(position)
        waits = not trusted or abs(self._depth) < self._depths.certain
        return 0 if waits and self._would_count else self.end()

    def end(self) -> int:
        """The same, for a track that goes no farther."""
        if abs(self._depth) < self._depths.travel or self._side == self._settled:
            return 0
        counts = self._would_count
        self._settled = self._side
        return self._side if counts else 0

    @property
    def _would_count(self) -> bool:
        return self._settled != 0 and self._between_ends

    def _watch_side(self, position: Point) -> None:
        if self._depth * self._side > 0:
            self._last = position
        elif abs(self._depth) >= self._depths.hysteresis:
            self._between_ends = self._side != 0 and self._line.between_ends(self._last, position)
            self._side = 1 if self._depth > 0 else -1
            self._last = position
