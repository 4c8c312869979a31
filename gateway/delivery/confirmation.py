"""What the platform itself says that it has (`acknowledge: platform`).

Theory: what the broker has acknowledged and the platform has not confirmed is kept. If nothing is
confirmed for a while, it is sent again, once, then after twice that time, and so on: a platform
that is down must not be met with the same backlog every quarter of an hour.
"""

import logging

import msgspec

from gateway.buffer.feed import Feed
from gateway.buffer.reader import Reader
from gateway.clock import Clock
from gateway.encoding.messages import Ack
from gateway.model import Finding
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

TOPIC = "ack"
MAX_BYTES = 1_000
PATIENCE_S = 900.0
LONGEST_S = 6 * 3_600.0
_CURE = "does the platform read `data`, and publish on `ack`? see docs/messages.md"


class Confirmation:
    """Of one uplink, whose reader waits for the platform."""

    def __init__(self, name: str, reader: Reader, feed: Feed, clock: Clock) -> None:
        about = f"uplink {name}"
        self._silence = Trouble(about, "is not confirmed by the platform", clock, logger)
        self._nonsense = Trouble(about, "is sent confirmations without sense", clock, logger)
        self._reader = reader
        self._feed = feed
        self._clock = clock
        self._patience_s = PATIENCE_S
        self._had = (reader.position, clock.now_ns())
        """Up to where it was confirmed, and since when no more is."""

    def hear(self, body: bytes) -> None:
        """One message on `ack`."""
        try:
            position = self._position(_parsed(body))
        except (ValueError, RecursionError) as error:
            self._nonsense.came(error, _CURE)
            return
        self._nonsense.went()
        self._reader.confirm(position)

    def check(self) -> float:
        """Send again what should have been confirmed; returns seconds until it looks again."""
        reader, now_ns = self._reader, self._clock.now_ns()
        position, since_ns = self._had
        if reader.position != position or reader.position == reader.acknowledged:
            self._had, self._patience_s = (reader.position, now_ns), PATIENCE_S
            self._silence.went()
            return PATIENCE_S
        left_s = self._patience_s - (now_ns - since_ns) / 1e9
        if left_s > 0:
            return left_s
        unconfirmed = reader.acknowledged - reader.position
        self._silence.came(TimeoutError(f"{unconfirmed} readings are sent again"), _CURE)
        reader.again()
        self._patience_s = min(2 * self._patience_s, LONGEST_S)
        self._had = (position, now_ns)
        return self._patience_s

    def findings(self) -> list[Finding]:
        """What is wrong with it."""
        found = (self._silence.finding, self._nonsense.finding)
        return [finding for finding in found if finding is not None]

    def _position(self, ack: Ack) -> int:
        """Raises ValueError for what cannot be."""
        spans = self._feed.spans(ack.epoch, 1, ack.upto)
        position = spans[-1].last if spans else 0
        number = self._feed.identity(position)[1] if spans else 0
        if number < ack.upto or position > self._reader.sent:
            raise ValueError(f"number {ack.upto} of epoch {ack.epoch} was never sent")
        return position


def _parsed(body: bytes) -> Ack:
    """Raises ValueError, as msgspec's errors are."""
    if len(body) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    return msgspec.json.decode(body, type=Ack)
