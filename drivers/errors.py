"""What a driver may raise. Anything else that leaves a driver is a bug."""


class DriverError(Exception):
    """The sensor gave no sample this time. `hint` is the next thing to type or to look at."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class BusError(DriverError):
    """The wire failed (no acknowledge, time-out, port gone): wait and try again."""


class BadData(DriverError):
    """Bytes arrived and are not what the chip says when it is well: wait and try again."""


class WrongDevice(DriverError):
    """Another part answers, or the part is damaged: a technician must look."""
