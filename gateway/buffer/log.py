"""The log as the program sees it: append, commit in groups, and a reader for each uplink.

Theory: a row is *pending* until the commit of its group has returned; then it is *accepted*.
Pending rows stand in memory and in the journal (window.py), and go out from there (feed.py). The
log is *attached* to its store or, while the disk cannot be used or is being healed, *detached*:
then it numbers in an epoch of its own, and everything goes on from memory. Attaching puts what is
pending behind what is stored (attaching.py); identities stay, positions move.

Samplers append, one thread (the writer) commits, attaches and keeps the quota, each uplink's thread
has a reader. The window's lock guards what is in memory and is never held while the disk works;
`reading` keeps the store from being closed under a reader, and is taken first.
"""

import logging
import secrets
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import IO

from drivers.quantities import Rank
from gateway.buffer import attaching, legend
from gateway.buffer.attachment import Attachment
from gateway.buffer.commits import Commits
from gateway.buffer.feed import Feed
from gateway.buffer.journal import Journal
from gateway.buffer.legend import Begun
from gateway.buffer.lock import hold
from gateway.buffer.protected import Protect, ProtectedFeed
from gateway.buffer.reader import Reader
from gateway.buffer.readers import Readers
from gateway.buffer.reserve import Reserve
from gateway.buffer.ring import Ring
from gateway.buffer.upkeep import Upkeep
from gateway.buffer.usage import Usage
from gateway.buffer.window import Window
from gateway.clock import Anchor, Clock
from gateway.config import Buffer
from gateway.errors import StoreDamaged, StoreError, StoreUnavailable
from gateway.model import Finding, Gap, Note, Reading

logger = logging.getLogger(__name__)


class Log(Attachment):
    """The open log of this boot. `uplinks`: where each begins that is new, "everything" or "now".

    `ranks` are those that sensors have of their own (it may grow), `under_way` the most readings
    that an uplink may have under way; `protections` hide from an uplink what it may not tell, and
    `feed` hides nothing. Raises StoreError if a person must do something before it can be opened.
    """

    def __init__(
        self,
        buffer: Buffer,
        runtime_dir: Path,
        clock: Clock,
        uplinks: Mapping[str, str] | None = None,
        ranks: Mapping[str, Rank] | None = None,
        under_way: int = 0,
        protections: Mapping[str, Protect] | None = None,
    ) -> None:
        journal = Journal(runtime_dir, clock.boot_id)
        window = Window(journal, clock, {} if ranks is None else ranks)
        super().__init__(Path(buffer.path), clock, window)
        self.session = secrets.token_hex(8)
        self.started = False
        self.healed: Finding | None = None
        self.usage = Usage(buffer, self.path)
        self.reserve = Reserve(window)
        self.feed = Feed(self, self.append_gap)
        hidden = {} if protections is None else protections
        feeds = {name: ProtectedFeed(self.feed, one) for name, one in hidden.items()}
        self.readers = Readers(self, self.feed, uplinks or {}, under_way, feeds)
        self._ring = Ring(self, self.readers, self.reserve)
        self._commits = Commits(self, self.readers, self.reserve, buffer.commit_every)
        self._upkeep = Upkeep(self, self.readers, self.usage, self.append_gap, self.commit)
        self._held: IO[str] | None = None
        self._open()

    def _open(self) -> None:
        """Without a disk that can be used it goes on in memory."""
        try:
            self.attach(heal=False)
        except (StoreDamaged, StoreUnavailable) as error:
            self.refused = error
            attaching.begin_detached(self)
        except BaseException:
            self.let_go()
            raise

    @property
    def state(self) -> str:
        """`on_disk`, or `in_memory` while the disk cannot be used."""
        return "in_memory" if self.store is None else "on_disk"

    def reader(self, uplink: str) -> Reader:
        """That uplink's way through the log."""
        return self.readers[uplink]

    def append(self, reading: Reading) -> Reading:
        """Take the reading in; returns it with its running totals, as it will go out."""
        with self.lock:
            self.reserve.make_number()
            reading = self.window.append(reading, self.clock.boot_id)
            self._ring.make_room()
            self._commits.added()
        return reading

    def append_gap(self, gap: Gap) -> None:
        """Take a gap record in."""
        with self.lock:
            self.reserve.make_number()
            self.window.append_gap(gap)
            self._ring.make_room()
            self._commits.added()

    def note(self, note: Note) -> None:
        """Counts of an open window, in no reading yet; after a crash it goes on."""
        with self.lock:
            self.window.note(note)

    def begun(self, sensor: str) -> Note | None:
        """What an earlier run of this boot has counted of that sensor, and no reading carries."""
        with self.lock:
            return self.window.notes.get(sensor)

    def carry_notes(self, others_than: Container[str]) -> None:
        """Counts of open windows become readings; those of these sensors will be gone on with."""
        with self.lock:
            left = [one for name, one in self.window.notes.items() if name not in others_than]
        for note in left:
            self.append(note.reading())

    def measured_until(self, sensor: str) -> tuple[str, int] | None:
        """Boot and ns since it of that sensor's newest reading, also of an earlier run."""
        with self.lock:
            state = self.window.states.now.get(sensor)
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

    @property
    def has_room(self) -> bool:
        """Whether another reading should be measured: a disk that is slow is waited for."""
        return self._ring.has_room

    def commit_due(self) -> float | None:
        """Seconds until the open group must be committed; None while it is empty."""
        return self._commits.due()

    def commit(self) -> int:
        """Store the open group, by the writer; returns its rows. On StoreError it stays open."""
        return self._commits.commit()

    def keep(self) -> bool:
        """One step to keep within the quota, by the writer; whether there may be more to do."""
        return self._upkeep.step()

    def attach(self, heal: bool = True, beat: Callable[[], None] = lambda: None) -> None:
        """Open the store, by the writer; with `heal` also a damaged one. Raises StoreError.

        `beat` is called now and then: to read out a large log takes minutes.
        """
        if self._held is None:
            self._held = hold(self.path)
        attaching.attach(self, heal, beat)
        self._upkeep.begin()
        self.refused = None

    def detach(self, error: StoreError) -> None:
        """The store cannot be used any more: the writer goes on without, and attaches again."""
        self.unreadable = None
        attaching.detach(self, error)

    def close(self) -> None:
        """Commit everything and let go of the file; what the disk refuses stays in the journal.

        So do the counts of open windows, with a copy beside the log: memory forgets at a shutdown.
        """
        try:
            with self.lock:
                self.window.confirm_anchor(self.clock.boot_id)
            while self.commit():
                pass
            self._end_session()
        except StoreError as error:
            logger.warning("%d readings stay in the journal: %s", self.pending, error)
        finally:
            self.let_go()

    def _end_session(self) -> None:
        store, notes = self.store, list(self.window.notes.values())
        assert store is not None
        legend.keep(store, Begun(self.session, self.clock.boot_id, notes) if notes else None)
        store.end_session()
        if notes:
            self.window.save()
        else:
            self.window.journal.remove()

    def let_go(self) -> None:
        """Close all files as they are."""
        self.window.journal.close()
        if self.store is not None:
            self.store.close()
        if self._held is not None:
            self._held.close()
