"""Targets to tracks to line crossings. All lengths are in mm, all times in ns.

A radar reports a few positions per frame, in slots, and a thermal picture a few warm spots. Neither
is an identity: targets change slots, drop out for some frames, and ghosts flicker up. So people are
followed here, frame by frame (figures are those of a radar, `Rules` has those of a sensor):

1. Targets in an ignore zone (a fan, a curtain) are left out, and lost tracks are dropped.
2. Each track is predicted to the time of the frame at constant velocity. Of all pairs of a track
   and a target within the gate the nearest is matched first (global nearest neighbour, greedy).
3. A matched track is corrected by a g-h filter of expanding memory: its gains are those of the
   straight line of least squares through the track so far, and stay at those of MEMORY frames.
   It has no lag behind a steady walk and knows the velocity from the second frame on.
4. A target that is left over begins a track.

    (begin) --> tentative --3rd frame--> confirmed --unseen for 1 s--> (dropped)
                    |
                    +--unseen for 0.25 s, a ghost--> (dropped)

Crossings. `depth` is the signed distance from the line, positive inside. A track has a side, which
changes only when it is 0.25 m beyond the line (hysteresis); whether it went through between the
ends of the line is decided then. It is settled on the side where it last was 0.5 m deep, so whoever
was settled on both sides has travelled 0.5 m on each:

    settled     gets 0.5 m deep   last went through        becomes    counts
    nowhere     on either side    -                        that side  nothing: began at the line
    outside     inside            between the ends         inside     in
    inside      outside           between the ends         outside    out
    either      on the other      beyond an end            the other  nothing: walked round it

Everything else changes nothing: turning back before the line or just over it, and loitering on it.
Only what was seen moves a track over the line, never a prediction. Somebody whom the sensor loses
on the line for more than 1 s begins anew there, and is not counted.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

MEMORY = 5
CONFIRMED_HITS = 3
STANDS = 400.0


class Point(NamedTuple):
    """A position, or a velocity in mm/s."""

    x: float
    y: float


Polygon = Sequence[Point]


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs from sensor to sensor.

    `gate`: how far from its prediction a track is still found, and `gate_grows` (mm/s) with the time
    for which it is unseen. `memory`: frames a track is smoothed over. `tentative_ns`,
    `confirmed_ns`: how long one may be unseen, `standing_ns` who stood (0: no longer than others).
    `hysteresis`, `travel`: how deep one must be to change side, to settle. `certain`: how deep to
    count at once; who does not get there counts when the track ends. `confirmed_first`: confirmed
    tracks choose before others, where two people are seen as one now and then; the spot between them
    would go to the youngest.
    """

    gate: float = 600.0
    gate_grows: float = 0.0
    memory: int = MEMORY
    tentative_ns: int = 250_000_000
    confirmed_ns: int = 1_000_000_000
    standing_ns: int = 0
    hysteresis: float = 250.0
    travel: float = 500.0
    certain: float = 0.0
    merges: float = 0.0
    lasting: int = CONFIRMED_HITS
    splits: float = 0.0
    confirmed_first: bool = False


RADAR = Rules(
    gate_grows=1000.0,
    memory=10,
    merges=500.0,
    lasting=10,
    splits=1000.0,
    standing_ns=30_000_000_000,
    certain=1000.0,
)


@dataclass(frozen=True, slots=True)
class Line:
    """The line to cross; inside is to the left of the way from `start` to `end`."""

    start: Point
    end: Point

    def depth(self, point: Point) -> float:
        """Distance from the infinite line, positive inside."""
        (x0, y0), (x1, y1) = self.start, self.end
        left = (x1 - x0) * (point.y - y0) - (y1 - y0) * (point.x - x0)
        return left / math.dist(self.start, self.end)

    def between_ends(self, before: Point, after: Point) -> bool:
        """Whether the way between two points on different sides cuts the line itself."""
        way = Line(before, after)
        return way.depth(self.start) * way.depth(self.end) <= 0


def inside_polygon(point: Point, polygon: Polygon) -> bool:
    """Even-odd rule."""
    x, y = point
    odd = False
    for (x0, y0), (x1, y1) in pairwise([*polygon, polygon[0]]):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            odd = not odd
    return odd


class Tracker:
    """Follows targets and counts those who cross the line; the counts only ever rise."""

    def __init__(self, line: Line, ignore: Sequence[Polygon] = (), rules: Rules = RADAR) -> None:
        self.count_in = 0
        self.count_out = 0
        self._line = line
        self._rules = rules
        self._ignore = ignore
        self._tracks: list[_Track] = []

    @property
    def targets(self) -> int:
        """How many people are followed: confirmed tracks, dropouts bridged."""
        return sum(track.confirmed and not track.away for track in self._tracks)

    def update(self, targets: Sequence[Point], now_ns: int) -> None:
        """Take in one frame; `now_ns` rises from frame to frame."""
        seen = [target for target in targets if not self._ignored(target)]
        for track in self._tracks:
            track.miss(now_ns)
        self._end(lambda track: track.lost(now_ns))
        matches = self._matches(seen, now_ns)
        for t, track in enumerate(self._tracks):
            track.matched = t in matches
        for track, index in matches.items():
            self._see(self._tracks[track], seen[index], now_ns)
        matched = set(matches.values())
        for index, target in enumerate(seen):
            if index not in matched:
                self._begin(target, now_ns)

    def _see(self, track: "_Track", target: Point, now_ns: int) -> None:
        """With all that are seen as one with it: they keep their places beside each other."""
        hidden = [other for other in self._tracks if other.hidden_by(track, target, now_ns)]
        predicted = [one.predicted(now_ns) for one in (track, *hidden)]
        x, y = (sum(axis) / len(axis) for axis in zip(*predicted, strict=True))
        residual = Point(target.x - x, target.y - y)
        eldest = max((track, *hidden), key=lambda one: one.age)
        for one in (track, *hidden):
            self._count(one.correct(residual, now_ns, own=one is eldest))

    def _begin(self, target: Point, now_ns: int) -> None:
        """Who appears beside somebody came with them: two were one so far."""
        track = _Track(target, now_ns, self._line, self._rules)
        near = [
            (distance, other)
            for other in self._tracks
            if other.confirmed
            and not other.away
            and (distance := math.dist(other.predicted(now_ns), target)) <= self._rules.splits
        ]
        if near:
            track.come_with(min(near, key=lambda one: one[0])[1])
        self._tracks.append(track)

    def forget(self) -> None:
        """All tracks end: what follows is not connected with what was seen so far."""
        self._end(lambda track: True)

    def _end(self, over: Callable[["_Track"], bool]) -> None:
        for track in filter(over, self._tracks):
            self._count(track.end())
        self._tracks = [track for track in self._tracks if not over(track)]

    def _ignored(self, target: Point) -> bool:
        return any(inside_polygon(target, zone) for zone in self._ignore)

    def _matches(self, targets: Sequence[Point], now_ns: int) -> dict[int, int]:
        """Index of a track to index of its target."""
        pairs = []
        for t, track in enumerate(self._tracks):
            predicted = track.predicted(now_ns)
            for s, target in enumerate(targets):
                distance = math.dist(predicted, target)
                if distance <= track.gate(now_ns):
                    pairs.append((track.rank, distance, t, s))
        matches: dict[int, int] = {}
        for _, _, t, s in sorted(pairs):
            if t not in matches and s not in matches.values():
                matches[t] = s
        return matches

    def _count(self, crossed: int) -> None:
        self.count_in += crossed > 0
        self.count_out += crossed < 0


class _Track:
    """One person as far as the sensor shows; moves only when seen."""

    def __init__(self, position: Point, now_ns: int, line: Line, rules: Rules) -> None:
        self._rules = rules
        self._position = position
        self._velocity = Point(0, 0)
        self._at_ns = self._seen_ns = now_ns
        self.matched = False
        self._came_with = False
        self._hits = 1
        self.away = False
        """It stood, is unseen, and waited for where it was."""
        self._passage = _Passage(line, rules)
        self._passage.move(position)

    @property
    def confirmed(self) -> bool:
        return self._hits >= CONFIRMED_HITS

    @property
    def age(self) -> int:
        return self._hits

    @property
    def lasting(self) -> bool:
        return self._hits >= (self._rules.lasting if self._came_with else CONFIRMED_HITS)

    @property
    def rank(self) -> int:
        """Who chooses first."""
        if self.away:
            return 2
        return int(self._rules.confirmed_first and not self.confirmed)

    def gate(self, now_ns: int) -> float:
        grown_s = 0.0 if self.away else (now_ns - self._at_ns) / 1e9
        return self._rules.gate + self._rules.gate_grows * grown_s

    def miss(self, now_ns: int) -> None:
        """It may have stood and faded."""
        unseen_ns = now_ns - self._seen_ns
        if self.lasting and unseen_ns > self._rules.confirmed_ns and self._rules.standing_ns:
            self.away = self.away or math.hypot(*self._velocity) < STANDS

    def lost(self, now_ns: int) -> bool:
        rules = self._rules
        if self.away:
            return now_ns - self._seen_ns > rules.standing_ns
        grown = min(1.0, 2 * self._hits / rules.lasting)
        patience_ns = max(rules.tentative_ns, grown * rules.confirmed_ns)
        return now_ns - self._seen_ns > (patience_ns if self.confirmed else rules.tentative_ns)

    def predicted(self, now_ns: int) -> Point:
        if self.away:
            return self._position
        return _moved(self._position, self._velocity, (now_ns - self._at_ns) / 1e9)

    def come_with(self, other: "_Track") -> None:
        self._came_with = self._passage.come_with(other._passage)

    def hidden_by(self, other: "_Track", target: Point, now_ns: int) -> bool:
        """Whether the target of another may be both."""
        return (
            not self.matched
            and self is not other
            and self._hits >= self._rules.lasting
            and other.confirmed
            and not self.away
            and math.dist(self.predicted(now_ns), target) <= self._rules.merges
        )

    def correct(self, residual: Point, now_ns: int, own: bool) -> int:
        """By how far it is off; +1 = it has now crossed inwards, -1 = outwards, 0 = neither.

        `own`: the target is not one of several tracks.
        """
        predicted = self.predicted(now_ns)
        self._hits = CONFIRMED_HITS if self.away else self._hits + own
        n = min(self._hits, self._rules.memory)
        g, h = 2 * (2 * n - 1) / (n * (n + 1)), 6 / (n * (n + 1))
        self._position = _moved(predicted, residual, g)
        self._velocity = _moved(self._velocity, residual, h * 1e9 / (now_ns - self._at_ns))
        self._at_ns = now_ns
        self.matched = True
        if own:
            self._seen_ns = now_ns
        self.away = False
        return self._passage.move(self._position, self.lasting)

    def end(self) -> int:
        """What it counts, as it will not be seen again."""
        return self._passage.end() if self.lasting else 0


class _Passage:
    """Where a track stands towards the line: the table above. Sides: +1 inside, -1 outside."""

    def __init__(self, line: Line, rules: Rules) -> None:
        self._line = line
        self._rules = rules
        self._side = 0
        self._settled = 0
        self._depth = 0.0
        self._last = Point(0, 0)
        self._between_ends = False

    def come_with(self, other: "_Passage") -> bool:
        inherits = self._depth < self._rules.travel and other._settled != 0
        if inherits:
            self._settled = other._settled
            self._side = other._side
            self._last = other._last
            self._between_ends = other._between_ends
        return inherits

    def move(self, position: Point, may: bool = True) -> int:
        """+1 = counts in, -1 = counts out."""
        self._depth = abs(self._line.depth(position))
        self._watch_side(position, self._line.depth(position))
        known = self._settled and self._between_ends
        return self._settle() if may and self._depth >= self._rules.certain or not known else 0

    def end(self) -> int:
        """The same, for a track that ends there."""
        return self._settle()

    def _settle(self) -> int:
        if self._depth < self._rules.travel or self._side == self._settled:
            return 0
        counts = self._settled != 0 and self._between_ends
        self._settled = self._side
        return self._side if counts else 0

    def _watch_side(self, position: Point, depth: float) -> None:
        if depth * self._side > 0:
            self._last = position
        elif abs(depth) >= self._rules.hysteresis:
            self._between_ends = self._side != 0 and self._line.between_ends(self._last, position)
            self._side = 1 if depth > 0 else -1
            self._last = position


def _moved(start: Point, way: Point, share: float) -> Point:
    return Point(start.x + way.x * share, start.y + way.y * share)
