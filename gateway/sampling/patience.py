"""What failures of its wire a counter's part is forgiven: opening it anew blinds it for longer.

Theory: of a counter each failed transfer would cost people, for a part that is closed and opened
forgets who is in the door, and some warm up. A transfer that nobody acknowledged, or that broke
off, says nothing of the part if the next one works, so it is only counted. A part that has not
answered for PATIENCE_NS is lost. All else is never forgiven: wrong data may come from a part that
has lost its settings, and answers all the time.
"""

from drivers.errors import BusError, BusErrorKind, DriverError

PATIENCE_NS = 1_000_000_000

_SLIPS = (BusErrorKind.NO_ANSWER, BusErrorKind.BROKEN_OFF)


class Patience:
    """Of one part, from its opening on."""

    def __init__(self) -> None:
        self._answered_ns: int | None = None

    def answered(self, now_ns: int) -> None:
        """It was opened, polled or read."""
        self._answered_ns = now_ns

    def bears(self, error: DriverError, now_ns: int) -> bool:
        """Whether it may be asked again as if nothing had happened."""
        if self._answered_ns is None or now_ns - self._answered_ns >= PATIENCE_NS:
            return False
        return isinstance(error, BusError) and error.kind in _SLIPS
