"""What a driver may raise. Anything else that leaves a driver is a bug."""

import errno
from enum import StrEnum


class BusErrorKind(StrEnum):
    """What a failure of the wire says, and of whom: one part, or the whole bus."""

    NO_ANSWER = "no_answer"
    """Nobody acknowledged: one part is away, or busy. The lines themselves work."""
    TIMEOUT = "timeout"
    """A line was held for too long: by one part, or for all of the bus."""
    BROKEN_OFF = "broken_off"
    """The transfer ended in its midst: arbitration was lost, or the wiring is bad."""
    GONE = "gone"
    """The device file is not there any more, or not yet: it concerns all that is behind it."""
    OTHER = "other"


_KINDS = {
    errno.EREMOTEIO: BusErrorKind.NO_ANSWER,
    errno.ENXIO: BusErrorKind.NO_ANSWER,
    errno.ETIMEDOUT: BusErrorKind.TIMEOUT,
    errno.EIO: BusErrorKind.BROKEN_OFF,
    errno.EAGAIN: BusErrorKind.BROKEN_OFF,  # arbitration lost (Linux, i2c/fault-codes)
    errno.ENODEV: BusErrorKind.GONE,
    errno.EBADF: BusErrorKind.GONE,
    errno.ENOENT: BusErrorKind.GONE,
    errno.ESHUTDOWN: BusErrorKind.GONE,
}


def kind_of(code: int | None) -> BusErrorKind:
    """What an errno of a transfer says (Linux, Documentation/i2c/fault-codes)."""
    return _KINDS.get(code or 0, BusErrorKind.OTHER)


class DriverError(Exception):
    """The sensor gave no sample this time. `hint` is the next thing to type or to look at."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class BusError(DriverError):
    """The wire failed (no acknowledge, time-out, port gone): wait and try again."""

    def __init__(
        self, message: str, hint: str = "", kind: BusErrorKind = BusErrorKind.OTHER
    ) -> None:
        super().__init__(message, hint)
        self.kind = kind


class BadData(DriverError):
    """Bytes arrived and are not what the chip says when it is well: wait and try again."""


class WrongDevice(DriverError):
    """Another part answers, or the part is damaged: a technician must look."""
