"""Levels and edges of two lines to states of a beam pair: 2*A + B, 1 = broken."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from drivers.bus.ports import Edge


class Wiring(NamedTuple):
    """Which line is which beam, and whether "high" means broken."""

    outer: int
    inner: int
    broken_is_high: bool


def state(levels: Mapping[int, bool], wiring: Wiring) -> int:
    """0 both clear, 1 inner broken, 2 outer broken, 3 both."""
    outer = levels[wiring.outer] == wiring.broken_is_high
    inner = levels[wiring.inner] == wiring.broken_is_high
    return 2 * outer + inner


def states(
    levels: Mapping[int, bool], edges: Iterable[Edge], wiring: Wiring
) -> Iterator[tuple[int, int]]:
    """State and time (ns) after each edge, from `levels` before the first of them."""
    current = dict(levels)
    for edge in edges:
        current[edge.line] = edge.high
        yield state(current, wiring), edge.at_ns
