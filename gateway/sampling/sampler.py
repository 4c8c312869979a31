"""Reads the sensors of one bus, one after the other, each at its own interval."""

from collections.abc import Sequence
from operator import attrgetter

from gateway.clock import Clock
from gateway.sampling.sensor import Sensor, Sink


class Sampler:
    """All sensors of one bus, in one thread, so that the bus needs no lock."""

    def __init__(self, sensors: Sequence[Sensor], sink: Sink, clock: Clock) -> None:
        self.sensors = sensors
        self._sink = sink
        self._clock = clock

    def sample_once(self) -> float:
        """Serve what is due, at most a burst of it; returns seconds until something is due."""
        for _ in range(_BURST):
            sensor = min(self.sensors, key=_due_ns)
            wait_ns = sensor.due_ns - self._clock.now_ns()
            if wait_ns > 0:
                return wait_ns / 1e9
            sensor.run(self._sink)
        return 0.0

    def close(self) -> None:
        """Let go of all parts."""
        for sensor in self.sensors:
            sensor.close()


_BURST = 64
_due_ns = attrgetter("due_ns")
