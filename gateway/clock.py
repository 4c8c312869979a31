"""Time: since boot for everything that waits or orders, UTC only where it is trusted.

This is the one module that reads the wall clock. Between steps of the wall clock its distance
from the time since boot is constant (the kernel slews both alike), so one anchor, a pair of both
times, dates every reading of its boot until the next step.
"""

import ctypes
import errno
import os
import time
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

from drivers.timebase import SystemTimebase, Timebase
from gateway.model import Quality

STEP_NS = 10_000_000
"""A wall clock this far from where its last anchor put it has been stepped."""

_ADJTIMEX_FAILED = -1
_TIME_ERROR = 5
_TIMESYNCD_FLAG = Path("/run/systemd/timesync/synchronized")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Anchor(NamedTuple):
    """The same moment on both clocks."""

    up_ns: int
    utc_ns: int


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


class Timeline:
    """The anchors of one boot, and the UTC that they give to any moment of it."""

    def __init__(self, anchors: Iterable[Anchor] = ()) -> None:
        self._anchors = sorted(anchors)

    def add(self, anchor: Anchor) -> bool:
        """Take the anchor if it tells something new: the first one, or one after a step."""
        if self._anchors:
            utc_ns, _ = self.date(anchor.up_ns)
            if utc_ns is not None and abs(anchor.utc_ns - utc_ns) < STEP_NS:
                return False
        self._anchors.append(anchor)
        return True

    def date(self, up_ns: int) -> tuple[int | None, Quality]:
        """UTC by the last anchor before that moment, else by the first one after it."""
        if not self._anchors:
            return None, Quality.UNKNOWN
        index = bisect_right(self._anchors, up_ns, key=_up_ns) - 1
        anchor = self._anchors[max(index, 0)]
        quality = Quality.REPAIRED if index < 0 else Quality.SYNCED
        return anchor.utc_ns + up_ns - anchor.up_ns, quality


def _up_ns(anchor: Anchor) -> int:
    return anchor.up_ns


def _kernel_synchronised() -> bool:
    """adjtimex(2) with modes = 0: the state is TIME_ERROR while nobody disciplines the clock.

    A container or sandbox may forbid the question (EPERM); then the kernel does not vouch.
    """
    timex = ctypes.create_string_buffer(512)  # larger than struct timex on every ABI
    state: int = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    if state == _ADJTIMEX_FAILED and ctypes.get_errno() != errno.EPERM:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return state not in (_ADJTIMEX_FAILED, _TIME_ERROR)
