"""Moves the scene on and shows it to every simulated bus."""

from collections.abc import Sequence
from typing import Protocol

from drivers.simulation.scene import Scene, View

STEP_S = 0.02
"""Seconds of the scene in one step: at 1.8 m/s somebody moves 4 cm."""


class SimulatedBus(Protocol):
    """What all simulated buses have in common."""

    def step(self, view: View) -> None:
        """Let the parts on this bus see the world as it is now."""
        ...


class World:
    """One scene around some buses. Whoever calls `step` sets the pace.

    A step is never longer than STEP_S: when the caller is late the world is late too, instead of
    crowding what happened meanwhile into one moment.
    """

    def __init__(self, scene: Scene, buses: Sequence[SimulatedBus]) -> None:
        self.scene = scene
        self._buses = buses

    def step(self) -> float:
        """One step; returns the seconds until the next one is due."""
        view = self.scene.step(STEP_S)
        for bus in self._buses:
            bus.step(view)
        return STEP_S
