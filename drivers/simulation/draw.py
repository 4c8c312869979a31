"""Draws by chance who comes next, how, and what they want at the door."""

import math
import random

from drivers.simulation import parties, routes
from drivers.simulation.bodies import ADULT, CHILD, Shape
from drivers.simulation.journey import Gait, Journey
from drivers.simulation.parties import Party
from drivers.simulation.routes import Door, Lines, Route
from drivers.simulation.scenarios import PartyKind, Scenario
from drivers.simulation.walks import Direction

SPEED, SPEED_SPREAD = 1.2, 0.25
SLOWEST, FASTEST = 0.5, 2.0
"""m/s, of a normal distribution, and where it is cut: chosen."""

SWAY_M, RIPPLE_M = 0.03, 0.01
"""To the sides, and along the way: chosen."""

HEIGHT_SPREAD, WARMTH_SPREAD = 0.05, 0.15
"""Of people about their shape, as shares: 9 cm of an adult's 1.72 m; hair and clothes. Chosen."""

_SPREAD_LIMIT = 2.5
"""Spreads: nobody is further off."""

_HOLD_M = {"narrow": 0.76, "wide": 1.25}
"""Where people wait for the door: their foremost point, from the line. Nearer to it they would
stand in the way of who comes out, who takes more of it where two fit through."""

_WIDE_M = 1.0
_SPOT_M = 0.5


class Draw:
    """One journey after the other, as the scenario has them."""

    def __init__(self, scenario: Scenario, chance: random.Random) -> None:
        self._scenario = scenario
        self._door = Door(scenario.door_width_m)
        self._chance = chance

    def journey(self) -> Journey:
        """The next one."""
        kind = self._kind()
        party = self._party(kind)
        direction: Direction = "in" if self._chance.random() < 0.5 else "out"
        route = self._route(kind, party, direction)
        hold_m = _HOLD_M["wide" if self._door.width_m > _WIDE_M else "narrow"]
        return Journey(
            party,
            route,
            min(FASTEST, max(SLOWEST, self._chance.gauss(SPEED, SPEED_SPREAD))),
            tuple(self._gait(member.shape) for member in party.members),
            route.reaches(hold_m + party.front_m),
            steady=self._scenario.headway_s > 0,
        )

    def _kind(self) -> PartyKind | None:
        """None: alone."""
        left = self._chance.random()
        for kind, share in self._scenario.shares:
            left -= share
            if left < 0:
                return kind
        return None

    def _party(self, kind: PartyKind | None) -> Party:
        first = self._person()
        match kind:
            case "side by side":
                return parties.side_by_side(first, self._person())
            case "one behind the other":
                return parties.one_behind_the_other(first, self._person())
            case "tailgating":
                return parties.one_behind_the_other(first, self._person(), parties.TAILGATE_M)
            case "with a dog":
                return parties.with_dog(first)
            case "with a trolley":
                return parties.with_trolley(self._built(ADULT))
            case _:
                return parties.alone(first)

    def _person(self) -> Shape:
        return self._built(CHILD if self._chance.random() < self._scenario.children else ADULT)

    def _built(self, shape: Shape) -> Shape:
        """Taller or smaller, warmer or cooler than most."""
        return shape._replace(
            height_m=round(shape.height_m * self._spread(HEIGHT_SPREAD), 3),
            warmth_k=round(shape.warmth_k * self._spread(WARMTH_SPREAD), 2),
        )

    def _spread(self, share: float) -> float:
        off = self._chance.gauss(0, share)
        limit = _SPREAD_LIMIT * share
        return 1 + min(limit, max(-limit, off))

    def _gait(self, shape: Shape) -> Gait:
        """Steady people go on a line, as does what is no person."""
        phase = self._chance.uniform(0, 2 * math.pi)
        unsteady = shape.person and not self._scenario.headway_s
        return Gait(SWAY_M, RIPPLE_M, phase) if unsteady else Gait()

    def _route(self, kind: PartyKind | None, party: Party, coming: Direction) -> Route:
        room_m = self._door.room_m(party.width_m)
        lines = Lines(routes.WALL_M + party.deepest_m / 2 + 0.05, self._across(room_m))
        if kind == "turning back":
            place_m, stays_s = self._chance.uniform(-0.6, 0.6), self._chance.uniform(0.3, 2.0)
            return routes.turned_back(coming, lines, place_m, stays_s)
        if kind == "loitering":
            stands = [self._stand(room_m) for _ in range(2 + int(3 * self._chance.random()))]
            return routes.loitering(coming, lines, stands, self._chance.random() < 0.5)
        return routes.through(coming, lines)

    def _across(self, room_m: float) -> float:
        """To the right of the middle: as far as there is room, or less."""
        return room_m if self._scenario.headway_s else self._chance.uniform(room_m / 4, room_m)

    def _stand(self, room_m: float) -> tuple[routes.Place, float]:
        """Somewhere near the line, for some seconds."""
        place = self._chance.uniform(-_SPOT_M, _SPOT_M), self._chance.uniform(-room_m, room_m)
        return place, self._chance.uniform(2.0, 8.0)
