"""One sensor with one fault over one crowd: who was missed, who counted twice, and what was blind.

The sensor is looked after as the gateway does it (gateway/sampling/sensor.py): polled and read at
its pace, closed at a DriverError, and opened again after a wait of `Backoff`. While it waits, and
while a driver sleeps, the scene goes on. Faults begin shortly before the first walk and end with
the last one; what is blind before is not told.

Counts are compared with the truth at each quiet moment at which the sensor has been read since it
was opened, so nobody who is missed makes up for somebody too many. *Blind people* are those who
were in its sight while the driver says that it was blind, or the part was away, or less than PAD_S
before or after.
"""

import random
from typing import NamedTuple

from bench.counting_doors import Counts
from bench.counting_fault_buses import (
    AWAY_S,
    BETWEEN_S,
    LOOSE_AGAIN_S,
    LOOSE_S,
    Chance,
    Fault,
)
from bench.counting_fault_keeper import Books, Keeper, Stretch
from bench.counting_fault_parts import PARTS, FaultyPart, PartName
from bench.counting_ports import SleepTime
from bench.counting_run import AFTERWARDS_S
from bench.counting_scenes import BEGINS_S, PEOPLE, scene
from drivers.simulation.scene import Scene, View

_AT_LINE_M = 0.3


class Outcome(NamedTuple):
    """`truth` and `counted` in and out; `missed`, `extra` and `blind_people` are people.

    It was `away` so many times, `away_s` in all; `waited_s`: closed, and not away. The part needs
    `starts_s` after each loss of its supply.
    """

    part: PartName
    fault: Fault
    seed: int
    truth: Counts
    counted: Counts
    missed: int
    extra: int
    blind_people: int
    blind_s: float
    away: int
    away_s: float
    waited_s: float
    failures: int
    lasted_s: float
    starts_s: float


def run(part: PartName, fault: Fault, seed: int, people: int = PEOPLE) -> Outcome:
    """Deterministic: same arguments, same outcome. Seeds the global random: `Backoff` draws so."""
    random.seed(seed)
    site = Site(part, fault, seed, people)
    site.live()
    keeper, books = site.keeper, site.books
    return Outcome(
        part,
        fault,
        seed,
        books.truth,
        books.counted,
        books.missed,
        books.extra,
        books.blind_people([*keeper.blind, *site.away], site.part.seen_m),
        keeper.blind_s,
        len(site.away),
        sum(until_s - since_s for since_s, until_s in site.away),
        site.waited_s,
        keeper.failures,
        site.time.now_s - BEGINS_S,
        site.part.starts_s,
    )


class Site:
    """A sensor at the door, the crowd, and the fault. `away`: when it was unplugged."""

    def __init__(self, part: PartName, fault: Fault, seed: int, people: int) -> None:
        self.time = SleepTime(self.let_pass)
        self.part: FaultyPart
        self.books = Books()
        self.away: list[Stretch] = []
        self.waited_s = 0.0
        self._chance = Chance(fault, seed)
        self.part = PARTS[part](self.time, self._chance, seed)
        self.keeper = Keeper(self.part.driver, self.time, at_once=fault == "loose")
        rest_s = self.part.settles_s + AFTERWARDS_S
        walks = scene("busy-10", seed, self.part.reach_m, people, rest_s)
        self._scene = Scene(walks, self.books.walked)
        self._quiet_s = 0.0
        self._changes_s = BEGINS_S + self._between_s()

    def live(self) -> None:
        """Until all who came are counted, or the sensor has come back."""
        self.let_pass(1.0)
        while self.time.now_s < BEGINS_S - 1:
            self.let_pass(self.keeper.look())
        self.keeper.forget()
        self._chance.active, self.waited_s = True, 0.0
        while not (self._scene.empty and self._is_settled()):
            self.let_pass(self.keeper.look())
            self._chance.active = not self._scene.empty
            if self._is_settled():
                self.books.close(self.keeper.counts)

    def let_pass(self, seconds: float) -> None:
        """The world goes on, and with it the time of part, bus and driver."""
        end_s = self.time.now_s + seconds
        while end_s - self.time.now_s > 1e-9:
            step_s = min(self.part.step_s, end_s - self.time.now_s)
            view = self._scene.step(step_s)
            self._pull_or_plug(view)
            self.part.step(view)
            self.time.now_s = view.now_s
            quiet = self._scene.next_change_s > view.now_s
            self._quiet_s = self._quiet_s + step_s if quiet else 0.0
            self.waited_s += step_s * (not self.keeper.present and not self._chance.away)

    def _is_settled(self) -> bool:
        settled = self.keeper.told and self._quiet_s >= self.part.settles_s
        return settled and not (self._chance.away and self._scene.empty)

    def _pull_or_plug(self, view: View) -> None:
        chance = self._chance
        if chance.away:
            self.away[-1] = self.away[-1][0], view.now_s
        loose = chance.fault == "loose"
        if not (loose or chance.fault == "unplugged") or view.now_s < self._changes_s:
            return
        if chance.away:
            chance.away = False
            self._changes_s = view.now_s + (LOOSE_AGAIN_S if loose else self._between_s())
            if not loose:
                self.part.restart(view)
        elif chance.active and (self._in_passage(view) or (len(self.away) % 2 and not loose)):
            chance.away = True
            self.away.append((view.now_s, view.now_s))
            self._changes_s = view.now_s + (LOOSE_S if loose else AWAY_S)

    def _in_passage(self, view: View) -> bool:
        return any(abs(body.along) < _AT_LINE_M for body in view.bodies)

    def _between_s(self) -> float:
        return self._chance.random.expovariate(1 / BETWEEN_S)
