"""A named thread that repeats one step, and says whether it still beats.

Theory: a worker is either inside its step (busy) or waiting. It beats while no step takes longer
than its limit; waiting is always well. A step that raises ends the worker for good: errors that
are weather are the step's own affair, so what gets out is a bug, and the program must end.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gateway.clock import Clock

Step = Callable[[], float | None]
"""Does what is due; returns seconds until it wants to be called again, None = when woken."""


class Worker:
    """`wake` ends a wait early. `limit` is the longest step (s) that is still alive.

    `at_end` runs in the same thread after the last step, so that a part is only ever touched by
    one thread, also when the worker is stuck and abandoned.
    """

    def __init__(
        self,
        name: str,
        step: Step,
        clock: Clock,
        limit: float,
        wake: threading.Event | None = None,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.wake = wake or threading.Event()
        self.failure: BaseException | None = None
        self.step = step
        self._at_end = at_end
        self._clock = clock
        self._limit_ns = limit * 1e9
        self._busy_since_ns: int | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the worker to end after its step; `join` waits for it."""
        self._stop.set()
        self.wake.set()

    def join(self, seconds: float) -> bool:
        """Whether the worker has ended within that time."""
        self._thread.join(max(0.0, seconds))
        return not self._thread.is_alive()

    def beats(self) -> bool:
        """Alive, and not stuck in a step."""
        busy_since_ns = self._busy_since_ns
        stuck = busy_since_ns is not None and self._clock.now_ns() - busy_since_ns > self._limit_ns
        return not stuck and (self._thread.is_alive() or self._stop.is_set())

    def beat(self) -> None:
        """Called by a step that takes long and gets on."""
        self._busy_since_ns = self._clock.now_ns()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._wait(self._one_step())
            self._at_end()
        except BaseException as bug:  # noqa: BLE001 - the main thread ends the program with it
            self.failure = bug

    def _one_step(self) -> float | None:
        self.wake.clear()
        self._busy_since_ns = self._clock.now_ns()
        wanted = self.step()
        self._busy_since_ns = None
        return wanted

    def _wait(self, seconds: float | None) -> None:
        if not self._stop.is_set() and (seconds is None or seconds > 0):
            self.wake.wait(seconds)


@contextmanager
def repeating(name: str, step: Step, clock: Clock, limit: float) -> Iterator[None]:
    """The step is repeated in a thread of its own for as long as this lasts."""
    worker = Worker(name, step, clock, limit)
    worker.start()
    try:
        yield
    finally:
        worker.stop()
        worker.join(limit)
