"""Keeps the log within its quota: deletes what is delivered, and takes the steps of the ladder.

What every uplink has is deleted first: many rows together, or at once where room is short.
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
"""Delivered rows that are left lying before they are deleted together."""


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
        self._pruned = 0

    def begin(self) -> None:
        """The log is attached anew: what stands in the store is not known."""
        self._pruned = 0

    def step(self) -> bool:
        """One step; whether there may be more to do."""
        log, store = self._log, self._log.store
        if store is None:
            return False
        with log.lock:
            delivered, under_way = self._readers.delivered, self._readers.under_way
        self._prune(store, delivered)
        gap = self._usage.step(store, log.clock, under_way)
        if gap is None:
            return False
        self._append_gap(gap)
        last = log.window.last_position
        while log.window.stored_position < last:
            self._commit()
        return True

    def _prune(self, store: Store, delivered: int) -> None:
        if delivered - self._pruned >= (1 if self._usage.is_tight else PRUNE_ROWS):
            self._pruned = store.prune(min(delivered, self._log.window.stored_position))
