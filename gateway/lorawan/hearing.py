"""Whether the network hears a node: what nobody can know who sends, but guess.

Theory: the answer to a confirmed uplink may be lost, and so may the uplink, so one that is missing
says little. DOUBT in a row are told; after DEAF the session is taken for lost, because a network
that has forgotten it looks like none. The count outlives the program: with a few confirmed uplinks
a day it takes more than a day, and a node may restart each night.
"""

import logging

from gateway.clock import Clock
from gateway.lorawan.state import Kept
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

DEAF = 6
"""At a loss of one in five both ways that happens to a link that is well once in 450 times."""
DOUBT = 3
"""That happens to it once in 20 times."""


class Hearing:
    """`kept`: the state of the uplink `name`, of which it counts `deaf`."""

    def __init__(self, name: str, kept: Kept, clock: Clock) -> None:
        self.trouble = Trouble(f"uplink {name}", "is not heard by the network", clock, logger)
        self._kept = kept

    @property
    def is_lost(self) -> bool:
        """Whether the session is to be taken for lost."""
        return self._kept.deaf >= DEAF

    def heard(self) -> None:
        """The network has said something."""
        self._kept.deaf = 0
        self.trouble.went()

    def unanswered(self) -> None:
        """A confirmed uplink was on the air, and no acknowledgement came."""
        self._kept.deaf += 1
        if self._kept.deaf >= DOUBT:
            self.trouble.came(
                TimeoutError(f"{self._kept.deaf} confirmed uplinks in a row were not acknowledged"),
                "is a gateway in reach, and does the network know the device? The node joins again "
                f"after {DEAF}",
            )

    def refused(self) -> None:
        """A JoinRequest was on the air, and no JoinAccept came."""
        self.trouble.came(
            TimeoutError("nobody has accepted its JoinRequest"),
            "is the device registered with this DevEUI, JoinEUI and AppKey, and is a gateway in "
            "reach? gateway lorawan info",
        )
