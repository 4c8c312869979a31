"""The log as it will stand in its store, once that has taken all that is held.

When the two come together for the first time, three things may be true of the run before: it said
goodbye (the store is clean); it was killed, and the journal of this same boot knows every number
that it gave out; or the power was cut, and only the reserve tells which numbers may have gone out:
they are never given again. A store that is not the one that was written last (an older copy, or
without its write-ahead log), or that had to be healed, goes on in a new epoch.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from gateway.buffer import legend, losses, sensors
from gateway.buffer.gaps import gap_row
from gateway.buffer.group import Group
from gateway.buffer.held import Held, Recovered
from gateway.buffer.identities import Identities
from gateway.buffer.joining import behind, join
from gateway.buffer.layouts import row_of
from gateway.buffer.legend import Legend
from gateway.buffer.recovery import recover
from gateway.buffer.rows import Row
from gateway.buffer.sensors import SensorState
from gateway.buffer.store import Store
from gateway.buffer.transaction import Session
from gateway.model import Note

if TYPE_CHECKING:
    from gateway.buffer.log import Log


class Union:
    """`positions`: where each uplink goes on; `readings` that it brings; numbers `reserved`.

    `notes` are those of windows of this boot, which somebody may go on with.
    `known` is what the legend beside the store tells, if there is one.
    """

    def __init__(self, log: "Log", store: Store, known: Legend | None) -> None:
        self._log, self._store, self._known = log, store, known
        held = self._held = log.window.held() if log.started else recover(log)
        session = _session(held, log.clock.boot_id)
        self._knows_all = held is not None and (session == held.session or _ended(held, store))
        """Whether nothing has gone out that is not held."""
        self._session = _went_on(session, store, known)
        self._joined = behind(store) if held is None else join(store, held)
        self.identities = Identities(self._joined.identities.segments)
        self.next_position = self._joined.next_position
        self.positions = {name: self._position(name) for name in log.readers}
        if not log.started:
            self._number()
        self.notes: dict[str, Note] = {}
        self._rows = [*self._joined.rows, *self._note_rows()]
        self.readings = sum(not row.layout.gap for row in self._rows)
        self._rows += self._gap_rows()
        self.reserved = self.identities.of(self.next_position)[1] + log.reserve.size

    def store_all(self) -> None:
        """The legend knows the session before it begins: whenever the power fails, it is known.

        It keeps what was left in windows that were open, which is told with the session.
        """
        log, store, known = self._log, self._store, self._known
        sessions = [*(known.sessions if known else ()), store.session, log.session]
        begun = None if known is None else known.begun
        before = msgspec.structs.replace(legend.of(store), sessions=sessions[-3:], begun=begun)
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
            if not self._knows_all:
                self.identities.begin(self.next_position)
        elif not store.clean:
            first, epoch = losses.reserved(store, known) + 1, self.identities.epoch
            self.identities.begin(self.next_position, first, epoch)

    def _begun(self) -> tuple[str, Iterable[Note]]:
        """What an earlier process had counted in windows that were open, and of which boot.

        What it left beside the log is true if nobody has begun a session since. What a journal
        holds of another boot was stored by whoever has begun a session behind it.
        """
        held, store, known = self._held, self._store, self._known
        if isinstance(held, Recovered):
            goes_on = held.boot == self._log.clock.boot_id
            is_last = _went_on(held.session, store, known) == held.session
            return held.boot, held.notes.values() if goes_on or is_last else ()
        begun = None if known is None else known.begun
        if held is None and begun is not None and store.clean and begun.session == store.session:
            return begun.boot, begun.notes
        return "", ()

    def _note_rows(self) -> Iterator[Row]:
        """Windows of another boot nobody can go on with."""
        boot, notes = self._begun()
        if boot == self._log.clock.boot_id:
            self.notes |= {note.sensor: note for note in notes}
            return
        before = self._states()
        states = before | sensors.after(before, self._joined.rows)
        for note in notes:
            totals = states.get(note.sensor, SensorState()).totals
            rank = self._log.window.ranks.get(note.sensor)
            yield row_of(self.next_position, note.reading(note.seen_ns), boot, totals, rank)[0]
            self.next_position += 1

    def _gap_rows(self) -> Iterator[Row]:
        """They come last, whatever was held."""
        log, store = self._log, self._store
        gaps = losses.gaps(log, store, self._known, self._joined, self._session)
        if self._held is not None and not losses.is_another(store, self._known):
            session = _went_on(self._held.session, store, self._known)
            gaps += losses.unmeasured(store, session, self._joined.rows)
        for gap in gaps:
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


def _session(held: Held | None, boot: str) -> str | None:
    """The session of which this process knows all that has gone out; None if of none.

    "" is that of a log in which no session has begun, and of memory that never saw a store.
    """
    if held is None or (isinstance(held, Recovered) and (held.boot != boot or held.bad)):
        return None
    return held.session


def _ended(held: Held, store: Store) -> bool:
    """Whether that session came to its end: then all of it is stored."""
    return bool(store.clean) and held.session == store.session != ""


def _went_on(session: str | None, store: Store, known: Legend | None) -> str | None:
    """The store's session if it was begun behind that one and ended at once.

    Whoever begins a session writes the journal anew before anything goes out in it: a journal of
    the one before says that this was never done.
    """
    sessions = [] if known is None else [*known.sessions]
    if session is None or not {session, store.session} <= {*sessions}:
        return session
    return max(session, store.session, key=sessions.index)
