"""What an LD2450 makes of the bodies before it. mm and radians from the radar, seconds.

    bodies -> those in view -> echoes -> with ghosts -> merged -> the nearest three (model.py)

Known of the part in the field: targets through thin walls and by reflection that are nobody,
dropouts, people who stand still and are gone after seconds, two who walk side by side as one, slots
that change. How often and how much is chosen:

    size      the root of height x width beside an adult's, as for an LD2410; metal reflects as much
              as flesh, a leaf of wood a fifth. From 0.6 of an adult's on it is seen in each report,
              below 0.2 never: dogs flicker, leaves hardly show.
    shadow    whoever is behind somebody else, seen from the radar, has half of an echo for as much
              of the height as that one has. Radar does not look through people.
    wander    what reflects is somewhere on the body: a quarter of its depth and width (one sigma)
              off its middle, and elsewhere after half a second. Long things wander most.
    merging   less than 0.5 m farther and 0.75 m aside is one target, between the two: two receiving
              antennas tell one angle for each distance.
    dropouts  2 % of reports begin one of up to 0.5 s.
    fading    who stands still is gone after 2 to 6 s, until they move.
    ghosts    a body gets one every 10 s, for 0.2 to 0.8 s: by a detour, so farther, and elsewhere.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from drivers.simulation.bodies import ADULT, Body, Shape

PERIOD_S = 0.1
NOISE_MM = 30
MERGE_FARTHER_MM, MERGE_ASIDE_MM = 500, 750
DROPOUT, LONGEST_DROPOUT_S = 0.02, 0.5
FADES_S = (2.0, 6.0)
GHOST, GHOST_LASTS_S = 0.01, (0.2, 0.8)
_DETOUR_MM, _TURN = (600, 1500), math.radians(30)
ALWAYS_SEEN, NEVER_SEEN = 0.6, 0.2
_SHADOW = 0.5
_WOOD = 0.2
_WANDER_KEPT = 0.8
"""Of one report in the next."""

_STILL_M_S = 0.1
_SAME_M = 0.3


class Echo(NamedTuple):
    """mm from the radar, cm/s away from it, `size` of an adult's echo."""

    x: float
    y: float
    speed: float
    size: float


Place = Callable[[Body], tuple[float, float, float]]
"""x, y (mm) and radial speed (cm/s) of a body."""

InView = Callable[[float, float], bool]


@dataclass(slots=True)
class _Ghost:
    """Seen until then, so much farther and turned by so much."""

    until_s: float
    farther: float
    turn: float


@dataclass(slots=True)
class _Seen:
    """A body as the last report left it. `stood_s`: since when it stands."""

    body: Body
    wander: tuple[float, float]
    stood_s: float
    fades_s: float
    dropped_until_s: float = -math.inf
    ghosts: list[_Ghost] = field(default_factory=list)


class Echoes:
    """One report after the other. Same seed and bodies, same echoes."""

    def __init__(self, chance: random.Random, place: Place, in_view: InView) -> None:
        self._chance = chance
        self._place = place
        self._in_view = in_view
        self._seen: list[_Seen] = []

    def report(self, bodies: Sequence[Body], now_s: float) -> list[Echo]:
        """The nearest first."""
        self._recognise(bodies, now_s)
        echoes = [echo for seen in self._seen for echo in self._of(seen, now_s)]
        return sorted(_merged(echoes), key=_distance)

    def _recognise(self, bodies: Sequence[Body], now_s: float) -> None:
        """Bodies have no names: the one of that shape where it must be now is the same."""
        before, self._seen = self._seen, []
        for body in bodies:
            same = next((seen for seen in before if _same(seen.body, body)), None)
            if same is None:
                same = _Seen(body, self._drift(body.shape, (0, 0), 0), now_s, self._fades_s())
            else:
                before.remove(same)
            self._seen.append(self._aged(same, body, now_s))

    def _aged(self, seen: _Seen, body: Body, now_s: float) -> _Seen:
        if math.hypot(body.speed, body.sideways) >= _STILL_M_S:
            seen = replace(seen, stood_s=now_s, fades_s=self._fades_s())
        if self._chance.random() < DROPOUT and seen.dropped_until_s <= now_s:
            seen.dropped_until_s = now_s + self._chance.uniform(PERIOD_S, LONGEST_DROPOUT_S)
        ghosts = [ghost for ghost in seen.ghosts if ghost.until_s > now_s]
        if self._chance.random() < GHOST:
            lasts_s, farther = (
                self._chance.uniform(*GHOST_LASTS_S),
                self._chance.uniform(*_DETOUR_MM),
            )
            ghosts.append(_Ghost(now_s + lasts_s, farther, self._chance.uniform(-_TURN, _TURN)))
        wander = self._drift(body.shape, seen.wander, _WANDER_KEPT)
        return replace(seen, body=body, wander=wander, ghosts=ghosts)

    def _drift(self, shape: Shape, before: tuple[float, float], kept: float) -> tuple[float, float]:
        """Along and across (m)."""
        anew = math.sqrt(1 - kept**2) / 4
        return (
            kept * before[0] + anew * self._chance.gauss(0, shape.depth_m),
            kept * before[1] + anew * self._chance.gauss(0, shape.width_m),
        )

    def _fades_s(self) -> float:
        return self._chance.uniform(*FADES_S)

    def _of(self, seen: _Seen, now_s: float) -> list[Echo]:
        """Itself and its ghosts, as far as they are seen."""
        x, y, speed = self._place(seen.body)
        if not self._in_view(x, y) or now_s - seen.stood_s > seen.fades_s:
            return []
        size = _size(seen.body.shape) * self._shadow(seen.body)
        shown = self._chance.random() < (size - NEVER_SEEN) / (ALWAYS_SEEN - NEVER_SEEN)
        if not shown or seen.dropped_until_s > now_s:
            return []
        off = seen.body._replace(
            along=seen.body.along + seen.wander[0], across=seen.body.across + seen.wander[1]
        )
        x, y, _ = self._place(off)
        own = Echo(self._chance.gauss(x, NOISE_MM), self._chance.gauss(y, NOISE_MM), speed, size)
        ghosts = [_by_detour(own, ghost) for ghost in seen.ghosts]
        return [own, *(ghost for ghost in ghosts if self._in_view(ghost.x, ghost.y))]

    def _shadow(self, body: Body) -> float:
        """What others leave of its echo, 1 = all."""
        left = 1.0
        x, y, _ = self._place(body)
        for other in (seen.body for seen in self._seen if seen.body is not body):
            other_x, other_y, _ = self._place(other)
            nearer = math.hypot(other_x, other_y) < math.hypot(x, y)
            aside = abs(math.atan2(x, y) - math.atan2(other_x, other_y))
            half = 500 * other.shape.width_m / (math.hypot(other_x, other_y) or 1)
            if nearer and aside < half:
                covered = min(1.0, other.shape.height_m / body.shape.height_m)
                left = min(left, math.sqrt(1 - covered * (1 - _SHADOW**2)))
        return left


def _same(before: Body, body: Body) -> bool:
    apart_m = math.hypot(body.along - before.along, body.across - before.across)
    return before.shape == body.shape and apart_m < _SAME_M


def _size(shape: Shape) -> float:
    area = shape.height_m * shape.width_m
    return math.sqrt(area / (ADULT.height_m * ADULT.width_m)) * _reflects(shape)


def _reflects(shape: Shape) -> float:
    return _WOOD if shape.kind == "door leaf" else 1.0


def _by_detour(echo: Echo, ghost: _Ghost) -> Echo:
    distance, angle = _distance(echo) + ghost.farther, math.atan2(echo.x, echo.y) + ghost.turn
    return echo._replace(
        x=distance * math.sin(angle), y=distance * math.cos(angle), size=echo.size / 2
    )


def _distance(echo: Echo) -> float:
    return math.hypot(echo.x, echo.y)


def _merged(echoes: Sequence[Echo]) -> list[Echo]:
    """The strongest first, and each takes in what is too near to be told from it."""
    merged: list[Echo] = []
    for echo in sorted(echoes, key=lambda one: -one.size):
        near = next((i for i, other in enumerate(merged) if _one(other, echo)), None)
        if near is None:
            merged.append(echo)
        else:
            merged[near] = _between(merged[near], echo)
    return merged


def _one(a: Echo, b: Echo) -> bool:
    """Whether they are one target to the radar."""
    farther = abs(_distance(a) - _distance(b))
    return farther < MERGE_FARTHER_MM and math.dist(a[:2], b[:2]) < math.hypot(
        farther, MERGE_ASIDE_MM
    )


def _between(a: Echo, b: Echo) -> Echo:
    size = a.size + b.size
    x, y, speed = ((p * a.size + q * b.size) / size for p, q in zip(a[:3], b[:3], strict=True))
    return Echo(x, y, speed, max(a.size, b.size))
