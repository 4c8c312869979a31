"""Debouncing of several lines at once, without losing the order of their edges.

A change counts when the line has kept its new level for `hold_ns`; shorter pulses never happened.
It then carries the time at which that level began, so holding back shifts nothing. One hold time
for all lines keeps their edges in the order in which they began, also across lines.
"""

from collections.abc import Iterable, Mapping

from drivers.bus.ports import Edge


class Debouncer:
    """Knows the levels up to `hold_ns` ago; keeps at most one open change per line."""

    def __init__(self, levels: Mapping[int, bool], hold_ns: int) -> None:
        self._levels = dict(levels)
        self._hold_ns = hold_ns
        self._changing: dict[int, Edge] = {}

    @property
    def levels(self) -> dict[int, bool]:
        """Line number to "is high", by the edges that were returned so far."""
        return dict(self._levels)

    def take(self, edges: Iterable[Edge], now_ns: int) -> list[Edge]:
        """The edges that have held by `now_ns`, oldest first; `edges` come in order of time."""
        held: list[Edge] = []
        for edge in edges:
            held += self._held_at(edge.at_ns)
            self._note(edge)
        return held + self._held_at(now_ns)

    def _note(self, edge: Edge) -> None:
        if edge.high == self._levels[edge.line]:
            self._changing.pop(edge.line, None)
        else:
            self._changing.setdefault(edge.line, edge)

    def _held_at(self, now_ns: int) -> list[Edge]:
        held = [e for e in self._changing.values() if now_ns - e.at_ns >= self._hold_ns]
        for edge in held:
            self._levels[edge.line] = edge.high
            del self._changing[edge.line]
        return held
