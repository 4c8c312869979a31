"""One body's way past the door, with the truth about it."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Literal, NamedTuple

from drivers.simulation.bodies import ADULT, Body, Shape

Direction = Literal["in", "out"]

REACH_M = 4.0
"""A walk begins and ends this far from the door."""


class Point(NamedTuple):
    """Where a body is at `at_s`, in the coordinates of the door (m)."""

    at_s: float
    along: float
    across: float


_TIME = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Walk:
    """At least two points in the order of their time, joined by straight lines.

    `direction` is the truth: which way a person has gone through the door. It is None for who
    turned back, and for whatever is no person.
    """

    points: tuple[Point, ...]
    shape: Shape = ADULT
    direction: Direction | None = None

    @property
    def starts_s(self) -> float:
        return self.points[0].at_s

    @property
    def ends_s(self) -> float:
        return self.points[-1].at_s

    @property
    def crosses_s(self) -> float | None:
        """When it is on the line for the last time, for a walk with a direction."""
        if self.direction is None:
            return None
        crossings = [_crossing(a, b) for a, b in pairwise(self.points) if a.along * b.along <= 0]
        return crossings[-1]

    def at(self, now_s: float) -> Body:
        """Where it is and how fast; the caller asks only between start and end."""
        later = bisect_right(self.points, now_s, 1, len(self.points) - 1, key=_TIME)
        began_s, along, across = self.points[later - 1]
        at_s, next_along, next_across = self.points[later]
        speed = (next_along - along) / (at_s - began_s)
        sideways = (next_across - across) / (at_s - began_s)
        past_s = now_s - began_s
        return Body(along + speed * past_s, across + sideways * past_s, speed, sideways, self.shape)


def straight(
    crosses_s: float, direction: Direction, speed: float, across: float = 0.0, shape: Shape = ADULT
) -> Walk:
    """Straight through the door at a steady speed (m/s, above 0), beside nothing and nobody."""
    sign = 1 if direction == "in" else -1
    takes_s = REACH_M / speed
    start = Point(crosses_s - takes_s, -sign * REACH_M, across)
    end = Point(crosses_s + takes_s, sign * REACH_M, across)
    return Walk((start, end), shape, direction if shape.person else None)


def _crossing(a: Point, b: Point) -> float:
    if a.along == b.along:
        return b.at_s
    return a.at_s + (b.at_s - a.at_s) * a.along / (a.along - b.along)
