"""While the far side wants nothing of the log: it waits, and now and then one payload goes, to see.

Nothing is lost meanwhile, and the link stays: what a person changes at the far side is noticed
without a new connection.
"""

import logging

from gateway.clock import Clock
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

FORBIDDEN_S = 60.0
"""From one refusal to the next try."""

RIGHTS = "may this node publish below its own topic? see the broker's ACL and log"


class Hold:
    """Of one uplink."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.trouble = Trouble(f"uplink {name}", "may not deliver", clock, logger)
        self._clock = clock
        self._until_ns = 0

    def begin(self, reason: str) -> None:
        """The far side has refused, again or for the first time."""
        self.trouble.came(PermissionError(f"{reason}; nothing is lost"), RIGHTS)
        self._until_ns = self._clock.now_ns() + round(FORBIDDEN_S * 1e9)

    def end(self) -> None:
        """The far side has taken something."""
        self.trouble.went()

    def renew(self) -> None:
        """There is a new link, at which it may be different."""
        self._until_ns = 0

    @property
    def is_on(self) -> bool:
        """Whether at most one may be under way."""
        return self.trouble.finding is not None

    @property
    def left_s(self) -> float:
        """Seconds until the next try; 0 if it is time."""
        return max(0.0, (self._until_ns - self._clock.now_ns()) / 1e9) if self.is_on else 0.0
