"""Spans of the log that are taken in batches, in order, and settled in any.

What is taken is under way until it is settled or put back; a batch that was put back settles
nothing.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.buffer.identities import Span
from gateway.model import Entry


class Taken(NamedTuple):
    """Entries, oldest first, and up to which position there is nothing else."""

    entries: list[Entry]
    upto: int


class Stream(Protocol):
    """What is taken from."""

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

    def entries(self, after: int, limit: int, last: int | None = None) -> Taken:
        """What stands behind that position, and not behind `last`."""
        ...


@dataclass(eq=False, slots=True)
class Batch:
    """What was taken together: all that there is in that span."""

    entries: list[Entry]
    span: Span
    settled: bool = False


class Passage:
    """`left`: in order, what was not taken; `under_way`: what was, and is not settled."""

    def __init__(self, stream: Stream, left: list[Span]) -> None:
        self.left = left
        self.under_way: list[Batch] = []
        self._stream = stream

    @property
    def unsettled(self) -> list[Span]:
        """All of it, in no order. Under the log's lock."""
        return [*self.left, *(batch.span for batch in self.under_way)]

    def take(self, limit: int) -> Batch | None:
        """The oldest that is left, at most `limit` entries, and maybe none; None if none is."""
        if not self.left:
            return None
        span = self.left[0]
        taken = self._stream.entries(span.first - 1, limit, span.last)
        with self._stream.lock:
            if self.left[:1] != [span] or taken.upto < span.first:  # moved meanwhile, or not yet
                return None
            self.left[:1] = [Span(taken.upto + 1, span.last)] if taken.upto < span.last else []
            return self.took(span.first, taken)

    def took(self, first: int, taken: Taken) -> Batch:
        """All that there is from that position on is under way. Under the log's lock."""
        batch = Batch(taken.entries, Span(first, taken.upto))
        self.under_way.append(batch)
        return batch

    def settle(self, batch: Batch) -> bool:
        """The far side has it; False if it was put back. Under the log's lock."""
        if batch not in self.under_way:
            return False
        self.under_way.remove(batch)
        batch.settled = True
        return True

    def put_back(self, more: Span | None = None) -> None:
        """Nothing is under way any more, all that is not settled is left, and `more` of it."""
        with self._stream.lock:
            self.left = joined([*self.unsettled, *([] if more is None else [more])])
            self.under_way.clear()


def joined(spans: list[Span]) -> list[Span]:
    """In order, without empty ones, those that touch as one."""
    found: list[Span] = []
    for span in sorted(span for span in spans if span.first <= span.last):
        if found and found[-1].last + 1 >= span.first:
            found[-1] = Span(found[-1].first, max(found[-1].last, span.last))
        else:
            found.append(span)
    return found
