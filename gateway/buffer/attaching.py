"""How the log and its store come together and part.

When they come together for the first time, three things may be true of the run before: it said
goodbye (the store is clean); it was killed, and the journal of this same boot knows every number
that it gave out; or the power was cut, and only the reserve tells which numbers may have gone out:
they are never given again. A journal with a record that cannot be read knows too little: its
numbers, and as many behind its last as a reserve has, are told as lost. A store that is not the one
that was written last (an older copy, or without its write-ahead log), or that had to be healed,
goes on in a new epoch.

All that is held, and the gaps that tell what was lost, go into the store in the transaction that
begins the session. Until it has succeeded nothing has changed, neither in memory nor in the
journal, so it may be tried again after any failure or kill: what is stored already is known by its
identity then.
"""

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from gateway.buffer import healing, legend, losses, sensors
from gateway.buffer.gaps import gap_row
from gateway.buffer.group import Group
from gateway.buffer.held import Held, Recovered
from gateway.buffer.identities import Identities
from gateway.buffer.joining import behind, join
from gateway.buffer.layouts import row_of
from gateway.buffer.legend import Legend
from gateway.buffer.rows import Row
from gateway.buffer.salvage import read_out
from gateway.buffer.sensors import SensorState
from gateway.buffer.store import Store
from gateway.buffer.transaction import Session
from gateway.errors import StoreError, StoreUnavailable
from gateway.model import Gap, Reading, Reason

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
        log.window.begin()
        log.reserve.lift()
        for reader in log.readers.values():
            reader.move(max(reader.position, log.window.stored_position))


def begin_detached(log: "Log") -> None:
    """Start without a store: with what the journal held, and from there in a new epoch."""
    with log.lock:
        window = log.window
        recovered = _recover(log)
        if recovered is not None:
            _take_over(log, recovered)
        for reader in log.readers.values():
            reader.move(window.stored_position)
        window.begin()
        window.save()
        log.started = True


def _take_over(log: "Log", found: Recovered) -> None:
    window = log.window
    window.session, window.identities = found.session, found.identities
    window.stored_position = found.stored_position
    window.next_position = found.next_position
    window.group.rows, window.group.anchors = found.rows, found.anchors
    window.group.cursors = found.cursors
    window.dating.keep(found.anchors)
    window.before, window.totals_known = sensors.latest({}, found.totals), found.totals_known
    window.sensors = window.before | sensors.after(window.before, found.rows)


def _unite(log: "Log", store: Store, known: Legend | None) -> None:
    union = Union(log, store, known)
    union.store_all()
    log.accepted += union.readings
    for name, reader in log.readers.items():
        reader.move(union.positions[name])
    log.window.go_on(log.session, union.identities, union.next_position, store.sensors)
    log.window.dating.learn(store.dating)
    log.reserve.reach(union.reserved)
    log.started = True


def _waiting(log: "Log") -> tuple[int, int]:
    """The identity behind everything that is stored."""
    with log.lock:
        return log.window.identities.of(log.window.stored_position + 1)


def _recover(log: "Log") -> Recovered | None:
    """What the journal of an earlier process holds; counts without a reading are one now.

    Their numbers are those that come next, whoever reads the journal, and however often.
    """
    found = log.window.journal.read()
    if found is None:
        return None
    if found.bad:
        logger.warning("%d records of the journal could not be read", found.bad)
    states = sensors.latest({}, found.totals)
    states |= sensors.after(states, found.rows)
    if found.bad:
        _pass_over(log, found)
    for note in found.notes.values():
        state = states.get(note.sensor, SensorState())
        reading = Reading(note.sensor, note.counts, note.up_ns, note.up_ns - note.since_ns)
        totals = state.totals if found.totals_known else None
        row, _ = row_of(
            found.next_position, reading, found.boot, totals, log.window.ranks.get(note.sensor)
        )
        found.rows.append(row)
        found.next_position += 1
    return found


def _pass_over(log: "Log", found: Recovered) -> None:
    """What could not be read may have gone out: its numbers are lost, and not given again.

    Since a journal was begun anew it has noted fewer rows than a reserve has numbers.
    """
    epoch, number = found.identities.of(found.next_position)
    last, now = number + log.reserve.size, (log.clock.boot_id, log.clock.now_ns())
    lost = losses.beyond(found.identities.segments, found.stored_position, last)
    found.identities.begin(found.next_position, last + 1, epoch)
    for numbers in lost:
        gap = Gap(Reason.UNCLEAN_STOP, "", numbers, None, None, now)
        found.rows.append(gap_row(found.next_position, gap))
        found.next_position += 1


class Union:
    """The log as it will stand in its store, once that has taken all that is held."""

    def __init__(self, log: "Log", store: Store, known: Legend | None) -> None:
        self._log, self._store, self._known = log, store, known
        held = self._held = log.window.held() if log.started else _recover(log)
        self._session = _session(held, log.clock.boot_id)
        self._joined = behind(store) if held is None else join(store, held)
        self.identities = Identities(self._joined.identities.segments)
        self.next_position = self._joined.next_position
        self.positions = {name: self._position(name) for name in log.readers}
        if not log.started:
            self._number()
        self.readings = sum(not row.layout.gap for row in self._joined.rows)
        self._rows = [*self._joined.rows, *self._gap_rows()]
        self.reserved = self.identities.of(self.next_position)[1] + log.reserve.size

    def store_all(self) -> None:
        """The legend knows the session before it begins: whenever the power fails, it is known."""
        log, store, known = self._log, self._store, self._known
        sessions = [*(known.sessions if known else ()), store.session, log.session]
        before = msgspec.structs.replace(legend.of(store), sessions=sessions[-3:])
        legend.write(log.path, before)
        group = Group(
            self._rows,
            [] if self._held is None else self._held.anchors,
            self.identities.segments,
            self.positions,
            sensors=self._states(),
        )
        store.begin_session(Session(log.session, self.reserved), group)

    def _number(self) -> None:
        """No number is given twice: go on, skip those that may be out, or begin a new epoch."""
        store, known, held = self._store, self._known, self._held
        if losses.is_another(store, known):
            self.identities.begin(self.next_position)
        elif held is not None:
            if self._session != held.session:
                self.identities.begin(self.next_position)
        elif not store.clean:
            first, epoch = losses.reserved(store, known) + 1, self.identities.epoch
            self.identities.begin(self.next_position, first, epoch)

    def _gap_rows(self) -> Iterator[Row]:
        """They come last, whatever was held."""
        log, store = self._log, self._store
        for gap in losses.gaps(log, store, self._known, self._joined, self._session):
            yield gap_row(self.next_position, gap)
            self.next_position += 1

    def _states(self) -> dict[str, SensorState]:
        """Before the rows. Totals never run backwards, whatever the store has lost of them."""
        held, rows, known = self._held, self._joined.rows, self._known
        states = dict(self._store.sensors)
        if held is not None and held.totals_known:
            states = sensors.latest(states, held.totals)
        elif held is not None and rows:  # else all of it is stored already
            states = sensors.added(states, held.totals)
        states |= sensors.after(states, rows)
        if known is not None:
            states = sensors.latest(states, known.totals)
        return sensors.before(states, rows)

    def _position(self, uplink: str) -> int:
        """Where that uplink goes on."""
        held, joined, store = self._held, self._joined, self._store
        last, stored = joined.next_position - 1, store.cursors.get(uplink)
        if stored is None:  # it is new, or was lost with the store
            is_new = not losses.is_another(store, self._known)
            return last if is_new and self._log.readers.starts[uplink] == "now" else 0
        acknowledged = held.cursors if held is not None and joined.moved == 0 else {}
        had = max(stored, acknowledged.get(uplink, 0))
        if self._log.started and had >= store.last_position:
            # What it had from memory counts if it had all that is stored.
            had = max(had, self._log.readers[uplink].position + joined.moved)
        return min(had, last)


def _session(held: Held | None, boot: str) -> str:
    """The session of which this process knows all that has gone out."""
    if held is None or (isinstance(held, Recovered) and (held.boot != boot or held.bad)):
        return ""
    return held.session
