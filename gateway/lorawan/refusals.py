"""A modem that is there and does not send: how long it is left alone, and what is told of it.

Theory: a modem may refuse one uplink or one join for good reasons, and then takes the next. So each
refusal is followed by a wait, which grows while refusals follow each other, and is never shorter
than what the modem asks for; and what is told lasts until something was on the air. Too long is
refused once, because what the MAC has to say took its room: the next is shorter. The second time in
a row the modem is at fault.
"""

import logging

from drivers.errors import DriverError
from drivers.lorawan.contract import Fate, Sent
from gateway.backoff import Backoff
from gateway.clock import Clock
from gateway.lorawan.charged import MOST_OPTIONS
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

BUSY_S = (5.0, 120.0)
NO_CHANNEL_S = 60.0
"""Where the modem does not tell."""
LONGEST_WAIT_S = 3_600.0
"""A modem that wants to be silent for longer is asked again."""
LEAST_ROOM = 11
"""Bytes that fit with any options, and a row of two doors nearly."""
_CURE = "take its power away for ten seconds; if it comes again, try another modem"
_PATIENCE = f"wait, it goes on by itself; if that takes more than an hour, {_CURE}"


class Refusals:
    """Of the modem of the uplink `name`."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.trouble = Trouble(f"uplink {name}", "has a modem that does not send", clock, logger)
        self._clock = clock
        self._again = Backoff(*BUSY_S, 0.0)
        self._was_long = False

    def refused(self, said: Sent) -> float:
        """It is busy or has no channel, it says; seconds to leave it alone."""
        if said.fate is Fate.BUSY:
            return self._again_s("it says that it is busy", _CURE)
        again_s = self._again_s("it says that no channel is free", _PATIENCE)
        return min(LONGEST_WAIT_S, max(again_s, said.wait_s or NO_CHANNEL_S))

    def too_long(self, payload_bytes: int) -> int | float:
        """Bytes that the next uplink may have, or, as a float, seconds to leave it alone."""
        room, again = payload_bytes - MOST_OPTIONS, self._was_long
        self._was_long = not again
        if again or room < LEAST_ROOM:
            return self._again_s(f"it says that {payload_bytes} bytes are too long", _CURE)
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

    def _again_s(self, said: str, cure: str) -> float:
        self.trouble.came(BlockingIOError(said), cure)
        return self._again.failed(self._clock.now_ns())
