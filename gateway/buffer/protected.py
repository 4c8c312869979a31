"""What the reader of an uplink takes that may not know all: entries from which something is hidden.

What is hidden in a reading may depend on those before it, never on those behind. So it is the same
whenever the reading is taken, as news, backlog or replay, by this process or by the next.
"""

from typing import Protocol

from gateway.buffer.feed import Feed, Stretch
from gateway.buffer.identities import Identities
from gateway.buffer.rows import Row
from gateway.model import Entry, Instant, Moment


class History(Protocol):
    """Where a protection may look."""

    def readings_of(self, sensor: str, after: int, upto: int) -> list[Row] | None:
        """The rows of that sensor with after < position <= upto; None: they cannot be read now."""
        ...

    def offset_ns(self, moment: Moment) -> int | None:
        """UTC less the time since boot, as it was known at that moment; None: nobody knew."""
        ...

    def date(self, moment: Moment) -> Instant:
        """With UTC as far as its boot can be dated now."""
        ...


class Protect(Protocol):
    """What hides; of one uplink, in its thread."""

    def hidden(
        self, history: History, stretch: Stretch, entries: list[Entry]
    ) -> list[Entry] | None:
        """Those entries, of these rows, as they may go out; None: nobody can know that now."""
        ...

    def forget(self) -> None:
        """The positions of rows have changed."""
        ...


class ProtectedFeed(Feed):
    """The same log as `plain`, of which less is told."""

    def __init__(self, plain: Feed, protect: Protect) -> None:
        super().__init__(plain._log, plain._tell)
        self._plain = plain
        self._protect = protect
        self._identities = plain._log.window.identities

    def stretch(self, after: int, limit: int, last: int | None = None) -> Stretch:
        """Of the plain feed, which alone tells of broken rows."""
        return self._plain.stretch(after, limit, last)

    def offset_ns(self, moment: Moment) -> int | None:
        """UTC less the time since boot, as it was known at that moment; None: nobody knew."""
        return self._log.window.dating.offset_ns(*moment)

    def date(self, moment: Moment) -> Instant:
        """With UTC as far as its boot can be dated now."""
        return self._log.window.dating.date(*moment)

    def _made(self, stretch: Stretch, identities: Identities) -> list[Entry] | None:
        if identities is not self._identities:  # each attaching has its own
            self._protect.forget()
            self._identities = identities
        entries = super()._made(stretch, identities)
        return entries and self._protect.hidden(self, stretch, entries)
