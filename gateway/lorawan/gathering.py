"""From the log to what waits to be told: the scroll, the folding and the pending rows together.

What is read again for a replay is folded by itself, so that it closes no row that is still open.
"""

import math
from collections.abc import Iterable

from gateway.clock import Clock
from gateway.encoding.compact.downlinks import Replay
from gateway.lorawan.folding import Folding, Layout, Piece
from gateway.lorawan.pending import Pending
from gateway.lorawan.scroll import Scroll, Told

PORTIONS = 40
"""At most so many portions of the log at once: a step must not take long."""


class Gathering:
    """Of one uplink."""

    def __init__(self, scroll: Scroll, pending: Pending, layout: Layout, clock: Clock) -> None:
        self.scroll = scroll
        self.pending = pending
        self._folding, self._again = Folding(layout), Folding(layout)
        self._clock = clock
        self._is_on = False

    @property
    def interval_s(self) -> int:
        """Of rows."""
        return self._folding.grid.interval_s

    @interval_s.setter
    def interval_s(self, seconds: int) -> None:
        self._folding.grid.interval_s = seconds

    @property
    def is_behind(self) -> bool:
        """Whether there is more to read at once."""
        return self.scroll.waiting > 0 or self.scroll.replays

    def stand_by(self, delivered: int) -> None:
        """Another uplink has delivered what is up to that position, and is preferred."""
        if self._is_on:
            self._is_on = False
            self._forget()
        self.scroll.skip(delivered)

    def gather(self, replays: list[Replay], complete_s: float) -> None:
        """What is new in the log, and the first of `replays`, which is taken out.

        Rows that have ended by `complete_s` (UTC) are complete.
        """
        if not self._is_on or self.scroll.moved:
            self._is_on = True
            self._forget()
        if replays and not self.scroll.replays:  # one after the other
            replay = replays.pop(0)
            self.pending.again(replay.begins_s, replay.ends_s)
            self.scroll.replay(replay)
        for _ in range(PORTIONS):
            self._read()
            if not self.is_behind:
                break
        if not self.scroll.waiting:
            self._add(self._folding.close(complete_s))
        self._hold()

    def _read(self) -> None:
        """One portion each of what is new and what is asked for again."""
        self._take(self._folding, self.scroll.portion(self._clock.now_ns()))
        if self.scroll.replays:
            self._take(self._again, self.scroll.replayed())
            self._add(self._again.close(math.inf if not self.scroll.replays else 0))

    def _hold(self) -> None:
        """The log keeps what has to be read again after a restart."""
        begins = (self._folding.position, self.pending.position)
        self.scroll.hold(min([self.scroll.position, *(one for one in begins if one is not None)]))

    def _forget(self) -> None:
        self.pending.forget()
        self._folding.forget()
        self._again.forget()
        self.scroll.begin()

    def _take(self, folding: Folding, told: Iterable[Told]) -> None:
        for entry, position in told:
            self._add(folding.take(entry, position))

    def _add(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            self.pending.add(piece)
