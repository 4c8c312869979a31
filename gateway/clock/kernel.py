"""The kernel's own word on its clock: adjtimex(2).

An NTP service clears STA_UNSYNC when it has disciplined the clock. The kernel sets it by itself
when somebody sets the clock by hand, and when nobody has disciplined it for so long that it could
be 16 s off, which takes 9 hours.
"""

import ctypes
import errno
import os

from gateway.clock.sources import Clocks, SourceState

_FAILED = -1
_TIME_ERROR = 5


class _Timex(ctypes.Structure):
    """The beginning of struct timex; the rest is room, larger than it is on every ABI."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("max_error_us", ctypes.c_long),
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
            return _state(answer, timex.max_error_us / 1e6)
        number = ctypes.get_errno()
        if number != errno.EPERM:
            raise OSError(number, os.strerror(number))
        return SourceState("kernel", False, "may not be asked here")


def _state(answer: int, max_error_s: float) -> SourceState:
    if answer == _TIME_ERROR:
        return SourceState("kernel", False, "nobody disciplines the clock")
    return SourceState("kernel", True, f"the clock is disciplined, within {max_error_s:.2g} s")
