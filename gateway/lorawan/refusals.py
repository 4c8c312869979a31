"""A modem that is there and does not send: how long it is left alone, and what is told of it.

Theory: a modem may refuse one uplink for good reasons, and then takes the next. So each refusal is
followed by a wait, which grows while refusals follow each other; and what is told lasts until an
uplink was on the air. Too long is refused once, because what the MAC has to say took its room: the
next is shorter. The second time in a row the modem is at fault.
"""

import logging

from drivers.errors import DriverError
from gateway.backoff import Backoff
from gateway.clock import Clock
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

BUSY_S = (5.0, 120.0)
LEAST_ROOM = 11
"""Bytes that fit with any options, and a row of two doors nearly."""
MOST_OPTIONS = 15
"""FOpts of a frame; they take their room from the payload."""
_CURE = "take its power away for ten seconds; if it comes again, try another modem"


class Refusals:
    """Of the modem of the uplink `name`."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.trouble = Trouble(f"uplink {name}", "has a modem that does not send", clock, logger)
        self._clock = clock
        self._again = Backoff(*BUSY_S, 0.0)
        self._was_long = False

    def busy(self) -> float:
        """It says that it is; seconds to leave it alone."""
        return self._refused("it says that it is busy")

    def too_long(self, payload_bytes: int) -> int | float:
        """Bytes that the next uplink may have, or, as a float, seconds to leave it alone."""
        room, again = payload_bytes - MOST_OPTIONS, self._was_long
        self._was_long = not again
        if again or room < LEAST_ROOM:
            return self._refused(f"it says that {payload_bytes} bytes are too long")
        return room

    def lost(self, error: DriverError) -> None:
        """It failed while it should send or join."""
        self.trouble.came(error, error.hint or _CURE)

    def forget(self) -> None:
        """How much room there is was asked anew."""
        self._was_long = False

    def went(self) -> None:
        """It has sent."""
        self.forget()
        self.trouble.went()
        self._again.succeeded(self._clock.now_ns())

    def _refused(self, said: str) -> float:
        self.trouble.came(BlockingIOError(said), _CURE)
        return self._again.failed(self._clock.now_ns())
