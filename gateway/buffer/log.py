"""The log as the program sees it: append, commit in groups, and a reader for each uplink.

Theory: a row is *pending* until the commit of its group has returned; then it is *accepted*.
Pending rows stand in memory and in the journal, and go out from there, up to the first that carries
a running total: a power cut could let it run backwards, so it waits for its commit. The log is
*attached* to its store or, while the disk cannot be used or is being healed, *detached*: then it
numbers in an epoch of its own, and everything goes on from memory. Attaching puts what is pending
behind what is stored (gateway/buffer/attaching.py); identities stay, positions move.

Samplers append, one thread (the writer) commits, attaches and keeps the quota, each uplink's thread
has a reader. The window's lock guards what is in memory and is never held while the disk works;
`_reading` keeps the store from being closed under a reader, and is taken first.
"""

import logging
import math
import secrets
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import IO

from drivers.quantities import Rank
from gateway.buffer import attaching, legend, ring
from gateway.buffer.entries import entry
from gateway.buffer.group import Group
from gateway.buffer.journal import Journal
from gateway.buffer.lock import hold
from gateway.buffer.quota import Span
from gateway.buffer.reader import Reader, Taken
from gateway.buffer.rows import Row
from gateway.buffer.store import Store
from gateway.buffer.usage import Usage
from gateway.buffer.window import Window
from gateway.clock import Anchor, Clock
from gateway.config import Buffer
from gateway.errors import StoreDamaged, StoreError, StoreUnavailable
from gateway.model import Finding, Gap, Note, Numbers, Reading, Reason

logger = logging.getLogger(__name__)

GROUP_LIMIT = 2_000
"""Rows in one transaction; a full group is committed at once."""

CURSOR_LAG = 1_000
"""Rows that a cursor may be ahead of what the disk knows of it; what is more costs a commit."""

PENDING_LIMIT = 50_000
"""Rows in memory while the disk does not follow, about 15 MB."""

PRUNE_ROWS = 5_000
"""Delivered rows that are left lying before they are deleted together."""

RESERVE = 100_000
"""Numbers that may go out before the disk knows of them; half of them are always left."""


class Log:
    """The open log of this boot. `uplinks`: where each begins that is new, "everything" or "now".

    `ranks` are those that sensors have of their own (it may grow), `under_way` the most readings
    that an uplink may have under way. Raises StoreError if a person must do something before it can
    be opened.
    """

    def __init__(
        self,
        buffer: Buffer,
        runtime_dir: Path,
        clock: Clock,
        uplinks: Mapping[str, str] | None = None,
        ranks: Mapping[str, Rank] | None = None,
        under_way: int = 0,
    ) -> None:
        self.path = Path(buffer.path)
        self.clock = clock
        self.starts = dict(uplinks or {})
        self.store: Store | None = None
        self.refused: StoreError | None = None
        """Why the log is detached, or its disk does not take more."""
        self.unreadable: StoreError | None = None
        """What a reader met: the writer has to detach."""
        self.healed: Finding | None = None
        self.usage = Usage(buffer, self.path)
        self._ranks = {} if ranks is None else ranks
        self.window = Window(Journal(runtime_dir, clock.boot_id), clock, self._ranks)
        self.lock = self.window.lock
        self.reading = threading.RLock()
        self.reserved_position = math.inf
        """Up to there the disk knows that numbers may be out; a new epoch needs no reserve."""
        self.reserve = RESERVE
        self.session = secrets.token_hex(8)
        self.started = False
        self.accepted = 0
        """Readings committed since the start."""
        self.writer_wake = threading.Event()
        """Set when a group is opened or full: the writer has something to wait for, or to do."""
        self._commit_every_ns = round(buffer.commit_every * 1e9)
        self._under_way = under_way + CURSOR_LAG
        self._broken: set[int] = set()
        self._pruned = 0
        self._room_until = PENDING_LIMIT
        """Rows at which room must be made; it could not be made last time if it is more."""
        self._storing = 0
        self._held: IO[str] | None = None
        self._readers = {name: Reader(self, 0, partial(self._moved, name)) for name in self.starts}
        try:
            self.attach(heal=False)
        except (StoreDamaged, StoreUnavailable) as error:
            self.refused = error
            attaching.begin_detached(self)
        except BaseException:
            self.let_go()
            raise

    def rank(self, sensor: str) -> Rank | None:
        """The rank that the sensor has of its own."""
        return self._ranks.get(sensor)

    def reader(self, uplink: str) -> Reader:
        """That uplink's way through the log."""
        return self._readers[uplink]

    def append(self, reading: Reading) -> Reading:
        """Take the reading in; returns it with its running totals, as it will go out."""
        with self.lock:
            self._make_number()
            reading = self.window.append(reading, self.clock.boot_id)
            self._make_room()
            self._added()
        return reading

    def append_gap(self, gap: Gap) -> None:
        """Take a gap record in."""
        with self.lock:
            self._make_number()
            self.window.append_gap(gap)
            self._make_room()
            self._added()

    def note(self, note: Note) -> None:
        """Counts that no reading carries yet; after a crash they become a reading."""
        with self.lock:
            self.window.note(note)

    def measured_until(self, sensor: str) -> tuple[str, int] | None:
        """Boot and ns since it of that sensor's newest reading, also of an earlier run."""
        with self.lock:
            state = self.window.sensors.get(sensor)
        return None if state is None else state.until

    def add_anchor(self, anchor: Anchor | None) -> None:
        """Date this boot's readings by it, if it tells something new; None: nobody vouches."""
        with self.lock:
            if self.window.add_anchor(self.clock.boot_id, anchor):
                self.writer_wake.set()

    def set_floor(self, utc_ns: int | None) -> None:
        """The present boot began no earlier; None: nobody knows."""
        if utc_ns is not None:
            with self.lock:
                self.window.dating.set_floor(self.clock.boot_id, utc_ns)

    def utc_ns(self, up_ns: int) -> int | None:
        """UTC of that moment of this boot; None while no anchor dates it."""
        with self.lock:
            return self.window.dating.utc_ns(self.clock.boot_id, up_ns)

    def commit_due(self) -> float | None:
        """Seconds until the open group must be committed; None while it is empty."""
        window = self.window
        opened_ns = window.opened_ns
        if self._lags():
            return 0.0
        if opened_ns is None:
            return None
        if window.urgent or not window.protected or self.pending >= GROUP_LIMIT:
            return 0.0
        return max(0.0, (opened_ns + self._commit_every_ns - self.clock.now_ns()) / 1e9)

    def commit(self) -> int:
        """Store the open group; returns its rows. On StoreError it stays open."""
        store = self.store
        if store is None:
            raise self.refused or StoreUnavailable(f"{self.path} is not open")
        with self.lock:
            group = self._group()
            self._storing = len(group.rows)
        if not any(group):
            return 0
        try:
            store.write(group)
            self._accept(store, group)
        except StoreError as error:
            self.refused = error
            raise
        finally:
            self._storing = 0
            with self.lock:
                self._tell_readers()
        return len(group.rows)

    def keep(self) -> bool:
        """One step to keep within the quota, by the writer; whether there may be more to do."""
        store = self.store
        if store is None:
            return False
        with self.lock:
            delivered = self._delivered()
            under_way = [self._may_be_under_way(reader) for reader in self._readers.values()]
        if delivered - self._pruned >= (1 if self.usage.is_tight else PRUNE_ROWS):
            self._pruned = store.prune(min(delivered, self.window.stored_position))
        gap = self.usage.step(store, self.clock, under_way)
        if gap is None:
            return False
        self.append_gap(gap)
        last = self.window.last_position
        while self.window.stored_position < last:
            self.commit()
        return True

    def entries(self, after: int, limit: int) -> Taken:
        """What stands behind that position: from the disk, then from memory."""
        with self.lock:
            store, stored = self.store, self.window.stored_position
            if store is None or after >= stored:
                upto = self.available_position
                rows = self.window.rows_after(after, limit)
                return self._taken([row for row in rows if row.position <= upto], after)
        try:
            with self.reading:
                if self.store is not store:
                    return Taken([], after)
                found = store.rows(after, stored, limit)
        except (StoreDamaged, StoreUnavailable) as error:
            self.unreadable = error
            self.writer_wake.set()
            return Taken([], after)
        self._account_for(found.broken)
        full = len(found.rows) + len(found.broken) >= limit
        upto = max([*found.broken, *(row.position for row in found.rows[-1:])]) if full else stored
        return self._taken(found.rows, upto)

    def attach(self, heal: bool = True, beat: Callable[[], None] = lambda: None) -> None:
        """Open the store, by the writer; with `heal` also a damaged one. Raises StoreError.

        `beat` is called now and then: to read out a large log takes minutes.
        """
        if self._held is None:
            self._held = hold(self.path)
        attaching.attach(self, heal, beat)
        self._pruned = 0
        self.refused = None

    def detach(self, error: StoreError) -> None:
        """The store cannot be used any more: the writer goes on without, and attaches again."""
        self.unreadable = None
        attaching.detach(self, error)

    def reserve_until(self, number: int) -> None:
        """The disk knows now that numbers of the newest epoch may have gone out up to there."""
        self.reserved_position = number + self.window.identities.segments[-1].shift

    @property
    def has_room(self) -> bool:
        """Whether another reading should be measured: a disk that is slow is waited for."""
        most = PENDING_LIMIT if self.refused is None else 2 * PENDING_LIMIT  # alarms stay
        return self.pending < most

    @property
    def pending(self) -> int:
        """Readings that wait for their commit."""
        return len(self.window.group.rows)

    @property
    def last_position(self) -> int:
        return self.window.last_position

    @property
    def available_position(self) -> int:
        """Up to there entries may go out.

        A running total waits for its commit, or a power cut could let it run backwards. While the
        disk takes nothing, nothing waits for it.
        """
        held = self.window.held_position
        if held is None or self.store is None or self.refused is not None:
            return self.window.last_position
        return held - 1

    @property
    def readers(self) -> Mapping[str, Reader]:
        return self._readers

    def close(self) -> None:
        """Commit everything and let go of the file; what the disk refuses stays in the journal."""
        try:
            self._carry_notes()
            while self.commit():
                pass
            assert self.store is not None
            legend.keep(self.store)
            self.store.end_session()
            self.window.journal.remove()
        except StoreError as error:
            logger.warning("%d readings stay in the journal: %s", self.pending, error)
        finally:
            self.let_go()

    def _carry_notes(self) -> None:
        """Counts that no reading has carried become one, as they do after a crash."""
        with self.lock:
            self.window.confirm_anchor(self.clock.boot_id)
            for note in list(self.window.notes.values()):
                span_ns = note.up_ns - note.since_ns
                self.append(Reading(note.sensor, note.counts, note.up_ns, span_ns))

    def let_go(self) -> None:
        """Close all files as they are."""
        self.window.journal.close()
        if self.store is not None:
            self.store.close()
        if self._held is not None:
            self._held.close()

    def _group(self) -> Group:
        window = self.window
        group = window.group_to_store(GROUP_LIMIT)
        newest = window.identities.segments[-1].first
        last = group.rows[-1].position if group.rows else window.stored_position
        left = self.reserved_position - window.next_position
        if newest <= last and not self.reserve // 2 <= left < math.inf:
            return group._replace(reserved=window.next_number + self.reserve)
        return group

    def _accept(self, store: Store, group: Group) -> None:
        with self.lock:
            self.window.accept(group)
            self.accepted += sum(not row.layout.gap for row in group.rows)
        self.refused = None
        if legend.outdated(store):
            legend.keep(store)
        if group.reserved is not None:
            self.reserve_until(group.reserved)

    def _make_number(self, numbers: int = 1) -> None:
        """Numbers that the disk could not be told of are not given out: a new epoch has others."""
        if self.window.next_position + numbers - 1 > self.reserved_position:
            self.window.begin()
            self.reserved_position = math.inf

    def _make_room(self) -> None:
        if self.pending < self._room_until or self.refused is None:
            return
        window, readers = self.window, self._readers.values()
        rows, storing = window.group.rows, self._storing
        room = ring.make_room(
            rows[storing:],
            PENDING_LIMIT * 4 // 5,
            self._delivered() if window.totals_known else 0,
            [Span(reader.position + 1, reader.sent) for reader in readers],
            window.identities,
            window.bucket,
        )
        self._make_number(len(room.gaps))
        window.replace_rows([*rows[:storing], *room.rows], room.gaps)
        self._room_until = max(PENDING_LIMIT, self.pending + PENDING_LIMIT // 5)

    def _delivered(self) -> int:
        """Every uplink has what is up to there."""
        return min((reader.position for reader in self._readers.values()), default=0)

    def _may_be_under_way(self, reader: Reader) -> Span:
        """Also after a crash: what the disk knows of a cursor is a little behind."""
        return Span(reader.position + 1, max(reader.sent, reader.position + self._under_way))

    def _lags(self) -> bool:
        store = self.store
        return store is not None and any(
            reader.position - store.cursors.get(name, 0) > CURSOR_LAG
            for name, reader in self._readers.items()
        )

    def _moved(self, uplink: str, position: int) -> None:
        """Without the store the cursor has passed over what is stored: it says nothing then."""
        if self.store is not None:
            self.window.move_cursor(uplink, position)
        if self._lags():
            self.writer_wake.set()

    def _taken(self, rows: list[Row], upto: int) -> Taken:
        identities, dating = self.window.identities, self.window.dating
        last = max(upto, rows[-1].position) if rows else upto
        return Taken([entry(row, identities, dating) for row in rows], last)

    def _account_for(self, broken: list[int]) -> None:
        """A row that is not what was written is no reading any more, but it is not passed over."""
        for position in broken:
            if position not in self._broken:
                self._broken.add(position)
                epoch, number = self.window.identities.of(position)
                now = (self.clock.boot_id, self.clock.now_ns())
                merged = self.store is not None and self.store.has_merged
                first, n = (1, None) if merged else (number, 1)
                numbers = Numbers(epoch, first, number)
                self.append_gap(Gap(Reason.STORE_DAMAGED, "", numbers, n, None, now))

    def _added(self) -> None:
        """Tell those who wait for it, and only them: every switch of threads costs."""
        window = self.window
        if self.pending in (1, GROUP_LIMIT) or window.urgent or not window.protected:
            self.writer_wake.set()
        self._tell_readers()

    def _tell_readers(self) -> None:
        available = self.available_position
        for reader in self._readers.values():
            reader.told(available)
