"""The kernel's own word on its clock: adjtimex(2).

An NTP service clears STA_UNSYNC when it has disciplined the clock. The kernel sets it by itself
when somebody sets the clock by hand, and when nobody has disciplined it for so long that it could
be 16 s off, which takes 9 hours. chrony (with `rtcsync`) clears it also while it corrects a large
offset slowly, and then tells that as the estimated error.
"""

import ctypes
import errno
import os

from gateway.clock.sources import MOST_OFF_S, Clocks, SourceState

_FAILED = -1
_TIME_ERROR = 5


class _Timex(ctypes.Structure):
    """The beginning of struct timex; the rest is room, larger than it is on every ABI."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("max_error_us", ctypes.c_long),
        ("est_error_us", ctypes.c_long),
        ("rest", ctypes.c_char * 480),
    )


class Kernel:
    """Whether the kernel's clock is disciplined, whoever does it."""

    def state(self, now: Clocks) -> SourceState:
        """Asked with modes = 0, which changes nothing.

        A container or sandbox may forbid the question (EPERM); then the kernel does not vouch.
        """
        timex = _Timex()
        answer: int = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
        if answer != _FAILED:
            return understood(answer, timex.est_error_us / 1e6, timex.max_error_us / 1e6)
        number = ctypes.get_errno()
        if number != errno.EPERM:
            raise OSError(number, os.strerror(number))
        return SourceState("kernel", False, "may not be asked here")


def understood(answer: int, est_error_s: float, max_error_s: float) -> SourceState:
    """What the answer of adjtimex(2) and its two errors say."""
    if answer == _TIME_ERROR:
        return SourceState("kernel", False, "nobody disciplines the clock")
    if est_error_s > MOST_OFF_S:
        return SourceState("kernel", False, f"the clock is still corrected by {est_error_s:.1f} s")
    return SourceState("kernel", True, f"the clock is disciplined, within {max_error_s:.2g} s")
