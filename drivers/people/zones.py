"""Which way somebody went, from two zones below a distance sensor over a door.

Theory of operation
-------------------
Zone A is the outer one, B the inner one. `drivers.people.heads` tells of each whether there is a
head in it, and `drivers.people.direction` follows the pair of them, as it follows two beams: who
goes in takes A, both, B. The sensor looks at the zones in turn, so one changes at a time.

Bodies are wider than heads, and of people who follow each other closely the second enters A while
the shoulders of the first are still in B. What ends a passage is therefore

    heads          bodies        then
    in a zone      -             the passage goes on
    in none        in none       it ends; clear for less than 60 ms (one look) does not end it
    in none        in a zone     a valley: it ends if it is complete (`divide`), else it goes on

so two in tow at 0.6 m count as two. A loiterer's head may leave the zones to the side and return:
then they lose it, or find it, both within one look each, which is no valley (`together_ns`).
Somebody may stand below the sensor for up to 30 s and counts when he goes on.

Blind is each moment of which one of these is true; nothing counts that was under way then:

    not watched      before the start, after a stop, and between two looks 0.3 s apart or more
    trouble          a zone says nothing of use, or is covered, for more than 1 s: from its begin
    blocked          there was no moment without a head for more than 30 s: from its begin

What one sensor cannot tell: people side by side are one, and of two who meet below it neither may
count. Two who follow each other by less than a head and a zone (0.4 m) are one.
"""

from drivers.people.blindness import BlindTime
from drivers.people.direction import CLEAR, DirectionCounter, Timing
from drivers.people.heads import Echo, Geometry, HeadZone

ZONES = Timing(gap_ns=60_000_000, blocked_after_ns=30_000_000_000, together_ns=40_000_000)
UNWATCHED_NS = 300_000_000
TROUBLE_NS = 1_000_000_000

OUTER, INNER = 0, 1


class TwoZones:
    """Counts since construction; `geometry` of both zones. Times are ns of one clock."""

    def __init__(self, geometry: Geometry, at_ns: int) -> None:
        self._zones = HeadZone(geometry), HeadZone(geometry)
        self._direction = DirectionCounter(CLEAR, at_ns, ZONES)
        self._blind = BlindTime(at_ns)
        self._unseen: set[int] = set()
        self._heads = CLEAR
        self._looked_ns = at_ns
        self._void()

    @property
    def counted_in(self) -> int:
        return self._direction.counted_in

    @property
    def counted_out(self) -> int:
        return self._direction.counted_out

    @property
    def blind_ns(self) -> int:
        """Jumps by what had to pass before a stretch was known to be blind."""
        return self._blind.total_ns

    def see(self, zone: int, echo: Echo, at_ns: int) -> None:
        """What the sensor says of the zone OUTER or INNER; looks are told in their order."""
        self.settle(at_ns)
        self._looked_ns = at_ns
        self._zones[zone].see(echo, at_ns)
        self._unseen.discard(zone)
        if self._in_trouble(at_ns):
            self._void()
        if not self._unseen:
            self._follow(at_ns)

    def settle(self, now_ns: int) -> None:
        """No look was had up to `now_ns`."""
        if now_ns - self._looked_ns >= UNWATCHED_NS:
            self.miss(now_ns)

    def miss(self, now_ns: int) -> None:
        """Nobody looked since the last time: blind, and the passage under way is void."""
        self._blind.add(self._looked_ns, now_ns)
        self._looked_ns = now_ns
        self._void()

    def _void(self) -> None:
        """Both zones have to be seen before anything is followed."""
        self._unseen = {OUTER, INNER}
        self._broken_off = True

    def _in_trouble(self, at_ns: int) -> bool:
        begun = [zone.trouble_since_ns for zone in self._zones]
        lasting = [since for since in begun if since is not None and at_ns - since >= TROUBLE_NS]
        if lasting:
            self._blind.add(min(lasting), at_ns)
        return bool(lasting)

    def _follow(self, at_ns: int) -> None:
        outer, inner = self._zones
        heads = 2 * outer.head + inner.head
        if self._broken_off:
            self._direction.restart(heads, at_ns)
            self._broken_off = False
        elif heads or not (outer.present or inner.present):
            self._direction.feed(heads, at_ns)
        elif self._heads:
            self._direction.divide(at_ns)
        self._direction.settle(at_ns)
        self._heads = heads
        if self._direction.blocked_since_ns is not None:
            self._blind.add(self._direction.blocked_since_ns, at_ns)
