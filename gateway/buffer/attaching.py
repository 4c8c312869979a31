"""How the log and its store come together and part.

When they come together for the first time, three things may be true of the run before: it said
goodbye (the store is clean); it was killed, and the journal of this same boot knows every number
that it gave out; or the power was cut, and only the reserve tells which numbers may have gone out:
they are never given again. A store that is not the one that was written last (an older copy, or
without its write-ahead log), or that had to be healed, goes on in a new epoch.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from gateway.buffer import healing, legend, losses, sensors
from gateway.buffer.identities import Identities
from gateway.buffer.joining import Joined, join
from gateway.buffer.journal import Recovered
from gateway.buffer.legend import Legend
from gateway.buffer.rows import back
from gateway.buffer.salvage import read_out
from gateway.buffer.sensors import SensorState
from gateway.buffer.store import Session, Store
from gateway.buffer.window import Window
from gateway.errors import StoreError
from gateway.model import Reading

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
            _join(log, store, known)
            log.store = store
    except BaseException:
        store.close()
        raise


def detach(log: "Log", error: StoreError) -> None:
    """Go on from memory, in an epoch of its own."""
    with log.reading, log.lock:
        if log.store is None:
            return
        log.store.close()
        log.store, log.refused = None, error
        log.window.begin()
        log.reserved_position = float("inf")
        for reader in log.readers.values():
            reader.move(max(reader.position, log.window.stored_position))


def begin_detached(log: "Log") -> None:
    """Start without a store: with what the journal held, and from there in a new epoch."""
    with log.lock:
        window, recovered = log.window, _recover(log)
        for reader in log.readers.values():
            reader.move(window.stored_position)
        window.begin()
        _take_notes(log, recovered)
        window.save()
        log.started = True


def _join(log: "Log", store: Store, known: Legend | None) -> None:
    window, first = log.window, not log.started
    recovered = _recover(log) if first else None
    if first and recovered is None:
        joined = Joined([], 0, store.identities, store.last_position + 1, None)
    else:
        joined = join(
            store,
            window.group.rows,
            window.identities,
            window.next_position,
            window.stored_position,
        )
    _raise_totals(log, store, known)
    _move_window(log, store, known, joined)
    gaps = losses.gaps(log, store, known, joined)
    if first:
        _number(log, store, known, recovered)
    _begin_session(log, store, known)
    for gap in gaps:
        window.append_gap(gap)
    _take_notes(log, recovered)
    window.save()
    log.started = True


def _waiting(log: "Log") -> tuple[int, int]:
    """The identity of the oldest row that is pending, or of what comes next."""
    with log.lock:
        return log.window.identities.of(_first_pending(log.window))


def _first_pending(window: Window) -> int:
    rows = window.group.rows
    return rows[0].position - back(rows[0]) if rows else window.next_position


def _recover(log: "Log") -> Recovered | None:
    """Take in what the journal of an earlier process holds."""
    window = log.window
    log.recovered = found = window.journal.read()
    if found is None:
        return None
    window.identities, window.next_position = found.identities, found.next_position
    window.group.rows, window.group.cursors = found.rows, found.cursors
    window.group.anchors = found.anchors
    window.stored_position = _first_pending(window) - 1
    window.dating.keep(found.anchors)
    window.sensors |= sensors.after(window.sensors, found.rows)
    window.recovered_totals = found.totals
    if found.bad:
        logger.warning("%d records of the journal could not be read", found.bad)
    return found


def _take_notes(log: "Log", recovered: Recovered | None) -> None:
    """Counts that no reading has carried become one, of the time until they were noted."""
    if recovered is None:
        return
    for note in recovered.notes.values():
        span_ns = note.up_ns - note.since_ns
        log.window.append(Reading(note.sensor, note.counts, note.up_ns, span_ns), recovered.boot)


def _raise_totals(log: "Log", store: Store, known: Legend | None) -> None:
    """They never run backwards, whatever the store has lost of them."""
    states = dict(store.sensors)
    window = log.window
    ours = {one: state.totals for one, state in window.sensors.items() if window.totals_known}
    for told in (window.recovered_totals, known.totals if known else {}, ours):
        for name, totals in told.items():
            states[name] = sensors.later(states.get(name), SensorState(None, totals))
    if states != store.sensors:
        store.put_sensors(states)


def _move_window(log: "Log", store: Store, known: Legend | None, joined: Joined) -> None:
    """What is pending goes behind what is stored, and each uplink where it was."""
    window, moved = log.window, joined.moved
    acknowledged = window.group.cursors if moved == 0 else {}
    window.identities = Identities(joined.identities.segments)
    window.group.rows, window.group.segments = joined.rows, []
    window.next_position, window.stored_position = joined.next_position, store.last_position
    window.dating.learn(store.dating)
    after = sensors.after(store.sensors, joined.rows)
    ahead = window.sensors if window.totals_known else {}
    window.sensors, window.totals_known = {**store.sensors, **after, **ahead}, True
    window.group.cursors = {}
    for name, reader in log.readers.items():
        stored = store.cursors.get(name)
        if stored is None:  # of an uplink that is new, or lost with the store
            is_new = log.starts[name] == "now" and not losses.is_another(store, known)
            reader.move(window.last_position if is_new else 0)
        else:
            had = max(stored, acknowledged.get(name, 0))
            reader.move(_position(log, store, reader.position + moved, had))
        if reader.position > store.last_position:
            window.group.cursors[name] = reader.position


def _position(log: "Log", store: Store, in_memory: int, had: int) -> int:
    """Where an uplink goes on: what it had from memory counts if it had all that is stored."""
    had_all = log.started and had >= store.last_position
    return min(max(had, in_memory) if had_all else had, log.window.last_position)


def _number(log: "Log", store: Store, known: Legend | None, recovered: Recovered | None) -> None:
    """No number is given twice: go on, skip those that may be out, or begin a new epoch."""
    window = log.window
    if losses.is_another(store, known):
        window.begin()
    elif recovered is not None:
        if recovered.boot != log.clock.boot_id:
            window.begin()
    elif not store.clean:
        window.begin(losses.reserved(store, known) + 1, window.identities.epoch)


def _begin_session(log: "Log", store: Store, known: Legend | None) -> None:
    """Whenever the power fails in here, the legend knows the store, before and after."""
    window = log.window
    reserved = window.next_number + log.reserve
    cursors = {
        name: min(reader.position, store.last_position) for name, reader in log.readers.items()
    }
    session = Session(log.session, reserved, cursors, window.identities.segments)
    before = legend.of(store)
    sessions = [*(known.sessions if known else ()), store.session, log.session]
    legend.write(log.path, msgspec.structs.replace(before, sessions=sessions[-3:]))
    store.begin_session(session)
    legend.write(log.path, legend.of(store))
    log.reserve_until(reserved)
