"""The log as the radio reads it: from its cursor to the end, and pieces of it again for replays.

Theory: `position` is up to where entries were folded. The cursor of the reader, behind which the
log must keep all, is held before the oldest that is open or waits to be told (`hold`). When the log
moves its positions, or somebody else has delivered, reading begins anew at the cursor.

A replay reads from the oldest entry that the log has, a portion each time, until what is behind the
time that is wanted.
"""

from collections.abc import Iterator
from typing import NamedTuple

from gateway.buffer.feed import Feed
from gateway.buffer.passage import Taken
from gateway.buffer.reader import Reader
from gateway.encoding.compact.downlinks import Replay
from gateway.model import Entry, Quality

PORTION = 500
_SECOND = 1_000_000_000
UNDATED_S = 3_600.0
"""So long after they were measured readings of this boot wait for somebody to tell the time."""


class Told(NamedTuple):
    """An entry, and a position that it stands at or behind."""

    entry: Entry
    position: int


class Scroll:
    """Of one uplink's reader, in its thread."""

    def __init__(self, reader: Reader, feed: Feed, boot: str) -> None:
        self.position = reader.position
        self._reader = reader
        self._feed = feed
        self._boot = boot
        self._cursor = reader.position
        self._undated = False
        """The next one may soon be dated."""
        self._replay: Replay | None = None
        self._replay_at = 0

    @property
    def moved(self) -> bool:
        """Whether the log has moved its positions, so that all has to be read again."""
        return self._reader.position != self._cursor

    @property
    def replays(self) -> bool:
        """Whether a replay is still being read."""
        return self._replay is not None

    @property
    def waiting(self) -> int:
        """How much of the log was not read, and can be."""
        return 0 if self._undated else max(0, self._feed.available_position - self.position)

    def begin(self) -> None:
        """At the cursor."""
        self.position = self._cursor = self._reader.position

    def skip(self, position: int) -> None:
        """What is up to there was delivered by another."""
        if position > self._reader.position:
            self.hold(position)
        self.position = max(self.position, position)

    def hold(self, position: int) -> None:
        """What is up to there need not be read again."""
        self._reader.settle_upto(position)
        self._cursor = self._reader.position

    def portion(self, now_ns: int) -> Iterator[Told]:
        """The next entries; it ends before one whose time may soon be known."""
        after = self.position
        taken = self._feed.entries(after, PORTION)
        dated = [not self._may_be_dated(entry, now_ns) for entry in taken.entries]
        self._undated = not all(dated)
        if self._undated:
            first = dated.index(False)
            taken = self._feed.entries(after, first) if first else Taken([], after)
        self.position = max(after, taken.upto)
        for entry in taken.entries:
            yield Told(entry, after)

    def replay(self, wanted: Replay) -> None:
        """Read that time again, from the oldest that is there."""
        self._replay, self._replay_at = wanted, self._feed.oldest_position() - 1

    def replayed(self) -> Iterator[Told]:
        """The next entries of a replay, if one is wanted."""
        if self._replay is None:
            return
        taken = self._feed.entries(self._replay_at, PORTION)
        for entry in taken.entries:
            if _within(entry, self._replay):
                yield Told(entry, taken.upto)
        if taken.upto <= self._replay_at or taken.upto >= self.position:
            self._replay = None
        self._replay_at = taken.upto

    def _may_be_dated(self, entry: Entry, now_ns: int) -> bool:
        at = entry.at
        if at.quality is not Quality.UNKNOWN or at.boot != self._boot:
            return False
        return now_ns - at.up_ns < UNDATED_S * _SECOND


def _within(entry: Entry, wanted: Replay) -> bool:
    utc_ns = entry.at.utc_ns
    return utc_ns is not None and wanted.begins_s < utc_ns / _SECOND <= wanted.ends_s
