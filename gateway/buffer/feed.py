"""What readers take: entries from the disk, then from memory.

Pending rows go out from memory, up to the first that carries a running total: a power cut could let
it run backwards, so it waits for its commit. While the disk takes nothing, nothing waits for it.

A stored row that is not what was written is no reading any more, but it is not passed over: a gap
record says so, once for each row.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple, TypeVar

from gateway.buffer.attachment import Attachment
from gateway.buffer.entries import entry
from gateway.buffer.identities import Identities, Span
from gateway.buffer.passage import Taken
from gateway.buffer.rows import Row
from gateway.buffer.store import Store
from gateway.errors import StoreDamaged, StoreError, StoreUnavailable
from gateway.model import Entry, Gap, Numbers, Reason

T = TypeVar("T")


class Stretch(NamedTuple):
    """All rows with after < position <= upto."""

    after: int
    rows: list[Row]
    upto: int


class Feed:
    """The `Stream` of the open log; `tell` takes the gap records of broken rows in."""

    def __init__(self, log: Attachment, tell: Callable[[Gap], None]) -> None:
        self._log = log
        self._tell = tell
        self._broken: set[int] = set()

    @property
    def lock(self) -> AbstractContextManager[bool]:
        return self._log.lock

    @property
    def last_position(self) -> int:
        return self._log.window.last_position

    @property
    def available_position(self) -> int:
        """Up to there entries may go out."""
        log = self._log
        held = log.window.held_position
        if held is None or log.store is None or log.refused is not None:
            return log.window.last_position
        return held - 1

    @property
    def has_merged(self) -> bool:
        """Whether a row of the disk may stand for readings at any positions before its own."""
        store = self._log.store
        return store is not None and store.has_merged

    def identity(self, position: int) -> tuple[int, int]:
        """Epoch and number."""
        with self._log.lock:
            return self._log.window.identities.of(position)

    def spans(self, epoch: int, first: int, last: int) -> list[Span]:
        """Where these numbers of that epoch stand, or stood, as far as they were given."""
        with self._log.lock:
            found = self._log.window.identities.spans(epoch, first, last)
            newest = self.last_position
        return [Span(one.first, min(one.last, newest)) for one in found if one.first <= newest]

    def kept(self) -> list[Numbers]:
        """What can be taken again: of each epoch the oldest and the newest number."""
        oldest = self.oldest_position()
        with self._log.lock:
            segments = self._log.window.identities.within(Span(oldest, self.last_position))
        found: dict[int, Numbers] = {}
        for numbers in segments:
            first = found[numbers.epoch].first if numbers.epoch in found else numbers.first
            found[numbers.epoch] = Numbers(numbers.epoch, first, numbers.last)
        return list(found.values())

    def oldest_position(self) -> int:
        """Of the oldest row; behind all where there is none."""
        log = self._log
        with log.lock:
            store, rows = log.store, log.window.group.rows
            pending = rows[0].position if rows else self.last_position + 1
        if store is None:
            return pending
        try:
            with log.reading:
                stored = store.oldest() if log.store is store else None
        except (StoreDamaged, StoreUnavailable) as error:
            self._leave(error)
            return pending
        return pending if stored is None else min(stored, pending)

    def entries(self, after: int, limit: int, last: int | None = None) -> Taken:
        """What stands behind that position; of a store that cannot be read, nothing."""
        identities = self._log.window.identities
        stretch = self.stretch(after, limit, last)
        entries = self._made(stretch, identities)
        if entries is None or self._log.window.identities is not identities:  # attached meanwhile
            return Taken([], after)
        return Taken(entries, stretch.upto)

    def stretch(self, after: int, limit: int, last: int | None = None) -> Stretch:
        """The rows behind that position, and up to which one they are all."""
        log = self._log
        with log.lock:
            store, stored = log.store, log.window.stored_position
            if store is None or after >= stored:
                return self._pending(after, limit, last)
        if last is not None:
            stored = min(stored, last)
        found = self._stored(store, lambda: store.rows(after, stored, limit))
        if found is None:
            return Stretch(after, [], after)
        self._account_for(found.broken)
        full = len(found.rows) + len(found.broken) >= limit
        upto = max([*found.broken, *(row.position for row in found.rows[-1:])]) if full else stored
        return Stretch(after, found.rows, upto)

    def readings_of(self, sensor: str, after: int, upto: int) -> list[Row] | None:
        """The rows of that sensor with after < position <= upto; None: they cannot be read now.

        While the log is detached it begins behind what is stored.
        """
        log = self._log
        with log.lock:
            store, stored = log.store, log.window.stored_position
            pending = log.window.rows_after(max(after, stored), upto)
        pending = [row for row in pending if row.position <= upto and _is_of(row, sensor)]
        if store is None or after >= stored:
            return pending
        last = min(upto, stored)
        found = self._stored(store, lambda: store.readings_of(sensor, after, last))
        return None if found is None else found + pending

    def _made(self, stretch: Stretch, identities: Identities) -> list[Entry] | None:
        """Entries of these rows; None if there can be none now."""
        dating = self._log.window.dating
        return [entry(row, identities, dating) for row in stretch.rows]

    def _pending(self, after: int, limit: int, last: int | None) -> Stretch:
        available = self.available_position
        upto = available if last is None else min(available, last)
        rows = [row for row in self._log.window.rows_after(after, limit) if row.position <= upto]
        upto = after if len(rows) == limit else max(after, upto)
        return Stretch(after, rows, max(upto, rows[-1].position) if rows else upto)

    def _stored(self, store: Store, read: Callable[[], T]) -> T | None:
        """What is read there; None if it cannot be, or the store was left meanwhile."""
        log = self._log
        try:
            with log.reading:
                return read() if log.store is store else None
        except (StoreDamaged, StoreUnavailable) as error:
            self._leave(error)
            return None

    def _leave(self, error: StoreError) -> None:
        """The writer has to detach."""
        self._log.unreadable = error
        self._log.writer_wake.set()

    def _account_for(self, broken: list[int]) -> None:
        for position in broken:
            if position not in self._broken:
                self._broken.add(position)
                self._tell(self._damage(position))

    def _damage(self, position: int) -> Gap:
        """A merged row would have stood for others before it; which it was, nobody can know."""
        log = self._log
        epoch, number = log.window.identities.of(position)
        first, n = (1, None) if self.has_merged else (number, 1)
        now = (log.clock.boot_id, log.clock.now_ns())
        return Gap(Reason.STORE_DAMAGED, "", Numbers(epoch, first, number), n, None, now)


def _is_of(row: Row, sensor: str) -> bool:
    return row.layout.sensor == sensor and not row.layout.gap
