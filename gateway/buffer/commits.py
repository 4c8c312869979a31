"""When the open group is due, and its commit.

A group runs from the first addition, for so many seconds; an alarm, a full group, a cursor far
ahead of the disk and a journal that cannot be written make it due at once. What comes while it is
being stored is in the next one, and a group that the disk refuses stays as it is.
"""

from gateway.buffer import legend
from gateway.buffer.attachment import Attachment
from gateway.buffer.group import Group
from gateway.buffer.readers import Readers
from gateway.buffer.reserve import Reserve
from gateway.buffer.store import Store
from gateway.errors import StoreError, StoreUnavailable

GROUP_LIMIT = 2_000
"""Rows in one transaction; a full group is committed at once."""


class Commits:
    """By the writer, all but `added`; `every_s`: how long a group may be open."""

    def __init__(self, log: Attachment, readers: Readers, reserve: Reserve, every_s: float) -> None:
        self._log = log
        self._readers = readers
        self._reserve = reserve
        self._every_ns = round(every_s * 1e9)

    def due(self) -> float | None:
        """Seconds until the open group must be committed; None while it is empty."""
        window = self._log.window
        opened_ns = window.opened_ns
        if self._readers.lag:
            return 0.0
        if opened_ns is None:
            return None
        if window.urgent or not window.protection.holds or self._log.pending >= GROUP_LIMIT:
            return 0.0
        return max(0.0, (opened_ns + self._every_ns - self._log.clock.now_ns()) / 1e9)

    def added(self) -> None:
        """Tell those who wait for it, and only them: every switch of threads costs."""
        log, window = self._log, self._log.window
        if log.pending in (1, GROUP_LIMIT) or window.urgent or not window.protection.holds:
            log.writer_wake.set()
        self._readers.tell()

    def commit(self) -> int:
        """Store the open group; returns its rows. On StoreError it stays open."""
        log = self._log
        store = log.store
        if store is None:
            raise log.refused or StoreUnavailable(f"{log.path} is not open")
        with log.lock:
            group = self._reserve.renewed(log.window.group_to_store(GROUP_LIMIT))
            log.storing = len(group.rows)
        if any(group):
            self._store(store, group)
        return len(group.rows)

    def _store(self, store: Store, group: Group) -> None:
        log = self._log
        try:
            store.write(group)
            self._accept(store, group)
        except StoreError as error:
            log.refused = error
            raise
        finally:
            log.storing = 0
            with log.lock:
                self._readers.tell()

    def _accept(self, store: Store, group: Group) -> None:
        log = self._log
        with log.lock:
            log.window.accept(group)
            log.accepted += sum(not row.layout.gap for row in group.rows)
        log.refused = None
        if legend.outdated(store):
            legend.keep(store)
        if group.reserved is not None:
            self._reserve.reach(group.reserved)
