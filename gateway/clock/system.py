"""The clock of this machine, and who vouches for it. The one module that reads the wall clock."""

import ctypes
import errno
import os
import time
from pathlib import Path
from typing import Protocol

from drivers.timebase import SystemTimebase, Timebase
from gateway.clock.anchor import Anchor

_ADJTIMEX_FAILED = -1
_TIME_ERROR = 5
_TIMESYNCD_FLAG = Path("/run/systemd/timesync/synchronized")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Clock(Timebase, Protocol):
    """The time of one boot."""

    boot_id: str

    @property
    def source(self) -> str | None:
        """Who vouches for the wall clock; None while nobody does."""
        ...

    def anchor(self) -> Anchor | None:
        """Now, on both clocks; None while nobody vouches for the wall clock."""
        ...


class SystemClock(SystemTimebase):
    """The clock of this machine."""

    def __init__(self) -> None:
        self.boot_id = _BOOT_ID.read_text().strip()[:8]

    @property
    def source(self) -> str | None:
        """`kernel` (adjtimex says synchronised), `timesyncd`, or None."""
        if _kernel_synchronised():
            return "kernel"
        return "timesyncd" if _TIMESYNCD_FLAG.exists() else None

    def anchor(self) -> Anchor | None:
        if self.source is None:
            return None
        before = self.now_ns()
        utc_ns = time.time_ns()
        return Anchor((before + self.now_ns()) // 2, utc_ns)


def _kernel_synchronised() -> bool:
    """adjtimex(2) with modes = 0: the state is TIME_ERROR while nobody disciplines the clock.

    A container or sandbox may forbid the question (EPERM); then the kernel does not vouch.
    """
    timex = ctypes.create_string_buffer(512)  # larger than struct timex on every ABI
    state: int = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    if state == _ADJTIMEX_FAILED and ctypes.get_errno() != errno.EPERM:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return state not in (_ADJTIMEX_FAILED, _TIME_ERROR)
