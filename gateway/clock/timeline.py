"""What dates the moments of one boot: anchors, each the same moment on both clocks.

Theory. The kernel slews the time since boot together with the wall clock, so while the clock is
disciplined the distance between them is constant, and one anchor dates all until the clock is
stepped. Undisciplined, the time since boot drifts; the step that ends this tells by how much.

    SYNCED     somebody vouches for the wall clock: a point of truth
    ESTIMATED  before any of those, what a battery-backed clock says; behind one of those, the last
               moment that was vouched for: a point of truth as well, but from it on nobody does

*Which are kept.* Somebody looks at both clocks every second or so. While they agree with the
newest anchor to STEP_NS, nothing new is told. When they don't, the clock was stepped: the new
moment is kept, and with it the last one that agreed, so that the step stays where it was and is not
smeared over days. A step of less than a second waits until the newest anchor is FEW_MINUTES_NS old,
and one moment a day is kept even if it agrees: a gateway that is killed forgets the last that did.
Whatever the clock does, SPARE trusted anchors and one an hour are kept, no more.

*Which belong together.* Two anchors agree if the two clocks went between them within 500 ppm of
each other (the most by which the kernel can correct an oscillator, MAXFREQ in linux/timex.h; a Pi's
is within 100) and one second more, for a leap second. In the order of the time since boot anchors
form runs, each agreeing with the one before it. An anchor that does not agree with the end of the
newest run, but with that of an earlier one, continues that and strikes out the runs between: what
they said is contradicted from both sides, like a false time server that came and went. An anchor
that agrees with none begins a run, and is believed from there on.

*What they say.* Between two anchors of a run UTC is interpolated. Behind the end of a run it goes
on as fast as the time since boot, up to the next run, and so it went before the first anchor.

    synced     behind a trusted anchor, unless what was said there was struck out
    repaired   between two anchors of which the first is the last good word, or across what was
               struck out; before the first trusted anchor
    estimated  behind the last good word while nobody has vouched since; or by a battery clock alone
    unknown    no anchor

All this is a function of the anchors that were kept, in whatever order they are read back.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from gateway.model import Quality

STEP_NS = 10_000_000
"""A wall clock this far from where its newest anchor puts it has been stepped."""

SLACK_NS = 1_020_000_000
"""What the clocks may differ by whatever the time between: a leap second, and no step."""

SPARE = 200
"""Anchors that a boot may have at once; more are earned by the hour."""

_DRIFT = 2_000
"""One part of so many: 500 ppm."""

_SECOND_NS = 1_000_000_000
FEW_MINUTES_NS = 300 * _SECOND_NS
_HOUR_NS = 3_600 * _SECOND_NS
_DAY_NS = 24 * _HOUR_NS

_SHARP_NS = 1_100_000_000
"""The last agreeing moment is so much older than the step: even a leap second lets UTC run on."""

_RUNS = 16
"""So many runs an anchor may go back to."""


class Anchor(NamedTuple):
    """The same moment on both clocks: ns since boot, and UTC in ns since 1970."""

    up_ns: int
    utc_ns: int
    quality: Quality = Quality.SYNCED


Date = tuple[int | None, Quality]
"""UTC in ns since 1970, None if nobody knows; and how far it can be trusted."""


def certain_ns(elapsed_ns: int) -> int:
    """How much UTC has passed at least while the time since boot went on by so much."""
    return elapsed_ns - elapsed_ns // _DRIFT - SLACK_NS


def agree(earlier: Anchor, later: Anchor) -> bool:
    """Whether both can be true."""
    up_ns, utc_ns = later.up_ns - earlier.up_ns, later.utc_ns - earlier.utc_ns
    return utc_ns > 0 and abs(utc_ns - up_ns) <= SLACK_NS + up_ns // _DRIFT


class Timeline:
    """The anchors of one boot, and the UTC that they give to any moment of it.

    One thread may add while others date.
    """

    def __init__(self, anchors: Iterable[Anchor] = ()) -> None:
        self.anchors: Sequence[Anchor] = ()
        """In the order of the time since boot."""
        self._agreed: tuple[Anchor, ...] = ()
        """Moments that told nothing new: the newest, and two before it."""
        self._chain = _NOTHING
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
            if agree(self.anchors[-1], agreed) and self._has_room(agreed):
                return self._kept(agreed)
        return ()

    def keep(self, anchors: Iterable[Anchor]) -> None:
        """Take anchors in that were kept before, in any order."""
        self.anchors = tuple(sorted({*self.anchors, *anchors}))
        self._chain = _chain(self.anchors)

    def date(self, up_ns: int) -> Date:
        """UTC of that moment."""
        starts, pieces = self._chain
        return pieces[bisect_right(starts, up_ns)].date(up_ns)

    @property
    def first_trusted(self) -> Anchor | None:
        """The first anchor that somebody vouched for."""
        return next((one for one in self.anchors if one.quality is Quality.SYNCED), None)

    def _compared(self, newest: Anchor, anchor: Anchor) -> Sequence[Anchor]:
        age_ns = anchor.up_ns - newest.up_ns
        off_ns = abs(anchor.utc_ns - newest.utc_ns - age_ns)
        same = anchor.quality is newest.quality
        if same and age_ns > 0 and off_ns < STEP_NS:
            self._remember(anchor)
            return self.confirm() if age_ns >= _DAY_NS else ()
        wait_ns = FEW_MINUTES_NS if same and off_ns < _SECOND_NS else _SHARP_NS
        if age_ns < wait_ns or not self._has_room(anchor):
            return ()
        return self._kept(*self._last_before(newest, anchor), anchor)

    def _last_before(self, newest: Anchor, step: Anchor) -> Sequence[Anchor]:
        """The last moment that agreed, if it tells more than the newest anchor."""
        old = [one for one in self._agreed if one.up_ns <= step.up_ns - _SHARP_NS]
        return [one for one in old[-1:] if agree(newest, one)]

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


class _Piece(NamedTuple):
    """From an anchor on: UTC gains `gain_ns` on the time since boot in `over_ns`."""

    up_ns: int
    utc_ns: int
    quality: Quality
    gain_ns: int = 0
    over_ns: int = 1

    def date(self, up_ns: int) -> Date:
        since_ns = up_ns - self.up_ns
        return self.utc_ns + since_ns + since_ns * self.gain_ns // self.over_ns, self.quality


class _Undated(NamedTuple):
    def date(self, _up_ns: int) -> Date:
        return None, Quality.UNKNOWN


_Chain = tuple[Sequence[int], Sequence[_Piece | _Undated]]
"""Where pieces begin; and the pieces, of which the first is before all of them."""

_NOTHING: _Chain = ((), (_Undated(),))


def _chain(anchors: Sequence[Anchor]) -> _Chain:
    first = next((i for i, one in enumerate(anchors) if one.quality is Quality.SYNCED), None)
    if not anchors:
        return _NOTHING
    if first is None:
        return (), (_Piece(*anchors[-1]),)
    begin = anchors[first]
    pieces = [piece for run in _runs(anchors[first:]) for piece in _pieces(run)]
    before = _Piece(begin.up_ns, begin.utc_ns, Quality.REPAIRED)
    return [piece.up_ns for piece in pieces], [before, *pieces]


def _runs(anchors: Iterable[Anchor]) -> list[list[Anchor]]:
    """An anchor behind which something was struck out is REPAIRED there."""
    runs: list[list[Anchor]] = []
    for anchor in anchors:
        near = range(len(runs) - 1, max(-1, len(runs) - 1 - _RUNS), -1)
        at = next((index for index in near if agree(runs[index][-1], anchor)), None)
        if at is None:
            runs.append([anchor])
            continue
        if at < len(runs) - 1:
            del runs[at + 1 :]
            runs[at][-1] = runs[at][-1]._replace(quality=Quality.REPAIRED)
        runs[at].append(anchor)
    return runs


def _pieces(run: Sequence[Anchor]) -> Iterable[_Piece]:
    for one, after in pairwise(run):
        quality = Quality.SYNCED if one.quality is Quality.SYNCED else Quality.REPAIRED
        over_ns = after.up_ns - one.up_ns
        gain_ns = after.utc_ns - one.utc_ns - over_ns
        yield _Piece(one.up_ns, one.utc_ns, quality, gain_ns, over_ns)
    yield _Piece(*run[-1])
