"""One uplink's way through the log.

Theory: every position is *acknowledged*, *under way* in a batch, *backlog*, or *news*, which is all
that lies behind `_news`. News and backlog are taken side by side, so that what is measured now need
not wait for what is old. A batch is settled by itself, in any order; `acknowledged` is the last
position before the first that is not (promise 13). `rewind` makes backlog of all that is not
acknowledged: it is taken again, so the far side may see an identity twice, but never not at all. A
batch from before a rewind settles nothing.

`position` is what the far side has for good, and the log may delete: `acknowledged`, or, where an
uplink `waits_for_platform`, what that has confirmed of it (promise 13b).
"""

import math
import threading
from bisect import bisect_left
from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

from gateway.buffer.identities import Span
from gateway.buffer.passage import Batch, Passage, Stream
from gateway.buffer.tally import Tally

SPANS = 1_000
"""Pieces of backlog that are told apart; of more, some is sent again that was acknowledged."""


class _Settled(NamedTuple):
    span: Span
    tally: Tally


_span = attrgetter("span")


class Reader:
    """Belongs to one thread; `moved` is told each new `position`, under the log's lock.

    `wake` is set when as much news waits to be taken as was asked for with `call`.
    """

    waits_for_platform = False

    def __init__(self, stream: Stream, position: int, moved: Callable[[int], None]) -> None:
        self.position = self.acknowledged = position
        self.tally = Tally()
        """Of all that was acknowledged, up to `acknowledged`; whoever tells it begins a new one."""
        self.stream = stream
        self._moved = moved
        self._news = position
        self._old = Passage(stream, [])
        """The backlog, and all that is under way."""
        self._settled: list[_Settled] = []
        """Behind `acknowledged`, in order."""
        self.wake = threading.Event()
        self._call_at = math.inf

    @property
    def backlog(self) -> int:
        """Readings that the far side has not acknowledged."""
        with self.stream.lock:
            news = self.stream.last_position - self._news
            return news + sum(span.last - span.first + 1 for span in self._old.unsettled)

    @property
    def sent(self) -> int:
        """The newest position that was taken, as far as it is known."""
        with self.stream.lock:
            return max([self.acknowledged, *(span.last for span in self.may_be_there)])

    @property
    def may_be_there(self) -> list[Span]:
        """Behind `acknowledged`: what the far side may have. Under the log's lock."""
        under_way = (batch.span for batch in self._old.under_way)
        return [*under_way, *(settled.span for settled in self._settled)]

    @property
    def waiting(self) -> int:
        """How much news there is to be taken."""
        return self.stream.available_position - self._news

    @property
    def has_backlog(self) -> bool:
        """Whether there is any that was not taken."""
        return bool(self._old.left)

    def take(self, limit: int) -> Batch | None:
        """The next entries, at most `limit`, the oldest first; None if there are none."""
        return self.take_backlog(limit) or self.take_news(limit)

    def take_news(self, limit: int) -> Batch | None:
        """The next news, at most `limit`; None if there is none."""
        while True:
            after = self._news
            taken = self.stream.entries(after, limit)
            with self.stream.lock:
                if self._news != after or taken.upto <= after:  # moved meanwhile, or nothing there
                    return None
                self._news = taken.upto
                batch = self._old.took(after + 1, taken)
            if batch.entries:
                return batch
            self.settle(batch)

    def take_backlog(self, limit: int) -> Batch | None:
        """The oldest of it, at most `limit`; None if there is none."""
        while (batch := self._old.take(limit)) is not None:
            if batch.entries:
                return batch
            self.settle(batch)
        return None

    def settle(self, batch: Batch) -> None:
        """The far side has it."""
        with self.stream.lock:
            if self._old.settle(batch):
                self._keep(_Settled(batch.span, Tally(batch.entries)))
                self._advance()

    def confirm(self, position: int) -> None:
        """The platform has what is up to there; it cannot have what was not acknowledged."""
        with self.stream.lock:
            self._reach(min(position, self.acknowledged))

    def settle_upto(self, position: int) -> None:
        """The far side needs nothing more of what is up to there; what was taken is forgotten."""
        with self.stream.lock:
            if position > self.acknowledged:
                self._go_to(position)
                self._reach(position)

    def call(self, waiting: int) -> None:
        """Set `wake`, once, when at least so much news waits to be taken."""
        with self.stream.lock:
            self._call_at = self._news + waiting
            self.told(self.stream.available_position)

    def told(self, available_position: int) -> None:
        """By the log, under its lock: up to there is something to take."""
        if available_position >= self._call_at:
            self._call_at = math.inf
            self.wake.set()

    def rewind(self) -> None:
        """All that is there and not acknowledged is backlog."""
        with self.stream.lock:
            last = self.stream.last_position
            self._old.put_back(Span(self._news + 1, last))
            self._news = max(self._news, last)
            if len(self._old.left) > SPANS:
                self._old.left = [Span(self._old.left[0].first, last)]

    def again(self) -> None:
        """What the platform has not confirmed is backlog, too."""
        with self.stream.lock:
            self._go_to(self.position)

    def move(self, position: int) -> None:
        """Go on from there; what was under way is forgotten."""
        with self.stream.lock:
            self.position = position
            self._go_to(position)
            self.wake.set()

    def _go_to(self, position: int) -> None:
        self._old = Passage(self.stream, [])
        self._settled.clear()
        self.acknowledged = self._news = position
        self.rewind()

    def _keep(self, settled: _Settled) -> None:
        """With what ends just before it as one: a drain takes hours, and news come every second."""
        at = bisect_left(self._settled, settled.span, key=_span)
        before = self._settled[at - 1] if at else None
        if before is None or before.span.last + 1 != settled.span.first:
            self._settled.insert(at, settled)
            return
        before.tally.join(settled.tally)
        span = Span(before.span.first, settled.span.last)
        self._settled[at - 1] = _Settled(span, before.tally)

    def _advance(self) -> None:
        """Up to the first position that is not acknowledged."""
        first = min([self._news + 1, *(span.first for span in self._old.unsettled)])
        if first - 1 > self.acknowledged:
            self.acknowledged = first - 1
            while self._settled and self._settled[0].span.first < first:
                self.tally.join(self._settled.pop(0).tally)
            if not self.waits_for_platform:
                self._reach(self.acknowledged)

    def _reach(self, position: int) -> None:
        if position > self.position:
            self.position = position
            self._moved(position)
