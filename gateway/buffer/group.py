"""What is written together: the group that is being filled, and the one that is being stored."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from gateway.buffer.identities import Segment
from gateway.buffer.rows import Row
from gateway.buffer.sensors import SensorState
from gateway.clock import Anchor

K = TypeVar("K")
V = TypeVar("V")


class Group(NamedTuple):
    """What one transaction adds. Storing a `thinned` or `dropped` gap does what it says.

    `sensors` are states before the rows, where more was counted than any row tells.
    """

    rows: Sequence[Row]
    anchors: Sequence[tuple[str, Anchor]] = ()
    segments: Sequence[Segment] = ()
    cursors: Mapping[str, int] = {}
    reserved: int | None = None
    sensors: Mapping[str, SensorState] = {}


class OpenGroup:
    """Filled while an earlier part of it is being stored; its owner locks it."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.anchors: list[tuple[str, Anchor]] = []
        self.segments: list[Segment] = []
        self.cursors: dict[str, int] = {}
        self.sensors: dict[str, SensorState] = {}

    def __bool__(self) -> bool:
        """Whether there is anything to store."""
        return bool(self.rows or self.anchors or self.segments or self.cursors or self.sensors)

    def first(self, rows: int, stored: int) -> Group:
        """The oldest `rows`, and everything else; all of it stays here until `remove`.

        A cursor is stored no further than the rows (`stored`: those before this group).
        """
        some = self.rows[:rows]
        last = some[-1].position if some else stored
        cursors = {name: min(position, last) for name, position in self.cursors.items()}
        segments = [segment for segment in self.segments if segment.first <= last]
        return Group(some, self.anchors[:], segments, cursors, None, {**self.sensors})

    def remove(self, group: Group) -> None:
        """That group is stored now; what was added or changed meanwhile stays."""
        del self.rows[: len(group.rows)]
        del self.anchors[: len(group.anchors)]
        del self.segments[: len(group.segments)]
        self.cursors = _without(self.cursors, group.cursors)
        self.sensors = _without(self.sensors, group.sensors)


def _without(now: Mapping[K, V], stored: Mapping[K, V]) -> dict[K, V]:
    return {key: value for key, value in now.items() if stored.get(key) != value}
