"""Lets parties past the door one after the other, so that nobody walks through anybody.

Theory of operation
-------------------
Parties are planned in the order of their start, each to its end, and a plan is never changed: who
comes later gives way. Time goes in ticks of 0.1 s, and for each tick it is known what ground is
taken. A new party walks at its own speed, but

- behind somebody in its way only as fast as the distance allows that people keep in single file:
  0.36 m between middles when standing, and 1.06 s of way (Seyfried, Steffen, Klingsch, Boltes: The
  fundamental diagram of pedestrian movement revisited, J. Stat. Mech. 2005, P10002);
- it stops before the doorway, in its lane, where nobody else wants to go, until the whole way from
  there to the end is free; so two who meet in a narrow door wait for each other, and who stands in
  it holds up all others;
- if that cannot be, for example because the queue reaches back to the beginning, it starts later.

Earlier plans never depend on later ones, so there is no deadlock. A party that is let in `steady`
neither follows nor waits: it starts when its way is free.
"""

import math
from collections import defaultdict

from drivers.simulation.journey import TICK_S, Footprint, Journey

STANDSTILL_M = 0.08
"""Between the back of one adult and the front of the next when their middles are 0.36 m apart."""

TIME_GAP_S = 1.06
_AGAIN_TICKS = 2
_LONGEST_WAIT_TICKS = 1200
_LONGEST_TICKS = 6000


class Traffic:
    """What ground is taken when."""

    def __init__(self) -> None:
        self._taken: defaultdict[int, list[Footprint]] = defaultdict(list)
        self._forgotten = 0

    def forget(self, before: int) -> None:
        """Nothing is asked of earlier ticks any more."""
        for tick in range(self._forgotten, before):
            self._taken.pop(tick, None)
        self._forgotten = max(self._forgotten, before)

    def take(self, journey: Journey, started: int, distances: list[float]) -> None:
        """Whoever is planned from now on keeps off this ground."""
        for tick, distance in enumerate(distances, started):
            self._taken[tick] += journey.footprints(distance)

    def plan(self, journey: Journey, start: int) -> list[float] | None:
        """The distances of the party's reference tick by tick; None: it cannot start then."""
        if not self._free(journey.footprints(journey.begin_m), start):
            return None
        if journey.steady:
            return self._drive(journey, start, journey.begin_m, journey.end_m)
        distances = self._drive(journey, start, journey.begin_m, journey.hold_m)
        return None if distances is None else self._through(journey, start, distances)

    def _through(self, journey: Journey, start: int, distances: list[float]) -> list[float] | None:
        """Wait at the last of these until the rest of the way is free."""
        held_m = distances[-1]
        held = journey.footprints(held_m)
        while len(distances) < _LONGEST_WAIT_TICKS:
            now = start + len(distances) - 1
            rest = self._drive(journey, now, held_m, journey.end_m)
            if rest is not None:
                return distances + rest[1:]
            if not self._free(held, now + 1, _AGAIN_TICKS):
                return None
            distances = distances + [held_m] * _AGAIN_TICKS
        return None

    def _drive(
        self, journey: Journey, tick: int, start_m: float, end_m: float
    ) -> list[float] | None:
        """From here to there, with all stops between; None: somebody is in the way.

        Before the place where it holds it ends short of it, elsewhere at the end or beyond.
        """
        distances = [start_m]
        footprints = journey.footprints(start_m)
        stops = [stop for stop in journey.route.stops if start_m < stop[0] <= end_m]
        while distances[-1] < end_m and len(distances) < _LONGEST_TICKS:
            ahead_m = distances[-1] + self._speed(journey, distances[-1], footprints, tick) * TICK_S
            stands = 1
            if stops and ahead_m >= stops[0][0]:
                ahead_m, stands_s = stops.pop(0)
                stands += round(stands_s / TICK_S)
            if ahead_m > end_m == journey.hold_m:
                return distances
            footprints = journey.footprints(ahead_m)
            if not self._free(footprints, tick + 1, stands):
                return None
            distances += [ahead_m] * stands
            tick += stands
        return distances if distances[-1] >= end_m else None

    def _free(self, footprints: list[Footprint], tick: int, ticks: int = 1) -> bool:
        """Whether nobody is there, for so many ticks."""
        return not any(
            own.meets(other)
            for at in range(tick, tick + ticks)
            for other in self._taken.get(at, ())
            for own in footprints
        )

    def _speed(
        self, journey: Journey, distance_m: float, footprints: list[Footprint], tick: int
    ) -> float:
        """Its own, or what the distance to the next one in its way allows."""
        taken = self._taken.get(tick)
        facing = journey.route.facing(distance_m)
        if not taken or not facing or journey.steady:
            return journey.speed
        room_m = min(
            (own.room_to(other, facing) for own in footprints for other in taken), default=math.inf
        )
        return min(journey.speed, max(0.0, (room_m - STANDSTILL_M) / TIME_GAP_S))
