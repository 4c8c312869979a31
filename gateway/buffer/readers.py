"""The readers of all uplinks: how far they are together, and what of that the disk knows.

A cursor is stored with rows, or alone when the disk knows too little of it. What every uplink has
may be deleted; what may be under way to one of them must stay as it is.
"""

from collections.abc import Mapping
from functools import partial

from gateway.buffer.attachment import Attachment
from gateway.buffer.feed import Feed
from gateway.buffer.identities import Span
from gateway.buffer.reader import Reader

CURSOR_LAG = 1_000
"""Rows that a cursor may be ahead of what the disk knows of it; what is more costs a commit."""


class Readers(dict[str, Reader]):
    """By uplink. `starts`: where each begins that is new, "everything" or "now".

    `under_way`: the most readings that an uplink may have under way. `feeds` are those of uplinks
    that take another than `feed`.
    """

    def __init__(
        self,
        log: Attachment,
        feed: Feed,
        starts: Mapping[str, str],
        under_way: int,
        feeds: Mapping[str, Feed],
    ) -> None:
        own = {name: feeds.get(name, feed) for name in starts}
        super().__init__(
            {name: Reader(one, 0, partial(self._moved, name)) for name, one in own.items()}
        )
        self.starts = dict(starts)
        self._log = log
        self._feed = feed
        self._feeds = own
        self._under_way = under_way + CURSOR_LAG

    def feed(self, uplink: str) -> Feed:
        """What that uplink takes."""
        return self._feeds[uplink]

    @property
    def delivered(self) -> int:
        """Every uplink has what is up to there."""
        return min((reader.position for reader in self.values()), default=0)

    @property
    def sent(self) -> list[Span]:
        """What this process has sent, and the log must not change."""
        return [span for reader in self.values() for span in reader.may_be_there]

    @property
    def under_way(self) -> list[Span]:
        """Also after a crash: what the disk knows of a cursor is a little behind."""
        lags = [
            Span(reader.acknowledged + 1, reader.acknowledged + self._under_way)
            for reader in self.values()
        ]
        return [*lags, *self.sent]

    @property
    def lag(self) -> bool:
        """Whether the disk must be told how far they are."""
        store = self._log.store
        return store is not None and any(
            reader.position - store.cursors.get(name, 0) > CURSOR_LAG
            for name, reader in self.items()
        )

    def tell(self) -> None:
        """There may be more to take. Under the window's lock."""
        available = self._feed.available_position
        for reader in self.values():
            reader.told(available)

    def _moved(self, uplink: str, position: int) -> None:
        """Without the store the cursor has passed over what is stored: it says nothing then."""
        if self._log.store is not None:
            self._log.window.move_cursor(uplink, position)
        if self.lag:
            self._log.writer_wake.set()
