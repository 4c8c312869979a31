"""A party on its way: what ground it takes at each distance, and the walks that come of it."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from drivers.simulation.parties import Member, Party
from drivers.simulation.routes import Place, Route
from drivers.simulation.walks import Point, Walk

TICK_S = 0.1
"""All plans go in steps of this."""

CLEARANCE_M = 0.05
"""Kept between bodies, since they are compared only tick by tick."""

STRIDE_M = 1.4
"""Two steps: chosen."""

_STRAIGHT_M = 2e-4


class Footprint(NamedTuple):
    """The ground under a body: its middle and half of its size, in metres."""

    along: float
    across: float
    half_depth: float
    half_width: float

    def meets(self, other: "Footprint") -> bool:
        """Whether less than the clearance lies between them."""
        along = abs(self.along - other.along) - self.half_depth - other.half_depth
        return along < CLEARANCE_M and self._beside(other) < CLEARANCE_M

    def room_to(self, other: "Footprint", facing: float) -> float:
        """Metres before it until it walks into the other; infinite if that is not in its way."""
        ahead = (other.along - self.along) * facing
        if ahead <= 0 or self._beside(other) >= CLEARANCE_M:
            return math.inf
        return ahead - self.half_depth - other.half_depth

    def _beside(self, other: "Footprint") -> float:
        return abs(self.across - other.across) - self.half_width - other.half_width


class Gait(NamedTuple):
    """How a person sways to the sides (m) and how unevenly they go, by the distance walked."""

    sway_m: float = 0.0
    ripple_m: float = 0.0
    phase: float = 0.0

    def swayed(self, place: Place, distance_m: float) -> Place:
        """Where the body is when the way is there. Standing still, nobody sways."""
        turn = 2 * math.pi * distance_m / STRIDE_M + self.phase
        along, across = place
        return along + self.ripple_m * math.sin(2 * turn), across + self.sway_m * math.sin(turn)


@dataclass(frozen=True, slots=True)
class Journey:
    """A party on its route, at `speed` m/s where nothing is in its way; a gait for each member."""

    party: Party
    route: Route
    speed: float
    gaits: tuple[Gait, ...]
    hold_m: float
    """The distance at which the party waits until the door is free."""

    steady: bool = False

    @property
    def begin_m(self) -> float:
        """The distance of its reference at which its foremost member begins."""
        return -max(member.ahead_m for member in self.party.members)

    @property
    def end_m(self) -> float:
        """The distance of its reference at which its last member ends."""
        return self.route.length_m - min(member.ahead_m for member in self.party.members)

    def footprints(self, distance_m: float) -> list[Footprint]:
        """Of those members that are on the route."""
        return [
            Footprint(*place, member.shape.depth_m / 2, member.shape.width_m / 2)
            for member, gait in zip(self.party.members, self.gaits, strict=True)
            if (place := self.place(member, gait, distance_m))
        ]

    def place(self, member: Member, gait: Gait, distance_m: float) -> Place | None:
        """Where that member is, None if it is not on the route."""
        own_m = distance_m + member.ahead_m
        if not 0 <= own_m <= self.route.length_m:
            return None
        along, across = self.route.at(own_m)
        return gait.swayed((along, across + member.aside_m), own_m)

    def walks(self, started: int, distances: list[float]) -> list[Walk]:
        """Of each member, from the distances of the reference tick by tick."""
        return [
            self._walk(member, gait, started, distances)
            for member, gait in zip(self.party.members, self.gaits, strict=True)
        ]

    def _walk(self, member: Member, gait: Gait, started: int, distances: list[float]) -> Walk:
        points = [
            Point(round(tick * TICK_S, 1), round(place[0], 4), round(place[1], 4))
            for tick, distance in enumerate(distances, started)
            if (place := self.place(member, gait, distance))
        ]
        truth = self.route.direction if member.shape.person else None
        return Walk(_without_idle(points), member.shape, truth)


def _without_idle(points: list[Point]) -> tuple[Point, ...]:
    """Without those that lie on the straight line between their neighbours."""
    kept = points[:1]
    for point, after in pairwise(points[1:]):
        if not _straight(kept[-1], point, after):
            kept.append(point)
    return (*kept, points[-1])


def _straight(a: Point, b: Point, c: Point) -> bool:
    part = (b.at_s - a.at_s) / (c.at_s - a.at_s)
    return (
        abs(a.along + part * (c.along - a.along) - b.along) < _STRAIGHT_M
        and abs(a.across + part * (c.across - a.across) - b.across) < _STRAIGHT_M
    )
