"""Targets to tracks to counts. All lengths are in mm, all times in ns.

A radar reports a few positions per frame, in slots, and a thermal picture a few warm spots.
Neither is an identity: targets change slots, drop out for some frames, ghosts flicker up, and two
people are one target for a while. So people are followed here, frame by frame (figures are those
of a radar, `Rules` has those of a sensor), and counted by how they cross the line (crossings.py):

1. Targets in an ignore zone (a fan, a curtain) are left out, and lost tracks end.
2. Each track is predicted to the time of the frame at constant velocity. Of all pairs of a track
   and a target within the gate the nearest is matched first (global nearest neighbour, greedy).
3. A matched track is corrected by a g-h filter (gh_filter.py), whose memory expands to `memory`
   frames.
4. A track that finds no target, while another's is within 0.5 m of where it must be, is taken to be
   one with it: the target is between them, both go on with it and keep their places. The one that
   was seen more often is seen; the other may be so for a second.
5. A target that is left over begins a track. Within 1 m of another it came with that one.

    (begin) --> tentative --3rd frame--> confirmed --unseen for 1 s, stood--> away
                    |                        |  ^                             |  |
                    |                        |  +---seen within 0.6 m---------+  |
                    +--unseen for 0.25 s     +--unseen for 1 s, walked           +--for 30 s
                    v                        v                                   v
                 (dropped)                (ends, and may count)              (ends, and may count)

A confirmed track of less than 5 frames is given up sooner, in proportion. Ghosts live less than 10
frames, so a track of fewer is not taken to be hidden behind another, and counts nothing if it came
with one. Who stands still fades from a radar's sight, so a track that stood is waited for where it
was; it takes no target that another track wants.

Only what was seen moves a track over the line, never a prediction. Somebody whom the sensor loses
on the line for longer begins anew there, and is not counted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.people.crossings import Depths, Line, Passage, Point, Polygon, inside_polygon
from drivers.people.gh_filter import GhFilter

CONFIRMED_HITS = 3
_STANDS = 400.0
"""mm/s: slower than anybody walks, by twice what noise feigns."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs from sensor to sensor; the defaults are those of a plain tracker.

    `gate`: how far from its prediction a track is still found, and `gate_grows` (mm/s) while it is
    unseen. `memory`: frames that a track is smoothed over. `tentative_ns`, `confirmed_ns`: how long
    one may be unseen; `standing_ns`: one that stood, 0 = no longer than others. `lasting`: frames
    that no ghost lasts. `merges`, `splits`: how near two may be one, how near one came out of
    another. `hysteresis`, `travel`, `certain`: the depths of crossings.py.
    """

    gate: float = 600.0
    gate_grows: float = 0.0
    memory: int = 5
    tentative_ns: int = 250_000_000
    confirmed_ns: int = 1_000_000_000
    standing_ns: int = 0
    lasting: int = CONFIRMED_HITS
    merges: float = 0.0
    splits: float = 0.0
    hysteresis: float = 250.0
    travel: float = 500.0
    certain: float = 0.0


RADAR = Rules(
    gate_grows=1000.0,
    memory=10,
    standing_ns=30_000_000_000,
    lasting=10,
    merges=500.0,
    splits=1000.0,
    certain=1000.0,
)


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
        return sum(track.followed for track in self._tracks)

    def update(self, targets: Sequence[Point], now_ns: int) -> None:
        """Take in one frame; `now_ns` rises from frame to frame."""
        seen = [target for target in targets if not self._ignored(target)]
        self._end([track for track in self._tracks if track.lost(now_ns)])
        matches = self._matches(seen, now_ns)
        found = [(self._tracks[track], seen[index]) for track, index in matches.items()]
        unseen = [track for t, track in enumerate(self._tracks) if t not in matches]
        for track, target in found:
            hidden = [other for other in unseen if other.hidden(target, now_ns)]
            unseen = [other for other in unseen if other not in hidden]
            self._correct([track, *hidden], target, now_ns)
        for index, target in enumerate(seen):
            if index not in matches.values():
                self._begin(target, now_ns)

    def forget(self) -> None:
        """All tracks end: what follows is not connected with what was seen so far."""
        self._end(self._tracks)

    def _ignored(self, target: Point) -> bool:
        return any(inside_polygon(target, zone) for zone in self._ignore)

    def _matches(self, targets: Sequence[Point], now_ns: int) -> dict[int, int]:
        """Index of a track to index of its target."""
        pairs = []
        for t, track in enumerate(self._tracks):
            predicted, gate = track.predicted(now_ns), track.gate(now_ns)
            for s, target in enumerate(targets):
                if (distance := math.dist(predicted, target)) <= gate:
                    pairs.append((track.away, distance, t, s))
        matches: dict[int, int] = {}
        for _, _, t, s in sorted(pairs):
            if t not in matches and s not in matches.values():
                matches[t] = s
        return matches

    def _correct(self, tracks: Sequence["_Track"], target: Point, now_ns: int) -> None:
        """All that the target may be, by as much as it is off their middle."""
        places = [track.predicted(now_ns) for track in tracks]
        x, y = (sum(axis) / len(places) for axis in zip(*places, strict=True))
        residual = Point(target.x - x, target.y - y)
        eldest = max(tracks, key=lambda track: track.hits)
        for track in tracks:
            self._count(track.correct(residual, now_ns, own=track is eldest))

    def _begin(self, target: Point, now_ns: int) -> None:
        others = [track for track in self._tracks if track.followed]
        track = _Track(target, now_ns, self._line, self._rules)
        nearest = min(others, key=lambda one: one.off(target, now_ns), default=None)
        if nearest and nearest.off(target, now_ns) <= self._rules.splits:
            track.come_with(nearest)
        self._tracks.append(track)

    def _end(self, over: Sequence["_Track"]) -> None:
        self._tracks = [track for track in self._tracks if track not in over]
        for track in over:
            self._count(track.end())

    def _count(self, crossed: int) -> None:
        self.count_in += crossed > 0
        self.count_out += crossed < 0


class _Track:
    """One person as far as the sensor shows; moves only when seen. `hits`: frames of its own.

    `away`: out of sight where they stood; all others choose before them.
    """

    def __init__(self, position: Point, now_ns: int, line: Line, rules: Rules) -> None:
        self.hits = 1
        self.away = False
        self._rules = rules
        self._motion = GhFilter(position, now_ns)
        self._seen_ns = now_ns
        self._came_with = False
        self._passage = Passage(line, Depths(rules.hysteresis, rules.travel, rules.certain))
        self._passage.move(position)

    @property
    def followed(self) -> bool:
        return self.hits >= CONFIRMED_HITS and not self.away

    def gate(self, now_ns: int) -> float:
        unseen_s = 0.0 if self.away else (now_ns - self._motion.moved_ns) / 1e9
        return self._rules.gate + self._rules.gate_grows * unseen_s

    def lost(self, now_ns: int) -> bool:
        """Whether it is given up; who stood is away first."""
        rules, unseen_ns = self._rules, now_ns - self._seen_ns
        if self.followed and rules.standing_ns and unseen_ns > rules.confirmed_ns:
            self.away = math.hypot(*self._motion.velocity) < _STANDS
        if self.away:
            return unseen_ns > rules.standing_ns
        known = min(1.0, 2 * self.hits / rules.lasting)
        return unseen_ns > max(rules.tentative_ns, self.followed * known * rules.confirmed_ns)

    def predicted(self, now_ns: int) -> Point:
        return self._motion.position if self.away else self._motion.predicted(now_ns)

    def off(self, target: Point, now_ns: int) -> float:
        return math.dist(self.predicted(now_ns), target)

    def hidden(self, target: Point, now_ns: int) -> bool:
        """Whether another's target may be this one as well."""
        lasting = self.followed and self.hits >= self._rules.lasting
        return lasting and self.off(target, now_ns) < self._rules.merges

    def come_with(self, other: "_Track") -> None:
        self._came_with = self._passage.inherit(other._passage)

    def correct(self, residual: Point, now_ns: int, own: bool) -> int:
        """+1 = it has now crossed inwards, -1 = outwards, 0 = neither. `own`: itself was seen."""
        predicted = self.predicted(now_ns)
        self.hits = CONFIRMED_HITS if self.away else self.hits + own
        self._motion.correct(predicted, residual, min(self.hits, self._rules.memory), now_ns)
        self._seen_ns = now_ns if own else self._seen_ns
        self.away = False
        return self._passage.move(self._motion.position, self._trusted)

    def end(self) -> int:
        return self._passage.end() if self._trusted else 0

    @property
    def _trusted(self) -> bool:
        return self.hits >= (self._rules.lasting if self._came_with else CONFIRMED_HITS)
