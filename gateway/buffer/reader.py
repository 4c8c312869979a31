"""One uplink's way through the log.

Theory: `sent` runs ahead of `position` by the batches under way. Each is settled by itself, in any
order; `position` moves to the end of the longest run of settled batches that starts at it
(promise 13). `rewind` forgets what is under way: it is taken again, so the far side may see an
identity twice, but never not at all. A batch from before a rewind settles nothing.
"""

import math
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.model import Entry


class Taken(NamedTuple):
    """Entries, oldest first, and up to which position there is nothing else."""

    entries: list[Entry]
    upto: int


class Stream(Protocol):
    """What a reader needs of the log."""

    @property
    def lock(self) -> AbstractContextManager[bool]:
        """Guards what readers share with the log."""
        ...

    @property
    def last_position(self) -> int:
        """The newest position."""
        ...

    @property
    def available_position(self) -> int:
        """The newest that may be taken."""
        ...

    def entries(self, after: int, limit: int) -> Taken:
        """What stands behind that position."""
        ...


@dataclass(eq=False, slots=True)
class Batch:
    """What was taken together."""

    entries: list[Entry]
    last: int
    settled: bool = False


class Reader:
    """Belongs to one thread; `moved` is told the new position, under the log's lock.

    `wake` is set when as much waits to be taken as was asked for with `call`.
    """

    def __init__(self, stream: Stream, position: int, moved: Callable[[int], None]) -> None:
        self.position = self.sent = position
        self._stream = stream
        self._moved = moved
        self._under_way: list[Batch] = []
        self.wake = threading.Event()
        self._call_at = math.inf

    @property
    def backlog(self) -> int:
        """Readings that the far side does not have yet."""
        return self._stream.last_position - self.position

    @property
    def waiting(self) -> int:
        """How much there is to be taken."""
        return self._stream.available_position - self.sent

    def take(self, limit: int) -> Batch | None:
        """The next entries, at most `limit`; None if there are none."""
        while True:
            after = self.sent
            taken = self._stream.entries(after, limit)
            with self._stream.lock:
                if self.sent != after or taken.upto <= after:  # moved meanwhile, or nothing there
                    return None
                self.sent = taken.upto
                batch = Batch(taken.entries, self.sent)
                self._under_way.append(batch)
            if batch.entries:
                return batch
            self.settle(batch)

    def settle(self, batch: Batch) -> None:
        """The far side has it."""
        with self._stream.lock:
            batch.settled = True
            before = self.position
            while self._under_way and self._under_way[0].settled:
                self.position = self._under_way.pop(0).last
            if self.position != before:
                self._moved(self.position)

    def call(self, waiting: int) -> None:
        """Set `wake`, once, when at least so much waits to be taken."""
        with self._stream.lock:
            self._call_at = self.sent + waiting
            self.told(self._stream.available_position)

    def told(self, available_position: int) -> None:
        """By the log, under its lock: up to there is something to take."""
        if available_position >= self._call_at:
            self._call_at = math.inf
            self.wake.set()

    def rewind(self) -> None:
        """Take again whatever is not settled."""
        with self._stream.lock:
            self.move(self.position)

    def move(self, position: int) -> None:
        """Go on from there; what was under way is forgotten."""
        with self._stream.lock:
            self._under_way.clear()
            self.position = self.sent = position
            self.wake.set()
