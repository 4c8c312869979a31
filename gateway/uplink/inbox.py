"""What came in and has not been asked for yet, bounded; and what was too much."""

from collections import deque

from gateway.uplink.contract import Payload

ROOM = 100
LARGEST = 16_000
"""Bytes of a body."""


class Inbox:
    """Messages below the topic `root`, with their topics relative to it.

    Filled by one thread and emptied by another.
    """

    def __init__(self, root: str) -> None:
        self.dropped = 0
        """Too many or too large."""
        self.strange = 0
        """Of topics that are not below `root`."""
        self._below = f"{root}/"
        self._waiting: deque[Payload] = deque()

    def put(self, payload: Payload) -> bool:
        """Whether there was room for it."""
        topic = payload.topic.removeprefix(self._below)
        if topic == payload.topic or not topic:
            self.strange += 1
        elif len(payload.body) > LARGEST or len(self._waiting) >= ROOM:
            self.dropped += 1
        else:
            self._waiting.append(payload._replace(topic=topic))
            return True
        return False

    def take(self) -> list[Payload]:
        """All that is there."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]
