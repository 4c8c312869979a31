"""One passage through two beams or zones that lie one behind the other, and what it was.

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

A sensor that lifts A before B breaks (0 2 0 1 0) still gives one fast passage if the clear moment
is too short to end it (direction.py). A beam broken again for less than 50 ms (40, and what edges
bounce), less than 50 ms after it was left, was left at first: an arm behind a quick body, not a
turn back.
"""

from typing import Literal

CLEAR, INNER, OUTER, BOTH = 0, 1, 2, 3
"""The four states of the pair."""

FAST_NS = 300_000_000

Outcome = Literal["in", "out", "turned back", "incomplete"]


class PairPassage:
    """What is remembered between two clear moments; states are those of the pair, times in ns.

    `first`: the state in which it began, BOTH = nobody saw that. `began_ns`: when; `cleared_ns`:
    since when the pair is clear, None = it is not. Arms are those of `arm_ns`, 0 = nothing is one.
    """

    def __init__(self, first: int, state: int, at_ns: int, arm_ns: int) -> None:
        self.began_ns = at_ns
        self.cleared_ns: int | None = None
        self._first = first
        self._last = state
        self._both = state == BOTH
        self._leaving = _Leaving(state, at_ns, arm_ns)
        self._far_broken_ns: int | None = None
        self._met_ns: int | None = None
        self._parted_ns: int | None = None

    def feed(self, state: int, at_ns: int) -> None:
        """The pair is in `state` since `at_ns`; the same state may be fed again."""
        self._leaving.note(state, at_ns)
        if state != CLEAR:
            self.cleared_ns = None
            self._note(state, at_ns)
        elif self.cleared_ns is None:
            self.cleared_ns = at_ns

    def lasted_ns(self, now_ns: int) -> int:
        """Up to the clear moment, or to now."""
        return (now_ns if self.cleared_ns is None else self.cleared_ns) - self.began_ns

    def from_the_side(self, now_ns: int, together_ns: int) -> bool:
        """Whether somebody came to both, or now leaves both, within that time: moves across."""
        if self._met_ns is None or self._parted_ns is None:
            return False
        return min(self._met_ns - self.began_ns, now_ns - self._parted_ns) <= together_ns

    def outcome(self) -> Outcome:
        """By the table above, as if it ended here."""
        last = self._last if self.cleared_ns is None else self._leaving.last
        if BOTH in (self._first, last):
            return "incomplete"
        if self._first == last:
            return "turned back"
        if self._both or self._fast():
            return "in" if self._first == OUTER else "out"
        return "incomplete"

    def _note(self, state: int, at_ns: int) -> None:
        if state == BOTH and self._met_ns is None:
            self._met_ns = at_ns
        if self._last == BOTH != state:
            self._parted_ns = at_ns
        self._last = state
        self._both = self._both or state == BOTH
        if state == BOTH - self._first and self._far_broken_ns is None:
            self._far_broken_ns = at_ns

    def _fast(self) -> bool:
        return self._far_broken_ns is not None and self._far_broken_ns - self.began_ns <= FAST_NS


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
