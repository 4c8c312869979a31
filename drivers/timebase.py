"""Time for drivers: nanoseconds since boot and waiting. Never the wall clock."""

import time
from threading import Lock
from typing import Protocol


class Timebase(Protocol):
    """What a bus port offers its driver instead of the clock of the machine."""

    def now_ns(self) -> int:
        """Nanoseconds since boot, suspend included; never steps."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait as long as the chip needs."""
        ...


class SystemTimebase:
    """The machine's own time since boot (CLOCK_BOOTTIME)."""

    def now_ns(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class VirtualTimebase:
    """Time that passes only when somebody sleeps: a simulated chip is never waited for."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns
        self._lock = Lock()

    def now_ns(self) -> int:
        return self._now_ns

    def sleep(self, seconds: float) -> None:
        with self._lock:  # the world and a driver may let time pass at once
            self._now_ns += round(seconds * 1e9)
