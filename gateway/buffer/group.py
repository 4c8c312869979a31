"""What is written together: the group that is being filled, and the one that is being stored."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from gateway.clock import Anchor

K = TypeVar("K")
V = TypeVar("V")

Row = tuple[int, int, int, int, int | None, str]
"""seq, layout number, boot number, up_ns, span_ns, packed values."""

Total = tuple[str, str]
"""Sensor and quantity of a running total."""


class Group(NamedTuple):
    """What one transaction adds."""

    rows: Sequence[Row]
    layouts: Sequence[tuple[int, str, str]]
    anchors: Sequence[tuple[int, Anchor]]
    totals: Mapping[Total, int]
    cursors: Mapping[str, int]


class OpenGroup:
    """Filled while an earlier part of it is being stored; its owner locks it."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.layouts: list[tuple[int, str, str]] = []
        self.anchors: list[tuple[int, Anchor]] = []
        self.totals: dict[Total, int] = {}
        self.cursors: dict[str, int] = {}

    def __bool__(self) -> bool:
        """Whether there is anything to store."""
        return bool(self.rows or self.layouts or self.anchors or self.totals or self.cursors)

    def first(self, rows: int) -> Group:
        """The oldest `rows`, and everything else; all of it stays here until `remove`."""
        return Group(
            self.rows[:rows],
            self.layouts[:],
            self.anchors[:],
            dict(self.totals),
            dict(self.cursors),
        )

    def remove(self, group: Group) -> None:
        """That group is stored now; what was added or changed meanwhile stays."""
        del self.rows[: len(group.rows)]
        del self.layouts[: len(group.layouts)]
        del self.anchors[: len(group.anchors)]
        self.totals = _without(self.totals, group.totals)
        self.cursors = _without(self.cursors, group.cursors)


def _without(now: Mapping[K, V], stored: Mapping[K, V]) -> dict[K, V]:
    return {key: value for key, value in now.items() if stored.get(key) != value}
