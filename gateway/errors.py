"""Errors of the gateway by who must act. Anything else is a bug and ends the program."""


class GatewayError(Exception):
    """What went wrong; `hint` is the next thing to type or to look at."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class StoreError(GatewayError):
    """The log on disk cannot be used now (full, read-only, in use, damaged)."""


class UplinkUnavailable(GatewayError):
    """The far side cannot be reached now: wait, with back-off."""
