"""Errors of the gateway by who must act. Anything else is a bug and ends the program."""


class GatewayError(Exception):
    """What went wrong; `hint` is the next thing to type or to look at."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class StoreError(GatewayError):
    """The log on disk cannot be used, and a person must do something about it."""


class StoreUnavailable(StoreError):
    """The disk does not take or give it now (full, read-only): wait, and keep in memory."""


class StoreDamaged(StoreError):
    """What is there is no log any more, or not all of it: it heals itself."""


class BusesInUse(GatewayError):
    """The daemon has the buses: stop it, and try again."""


class UplinkUnavailable(GatewayError):
    """The far side cannot be reached now: wait, with back-off."""
