"""What the owner of a session wants of it."""

from typing import NamedTuple

from gateway.uplink.contract import Payload

WILL_DELAY_S = 30
"""A will is held back while its session lasts, so with one the session outlives the connection."""


class Options(NamedTuple):
    """Of one session; payloads have whole topics.

    `largest` is the size in bytes of a packet that may come in. With `kept_s` the broker keeps
    subscriptions and what came for them for so long (an MQTT 5 Session Expiry Interval; in 3.1.1 as
    long as the broker likes), without it the session begins and ends with the connection.
    """

    client_id: str
    window: int
    keepalive_s: int = 60
    largest: int = 20_000
    kept_s: int = 0
    will: Payload | None = None

    @property
    def expiry_s(self) -> int:
        """How long the session outlives its connection."""
        return max(self.kept_s, WILL_DELAY_S if self.will else 0)
