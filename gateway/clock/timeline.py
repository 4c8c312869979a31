"""Which moments become anchors, and so what dates one boot.

Theory. Somebody looks at both clocks every second or so. While they agree with the newest anchor to
STEP_NS, nothing new is told. When they don't, the wall clock was stepped: the new moment is kept,
and with it the last one that agreed, so that the step stays where it was and is not smeared over
days. That is two or three seconds old: UTC never runs back in a leap second then. A step of less
than SMALL_NS waits until the newest anchor is FEW_MINUTES_NS old. One moment a day is kept even if
it agrees: a gateway that is killed forgets the last that did.

When nobody vouches any more, the last moment that somebody did is kept as ESTIMATED: the last good
word. What a battery-backed clock says is kept only before anybody has vouched.

Whatever the clock does, at most SPARE trusted anchors and one an hour are kept, and as many last
good words. What they say is a function of what was kept, in whatever order it is read back.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from operator import attrgetter

from gateway.clock.anchor import STEP_NS, Anchor, gain_ns
from gateway.clock.chain import Chain, Date
from gateway.model import Quality

SPARE = 200
"""Anchors that a boot may have at once; more are earned by the hour."""

SMALL_NS = 250_000_000
FEW_MINUTES_NS = 300_000_000_000
_HOUR_NS = 3_600_000_000_000
_DAY_NS = 24 * _HOUR_NS

_up_ns = attrgetter("up_ns")

_SHARP_NS = 1_100_000_000
"""A moment that agreed must be so much older than the step."""


class Timeline:
    """The anchors of one boot, and the UTC that they give to any moment of it.

    One thread may add while others date.
    """

    def __init__(self, anchors: Iterable[Anchor] = ()) -> None:
        self.anchors: Sequence[Anchor] = ()
        """In the order of the time since boot."""
        self._agreed: tuple[int, ...] = ()
        """When nothing new was told, in ns since boot: the newest moment, and two before it."""
        self._chain = Chain(())
        self.keep(anchors)

    def add(self, anchor: Anchor | None) -> Sequence[Anchor]:
        """Hear how it is now; returns the anchors that it kept, which are what must be stored.

        None: nobody vouches. ESTIMATED: nobody vouches, and a battery-backed clock says this.
        """
        trusted = anchor is not None and anchor.quality is Quality.SYNCED
        if not trusted and self.first_trusted is not None:
            return self._lose()
        if anchor is None:
            return ()
        return self._compared(self.anchors[-1], anchor) if self.anchors else self._kept(anchor)

    def confirm(self) -> Sequence[Anchor]:
        """Keep the newest moment that agreed, before it is forgotten; returns what it kept."""
        if not self._agreed or not self._has_room(self._agreed[-1]):
            return ()
        return self._kept(_continued(self.anchors[-1], self._agreed[-1]))

    def keep(self, anchors: Iterable[Anchor]) -> None:
        """Take anchors in that were kept before, in any order."""
        known = tuple(sorted({*self.anchors, *anchors}))
        self._chain = Chain(known)
        self.anchors = known
        self._agreed = tuple(up_ns for up_ns in self._agreed if up_ns > known[-1].up_ns)

    def date(self, up_ns: int) -> Date:
        """UTC of that moment."""
        return self._chain.date(up_ns)

    def offset_ns(self, up_ns: int) -> int | None:
        """UTC less the time since boot, as it was known at that moment; None: nobody knew.

        It is the word of the newest anchor before it, on which nothing that is heard later has an
        influence.
        """
        at = bisect_left(self.anchors, up_ns, key=_up_ns)
        return self.anchors[at - 1].utc_ns - self.anchors[at - 1].up_ns if at else None

    @property
    def first_trusted(self) -> Anchor | None:
        """The first anchor that somebody vouched for."""
        return next((one for one in self.anchors if one.quality is Quality.SYNCED), None)

    def _compared(self, newest: Anchor, anchor: Anchor) -> Sequence[Anchor]:
        age_ns = anchor.up_ns - newest.up_ns
        off_ns = abs(gain_ns(newest, anchor))
        same = anchor.quality is newest.quality
        if same and age_ns > 0 and off_ns < STEP_NS:
            self._remember(anchor.up_ns)
            return self.confirm() if age_ns >= _DAY_NS else ()
        wait_ns = FEW_MINUTES_NS if same and off_ns < SMALL_NS else _SHARP_NS
        if age_ns < wait_ns or not self._has_room(anchor.up_ns):
            return ()
        before = [up_ns for up_ns in self._agreed if up_ns <= anchor.up_ns - _SHARP_NS]
        return self._kept(*(_continued(newest, up_ns) for up_ns in before[-1:]), anchor)

    def _remember(self, up_ns: int) -> None:
        """As the newest; of the older ones two that are _SHARP_NS apart."""
        older = self._agreed
        if len(older) > 1 and older[-1] - older[-2] < _SHARP_NS:
            older = older[:-1]
        self._agreed = (*older[-2:], up_ns)

    def _lose(self) -> Sequence[Anchor]:
        """The last good word; a gateway that has just been started has only the newest anchor."""
        newest = self.anchors[-1]
        if newest.quality is not Quality.SYNCED:
            return ()
        last_ns = max((newest.up_ns + 1, *self._agreed))  # two anchors are never of one moment
        return self._kept(_continued(newest, last_ns)._replace(quality=Quality.ESTIMATED))

    def _kept(self, *anchors: Anchor) -> Sequence[Anchor]:
        self.keep(anchors)
        return anchors

    def _has_room(self, up_ns: int) -> bool:
        return len(self.anchors) < SPARE + up_ns // _HOUR_NS


def _continued(newest: Anchor, up_ns: int) -> Anchor:
    """A moment that agreed, exactly as it was dated then: to keep it moves nothing."""
    return newest._replace(up_ns=up_ns, utc_ns=newest.utc_ns + up_ns - newest.up_ns)
