"""The contract between the forwarder and an uplink."""

import threading
from typing import NamedTuple, Protocol


class Payload(NamedTuple):
    """Bytes for a topic below the node's own, e.g. `data`."""

    topic: str
    body: bytes


class Settled(NamedTuple):
    """What the far side said of the payload that was sent under `token`."""

    token: int
    refused: str | None = None
    """None = it has the payload; else why it does not want it."""


class Uplink(Protocol):
    """One way out of the node. Nothing is queued inside: the log is the queue.

    After `UplinkUnavailable` everything that was under way is forgotten; the forwarder sends it
    again after the next `connect`.
    """

    name: str
    window: int
    """Payloads that may be under way at once, as the far side allows since `connect`."""

    wake: threading.Event
    """Set when something was settled or the connection was lost."""

    def connect(self) -> None:
        """Reach the far side, in bounded time. Raises UplinkUnavailable."""
        ...

    def send(self, payload: Payload) -> int:
        """Hand over one payload; returns its token. Raises UplinkUnavailable."""
        ...

    def settled(self) -> list[Settled]:
        """What was settled since the last call. Raises UplinkUnavailable if the link is gone."""
        ...

    def close(self) -> None:
        """Leave politely, in bounded time; may be called at any time."""
        ...
