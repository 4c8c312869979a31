"""Ways past a door: through it, back from it, and about in it.

Whoever comes keeps to the right: 4 m before the door in a lane beside the one of the others, and in
the door as far right as it has room, so a route is the same for both directions, turned by half.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import copysign, hypot
from typing import NamedTuple

from drivers.simulation.walks import REACH_M, Direction

LANE_M = 0.55
"""The lanes lie this far from the middle: two pairs can pass each other."""

LANES_FROM_M = 1.2
"""Nearer to the door than this, people leave their lane for it."""

WALL_M = 0.10
"""Half of its thickness: within, whoever is beside the doorway is in the wall."""

_ELBOW_M = 0.05

Place = tuple[float, float]
"""Along and across, in metres."""


class Door(NamedTuple):
    """The doorway, `width_m` wide."""

    width_m: float = 0.9

    def room_m(self, width_m: float) -> float:
        """How far from its middle somebody that wide may walk. Raises ValueError: too wide."""
        if width_m > self.width_m:
            raise ValueError(f"{width_m:.2f} m do not fit through a door of {self.width_m:.2f} m")
        return max(0.0, (self.width_m - width_m) / 2 - _ELBOW_M)


class Lines(NamedTuple):
    """How one goes through the doorway: straight for `narrow_m` on both sides of the line."""

    narrow_m: float
    across_m: float

    def before(self) -> list[Place]:
        """From the far end of the lane to the doorway, of who goes in."""
        return [(-along, across) for along, across in reversed(self.behind())]

    def behind(self) -> list[Place]:
        """From the doorway to the far end of the lane, of who goes in."""
        return [(self.narrow_m, self.across_m), (LANES_FROM_M, LANE_M), (REACH_M, LANE_M)]


class Route:
    """Places joined by straight lines; at some of them one stands for a while.

    `stops` are (number of the place, seconds). Distances are metres on the way, from its beginning.
    """

    def __init__(
        self,
        places: Sequence[Place],
        direction: Direction | None,
        stops: Sequence[tuple[int, float]] = (),
    ) -> None:
        self._places = [place for i, place in enumerate(places) if i == 0 or place != places[i - 1]]
        if len(self._places) != len(places):
            raise ValueError("a route has a place twice in succession")
        legs = (hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(places))
        self._marks = list(accumulate(legs, initial=0.0))
        self.direction = direction
        self.length_m = self._marks[-1]
        self.stops = tuple((self._marks[place], seconds) for place, seconds in stops)

    def at(self, distance_m: float) -> Place:
        """Where one is then; before and beyond the ends their legs go on."""
        i = bisect_right(self._marks, distance_m, 1, len(self._marks) - 1)
        (x0, y0), (x1, y1) = self._places[i - 1], self._places[i]
        part = (distance_m - self._marks[i - 1]) / (self._marks[i] - self._marks[i - 1])
        return x0 + part * (x1 - x0), y0 + part * (y1 - y0)

    def facing(self, distance_m: float) -> float:
        """1 inwards, -1 outwards, 0 while one goes sideways."""
        i = bisect_right(self._marks, distance_m, 1, len(self._marks) - 1)
        way = self._places[i][0] - self._places[i - 1][0]
        return copysign(1.0, way) if way else 0.0

    def reaches(self, from_door_m: float) -> float:
        """The distance at which one is first so near to the door."""
        (x0, _), (x1, _) = self._places[1], self._places[2]
        if from_door_m >= abs(x0):
            return REACH_M - from_door_m
        part = (abs(x0) - from_door_m) / (abs(x0) - abs(x1))
        return self._marks[1] + part * (self._marks[2] - self._marks[1])


def through(coming: Direction, lines: Lines) -> Route:
    """Straight through the door."""
    return Route(_turned(coming, [*lines.before(), *lines.behind()]), coming)


def turned_back(coming: Direction, lines: Lines, place_m: float, stays_s: float) -> Route:
    """To `place_m` (negative: before the line), a moment there, and back in the other lane."""
    there = [place for place in (*lines.before(), *lines.behind()) if place[0] < place_m]
    across = _across(lines, place_m)
    back = [(along, -other) for along, other in reversed(there)]
    turn = [(place_m, across), (place_m, -across)]
    return Route(_turned(coming, [*there, *turn, *back]), None, [(len(there), stays_s)])


def loitering(
    coming: Direction, lines: Lines, stands: Sequence[tuple[Place, float]], goes_on: bool
) -> Route:
    """From one place near the line to the next, seconds at each, then on through the door or back.

    Within `narrow_m` of the line the places lie in the doorway, or one is in the wall.
    """
    leaves = lines.behind() if goes_on else [(-along, -across) for along, across in lines.behind()]
    before = lines.before()
    places = [*before, *(place for place, _ in stands), *leaves]
    stops = [(len(before) + i, seconds) for i, (_, seconds) in enumerate(stands)]
    return Route(_turned(coming, places), coming if goes_on else None, stops)


def _across(lines: Lines, along_m: float) -> float:
    """The place across that the straight way has there."""
    if abs(along_m) <= lines.narrow_m:
        return lines.across_m
    part = (abs(along_m) - lines.narrow_m) / (LANES_FROM_M - lines.narrow_m)
    return lines.across_m + min(1.0, part) * (LANE_M - lines.across_m)


def _turned(coming: Direction, places: Sequence[Place]) -> list[Place]:
    sign = 1 if coming == "in" else -1
    return [(sign * along, sign * across) for along, across in places]
