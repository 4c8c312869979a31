"""What is measured and not yet stored: in memory, and in the journal.

Everything here is called under `lock`.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from threading import RLock

from drivers.quantities import Rank
from gateway.buffer import sensors
from gateway.buffer.entries import buckets
from gateway.buffer.gaps import gap_row
from gateway.buffer.group import Group, OpenGroup
from gateway.buffer.identities import Identities, Segment
from gateway.buffer.journal import Journal
from gateway.buffer.layouts import layout_of, with_totals
from gateway.buffer.rows import Row
from gateway.buffer.sensors import SensorState
from gateway.clock import Anchor, Clock, Dating
from gateway.model import Gap, Note, Reading, pack
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)


class Window:
    """`ranks` are those that sensors have of their own.

    While `protected` is False the journal cannot be written, and what is in memory is in danger.
    `totals_known` is False until the log could be read: readings go without totals then.
    """

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
        self.sensors: dict[str, SensorState] = {}
        self.totals_known = False
        self.recovered_totals: Mapping[str, Mapping[str, int]] = {}
        self.dating = Dating()
        self.notes: dict[str, Note] = {}
        self.trouble = Trouble("journal", "cannot be written", clock, logger)
        self.journal = journal
        self._saved = False
        self._clock = clock
        self._ranks = ranks

    @property
    def last_position(self) -> int:
        return self.next_position - 1

    @property
    def protected(self) -> bool:
        return self.trouble.finding is None

    @property
    def next_number(self) -> int:
        """The number of what comes next, in the newest epoch."""
        return self.identities.of(self.next_position)[1]

    def append(self, reading: Reading, boot: str) -> Reading:
        """Take the reading in; returns it with its running totals."""
        state = self.sensors.get(reading.sensor, SensorState())
        if self.totals_known:
            reading = reading._replace(values=with_totals(reading.values, state.totals))
        sensor, values, up_ns, span_ns = reading
        layout = layout_of(sensor, tuple(values), self._ranks.get(sensor))
        row = Row(self.next_position, layout, boot, up_ns, span_ns, pack(values))
        self.notes.pop(sensor, None)
        self.take(row)
        self.urgent = self.urgent or layout.rank is Rank.ALARM
        return reading

    def append_gap(self, gap: Gap) -> None:
        """Take a gap record in."""
        self.take(gap_row(self.next_position, gap))

    def take(self, row: Row) -> None:
        """Take the row of the next position in."""
        self.next_position = row.position + 1
        self.group.rows.append(row)
        self._hold(row)
        name = row.layout.sensor
        state = sensors.moved(self.sensors.get(name), row)
        if state is not None:
            self.sensors[name] = state
        self._noted(partial(self.journal.row, row))
        self.open()

    def note(self, note: Note) -> None:
        """Counts that no reading carries yet; they replace the sensor's earlier ones."""
        self.notes[note.sensor] = note
        self._noted(lambda: self.journal.note(note))

    def add_anchor(self, boot: str, anchor: Anchor | None) -> bool:
        """Date that boot by it (None: nobody vouches); whether it told something new."""
        kept = self.dating.add(boot, anchor)
        for one in kept:
            self.group.anchors.append((boot, one))
            self._noted(partial(self.journal.anchor, boot, one))
        if kept:
            self.open()
        return bool(kept)

    def move_cursor(self, uplink: str, position: int) -> None:
        """To be stored with a later group."""
        self.group.cursors[uplink] = position
        self._noted(lambda: self.journal.cursor(uplink, position))

    def begin(self, number: int = 1, epoch: int | None = None) -> Segment:
        """What comes next has other identities: a new epoch unless one is given."""
        segment = self.identities.begin(self.next_position, number, epoch)
        self.group.segments = [*self.group.segments, segment]
        self._noted(lambda: self.journal.segment(segment))
        return segment

    def open(self) -> None:
        """The time of the group runs from its first addition."""
        if self.opened_ns is None:
            self.opened_ns = self._clock.now_ns()

    def accept(self, group: Group) -> None:
        """That group is stored."""
        if group.rows:
            self.stored_position = group.rows[-1].position
        self.group.remove(group)
        self.opened_ns = None
        self.urgent = any(row.layout.rank is Rank.ALARM for row in self.group.rows)
        if self.group:
            self.open()
        self.save()

    def save(self) -> None:
        """What is pending has changed: write the journal anew."""
        self.held_position = None
        for row in self.group.rows:
            self._hold(row)
        try:
            self.journal.rewrite(
                self.identities,
                self.next_position,
                self.group,
                self.notes.values(),
                self._totals(),
            )
            self._saved = True
            self.trouble.went()
        except OSError as error:
            self._unprotected(error)

    def replace_rows(self, rows: Iterable[Row], gaps: Iterable[Gap]) -> None:
        """These are left of what was pending, and that became of the others."""
        self.group.rows = list(rows)
        for gap in gaps:
            self.group.rows.append(gap_row(self.next_position, gap))
            self.next_position += 1
        self.save()

    def rows_after(self, after: int, limit: int) -> list[Row]:
        """Pending rows in order."""
        rows = self.group.rows
        low, high = 0, len(rows)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if rows[middle].position <= after else (low, middle)
        return rows[low : low + limit]

    def bucket(self, step_s: int) -> Callable[[Row], int]:
        """In which step a row ends."""
        return buckets(self.dating, step_s)

    def _totals(self) -> Mapping[str, Mapping[str, int]]:
        """For the case that the log is lost with them."""
        if not self.totals_known:
            return self.recovered_totals
        return {name: state.totals for name, state in self.sensors.items() if state.totals}

    def _hold(self, row: Row) -> None:
        if self.held_position is None and sensors.carries_totals(row.layout):
            self.held_position = row.position

    def _noted(self, write: Callable[[], None]) -> None:
        if self._saved and self.protected:
            try:
                write()
                if self.journal.is_long:
                    self.save()
            except OSError as error:
                self._unprotected(error)

    def _unprotected(self, error: OSError) -> None:
        """A journal that is not kept would be believed."""
        with suppress(OSError):
            self.journal.remove()
        self.trouble.came(
            error,
            f"is there room in memory? df -h {self.journal.path.parent}; until then each "
            "reading is committed at once",
        )
