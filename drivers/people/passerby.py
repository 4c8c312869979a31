"""What is remembered of him who is below two zones: which way, when, how high and how long."""

import math
from statistics import mean

from drivers.people.pair_passage import BOTH, CLEAR, INNER, OUTER

_HIGHEST = 3


class Passerby:
    """From the first head to the next clear moment; heads and bodies are states of the pair.

    `last`: where a head was last; `gone_ns`: since when there is none; `left`: the zone behind him,
    once he has been in both. Times are ns of one clock.
    """

    def __init__(self, at_ns: int) -> None:
        self.began_ns = self.ended_ns = at_ns
        self.last = self.left = CLEAR
        self.gone_ns: int | None = None
        self._both = False
        self._highest: list[float] = []
        self._seen: dict[int, tuple[int, int]] = {}

    @property
    def top_mm(self) -> float:
        """The height of the head: the mean of its three highest looks, against their noise."""
        return mean(self._highest) if self._highest else 0.0

    @property
    def zones_long(self) -> float:
        """The length of the body in zones, whatever its speed; infinite = unknown.

        It is in each zone for its own length and the zone's, and a zone's length passes between the
        two entries, and between the two exits.
        """
        if len(self._seen) < 2:
            return math.inf
        (outer_came, outer_went), (inner_came, inner_went) = self._seen[OUTER], self._seen[INNER]
        apart_ns = abs(outer_came - inner_came) + abs(outer_went - inner_went)
        stayed_ns = outer_went - outer_came + inner_went - inner_came
        return stayed_ns / apart_ns - 1 if apart_ns else math.inf

    def see(self, heads: int, bodies: int, at_ns: int, height_mm: float | None = None) -> None:
        """A look; `height_mm` if it was at a head."""
        for zone in (OUTER, INNER):
            if bodies & zone:
                self._seen[zone] = self._seen.get(zone, (at_ns, 0))[0], at_ns
        if not heads:
            self.gone_ns = at_ns if self.gone_ns is None else self.gone_ns
            return
        self.gone_ns, self.ended_ns, self.last = None, at_ns, heads
        if height_mm is not None:
            self._highest = sorted([*self._highest, height_mm])[-_HIGHEST:]
        self._leave(heads, bodies)

    def _leave(self, heads: int, bodies: int) -> None:
        self._both = self._both or heads == BOTH
        if heads & self.left:
            self.left = CLEAR
        elif self._both and bodies == heads:
            self.left = BOTH - heads
