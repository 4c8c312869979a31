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

from collections.abc import Iterable, Sequence

from gateway.clock.anchor import STEP_NS, Anchor, gain_ns, is_drift
from gateway.clock.chain import Chain, Date
from gateway.model import Quality

SPARE = 200
"""Anchors that a boot may have at once; more are earned by the hour."""

SMALL_NS = 250_000_000
FEW_MINUTES_NS = 300_000_000_000
_HOUR_NS = 3_600_000_000_000
_DAY_NS = 24 * _HOUR_NS

_SHARP_NS = 1_100_000_000
"""A moment that agreed must be so much older than the step."""


class Timeline:
    """The anchors of one boot, and the UTC that they give to any moment of it.

    One thread may add while others date.
    """

    def __init__(self, anchors: Iterable[Anchor] = ()) -> None:
        self.anchors: Sequence[Anchor] = ()
        """In the order of the time since boot."""
        self._agreed: tuple[Anchor, ...] = ()
        """Moments that told nothing new: the newest, and two before it."""
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
        for agreed in self._agreed[-1:]:
            if _goes_on(self.anchors[-1], agreed) and self._has_room(agreed):
                return self._kept(agreed)
        return ()

    def keep(self, anchors: Iterable[Anchor]) -> None:
        """Take anchors in that were kept before, in any order."""
        self.anchors = tuple(sorted({*self.anchors, *anchors}))
        self._chain = Chain(self.anchors)

    def date(self, up_ns: int) -> Date:
        """UTC of that moment."""
        return self._chain.date(up_ns)

    @property
    def first_trusted(self) -> Anchor | None:
        """The first anchor that somebody vouched for."""
        return next((one for one in self.anchors if one.quality is Quality.SYNCED), None)

    def _compared(self, newest: Anchor, anchor: Anchor) -> Sequence[Anchor]:
        age_ns = anchor.up_ns - newest.up_ns
        off_ns = abs(gain_ns(newest, anchor))
        same = anchor.quality is newest.quality
        if same and age_ns > 0 and off_ns < STEP_NS:
            self._remember(anchor)
            return self.confirm() if age_ns >= _DAY_NS else ()
        wait_ns = FEW_MINUTES_NS if same and off_ns < SMALL_NS else _SHARP_NS
        if age_ns < wait_ns or not self._has_room(anchor):
            return ()
        return self._kept(*self._last_before(newest, anchor), anchor)

    def _last_before(self, newest: Anchor, step: Anchor) -> Sequence[Anchor]:
        """The last moment that agreed, if it tells more than the newest anchor."""
        old = [one for one in self._agreed if one.up_ns <= step.up_ns - _SHARP_NS]
        return [one for one in old[-1:] if _goes_on(newest, one)]

    def _remember(self, anchor: Anchor) -> None:
        """As the newest; of the older ones two that are _SHARP_NS apart."""
        older = self._agreed
        if len(older) > 1 and older[-1].up_ns - older[-2].up_ns < _SHARP_NS:
            older = older[:-1]
        self._agreed = (*older[-2:], anchor)

    def _lose(self) -> Sequence[Anchor]:
        """The last good word; a gateway that has just been started has only the newest anchor."""
        newest = self.anchors[-1]
        if newest.quality is not Quality.SYNCED:
            return ()
        since_ns = max(1, *(one.up_ns - newest.up_ns for one in (newest, *self._agreed)))
        last = Anchor(newest.up_ns + since_ns, newest.utc_ns + since_ns, Quality.ESTIMATED)
        return self._kept(last)  # two anchors are never of one moment

    def _kept(self, *anchors: Anchor) -> Sequence[Anchor]:
        self.keep(anchors)
        self._agreed = ()
        return anchors

    def _has_room(self, anchor: Anchor) -> bool:
        return len(self.anchors) < SPARE + anchor.up_ns // _HOUR_NS


def _goes_on(newest: Anchor, anchor: Anchor) -> bool:
    """Whether one run holds both: not if they are so close that UTC seems to run back."""
    return is_drift(gain_ns(newest, anchor), anchor.up_ns - newest.up_ns)
