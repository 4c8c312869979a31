"""Keeps the log within its quota: deletes what is delivered, and takes the steps of the ladder.

What every uplink has is deleted first: once it has been held back for long enough, in case that a
platform asks for it again, or before anything else where room is short.
A step of the ladder is a gap record; it is done when the record is stored (retention.py), so it is
committed at once, and the next step is planned on what it has left.
"""

from collections.abc import Callable

from gateway.buffer.attachment import Attachment
from gateway.buffer.readers import Readers
from gateway.buffer.store import Store
from gateway.buffer.usage import Usage
from gateway.model import Gap

PRUNE_ROWS = 5_000
"""Delivered rows that go at a time where room is short."""

LOOK_S = 60.0
"""How often it is looked whether rows have been held back for long enough."""


class Upkeep:
    """By the writer. `append_gap` takes a record in, `commit` stores what is open."""

    def __init__(
        self,
        log: Attachment,
        readers: Readers,
        usage: Usage,
        append_gap: Callable[[Gap], None],
        commit: Callable[[], int],
    ) -> None:
        self._log = log
        self._readers = readers
        self._usage = usage
        self._append_gap = append_gap
        self._commit = commit
        self._look_ns = 0

    def begin(self) -> None:
        """The log is attached anew: what stands in the store is not known."""
        self._look_ns = 0

    def step(self) -> bool:
        """One step; whether there may be more to do."""
        log, store = self._log, self._log.store
        if store is None:
            return False
        with log.lock:
            delivered = min(self._readers.delivered, log.window.stored_position)
            under_way = self._readers.under_way
        if self._prune(store, delivered):
            return True
        gap = self._usage.step(store, log.clock, under_way, delivered)
        if gap is None:
            return False
        self._append_gap(gap)
        last = log.window.last_position
        while log.window.stored_position < last:
            self._commit()
        return True

    def _prune(self, store: Store, delivered: int) -> bool:
        """Delete what every uplink has: some of it now, or what is too old; whether more is due."""
        if self._usage.is_tight(store):
            return store.prune(delivered, PRUNE_ROWS)
        now_ns = self._log.clock.now_ns()
        if now_ns < self._look_ns:
            return False
        old = self._usage.held_long_enough(store, self._log.clock)
        more = store.prune(min(delivered, old))
        self._look_ns = now_ns + (0 if more else round(LOOK_S * 1e9))
        return more
