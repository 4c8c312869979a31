"""One thread, many parts: while one part works, the others on its bus are served.

Theory: a part that was told to measure needs some time, 10 ms or a second, in which its driver only
waits. So each sensor has a fiber (a greenlet: a stack of its own in the same thread) for its calls.
Waiting there *parks* the fiber: it remembers when its wait is over, and the thread goes on with the
sampler, which resumes it then. Drivers are written as if they waited; no driver is called from two
threads, and none is called again before its last call has ended.

    at rest --due--> runs --sleep()--> parked --wake_ns--> runs ... --> at rest

- A wait is at least as long as was asked for, and longer by what the others need meanwhile: some
  milliseconds, for nobody keeps the thread but by a transfer.
- Between two transfers of one part others may talk to other addresses. That is legal on I2C: one
  message from start to stop belongs together, no longer dialogue does, and a part takes no notice
  of what is not for its address. What belongs together without a wait stays together.
- Which wait is over is asked of the clock that was slept on: both must be the same.
- It is made once, for making one costs as much as reading a part.
- A call that is under way for longer than `LIMIT_NS` gets a BusError where it waits: a part
  that is never ready is absent, like one that does not answer.
- At the end a parked fiber gets GreenletExit where it waits, which no `except Exception` sees; if
  it waits again on its way out, it gets it again. When `end` returns nothing of it is left, and its
  driver may be closed.

Outside of a fiber (a verb of the command line, a test) waiting is waiting.
"""

from collections.abc import Callable
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

from drivers.errors import BusError
from drivers.timebase import Timebase

LIMIT_NS = 30_000_000_000
"""No part needs so long for one answer: as long as a step of a thread may take."""


class Fiber(greenlet):
    """One call after the other, for the thread that has made it.

    `wake_ns`: when the call that is under way wants to go on; None while there is none. A bug
    leaves `begin` or `resume`, and the fiber is dead then.
    """

    def __init__(self) -> None:
        super().__init__(_repeat)
        self.wake_ns: int | None = None
        self._limit_ns = 0
        self._ended = False
        self.switch()  # up to its rest; what it were begun with it would hold for ever

    def begin(self, step: Callable[[], object], now_ns: int) -> None:
        """Call `step`, up to its first wait or its end."""
        self._limit_ns = now_ns + LIMIT_NS
        self.wake_ns = self.switch(step)

    def resume(self) -> None:
        """Go on with the call, up to its next wait or its end."""
        wake_ns, self.wake_ns = self.wake_ns, None
        if wake_ns is None or wake_ns < self._limit_ns:
            self.wake_ns = self.switch()
            return
        self._limit_ns += LIMIT_NS
        self.wake_ns = self.throw(BusError("the part comes to no end", "power-cycle the part"))

    def park(self, wake_ns: int) -> None:
        """From within: until somebody resumes it, not before that time."""
        if self._ended:
            raise GreenletExit
        _back(min(wake_ns, self._limit_ns))

    def end(self) -> None:
        """It leaves wherever it waits."""
        self._ended = True
        self.throw(GreenletExit)


def _repeat() -> None:
    while True:
        step = _back(None)
        step()
        del step  # what a stack holds at rest nobody could collect


def _back(wake_ns: int | None) -> Any:
    """From a fiber to whoever has resumed it; returns what it is resumed with."""
    parent = getcurrent().parent
    assert parent is not None
    return parent.switch(wake_ns)


class CooperativeTimebase:
    """`time`, on which a fiber that sleeps is parked; any other caller sleeps."""

    def __init__(self, time: Timebase) -> None:
        self._time = time

    def now_ns(self) -> int:
        return self._time.now_ns()

    def sleep(self, seconds: float) -> None:
        fiber = getcurrent()
        if not isinstance(fiber, Fiber):
            self._time.sleep(seconds)
        elif seconds > 0:
            fiber.park(self._time.now_ns() + round(seconds * 1e9))
