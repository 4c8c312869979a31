"""What a platform wants to have again (promise 13b): one request after the other.

A replay moves no cursor: it takes what the log still has of these numbers, as far as it was
acknowledged before, for all else is on its way already. A merged reading stands where its last one
stood, so behind the numbers that were asked for it is looked for those that begin among them.
"""

from collections import deque
from collections.abc import Callable, Iterator

from gateway.buffer.candidates import LOOK_ROWS
from gateway.buffer.feed import Feed
from gateway.buffer.identities import Span
from gateway.buffer.passage import Batch, Passage, joined
from gateway.buffer.reader import Reader
from gateway.delivery.parcels import Lane, Shipment
from gateway.encoding.messages import ReplayRequest, ReplayResult
from gateway.model import Entry, StoredReading
from gateway.ranges import Range, Ranges

MOST_NUMBERS = 100_000
"""In one request."""

MOST_WAITING = 16
"""Requests."""

LOOKS = 20
"""Batches that are looked at for one that holds something."""


class Refusal(Exception):
    """Why a request is not taken."""


class Replay:
    """One request on its way."""

    def __init__(self, request: ReplayRequest, feed: Feed, acknowledged: int) -> None:
        self.request = request
        spans = feed.spans(request.epoch, request.from_, request.to)
        reach = LOOK_ROWS if feed.has_merged else 0
        clipped = (Span(span.first, min(span.last + reach, acknowledged)) for span in spans)
        self._passage = Passage(feed, joined(list(clipped)))
        self._on_its_way = [span for span in spans if span.last > acknowledged]
        self._feed = feed
        self._acknowledged = acknowledged
        self._sent = 0
        self._seen = Ranges()

    @property
    def is_done(self) -> bool:
        """Whether all of it was acknowledged."""
        return not (self._passage.left or self._passage.under_way)

    def take(self, limit: int) -> Batch | None:
        """The next entries, at most `limit`; None if there are none now."""
        for _ in range(LOOKS):
            batch = self._passage.take(limit)
            if batch is None:
                break
            batch.entries = [entry for entry in batch.entries if self._is_asked_for(entry)]
            if batch.entries:
                return batch
            self.settle(batch)
        return None

    def settle(self, batch: Batch) -> None:
        """The far side has it."""
        with self._feed.lock:
            settled = self._passage.settle(batch)
        if settled:
            self._sent += len(batch.entries)
            for entry in batch.entries:
                self._seen.add(_first(entry), entry.number)

    def put_back(self) -> None:
        """The link is gone: what was under way is sent again."""
        self._passage.put_back()

    def result(self) -> ReplayResult:
        """What became of it."""
        for span in self._on_its_way:
            first = self._feed.identity(max(span.first, self._acknowledged + 1))[1]
            self._seen.add(first, self._feed.identity(span.last)[1])
        absent = list(self._absent())
        return ReplayResult(epoch=self.request.epoch, sent=self._sent, absent=absent)

    def _absent(self) -> Iterator[Range]:
        return self._seen.without(self.request.from_, self.request.to)

    def _is_asked_for(self, entry: Entry) -> bool:
        asked = self.request
        ours = entry.epoch == asked.epoch
        return ours and _first(entry) <= asked.to and entry.number >= asked.from_


class Replays:
    """Of one uplink; `done` is told of each that is."""

    def __init__(
        self, reader: Reader, feed: Feed, done: Callable[[ReplayRequest, ReplayResult], None]
    ) -> None:
        self._reader = reader
        self._feed = feed
        self._done = done
        self._waiting: deque[Replay] = deque()

    def ask(self, request: ReplayRequest) -> None:
        """Take it in, behind the others. Raises Refusal."""
        if not 0 <= request.to - request.from_ < MOST_NUMBERS:
            raise Refusal(f"from 1 to {MOST_NUMBERS} numbers, the first of them in `from`")
        if len(self._waiting) >= MOST_WAITING:
            raise Refusal(f"{MOST_WAITING} requests wait already")
        self._waiting.append(Replay(request, self._feed, self._reader.acknowledged))

    def take(self, limit: int) -> Shipment | None:
        """The next entries of the oldest request; None if there are none now."""
        while self._waiting:
            replay = self._waiting[0]
            batch = replay.take(limit)
            if batch is not None:
                return Shipment.of(Lane.REPLAY, batch, replay.settle)
            if not replay.is_done:
                return None
            self._waiting.popleft()
            self._done(replay.request, replay.result())
        return None

    @property
    def wait(self) -> bool:
        """Whether there are any."""
        return bool(self._waiting)

    def put_back(self) -> None:
        """The link is gone."""
        for replay in self._waiting:
            replay.put_back()


def _first(entry: Entry) -> int:
    return entry.first if isinstance(entry, StoredReading) else entry.number
