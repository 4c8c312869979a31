"""Whether a place is occupied, from a part that says so many times a second.

Theory of operation
-------------------
Each look says occupied, free, or that nobody could be seen (None). It holds until the next look,
but not for longer than `holds_ns`; what is beyond that nobody has watched. Each moment is one of

    blind      not watched; or looked at in vain; or occupied for longer than `stuck_after_ns` at a
               stretch, from then on: something was left there
    occupied   not blind, and the last look said so
    idle       the rest

An activation is the change from free to occupied. One that happens while nobody can see is none:
when it began is unknown, and it may be the same body as before.

Looks that contradict the state are noise until they go on for long enough (`Steady`).
"""

from collections.abc import Mapping
from dataclasses import dataclass


class Steady:
    """A state that changes only when it was not confirmed for as long as the new one needs.

    `after_ns` holds that time for each new state; None: nobody can be seen. A single wrong look
    changes nothing, and of looks that disagree the newest one wins.
    """

    def __init__(self, after_ns: Mapping[bool | None, int]) -> None:
        self._after_ns = after_ns
        self.state: bool | None = None
        self._differs_ns: int | None = None

    def see(self, state: bool | None, at_ns: int) -> bool | None:
        """What the state is after this look."""
        if state == self.state:
            self._differs_ns = None
            return state
        since_ns = at_ns if self._differs_ns is None else self._differs_ns
        self._differs_ns = since_ns
        if at_ns - since_ns >= self._after_ns[state]:
            self.state, self._differs_ns = state, None
        return self.state


@dataclass(slots=True)
class _Sums:
    occupied_ns: int = 0
    blind_ns: int = 0
    activations: int = 0


class Presence:
    """Activations, occupied and blind time since construction; times are ns of one clock."""

    def __init__(self, at_ns: int, holds_ns: int, stuck_after_ns: int | None = None) -> None:
        self._holds_ns = holds_ns
        self._stuck_after_ns = stuck_after_ns
        self._sums = _Sums()
        self._state: bool | None = None
        self._looked_ns = self._now_ns = self._began_ns = at_ns

    @property
    def activations(self) -> int:
        return self._sums.activations

    @property
    def occupied_ns(self) -> int:
        return self._sums.occupied_ns

    @property
    def blind_ns(self) -> int:
        return self._sums.blind_ns

    @property
    def state(self) -> bool | None:
        """Occupied or free now; None = nobody can tell."""
        unwatched = self._now_ns - self._looked_ns > self._holds_ns
        return None if unwatched or self._now_ns > self._told_until_ns() else self._state

    def see(self, state: bool | None, at_ns: int) -> None:
        """One look; looks come in the order of their time."""
        self.settle(at_ns)
        before = None if at_ns - self._looked_ns > self._holds_ns else self._state
        if state and not before:
            self._began_ns = at_ns
            self._sums.activations += before is False
        self._state, self._looked_ns = state, max(at_ns, self._looked_ns)

    def settle(self, now_ns: int) -> None:
        """No look was had up to `now_ns`."""
        began_ns, self._now_ns = self._now_ns, max(self._now_ns, now_ns)
        told_ns = max(0, min(self._now_ns, self._told_until_ns()) - began_ns)
        self._sums.blind_ns += self._now_ns - began_ns - told_ns
        if self._state:
            self._sums.occupied_ns += told_ns

    def _told_until_ns(self) -> int:
        """Until when the last look tells anything."""
        if self._state is None:
            return self._looked_ns - 1
        held_ns = self._looked_ns + self._holds_ns
        if self._state and self._stuck_after_ns is not None:
            return min(held_ns, self._began_ns + self._stuck_after_ns)
        return held_ns
