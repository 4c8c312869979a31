"""How the log and its store come together and part.

All that is held, and the gaps that tell what was lost, go into the store in the transaction that
begins the session (union.py). Until it has succeeded nothing has changed, neither in memory nor in
the journal, so it may be tried again after any failure or kill: what is stored already is known by
its identity then.

Without a store the log begins with what the journal held (recovery.py), and goes on from memory in
an epoch of its own, as it does when it parts from its store.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from gateway.buffer import healing, legend
from gateway.buffer.held import Recovered
from gateway.buffer.legend import Legend
from gateway.buffer.recovery import recover
from gateway.buffer.salvage import read_out
from gateway.buffer.store import Store
from gateway.buffer.union import Union
from gateway.errors import StoreError, StoreUnavailable

if TYPE_CHECKING:
    from gateway.buffer.log import Log

logger = logging.getLogger(__name__)


def attach(log: "Log", heal: bool, beat: Callable[[], None]) -> None:
    """Open the store and go on behind it; with `heal` also a damaged one. Raises StoreError."""
    known = legend.read(log.path)
    if heal:
        salvage = partial(read_out, known=known, waiting=_waiting(log), beat=beat)
        store, log.healed = healing.open_store(log.path, log.clock, salvage)
    else:
        store = healing.open_whole(log.path)
    try:
        with log.reading, log.lock:
            _unite(log, store, known)
            log.store = store
    except BaseException:
        store.close()
        raise
    _tell_legend(store)


def _tell_legend(store: Store) -> None:
    """Else the next commit does; the log is attached, whatever becomes of this."""
    try:
        legend.keep(store)
    except StoreUnavailable as error:
        logger.warning("%s", error)


def detach(log: "Log", error: StoreError) -> None:
    """Go on from memory, in an epoch of its own."""
    with log.reading, log.lock:
        if log.store is None:
            return
        log.store.close()
        log.store, log.refused = None, error
        log.window.part()
        log.reserve.lift()
        for reader in log.readers.values():
            reader.move(max(reader.position, log.window.stored_position))


def begin_detached(log: "Log") -> None:
    """Start without a store: with what the journal held, and from there in a new epoch."""
    with log.lock:
        window = log.window
        recovered = recover(log)
        if recovered is not None:
            window.recover(recovered)
            _take_notes(log, recovered)
        for reader in log.readers.values():
            reader.move(window.stored_position)
        window.part()
        log.started = True


def _take_notes(log: "Log", found: Recovered) -> None:
    """Those of this boot are gone on with, others are readings now."""
    if found.boot == log.clock.boot_id:
        log.window.notes = found.notes
    else:
        for note in found.notes.values():
            log.window.append(note.reading(note.seen_ns), found.boot)


def _unite(log: "Log", store: Store, known: Legend | None) -> None:
    union = Union(log, store, known)
    union.store_all()
    log.accepted += union.readings
    log.window.notes |= union.notes
    log.window.go_on(log.session, union.identities, union.next_position, store.sensors)
    for name, reader in log.readers.items():
        reader.move(union.positions[name])
    log.window.dating.learn(store.dating)
    log.reserve.reach(union.reserved)
    log.started = True


def _waiting(log: "Log") -> tuple[int, int]:
    """The identity behind everything that is stored."""
    with log.lock:
        return log.window.identities.of(log.window.stored_position + 1)
