"""Messages that are not in the log: the newest of each topic, and answers.

They are only for those who listen now: what was not sent when the link breaks is forgotten, and
what matters of it is said anew after the next connection.
"""

from collections import deque

from gateway.uplink.contract import Payload

ANSWERS = 50
"""That wait; of more the oldest is dropped."""


class Outbox:
    """Answers first, then the topics in the order in which they were written to."""

    def __init__(self) -> None:
        self._newest: dict[str, Payload] = {}
        self._answers: deque[Payload] = deque(maxlen=ANSWERS)
        self._forbidden: set[str] = set()

    @property
    def forbidden(self) -> list[str]:
        """Topics that the far side does not want, as long as the link stands."""
        return sorted(self._forbidden)

    def put(self, payload: Payload) -> None:
        """In the place of what waits there for this topic."""
        if payload.topic not in self._forbidden:
            self._newest[payload.topic] = payload

    def answer(self, payload: Payload) -> None:
        """Behind the answers that wait."""
        if payload.topic not in self._forbidden:
            self._answers.append(payload)

    def take(self) -> Payload | None:
        """The next; None if there is none."""
        if self._answers:
            return self._answers.popleft()
        for topic in self._newest:
            return self._newest.pop(topic)
        return None

    def forbid(self, topic: str) -> None:
        """Nothing more of it."""
        self._forbidden.add(topic)

    def clear(self) -> None:
        """The link is gone; the next one may allow more."""
        self._newest.clear()
        self._answers.clear()
        self._forbidden.clear()
