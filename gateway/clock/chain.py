"""What the anchors of one boot say of any moment of it.

Theory. The kernel slews the time since boot together with the wall clock, so while the clock is
disciplined the distance between them is constant. Undisciplined, the time since boot drifts; the
step that ends this tells by how much. So two anchors agree if they differ by no more than drift and
a leap second can explain (`is_drift`).

In the order of the time since boot anchors form *runs*, each agreeing with the one before it. An
anchor that does not agree with the end of the newest run, but with that of an earlier one,
continues that, and strikes out the runs between: what they said is contradicted from both sides,
like a false time server that came and went. Their UTC is worth nothing then, but not their pace:
while they were vouched for nothing drifted. So a run that is struck out is moved to where it fits,
and what is left to explain is spread over the time outside of it. An anchor that agrees with the
end of no run begins one, and is believed from there on; what was before stays as it was said.

Between two anchors of a run UTC is interpolated. Behind the end of a run it goes on as fast as the
time since boot, up to the next run, and so it went before the first anchor.

    synced     behind a trusted anchor, unless what was said there was struck out
    repaired   between two anchors of which the first is the last good word, or in what was struck
               out; before the first trusted anchor
    estimated  behind the last good word while nobody has vouched since, or what was vouched for
               then does not agree with it; or by a battery-backed clock alone
    unknown    no anchor
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from gateway.clock.anchor import Anchor, gain_ns, is_drift
from gateway.model import Quality

Date = tuple[int | None, Quality]
"""UTC in ns since 1970, None if nobody knows; and how far it can be trusted."""

_RUNS = 16
"""So many runs an anchor may go back to."""

_Run = list[Anchor]


class Chain:
    """What these anchors say; they are in the order of the time since boot."""

    def __init__(self, anchors: Sequence[Anchor]) -> None:
        trusted = [i for i, one in enumerate(anchors) if one.quality is Quality.SYNCED]
        self._starts: list[int] = []
        self._pieces: list[_Piece] = []
        if trusted:
            first = anchors[trusted[0]]
            pieces = [piece for run in _runs(anchors[trusted[0] :]) for piece in _pieces(run)]
            self._starts = [piece.up_ns for piece in pieces]
            self._pieces = [_Piece(*first[:2], Quality.REPAIRED), *pieces]
        elif anchors:
            self._pieces = [_Piece(*anchors[-1])]

    def date(self, up_ns: int) -> Date:
        """UTC of that moment."""
        if not self._pieces:
            return None, Quality.UNKNOWN
        return self._pieces[bisect_right(self._starts, up_ns)].date(up_ns)


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


def _pieces(run: _Run) -> Iterator[_Piece]:
    for one, after in pairwise(run):
        quality = Quality.SYNCED if one.quality is Quality.SYNCED else Quality.REPAIRED
        yield _Piece(*one[:2], quality, gain_ns(one, after), after.up_ns - one.up_ns)
    yield _Piece(*run[-1])


def _runs(anchors: Iterable[Anchor]) -> list[_Run]:
    runs: list[_Run] = []
    for anchor in anchors:
        at = _continued(runs, anchor)
        runs[at:] = [_joined(runs[at], runs[at + 1 :], anchor) if at < len(runs) else [anchor]]
    return runs


def _continued(runs: Sequence[_Run], anchor: Anchor) -> int:
    """Which run goes on with that anchor: the newest that agrees, else a new one."""
    inside_ns = inside_gain_ns = 0
    for at in range(len(runs) - 1, max(-1, len(runs) - 1 - _RUNS), -1):
        begin, end = runs[at][0], runs[at][-1]
        outside_ns = anchor.up_ns - end.up_ns - inside_ns
        if is_drift(gain_ns(end, anchor) - inside_gain_ns, outside_ns):
            return at
        inside_ns += end.up_ns - begin.up_ns
        inside_gain_ns += gain_ns(begin, end)
    return len(runs)


def _joined(run: _Run, struck: Sequence[_Run], anchor: Anchor) -> _Run:
    """The run, what is struck out moved to where it fits, and the anchor."""
    outside_ns = anchor.up_ns - run[-1].up_ns - sum(one[-1].up_ns - one[0].up_ns for one in struck)
    gained_ns = gain_ns(run[-1], anchor) - sum(gain_ns(one[0], one[-1]) for one in struck)
    last, passed_ns, shared_ns = run[-1], 0, 0
    for one in struck:
        passed_ns += one[0].up_ns - last.up_ns
        share_ns = gained_ns * passed_ns // outside_ns - shared_ns
        by_ns = run[-1].utc_ns + one[0].up_ns - last.up_ns + share_ns - one[0].utc_ns
        run += [Anchor(up_ns, utc_ns + by_ns, Quality.REPAIRED) for up_ns, utc_ns, _ in one]
        shared_ns, last = shared_ns + share_ns, one[-1]
    return [*run, anchor]
