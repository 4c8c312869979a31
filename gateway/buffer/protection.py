"""The journal for as long as it can be kept, and what is wrong while it cannot.

Theory: what is in memory is *protected* while a journal of all of it stands. One record that cannot
be written ends that: half a journal would be believed, so it is removed, and nothing is noted until
it could be written anew, which every commit tries.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress

from gateway.buffer.held import Held
from gateway.buffer.journal import Journal
from gateway.clock import Clock
from gateway.model import Note
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)


class Protection:
    """Of what is in memory, by that journal, which may still be the one of an earlier process."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self.journal = journal
        self.trouble = Trouble("journal", "cannot be written", clock, logger)
        self._begun = False
        """Until then the journal is not ours: a note that failed would remove it."""

    @property
    def holds(self) -> bool:
        """False while the journal cannot be written, and what is in memory is in danger."""
        return self.trouble.finding is None

    def begin(self, held: Held, notes: Iterable[Note]) -> None:
        """Write the journal anew: that is all there is."""
        try:
            self.journal.rewrite(held, notes)
            self._begun = True
            self.trouble.went()
        except OSError as error:
            self._end(error)

    def note(self, write: Callable[[], None]) -> bool:
        """Add that record, if it is kept; whether the journal should be written anew."""
        if self._begun and self.holds:
            try:
                write()
            except OSError as error:
                self._end(error)
            else:
                return self.journal.is_long
        return False

    def _end(self, error: OSError) -> None:
        with suppress(OSError):
            self.journal.remove()
        self.trouble.came(
            error,
            f"is there room in memory? df -h {self.journal.path.parent}; until then each "
            "reading is committed at once",
        )
