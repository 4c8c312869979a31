"""A row of the log: a reading, several that were merged into one, or a gap."""

from collections.abc import Iterable
from typing import NamedTuple

from drivers.quantities import Rank
from gateway.model import Calibrations, Names


class Layout(NamedTuple):
    """What rows of one kind have in common; `names` says what the packed values are.

    `step_s` 0 = readings as they were measured. Above 0 they were merged into steps of so many
    seconds, and two whole numbers stand before the values: how many positions before its own the
    first merged reading stood, and how many were merged. `gap` is the reason of a gap, else "".
    `calibrations` are those of the readings; of merged ones an id may be several, `id1+id2`.
    """

    sensor: str
    names: Names
    rank: Rank
    step_s: int = 0
    gap: str = ""
    calibrations: Calibrations = ()


class Row(NamedTuple):
    """`position` orders the log; `packed` are comma-separated JSON numbers (ADR 1)."""

    position: int
    layout: Layout
    boot: str
    up_ns: int
    span_ns: int | None
    packed: str


def back(row: Row) -> int:
    """How many positions before its own the first reading of a row stood; 0 if it is not merged."""
    return int(row.packed.split(",", 1)[0]) if _is_merged(row.layout) else 0


def raw_count(row: Row) -> int:
    """How many readings a row stands for."""
    return int(row.packed.split(",", 2)[1]) if _is_merged(row.layout) else 1


def without(rows: Iterable[Row], others: Iterable[Row]) -> list[Row]:
    """Those that are not among the others, the very same: what a step leaves alone is in both."""
    same = {id(row) for row in others}
    return [row for row in rows if id(row) not in same]


def _is_merged(layout: Layout) -> bool:
    """A gap's step is that of the readings that it tells of."""
    return layout.step_s > 0 and not layout.gap
