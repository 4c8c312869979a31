"""Lines on their way from the thread of a bus to the one that writes them: bounded, no waiting."""

from threading import Lock
from typing import NamedTuple

MOST_HELD = 256_000
"""Bytes: half a minute of the part that says most, which is as long as a disk may hang."""


class Taken(NamedTuple):
    """Lines in their order, and how many were lost after them for want of room."""

    lines: list[bytes]
    lost: int


class Lines:
    """At most so many bytes of them."""

    def __init__(self, most: int = MOST_HELD) -> None:
        self._most = most
        self._lines: list[bytes] = []
        self._held = self._lost = 0
        self._lock = Lock()

    def put(self, line: bytes) -> None:
        """Without room it is lost, and with it all that follow until the others are taken."""
        with self._lock:
            if self._lost or self._held + len(line) > self._most:
                self._lost += 1
                return
            self._lines.append(line)
            self._held += len(line)

    def take(self) -> Taken:
        """All of them; there is room again."""
        with self._lock:
            taken = Taken(self._lines, self._lost)
            self._lines, self._held, self._lost = [], 0, 0
        return taken
