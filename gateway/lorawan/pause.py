"""How long a modem is left alone: one moment, before which nothing is asked of it."""

from gateway.backoff import Backoff
from gateway.clock import Clock

REOPEN_S = (5.0, 300.0)
_GOOD_S = 600.0
LEAST_S = 1.0
"""After a failure, however the dice of a back-off fall."""


class Pause:
    """Of one modem."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until_ns = 0
        self._reopen = Backoff(*REOPEN_S, _GOOD_S)

    @property
    def left_s(self) -> float:
        """Seconds; 0.0 = it is over."""
        return max(0.0, (self._until_ns - self._clock.now_ns()) / 1e9)

    def begin(self, seconds: float) -> None:
        """That long, and at least LEAST_S."""
        self._until_ns = self._clock.now_ns() + round(max(LEAST_S, seconds) * 1e9)

    def failed(self) -> None:
        """It has to be opened again, the later the more often it fails."""
        self.begin(self._reopen.failed(self._clock.now_ns()))

    def opened(self) -> None:
        """It could be."""
        self._reopen.succeeded(self._clock.now_ns())
