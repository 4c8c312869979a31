"""How fast the backlog goes out beside what is new.

Theory: after an outage it begins at a random moment, so that not all nodes of a region begin
together. Then three bounds hold. A rate: so many messages and bytes a second. A share of the
window, so that news always find a place in it. And what the line can carry: a payload that was long
under way stood in a queue, and what is new would stand behind it; so fewer may be under way at
once, then smaller ones, until each is through in about a second (as TCP does it: one more for each
that was fast, half of them for one that was slow).
"""

import random

from gateway.config import Backlog

FAST_S = 1.0
SLOW_S = 2.5
LEAST_ENTRIES = 10
FIRST_ENTRIES = 25
"""Of the first payload after an outage: nobody knows yet what the line can carry."""


class Pace:
    """For payloads of at most `most` entries."""

    def __init__(self, config: Backlog, most: int) -> None:
        self.entries = min(FIRST_ENTRIES, most)
        """Of the next payload, at most."""
        self._config = config
        self._most = most
        self._at_once = 1.0
        self._next_ns = 0

    def begin(self, now_ns: int, outage_s: float) -> None:
        """The link is back, after so long."""
        spread_s = random.uniform(0, min(self._config.spread, outage_s))
        self._next_ns = now_ns + round(spread_s * 1e9)
        self._at_once = 1.0
        self.entries = min(FIRST_ENTRIES, self._most)

    def wait_s(self, now_ns: int, under_way: int, window: int) -> float | None:
        """Until the next may go; None if one must be settled first."""
        if under_way >= max(1, min(int(self._at_once), int(window * self._config.share))):
            return None
        return max(0.0, (self._next_ns - now_ns) / 1e9)

    def sent(self, size: int, now_ns: int) -> None:
        """One has gone, of so many bytes."""
        costs_s = max(1 / self._config.messages, size / self._config.bytes)
        self._next_ns = max(self._next_ns, now_ns) + round(costs_s * 1e9)

    def settled(self, after_s: float) -> None:
        """One was taken, after so long."""
        if after_s < FAST_S:
            self._at_once = min(self._at_once + 1, 1_000.0)
            self.entries = min(self._most, self.entries * 2)
        elif after_s > SLOW_S and self._at_once >= 2:
            self._at_once /= 2
        elif after_s > SLOW_S:
            self.entries = max(min(LEAST_ENTRIES, self._most), self.entries // 2)
