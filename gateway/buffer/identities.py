"""Which identity a position of the log has.

Positions order the log and are dense; identities (epoch, number) are for ever. A segment says what
holds from its first position on. A new segment begins where the two part: with a new epoch, or
where numbers were given out that must not be given again.
"""

import random
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple

from gateway.model import Numbers


class Span(NamedTuple):
    """Positions from `first` to `last`."""

    first: int
    last: int

    def holds(self, position: int) -> bool:
        return self.first <= position <= self.last


class Segment(NamedTuple):
    """From position `first` on, rows are of `epoch` and have the number position - `shift`."""

    first: int
    epoch: int
    shift: int

    def moved(self, by: int) -> "Segment":
        """The same identities, `by` positions later."""
        return Segment(self.first + by, self.epoch, self.shift + by)


_first = attrgetter("first")
_NO_END = 2**63


class Identities:
    """The segments of one log, in order; of two that begin at one place the later counts."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        self.segments = sorted({one.first: one for one in segments}.values())

    @property
    def epoch(self) -> int:
        """The epoch of what is written now."""
        return self.segments[-1].epoch

    def segment(self, position: int) -> Segment:
        """The segment that a position lies in."""
        return self.segments[max(0, bisect_right(self.segments, position, key=_first) - 1)]

    def of(self, position: int) -> tuple[int, int]:
        """Epoch and number."""
        segment = self.segment(position)
        return segment.epoch, position - segment.shift

    def begin(self, position: int, number: int = 1, epoch: int | None = None) -> Segment:
        """From `position` on numbers count from `number`, in a new epoch unless one is given."""
        epoch = new_epoch() if epoch is None else epoch
        segment = Segment(position, epoch, position - number)
        self.segments = [one for one in self.segments if one.first < position] + [segment]
        return segment

    def positions(self, epoch: int, first: int, last: int) -> Span | None:
        """Where those numbers stand, if all of them are of one segment."""
        for span in self.spans(epoch, first, last):
            if span.last - span.first == last - first:
                return span
        return None

    def spans(self, epoch: int, first: int, last: int) -> list[Span]:
        """Where those of these numbers stand that the log has, or had, or will have."""
        found = []
        for segment, whole in self.stretches():
            begin = max(first + segment.shift, whole.first)
            until = min(last + segment.shift, whole.last)
            if segment.epoch == epoch and begin <= until:
                found.append(Span(begin, until))
        return found

    def within(self, span: Span) -> list[Numbers]:
        """The identities of these positions, a range for each segment."""
        found = []
        for segment, whole in self.stretches(span.last):
            first, last = max(span.first, whole.first), min(span.last, whole.last)
            if first <= last:
                found.append(Numbers(segment.epoch, first - segment.shift, last - segment.shift))
        return found

    def stretches(self, last_position: int = _NO_END) -> Iterator[tuple[Segment, Span]]:
        """Each segment with its positions; the last segment ends there."""
        ends = [segment.first - 1 for segment in self.segments[1:]]
        for segment, last in zip(self.segments, [*ends, last_position], strict=False):
            yield segment, Span(segment.first, last)


def new_epoch() -> int:
    """Drawn, so that one on a new card is never an old one's (ADR 2)."""
    return random.SystemRandom().randrange(1, 2**24)
