"""Which way people went, from two beams or zones that lie one behind the other.

Theory of operation
-------------------
One passage after the other is followed from clear to clear; what each was, pair_passage.py tells:

    (clear) --broken--> under way --clear for 40 ms--> (clear), counts by its outcome
                            |
                            +--longer than 5 s--> blocked --clear for 40 ms--> (clear), was blind

Clear for less than 40 ms is the gap between an arm or a bag and the body and does not end a
passage, which is why one is counted 40 ms after the return to 0, when `feed` or `settle` says that
so much time has passed.

What two beams cannot tell: people side by side are one; so are two who follow each other so closely
that the beams are never both clear in between (0 2 3 1 3 ...: the second person, or the first one
swaying back), and of two who meet in the door neither may count. A sensor that sees where one body
ends and the next begins says so by `divide`: a passage that is complete then counts, and what
follows is the next one; any other goes on. The times above are those of beams; zones that are
looked at one after the other have their own.
"""

from typing import NamedTuple

from drivers.people.pair_passage import BOTH, CLEAR, Outcome, PairPassage

BLOCKED_AFTER_NS = 5_000_000_000
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


class DirectionCounter:
    """Counts passages since its construction; memory does not grow.

    Times are ns of one clock that never steps back.
    """

    def __init__(self, state: int, at_ns: int, timing: Timing = BEAMS) -> None:
        self._timing = timing
        self._tally: dict[Outcome, int] = {"in": 0, "out": 0, "turned back": 0, "incomplete": 0}
        self._blind_ns = 0
        self._passage: PairPassage | None = None
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
        return self._passage.began_ns if self._passage and self._blocked(self._passage) else None

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
            self._passage.feed(state, at_ns)
        elif state != CLEAR:
            self._passage = self._begun(state, state, at_ns)

    def settle(self, now_ns: int) -> None:
        """Nothing has changed up to `now_ns`."""
        self._now_ns = max(self._now_ns, now_ns)
        passage = self._passage
        if (
            passage
            and passage.cleared_ns is not None
            and now_ns - passage.cleared_ns >= self._timing.gap_ns
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

    def _begun(self, first: int, state: int, at_ns: int) -> PairPassage:
        return PairPassage(first, state, at_ns, self._timing.arm_ns)

    def _finish(self, passage: PairPassage) -> None:
        if self._blocked(passage):
            self._blind_ns += self._blind_in_passage()
        else:
            self._tally[passage.outcome()] += 1
        self._passage = None

    def _blocked(self, passage: PairPassage) -> bool:
        return passage.lasted_ns(self._now_ns) > self._timing.blocked_after_ns

    def _blind_in_passage(self) -> int:
        if self._passage is None or not self._blocked(self._passage):
            return 0
        return self._passage.lasted_ns(self._now_ns)
