"""Reads the sensors of one bus, each at its own interval, and others while one of them waits."""

from collections.abc import Callable, Sequence
from functools import partial

from gateway.clock import Clock
from gateway.sampling.fibers import Fiber
from gateway.sampling.sensor import Sensor
from gateway.sampling.sink import Sink


class Sampler:
    """All sensors of one bus, in one thread, so that the bus needs no lock.

    `beat` is called after each of them: many in a row are no step that hangs.
    """

    def __init__(self, sensors: Sequence[Sensor], sink: Sink, clock: Clock) -> None:
        self.sensors = sensors
        self.beat: Callable[[], None] = lambda: None
        self._turns = [_Turn(sensor, sink) for sensor in sensors]
        self._clock = clock

    def sample_once(self) -> float:
        """Serve what is due, at most a burst of it; returns seconds until something is due.

        What has been due for longest goes first, be it a sensor or a wait that is over.
        """
        for _ in range(_BURST):
            dues_ns = [turn.due_ns() for turn in self._turns]
            due_ns, now_ns = min(dues_ns), self._clock.now_ns()
            if due_ns > now_ns:
                return (due_ns - now_ns) / 1e9
            self._turns[dues_ns.index(due_ns)].take(now_ns)
            self.beat()
        return 0.0

    def close(self) -> None:
        """The end: store what was begun, let go of all parts, also of those that are waited for."""
        for turn in self._turns:
            turn.end()


class _Turn:
    """A sensor and its fiber, which is made by the thread that serves the bus."""

    def __init__(self, sensor: Sensor, sink: Sink) -> None:
        self._sensor = sensor
        self._sink = sink
        self._step = partial(sensor.run, sink)
        self._fiber: Fiber | None = None

    def due_ns(self) -> int:
        fiber = self._fiber
        if fiber is None or fiber.wake_ns is None:
            return self._sensor.due_ns
        return fiber.wake_ns

    def take(self, now_ns: int) -> None:
        """Do what is due up to its next wait."""
        if self._fiber is None or self._fiber.dead:
            self._fiber = Fiber()
        if self._fiber.wake_ns is None:
            self._fiber.begin(self._step, now_ns)
        else:
            self._fiber.resume()

    def end(self) -> None:
        fiber, self._fiber = self._fiber, None
        if fiber is not None:
            fiber.end()
        self._sensor.finish(self._sink)
        self._sensor.close()


_BURST = 64
