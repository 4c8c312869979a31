"""One thread, many parts: while one part works, the others on its bus are served.

Theory: a part that was told to measure needs some time, 10 ms or a second, in which its driver only
waits. So each call of a driver runs in a fiber (a greenlet: a stack of its own in the same thread).
Waiting there *parks* the fiber: it remembers when its wait is over, and the thread goes on with the
sampler, which resumes it then. Drivers are written as if they waited; no driver is called from two
threads, and none is called again before its last call has ended.

    begun --sleep()--> parked --wake_ns--> runs --sleep()--> parked ... --> dead

- A wait is at least as long as was asked for, and longer by what the others need meanwhile: some
  milliseconds, for nobody keeps the thread but by a transfer.
- Between two transfers of one part others may talk to other addresses. That is legal on I2C: one
  message from start to stop belongs together, no longer dialogue does, and a part takes no notice
  of what is not for its address. What belongs together without a wait stays together.
- Which wait is over is asked of the clock that was slept on: both must be the same.
- A fiber that is under way for longer than `LIMIT_NS` gets a BusError where it waits: so a part
  that is never ready is absent, like one that does not answer.
- At the end a parked fiber gets GreenletExit where it waits, which no `except Exception` sees; if
  it waits again on its way out, it gets it again. When `end` returns nothing of it is left, and its
  driver may be closed.

Outside of a fiber (a verb of the command line, a test) waiting is waiting.
"""

from collections.abc import Callable

from greenlet import GreenletExit, getcurrent, greenlet

from drivers.errors import BusError
from drivers.timebase import Timebase

LIMIT_NS = 30_000_000_000
"""No part needs so long for one answer: as long as a step of a thread may take."""


class Fiber(greenlet):
    """One call of `step`, begun at `now_ns`; resumed by the thread that has made it.

    A bug in it leaves `resume`.
    """

    def __init__(self, step: Callable[[], object], now_ns: int) -> None:
        super().__init__(step)
        self.wake_ns = now_ns
        self._limit_ns = now_ns + LIMIT_NS
        self._ended = False

    def resume(self) -> bool:
        """Go on up to its next wait; whether there is one."""
        if self.wake_ns >= self._limit_ns:
            self._limit_ns += LIMIT_NS
            self.throw(BusError("the part comes to no end", "power-cycle the part"))
        else:
            self.switch()
        return not self.dead

    def park(self, wake_ns: int) -> None:
        """From within: until somebody resumes it, not before that time."""
        if self._ended:
            raise GreenletExit
        self.wake_ns = min(wake_ns, self._limit_ns)
        assert self.parent is not None
        self.parent.switch()

    def end(self) -> None:
        """It leaves wherever it waits."""
        self._ended = True
        self.throw(GreenletExit)


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
