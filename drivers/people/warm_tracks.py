"""Warm spots to people, who count when they have gone. All lengths are in mm, all times in ns.

Theory of operation
-------------------
A thermal picture shows a few warm spots per frame. They are no identities: two people who touch are
one spot, and somebody cool flickers. So people are followed frame by frame:

1. Tracks that have been unseen for too long end.
2. Each track is predicted to the time of the frame at constant velocity. Of all pairs of a track
   and a spot within its gate the nearest is matched first (greedy). Confirmed tracks choose before
   others: where two people are seen as one now and then, or a dead pixel cuts one in two, the
   spot would go to the youngest.
3. A matched track is corrected by a g-h filter (gh_filter.py), whose memory expands to MEMORY
   frames.
4. A spot that is left over begins a track.

    (begin) --> tentative --3rd frame--> confirmed --unseen for 0.6 s--> (ended)
                    |
                    +--unseen for 0.4 s--> (ended)

The gate is 1.5 strides, the ways of a quick walker in one frame: nobody stops dead or sets off by
more, nor does the middle of two who become one spot. For a confirmed track in the row of the edge
the way aside weighs double: somebody who leaves and somebody who comes in beside them are seen one
after the other there, and taken for one they would cancel out.

Counting. `depth` is the signed distance from the line, positive inside. A track is on a side when
it is two pixels deep there, and keeps it until it is as deep on the other. It counts when it ends,
by the first and the last side it was on:

    first     last      counts
    outside   inside    in
    inside    outside   out
    the same side       nothing: turned back, however far within the picture, or loitered
    none      any       nothing: it began amid the picture, so nobody knows where it came from

So a count comes late: 0.6 s after they left, or when they leave, if they stand there for minutes.
Whoever turns back beyond the edge of the picture is seen to leave and to come, and counts in and
out. Of two who are taken for each other after both have crossed, neither counts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.people.crossings import Line, Point
from drivers.people.gh_filter import GhFilter

MEMORY = 5
CONFIRMED_HITS = 3
TENTATIVE_NS = 400_000_000
CONFIRMED_NS = 600_000_000
GATE_STRIDES = 1.5
ASIDE_AT_EDGE = 2.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What follows from the height of the sensor.

    `stride`: the way of a quick walker in one frame. `deep`: how far from the line a side begins.
    `edge`: how far from it the last row of the picture does.
    """

    stride: float
    deep: float
    edge: float


class WarmTracker:
    """Follows warm spots and counts those who have crossed the line; the counts only ever rise."""

    def __init__(self, line: Line, rules: Rules) -> None:
        self.count_in = 0
        self.count_out = 0
        self.crossings = 0
        """How often anybody got over the line, also who came back or has not gone yet."""
        self._line = line
        self._rules = rules
        self._tracks: list[_Track] = []

    @property
    def targets(self) -> int:
        """How many people are followed: confirmed tracks, dropouts bridged."""
        return sum(track.confirmed for track in self._tracks)

    def update(self, spots: Sequence[Point], now_ns: int) -> None:
        """Take in one frame; `now_ns` rises from frame to frame."""
        self._end([track for track in self._tracks if track.lost(now_ns)])
        matches = self._matches(spots, now_ns)
        for track, index in matches.items():
            self.crossings += self._tracks[track].see(spots[index], now_ns)
        matched = set(matches.values())
        for index, spot in enumerate(spots):
            if index not in matched:
                self._tracks.append(_Track(spot, now_ns, self._line, self._rules))

    def forget(self) -> None:
        """End all tracks: what follows is not connected with what was seen so far."""
        self._end(self._tracks)

    def _end(self, ended: Sequence["_Track"]) -> None:
        if not ended:
            return
        for track in ended:
            self.count_in += track.went > 0
            self.count_out += track.went < 0
        self._tracks = [track for track in self._tracks if track not in ended]

    def _matches(self, spots: Sequence[Point], now_ns: int) -> dict[int, int]:
        """Index of a track to index of its spot."""
        gate = GATE_STRIDES * self._rules.stride
        pairs = []
        for t, track in enumerate(self._tracks):
            for s, spot in enumerate(spots):
                if (distance := track.distance(spot, now_ns)) <= gate:
                    pairs.append((not track.confirmed, distance, t, s))
        matches: dict[int, int] = {}
        for _, _, t, s in sorted(pairs):
            if t not in matches and s not in matches.values():
                matches[t] = s
        return matches


class _Track:
    """One person as far as the picture shows; moves only when seen. Side: +1 inside, -1 outside."""

    def __init__(self, position: Point, now_ns: int, line: Line, rules: Rules) -> None:
        self._line = line
        self._rules = rules
        self._motion = GhFilter(position, now_ns)
        self._hits = 1
        self._first = self._last = self._side()

    @property
    def confirmed(self) -> bool:
        return self._hits >= CONFIRMED_HITS

    @property
    def went(self) -> int:
        """+1 = in, -1 = out, 0 = neither."""
        return self._last if self._first == -self._last else 0

    def lost(self, now_ns: int) -> bool:
        patience_ns = CONFIRMED_NS if self.confirmed else TENTATIVE_NS
        return now_ns - self._motion.moved_ns > patience_ns

    def distance(self, spot: Point, now_ns: int) -> float:
        """From where it is expected."""
        expected = self._motion.predicted(now_ns)
        along = self._line.depth(spot) - self._line.depth(expected)
        distance = math.dist(expected, spot)
        if not self.confirmed or abs(self._line.depth(self._motion.position)) < self._rules.edge:
            return distance
        return math.hypot(along, ASIDE_AT_EDGE * math.sqrt(max(0, distance**2 - along**2)))

    def see(self, spot: Point, now_ns: int) -> bool:
        """Correct the track; whether it has come to the other side."""
        expected = self._motion.predicted(now_ns)
        residual = Point(spot.x - expected.x, spot.y - expected.y)
        self._hits += 1
        self._motion.correct(expected, residual, min(self._hits, MEMORY), now_ns)
        before, self._last = self._last, self._side() or self._last
        self._first = self._first or self._last
        return self._last == -before != 0

    def _side(self) -> int:
        """0 = not deep enough on either."""
        depth = self._line.depth(self._motion.position)
        return 0 if abs(depth) < self._rules.deep else 1 if depth > 0 else -1
