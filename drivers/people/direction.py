"""Which way somebody went, from two beams or zones that lie one behind the other.

Theory of operation
-------------------
A is the outer beam, B the inner one, and they are closer to each other than a body is deep. The
state is s = 2*A + B with 1 = broken: 0 both clear, 2 outer broken, 3 both, 1 inner broken.

    in    0 -> 2 -> 3 -> 1 -> 0
    out   0 -> 1 -> 3 -> 2 -> 0

A passage is all that happens between two clear moments. One beam changes at a time, so whoever
gets from 2 to 1 has been in 3, however much they sway on the way. It is therefore enough to
remember where a passage began, where it was last, and whether both beams were broken at once:

    first  last  both broken                     outcome at the return to 0
    2      1     yes                             in
    1      2     yes                             out
    2, 1   1, 2  no, but each within 300 ms      in, out: a fast or a thin body (0 2 1 0)
    2, 1   1, 2  no                              incomplete
    2, 1   same  any                             turned back (0 2 0, 0 2 3 2 0)
    3 first or last: its side is unknown         incomplete
    any, but longer than 5 s                     blocked: blind, not counted

Clear for less than 40 ms is the gap between an arm or a bag and the body and does not end a
passage, which is why one is counted 40 ms after the return to 0, when `feed` or `settle` says that
so much time has passed. For the same reason a sensor that lifts A before B breaks (0 2 0 1 0)
still gives one fast passage. A beam broken again for less than 50 ms (40, and what edges bounce),
less than 50 ms after it was left, was left at first: an arm behind a quick body, not a turn back.

What two beams cannot tell: people side by side are one; so are two who follow each other so closely
that the beams are never both clear in between (0 2 3 1 3 ...: the second person, or the first one
swaying back), and of two who meet in the door neither may count. A sensor that sees where one body
ends and the next begins says so by `divide`: a passage that is complete then counts, and what
follows is the next one; any other goes on. The times above are those of beams; zones that are
looked at one after the other have their own.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

CLEAR, INNER, OUTER, BOTH = 0, 1, 2, 3
"""The four states of the pair."""

BLOCKED_AFTER_NS = 5_000_000_000
FAST_NS = 300_000_000
GAP_NS = 40_000_000
ARM_NS = 50_000_000


class Timing(NamedTuple):
    """`gap_ns`: clear for less does not end a passage; `blocked_after_ns`: longer is blocked.

    `together_ns`: who comes to both, or leaves both, within that moves across: nothing is divided.
    `arm_ns`: what breaks a beam again within that, for less than that, is an arm; 0 = nothing is.
    """

    gap_ns: int = GAP_NS
    blocked_after_ns: int = BLOCKED_AFTER_NS
    together_ns: int = 0
    arm_ns: int = 0


BEAMS = Timing(arm_ns=ARM_NS)

Outcome = Literal["in", "out", "turned back", "incomplete"]


class _Leaving:
    """Which beam was left last (BOTH: together), but for arms."""

    def __init__(self, state: int, at_ns: int, arm_ns: int) -> None:
        self.last = BOTH
        self._state = state
        self._arm_ns = arm_ns
        self._broken = {INNER: at_ns, OUTER: at_ns}
        self._left: dict[int, int] = {}

    def note(self, state: int, at_ns: int) -> None:
        left = CLEAR
        for beam in (INNER, OUTER):
            if beam & state & ~self._state:
                self._broken[beam] = at_ns
            elif beam & self._state & ~state and not self._is_arm(beam, at_ns):
                self._left[beam] = at_ns
                left += beam
        self.last = left or self.last
        self._state = state

    def _is_arm(self, beam: int, at_ns: int) -> bool:
        left, broken = self._left.get(beam), self._broken[beam]
        return left is not None and max(broken - left, at_ns - broken) < self._arm_ns


@dataclass(slots=True)
class _Passage:
    """What is remembered between two clear moments; all times in ns."""

    began: int
    first: int
    last: int
    leaving: _Leaving
    both: bool = False
    far_broken: int | None = None
    cleared: int | None = None
    met: int | None = None
    parted: int | None = None

    def note(self, state: int, at_ns: int) -> None:
        self.cleared = None
        if state == BOTH and self.met is None:
            self.met = at_ns
        if self.last == BOTH != state:
            self.parted = at_ns
        self.last = state
        self.both = self.both or state == BOTH
        if state == BOTH - self.first and self.far_broken is None:
            self.far_broken = at_ns

    def lasted(self, now_ns: int) -> int:
        return (now_ns if self.cleared is None else self.cleared) - self.began

    def from_the_side(self, now_ns: int, together_ns: int) -> bool:
        if self.met is None or self.parted is None:
            return False
        return min(self.met - self.began, now_ns - self.parted) <= together_ns

    def outcome(self) -> Outcome:
        last = self.last if self.cleared is None else self.leaving.last
        if BOTH in (self.first, last):
            return "incomplete"
        if self.first == last:
            return "turned back"
        if self.both or self._fast():
            return "in" if self.first == OUTER else "out"
        return "incomplete"

    def _fast(self) -> bool:
        return self.far_broken is not None and self.far_broken - self.began <= FAST_NS


class DirectionCounter:
    """Counts passages since its construction; memory does not grow.

    Times are ns of one clock that never steps back.
    """

    def __init__(self, state: int, at_ns: int, timing: Timing = BEAMS) -> None:
        self._timing = timing
        self._tally: dict[Outcome, int] = {"in": 0, "out": 0, "turned back": 0, "incomplete": 0}
        self._blind_ns = 0
        self._passage: _Passage | None = None
        self._now_ns = at_ns
        self.restart(state, at_ns)

    @property
    def counted_in(self) -> int:
        return self._tally["in"]

    @property
    def counted_out(self) -> int:
        return self._tally["out"]

    @property
    def turned_back(self) -> int:
        return self._tally["turned back"]

    @property
    def incomplete(self) -> int:
        """Passages that began or ended where none can, or missed a beam: not counted."""
        return self._tally["incomplete"]

    @property
    def under_way(self) -> bool:
        """Whether a passage has begun and not ended."""
        return self._passage is not None

    @property
    def blocked_since_ns(self) -> int | None:
        """When the pair left 0, if that is more than 5 s ago and it has not come back."""
        return self._passage.began if self._passage and self._blocked(self._passage) else None

    @property
    def blind_ns(self) -> int:
        """Blocked stretches, each from leaving 0 to the return to it, and what `restart` adds.

        A stretch is known to be blocked only after 5 s, so this jumps by 5 s when it is.
        """
        return self._blind_ns + self._blind_in_passage()

    def feed(self, state: int, at_ns: int) -> None:
        """The pair is in `state` since `at_ns`; the same state may be fed again."""
        self.settle(at_ns)
        if self._passage is not None:
            self._go_on(self._passage, state, at_ns)
        elif state != CLEAR:
            self._passage = self._begun(state, state, at_ns)

    def settle(self, now_ns: int) -> None:
        """Nothing has changed up to `now_ns`."""
        self._now_ns = max(self._now_ns, now_ns)
        passage = self._passage
        if (
            passage
            and passage.cleared is not None
            and now_ns - passage.cleared >= self._timing.gap_ns
        ):
            self._finish(passage)

    def divide(self, at_ns: int) -> bool:
        """One body ends here though the pair is not clear; whether its passage was complete."""
        self.settle(at_ns)
        passage = self._passage
        if passage is None or self._blocked(passage):
            return False
        complete = passage.outcome() in ("in", "out")
        if not complete or passage.from_the_side(at_ns, self._timing.together_ns):
            return False
        self._finish(passage)
        return True

    def restart(self, state: int, at_ns: int) -> None:
        """Changes were missed since the last call: that time is blind, the passage under way void.

        All that was counted stays. A passage that is found under way now has no known beginning
        and will not count.
        """
        self._blind_ns += self._blind_in_passage() + max(0, at_ns - self._now_ns)
        self._passage = None if state == CLEAR else self._begun(BOTH, state, at_ns)
        self._now_ns = at_ns

    def _begun(self, first: int, state: int, at_ns: int) -> _Passage:
        leaving = _Leaving(state, at_ns, self._timing.arm_ns)
        return _Passage(at_ns, first, state, leaving, state == BOTH)

    def _go_on(self, passage: _Passage, state: int, at_ns: int) -> None:
        passage.leaving.note(state, at_ns)
        if state != CLEAR:
            passage.note(state, at_ns)
        elif passage.cleared is None:
            passage.cleared = at_ns

    def _finish(self, passage: _Passage) -> None:
        if self._blocked(passage):
            self._blind_ns += self._blind_in_passage()
        else:
            self._tally[passage.outcome()] += 1
        self._passage = None

    def _blocked(self, passage: _Passage) -> bool:
        return passage.lasted(self._now_ns) > self._timing.blocked_after_ns

    def _blind_in_passage(self) -> int:
        if self._passage is None or not self._blocked(self._passage):
            return 0
        return self._passage.lasted(self._now_ns)
