"""The contract between the forwarder and an uplink."""

import threading
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from gateway.model import Finding


class Payload(NamedTuple):
    """Bytes for, or from, a topic below the node's own, e.g. `data`.

    With `retain` the far side keeps the newest of that topic for whoever asks later; `redelivered`
    if it says that this may have come before (MQTT: DUP).
    """

    topic: str
    body: bytes
    retain: bool = False
    redelivered: bool = False


class Outcome(StrEnum):
    """What became of a payload."""

    TAKEN = "taken"
    UNROUTED = "unrouted"
    """Taken, and there was nobody to give it to."""
    REFUSED = "refused"
    """Not this one; another may be taken."""
    FORBIDDEN = "forbidden"
    """Nothing of that topic, until a person changes that."""
    FAILED = "failed"
    """Not now."""


class Settled(NamedTuple):
    """What the far side said of the payload that was sent under `token`, in its words."""

    token: int
    outcome: Outcome = Outcome.TAKEN
    reason: str = ""


class Uplink(Protocol):
    """One way out of the node. Nothing is queued inside: the log is the queue.

    After `UplinkUnavailable` everything that was under way is forgotten; the forwarder sends it
    again after the next `connect`.
    """

    name: str
    window: int
    """Payloads that may be under way at once, as the far side allows since `connect`."""

    max_body: int
    """Bytes of the largest body that may be sent, as the far side allows since `connect`."""

    wake: threading.Event
    """Set when something was settled or heard, or the connection was lost."""

    def connect(self, will: Payload | None = None) -> None:
        """Reach the far side, in bounded time. Raises UplinkUnavailable.

        `will` is what it tells others when this node is gone without a goodbye.
        """
        ...

    def send(self, payload: Payload) -> int:
        """Hand over one payload; returns its token. Raises UplinkUnavailable."""
        ...

    def settled(self) -> list[Settled]:
        """What was settled since the last call. Raises UplinkUnavailable if the link is gone."""
        ...

    def heard(self) -> Sequence[Payload]:
        """What came in since the last call, as it came: untrusted, but bounded in size and number.

        What was too much has been dropped, and is a finding.
        """
        ...

    def findings(self) -> list[Finding]:
        """What is wrong with a link that works all the same, or soon will be."""
        ...

    def close(self) -> None:
        """Leave politely, in bounded time; may be called at any time."""
        ...
