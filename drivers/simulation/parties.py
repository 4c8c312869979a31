"""Who comes together: alone, in pairs, with a dog, with a trolley; and the door's own leaf."""

from collections.abc import Sequence
from math import cos, pi, sin
from typing import NamedTuple

from drivers.simulation.bodies import ADULT, DOG, DOOR_LEAF, TROLLEY, Shape
from drivers.simulation.routes import Door
from drivers.simulation.walks import Point, Walk

BESIDE_M = 0.55
"""Between the middles of two who walk side by side: chosen."""

TAILGATE_M = 0.6
"""Between the middles of two of whom one slips in behind the other: chosen."""

COMPANION_M = 1.1
"""Between the middles of two who belong together and walk one behind the other: chosen."""

LEAF_OPENS_S, LEAF_CLOSES_S = 1.0, 2.5
"""How long a leaf swings open under a hand, and shut by its closer: chosen."""

_SWING_STEPS = 3


class Member(NamedTuple):
    """A body that keeps its place in the party: metres before its reference, and to its left."""

    ahead_m: float
    aside_m: float
    shape: Shape


class Party(NamedTuple):
    """Bodies that move as one."""

    members: tuple[Member, ...]

    @property
    def people(self) -> int:
        return sum(member.shape.person for member in self.members)

    @property
    def width_m(self) -> float:
        """What it takes of the door."""
        return _far(self.members) + _far(_mirrored(self.members))

    @property
    def front_m(self) -> float:
        """From its reference to its foremost point."""
        return max(member.ahead_m + member.shape.depth_m / 2 for member in self.members)

    @property
    def deepest_m(self) -> float:
        """The depth of its deepest body."""
        return max(member.shape.depth_m for member in self.members)


def alone(shape: Shape = ADULT) -> Party:
    """One person."""
    return Party((Member(0.0, 0.0, shape),))


def side_by_side(left: Shape = ADULT, right: Shape = ADULT) -> Party:
    """Two people beside each other."""
    return _centred(Member(0.0, BESIDE_M, left), Member(0.0, 0.0, right))


def one_behind_the_other(
    first: Shape = ADULT, second: Shape = ADULT, apart_m: float = COMPANION_M
) -> Party:
    """Two people in line, `apart_m` between their middles."""
    return _centred(Member(0.0, 0.0, first), Member(-apart_m, 0.0, second))


def with_dog(owner: Shape = ADULT) -> Party:
    """A person with a dog close beside."""
    return _centred(Member(0.0, 0.0, owner), Member(0.1, 0.4, DOG))


def with_trolley(pusher: Shape = ADULT) -> Party:
    """A person who pushes a trolley at arm's length."""
    ahead_m = (TROLLEY.depth_m + pusher.depth_m) / 2 + 0.1
    return _centred(Member(0.0, 0.0, pusher), Member(ahead_m, 0.0, TROLLEY))


def swing(door: Door, opens_s: float, closes_s: float, hinge: int = 1) -> tuple[Walk, ...]:
    """A leaf that opens inwards at `opens_s`, stands open, and begins to close at `closes_s`.

    The middle of the leaf sweeps an arc about its hinge (`hinge` 1: at positive `across`). Bodies
    do not turn: up to 45 degrees it is a thin body across the door, beyond one along its way.
    """
    across = DOOR_LEAF._replace(width_m=door.width_m)
    along = across._replace(depth_m=across.width_m, width_m=across.depth_m)
    opened_s, shut_s = opens_s + LEAF_OPENS_S, closes_s + LEAF_CLOSES_S
    opens, closes = LEAF_OPENS_S / 2, LEAF_CLOSES_S / 2
    radius = door.width_m / 2
    opening = _arc(radius, hinge, (opens_s, opens_s + opens), (0, pi / 4))
    opened = _arc(radius, hinge, (opens_s + opens, opened_s), (pi / 4, pi / 2))
    closing = _arc(radius, hinge, (closes_s, closes_s + closes), (pi / 2, pi / 4))
    shutting = _arc(radius, hinge, (closes_s + closes, shut_s), (pi / 4, 0))
    return Walk(opening, across), Walk(opened + closing, along), Walk(shutting, across)


def _arc(
    radius_m: float, hinge: int, lasts_s: tuple[float, float], turns: tuple[float, float]
) -> tuple[Point, ...]:
    def point(part: float) -> Point:
        angle = turns[0] + part * (turns[1] - turns[0])
        at_s = lasts_s[0] + part * (lasts_s[1] - lasts_s[0])
        return Point(
            round(at_s, 4),
            round(radius_m * sin(angle), 4),
            round(hinge * radius_m * (1 - cos(angle)), 4),
        )

    return tuple(point(step / _SWING_STEPS) for step in range(_SWING_STEPS + 1))


def _centred(*members: Member) -> Party:
    """As much of the party on one side of its reference as on the other."""
    middle_m = (_far(members) - _far(_mirrored(members))) / 2
    return Party(tuple(m._replace(aside_m=round(m.aside_m - middle_m, 4)) for m in members))


def _far(members: Sequence[Member]) -> float:
    return max(member.aside_m + member.shape.width_m / 2 for member in members)


def _mirrored(members: Sequence[Member]) -> list[Member]:
    return [member._replace(aside_m=-member.aside_m) for member in members]
