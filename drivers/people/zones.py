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
    in none        in a zone     a valley: the next head tells whose it was

    next head      it is
    on the side    his who left there: he stands or turns back with his shoulders still below, and
    of the last    the passage goes on
    elsewhere      somebody else's: the passage ends if it is complete (`divide`), else it goes on

so two in tow at 0.6 m count as two. They need not leave a valley: whoever appears in a zone that a
head has left while it is still in the other one, and 150 mm lower than it, shows his shoulders. He
is no head yet, so the first one's passage can end. A loiterer's head may leave the zones to the
side and return: then they lose it, or find it, both within one look each, which is no valley
(`together_ns`). Somebody may stand below the sensor for up to 45 s and counts when he goes on.

Who walks aside shows no head. Of a child that leaves what is lower than heads, as a trolley is, but
a trolley is longer. It passes each zone in the time for its own length and the zone's, and a zone's
length in the time between the zones; so much longer than 0.5 m is nobody, at any speed.

Who turns back out of sight passes in and then out. `drivers.people.returns` holds each passage for
4 s, or until the one that began by then ends, and tells whether he came back. When it gets blind,
whoever is held counts.

Blind is each moment of which one of these is true; nothing counts that was under way then:

    not watched      before the start, after a stop, and between two looks 0.3 s apart or more
    trouble          a zone says nothing of use, or is covered, for more than 1 s: from its begin
    blocked          there was no clear moment for more than 45 s: from its begin

What one sensor cannot tell: people side by side are one, and of two who meet below it neither may
count. Two who follow each other by less than a head and a zone (0.4 m) are one.
"""

from collections.abc import Iterable

from drivers.people.blindness import BlindTime
from drivers.people.direction import DirectionCounter, Timing
from drivers.people.heads import RISE_MM, Echo, Geometry, HeadZone
from drivers.people.pair_passage import CLEAR
from drivers.people.passerby import Passerby
from drivers.people.returns import Passed, Returns, Way

ZONES = Timing(gap_ns=60_000_000, blocked_after_ns=45_000_000_000, together_ns=40_000_000)
UNWATCHED_NS = 300_000_000
TROUBLE_NS = 1_000_000_000
CHILD_LONG_MM = 500.0

OUTER, INNER = 0, 1


class TwoZones:
    """Counts since construction; `geometry` of both zones. Times are ns of one clock."""

    def __init__(self, geometry: Geometry, at_ns: int) -> None:
        self._geometry = geometry
        self._zones = HeadZone(geometry), HeadZone(geometry)
        self._direction = DirectionCounter(CLEAR, at_ns, ZONES)
        self._returns = Returns()
        self._blind = BlindTime(at_ns)
        self._unseen: set[int] = set()
        self._body: Passerby | None = None
        self._ended = (0, 0, 0)
        self._looked_ns = at_ns
        self._void()

    @property
    def counted_in(self) -> int:
        return self._returns.counted_in

    @property
    def counted_out(self) -> int:
        return self._returns.counted_out

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
            self._follow(self._zones[zone], at_ns)

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
        self._body = None
        self._returns.release()

    def _in_trouble(self, at_ns: int) -> bool:
        begun = [zone.trouble_since_ns for zone in self._zones]
        lasting = [since for since in begun if since is not None and at_ns - since >= TROUBLE_NS]
        if lasting:
            self._blind.add(min(lasting), at_ns)
        return bool(lasting)

    def _follow(self, looked_at: HeadZone, at_ns: int) -> None:
        if self._broken_off:
            self._direction.restart(_states(zone.head for zone in self._zones), at_ns)
            self._broken_off = False
        self._direction.settle(at_ns)
        self._end()
        self._divide()
        heads, bodies = self._heads(), _states(zone.present for zone in self._zones)
        if heads or not bodies:
            self._direction.feed(heads, at_ns)
        if self._direction.under_way:
            self._body = self._body or Passerby(at_ns)
            height_mm = looked_at.height_mm if looked_at.head else None
            self._body.see(heads, bodies, at_ns, height_mm)
        self._returns.settle(at_ns, self._body.began_ns if self._body else None)
        if self._direction.blocked_since_ns is not None:
            self._blind.add(self._direction.blocked_since_ns, at_ns)

    def _heads(self) -> int:
        """Without shoulders that follow him who is below."""
        heads = _states(zone.head for zone in self._zones)
        if self._body and heads & self._body.left:
            peak_mm = self._zones[OUTER if self._body.left == 2 else INNER].peak_mm
            if peak_mm < self._body.top_mm - RISE_MM:
                return heads - self._body.left
        return heads

    def _divide(self) -> None:
        """There is a head again after there was none: somebody else's, unless it comes back."""
        heads = _states(zone.head for zone in self._zones)
        body = self._body
        if not heads or body is None or body.gone_ns is None or heads == body.last:
            return
        body.left = CLEAR
        if self._direction.divide(body.gone_ns):
            self._end()

    def _end(self) -> None:
        """Tell of the passage that has ended, if one has."""
        if self._direction.under_way or self._body is None:
            return
        body, self._body = self._body, None
        before, self._ended = self._ended, self._outcomes()
        gone_in, gone_out, back = (
            now - then for now, then in zip(self._ended, before, strict=True)
        )
        if self._is_nobody(body):
            return
        way: Way = "in" if gone_in else "out"
        passed = Passed(way, body.began_ns, body.ended_ns, body.top_mm)
        if gone_in or gone_out:
            self._returns.passed(passed)
        elif back:
            self._returns.turned_back(passed.lingered)

    def _is_nobody(self, body: Passerby) -> bool:
        """Lower than heads are, and longer than a child's shoulders."""
        if body.top_mm >= self._geometry.head_mm:
            return False
        long_mm = body.zones_long * self._geometry.zone_mm(body.top_mm)
        return long_mm > CHILD_LONG_MM

    def _outcomes(self) -> tuple[int, int, int]:
        told = self._direction
        return told.counted_in, told.counted_out, told.turned_back


def _states(zones: Iterable[bool]) -> int:
    """2 * outer + inner, as two beams have it."""
    outer, inner = zones
    return 2 * outer + inner
