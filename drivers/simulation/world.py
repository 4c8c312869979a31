"""Moves the scene on and shows it to every simulated bus."""

from collections.abc import Sequence
from typing import Protocol

from drivers.simulation.scene import Scene, View

PEOPLE_STEP_S = 0.02
"""Longest step of a scene with people in it: at 2 m/s somebody moves 4 cm."""

AIR_STEP_S = 1.0
"""Longest step where only the air is measured."""


class SimulatedBus(Protocol):
    """What all simulated buses have in common."""

    step_s: float
    """How often (s) the parts on this bus have to see the world."""

    def step(self, view: View) -> None:
        """Let the parts on this bus see the world as it is now."""
        ...


class World:
    """One scene around some buses. Whoever calls `step` sets the pace.

    A step is as long as its quickest bus wants it, never longer: when the caller is late the world
    is late too, instead of crowding what happened meanwhile into one moment.
    """

    def __init__(self, scene: Scene, buses: Sequence[SimulatedBus]) -> None:
        self.scene = scene
        self._step_s = min((bus.step_s for bus in buses), default=AIR_STEP_S)
        self._due_s = dict.fromkeys(buses, 0.0)

    def step(self) -> float:
        """One step; returns the seconds until the next one is due."""
        view = self.scene.step(self._step_s)
        for bus, due_s in self._due_s.items():
            if view.now_s >= due_s:
                self._due_s[bus] = view.now_s + bus.step_s - self._step_s / 2
                bus.step(view)
        return self._step_s
