"""What is measured and not yet stored: in memory, and in the journal.

Everything here is called under `lock`.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from threading import RLock

from drivers.quantities import Rank
from gateway.buffer.entries import buckets
from gateway.buffer.gaps import gap_row
from gateway.buffer.group import Group, OpenGroup
from gateway.buffer.held import Held, Recovered
from gateway.buffer.identities import Identities, Segment
from gateway.buffer.journal import Journal
from gateway.buffer.layouts import row_of
from gateway.buffer.protection import Protection
from gateway.buffer.rows import Row
from gateway.buffer.sensors import SensorState, carries_totals
from gateway.buffer.states import SensorStates
from gateway.clock import Anchor, Clock, Dating
from gateway.model import Gap, Note, Reading

_position = attrgetter("position")


class Window:
    """`ranks` are those that sensors have of their own; `states` what is known of the sensors."""

    def __init__(self, journal: Journal, clock: Clock, ranks: Mapping[str, Rank]) -> None:
        self.lock = RLock()
        self.group = OpenGroup()
        self.identities = Identities([])
        self.identities.begin(1)
        self.next_position = 1
        self.stored_position = 0
        self.opened_ns: int | None = None
        self.urgent = False
        self.held_position: int | None = None
        """Of the first row that carries a running total."""
        self.states = SensorStates()
        self.session = ""
        """Of the store behind which the rows stand; "" if it was never opened."""
        self.unsure_position: int | None = None
        """See Held; None while the log is attached, for it knows what is stored."""
        self.room_position = 0
        """Of the newest record of what memory had no room for."""
        self.dating = Dating()
        self.notes: dict[str, Note] = {}
        self.journal = journal
        self.protection = Protection(journal, clock)
        self._clock = clock
        self.ranks = ranks

    @property
    def last_position(self) -> int:
        return self.next_position - 1

    @property
    def next_number(self) -> int:
        """The number of what comes next, in the newest epoch."""
        return self.identities.of(self.next_position)[1]

    def append(self, reading: Reading, boot: str) -> Reading:
        """Take the reading in; returns it with its running totals."""
        sensor = reading.sensor
        totals, rank = self.states.totals(sensor), self.ranks.get(sensor)
        row, reading = row_of(self.next_position, reading, boot, totals, rank)
        self.notes.pop(sensor, None)
        self.take(row)
        self.urgent = self.urgent or row.layout.rank is Rank.ALARM
        return reading

    def append_gap(self, gap: Gap) -> None:
        """Take a gap record in."""
        self.take(gap_row(self.next_position, gap))

    def take(self, row: Row) -> None:
        """Take the row of the next position in."""
        self.next_position = row.position + 1
        self.group.rows.append(row)
        self._hold(row)
        self.states.take(row)
        self._noted(partial(self.journal.row, row))
        self.open()

    def note(self, note: Note) -> None:
        """Counts that no reading carries yet; they replace the sensor's earlier ones."""
        self.notes[note.sensor] = note
        self._noted(lambda: self.journal.note(note))

    def add_anchor(self, boot: str, anchor: Anchor | None) -> bool:
        """Date that boot by it (None: nobody vouches); whether it told something new."""
        return self._keep(boot, self.dating.add(boot, anchor))

    def confirm_anchor(self, boot: str) -> None:
        """The newest moment that agreed is kept, before it is forgotten."""
        self._keep(boot, self.dating.confirm(boot))

    def _keep(self, boot: str, kept: Sequence[Anchor]) -> bool:
        for anchor in kept:
            self.group.anchors.append((boot, anchor))
            self._noted(partial(self.journal.anchor, boot, anchor))
        if kept:
            self.open()
        return bool(kept)

    def move_cursor(self, uplink: str, position: int) -> None:
        """To be stored with a later group."""
        self.group.cursors[uplink] = position
        self._noted(lambda: self.journal.cursor(uplink, position))

    def part(self) -> None:
        """There is no store any more, and nobody knows which rows it has taken; see Held."""
        if self.unsure_position is None:
            self.unsure_position = self.last_position
        self.begin()

    def begin(self, number: int = 1, epoch: int | None = None) -> Segment:
        """What comes next has other identities: a new epoch unless one is given."""
        segment = self.identities.begin(self.next_position, number, epoch)
        self.group.segments = [*self.group.segments, segment]
        self.save()
        return segment

    def open(self) -> None:
        """The time of the group runs from its first addition."""
        if self.opened_ns is None:
            self.opened_ns = self._clock.now_ns()

    def accept(self, group: Group) -> None:
        """That group is stored."""
        if group.rows:
            self.stored_position = group.rows[-1].position
        self.states.accept(group.rows)
        self.group.remove(group)
        self.opened_ns = None
        self.urgent = any(row.layout.rank is Rank.ALARM for row in self.group.rows)
        if self.group:
            self.open()
        self.save()

    def go_on(
        self,
        session: str,
        identities: Identities,
        next_position: int,
        states: Mapping[str, SensorState],
    ) -> None:
        """Everything is stored, in that session; this is what follows."""
        self.session, self.identities, self.group = session, identities, OpenGroup()
        self.next_position, self.stored_position = next_position, next_position - 1
        self.states.go_on(states)
        self.opened_ns, self.urgent, self.unsure_position = None, False, None
        self.save()

    def recover(self, found: Recovered) -> None:
        """Go on behind what a journal held, which is pending still."""
        self.session, self.identities = found.session, found.identities
        self.stored_position, self.next_position = found.stored_position, found.next_position
        self.unsure_position = found.unsure_position
        self.group.rows, self.group.anchors = found.rows, found.anchors
        self.group.cursors = found.cursors
        self.dating.keep(found.anchors)
        self.states.recover(found)

    def save(self) -> None:
        """What is pending has changed: write the journal anew."""
        carrying = (row.position for row in self.group.rows if carries_totals(row.layout))
        self.held_position = next(carrying, None)
        self.protection.begin(self.held(), self.notes.values())

    def replace_rows(self, rows: Iterable[Row], gaps: Iterable[Gap]) -> None:
        """These are left of what was pending, and that became of the others."""
        self.group.rows = list(rows)
        for gap in gaps:
            self.group.rows.append(gap_row(self.next_position, gap))
            self.room_position = self.next_position
            self.next_position += 1
        self.group.sensors |= self.states.keep_counts(self.group.rows)
        self.save()

    def group_to_store(self, limit: int) -> Group:
        """The oldest rows, as many as that, or up to where memory had no room for some."""
        rows = self.group.rows
        limit = max(limit, bisect_right(rows, self.room_position, key=_position))
        self.group.sensors = {name: self.states.before[name] for name in self.group.sensors}
        return self.group.first(limit, self.stored_position)

    def held(self) -> Held:
        """All that is not stored."""
        group = self.group
        return Held(
            self.session,
            self.identities,
            self.stored_position,
            self.next_position,
            group.rows,
            group.anchors,
            group.cursors,
            self.states.totals_before(),
            self.states.totals_known,
            self.unsure_position,
        )

    def rows_after(self, after: int, limit: int) -> list[Row]:
        """Pending rows in order."""
        rows = self.group.rows
        low = bisect_right(rows, after, key=_position)
        return rows[low : low + limit]

    def bucket(self, step_s: int) -> Callable[[Row], int]:
        """In which step a row ends."""
        return buckets(self.dating, step_s)

    def _hold(self, row: Row) -> None:
        if self.held_position is None and carries_totals(row.layout):
            self.held_position = row.position

    def _noted(self, write: Callable[[], None]) -> None:
        if self.protection.note(write):
            self.save()
