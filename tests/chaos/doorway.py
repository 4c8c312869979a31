"""The world of a node in simulated time: who walks through its door, and when, to the 20 ms."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from drivers.bus.sim import SimulatedGpio, SimulatedI2c
from drivers.simulation.scene import View
from drivers.simulation.walks import Direction, Walk, straight
from drivers.timebase import Timebase

SECOND = 1_000_000_000
STEP_NS = 20_000_000
AIR_NS = 10 * SECOND
AFTER_S = 10.0
"""Outputs are held for at most so long when somebody has left."""

PHASE_S = 0.007
"""Nobody is exactly at an edge when the world is looked at, where rounding would decide."""


class Passage(NamedTuple):
    """Somebody on the line at `at_s` seconds since boot, a multiple of 20 ms."""

    at_s: float
    direction: Direction = "in"

    @property
    def walk(self) -> Walk:
        """At the same pace for everybody, so that all passages last equally long."""
        return straight(self.at_s + PHASE_S, self.direction, 0.8)


class Doorway:
    """Shows its passages to simulated buses; `sees(at_ns)` is told of each level that changes.

    `always`: how often (ns) I2C buses see the world; GPIO only while somebody is near.
    """

    def __init__(
        self,
        time: Timebase,
        passages: Iterable[Passage],
        sees: Callable[[int], None],
        always_ns: int = AIR_NS,
    ) -> None:
        self._time = time
        self._walks = [one.walk for one in sorted(passages)]
        self._sees = sees
        self._always_ns = always_ns
        self.next_ns = 0
        self._lines: Sequence[SimulatedGpio] = ()
        self._chips: Sequence[SimulatedI2c] = ()

    def connect(self, ports: Mapping[str, Any]) -> None:
        """To the buses of a node that was started."""
        self._lines = [one for one in ports.values() if isinstance(one, SimulatedGpio)]
        self._chips = [one for one in ports.values() if isinstance(one, SimulatedI2c)]
        self.next_ns = self._time.now_ns()

    def step(self) -> None:
        """Show the world as it is now, if it is time to."""
        now_ns = self._time.now_ns()
        if now_ns < self.next_ns:
            return
        now_s = now_ns / SECOND
        near = self._near(now_s)
        bodies = [walk.at(now_s) for walk in near if walk.starts_s <= now_s < walk.ends_s]
        view = View(now_s, tuple(bodies))
        for lines in self._lines:
            self._show(lines, view, now_ns)
        if now_ns % self._always_ns == 0:
            for chips in self._chips:
                chips.step(view)
        self.next_ns = now_ns - now_ns % STEP_NS + STEP_NS if near else self._quiet_until(now_ns)

    def _show(self, lines: SimulatedGpio, view: View, now_ns: int) -> None:
        before = dict(lines._driven)
        lines.step(view)
        if before and lines._driven != before:
            self._sees(now_ns)

    def _near(self, now_s: float) -> list[Walk]:
        """Those who are there or were a moment ago."""
        while self._walks and self._walks[0].ends_s + AFTER_S < now_s:
            del self._walks[0]
        return [walk for walk in self._walks if walk.starts_s <= now_s]

    def _quiet_until(self, now_ns: int) -> int:
        """On the grid of steps, whatever came before."""
        next_ns = now_ns - now_ns % self._always_ns + self._always_ns
        if self._walks:
            starts_ns = round(self._walks[0].starts_s * SECOND)
            next_ns = min(next_ns, max(now_ns, starts_ns - starts_ns % STEP_NS) + STEP_NS)
        return next_ns
