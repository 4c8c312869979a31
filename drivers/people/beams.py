"""Which way somebody went, from the beams of two distance sensors side by side.

Theory of operation
-------------------
`drivers.people.beam` says of each whether something is in it, and `drivers.people.direction`
follows the pair of them as it follows two light barriers: who goes in breaks the outer one, both,
the inner one. Both are looked at together, so one look gives one state.

A beam without an echo of use keeps its state for 0.1 s; for longer nobody can tell. Blind is

    not watched      before the first look, and between two looks 0.3 s apart or more
    no use           one of the beams says nothing: too dark, too bright, covered, not yet learned
    blocked          a beam is broken for more than 5 s (`drivers.people.direction`)

and nothing counts that was under way then.
"""

from drivers.people.direction import DirectionCounter
from drivers.people.pair_passage import CLEAR
from drivers.people.presence import Steady

UNWATCHED_NS = 300_000_000
_STEADY_NS = {True: 0, False: 0, None: 100_000_000}


class TwoBeams:
    """Counts since construction; times are ns of one clock."""

    def __init__(self, at_ns: int) -> None:
        self._direction = DirectionCounter(CLEAR, at_ns)
        self._outer, self._inner = Steady(_STEADY_NS), Steady(_STEADY_NS)
        self._void = True
        self._looked_ns = self._now_ns = self._followed_ns = at_ns

    @property
    def counted_in(self) -> int:
        return self._direction.counted_in

    @property
    def counted_out(self) -> int:
        return self._direction.counted_out

    @property
    def blind_ns(self) -> int:
        """Jumps by 5 s when a beam is known to be blocked."""
        return self._direction.blind_ns + self._now_ns - self._followed_ns

    def see(self, outer: bool | None, inner: bool | None, at_ns: int) -> None:
        """Whether something is in either beam; None = nobody can tell."""
        self.settle(at_ns)
        self._looked_ns = at_ns
        a, b = self._outer.see(outer, at_ns), self._inner.see(inner, at_ns)
        if a is None or b is None:
            self._void = True
            return
        if self._void:
            self._direction.restart(2 * a + b, at_ns)
            self._void = False
        self._direction.feed(2 * a + b, at_ns)
        self._followed_ns = at_ns

    def settle(self, now_ns: int) -> None:
        """No look was had up to `now_ns`."""
        self._now_ns = max(self._now_ns, now_ns)
        self._void = self._void or now_ns - self._looked_ns >= UNWATCHED_NS
        if not self._void:
            self._direction.settle(now_ns)
            self._followed_ns = self._now_ns
