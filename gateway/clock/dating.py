"""What dates the moments of all boots, and between which times an undated one lies.

Theory. The node's operating time runs through all its boots: the time since boot, and what the
boots before took, which may be told too short but never too long; while it was off more time has
passed. So a moment that nobody can date lies

    not before  the newest anchor of the last boot before it that has one, and the operating time
                since then; without any, what the clock's floor was when its boot began, or an
                earlier (a false server that was found out may have raised it)
    not after   the first anchor of the next boot behind it that has one, less the operating time
                until then

each with the room that `certain_ns` leaves for drift. Only trusted anchors count.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from gateway.clock.anchor import Anchor, certain_ns
from gateway.clock.timeline import Timeline
from gateway.model import Bounds, Instant, Quality


class _Mark(NamedTuple):
    """An anchor of some boot: the operating time until then, and UTC."""

    operating_ns: int
    utc_ns: int


class _Edges(NamedTuple):
    """What bounds the moments of an undated boot."""

    began_ns: int
    before: _Mark | None
    after: _Mark | None
    floor_ns: int | None

    def bounds(self, up_ns: int) -> Bounds:
        now_ns = self.began_ns + up_ns
        earliest_ns = self.floor_ns
        if self.before is not None:
            since_ns = max(0, now_ns - self.before.operating_ns)
            earliest_ns = self.before.utc_ns + certain_ns(since_ns)
        if self.after is None:
            return Bounds(earliest_ns, None)
        left_ns = max(0, self.after.operating_ns - now_ns)
        return Bounds(earliest_ns, self.after.utc_ns - certain_ns(left_ns))


class Dating:
    """The timelines of all boots.

    `began_ns` is how long the node had been running before each boot, in their order, and may grow
    while this is used; a boot that is not there comes after all that are. `floors` are the newest
    UTC that was known when a boot began. One thread may add while others date.
    """

    def __init__(
        self,
        began_ns: Mapping[str, int] | None = None,
        floors: Mapping[str, int] | None = None,
    ) -> None:
        self.began_ns = {} if began_ns is None else began_ns
        self.floors = {} if floors is None else floors
        self.timelines: dict[str, Timeline] = {}
        self._edges: dict[tuple[str, int], _Edges] = {}

    def date(self, boot: str, up_ns: int) -> Instant:
        """That moment, with UTC as far as anchors of its boot give it, else with bounds."""
        timeline = self.timelines.get(boot)
        if timeline is not None and timeline.anchors:
            return Instant(boot, up_ns, *timeline.date(up_ns))
        bounds = self._edges_of(boot).bounds(up_ns)
        return Instant(boot, up_ns, None, Quality.UNKNOWN, None if bounds == _NONE else bounds)

    def utc_ns(self, boot: str, up_ns: int) -> int | None:
        """UTC alone of that moment."""
        timeline = self.timelines.get(boot)
        return None if timeline is None else timeline.date(up_ns)[0]

    def offset_ns(self, boot: str, up_ns: int) -> int | None:
        """UTC less the time since that boot, as it was known at that moment; see Timeline."""
        timeline = self.timelines.get(boot)
        return None if timeline is None else timeline.offset_ns(up_ns)

    def add(self, boot: str, anchor: Anchor | None) -> Sequence[Anchor]:
        """See Timeline.add."""
        return self._changed(self.timelines.setdefault(boot, Timeline()).add(anchor))

    def confirm(self, boot: str) -> Sequence[Anchor]:
        """See Timeline.confirm."""
        return self._changed(self.timelines.setdefault(boot, Timeline()).confirm())

    def keep(self, anchors: Iterable[tuple[str, Anchor]]) -> None:
        """Take anchors in that were kept before, in any order."""
        by_boot: dict[str, list[Anchor]] = {}
        for boot, anchor in anchors:
            by_boot.setdefault(boot, []).append(anchor)
        for boot, ours in by_boot.items():
            self.timelines.setdefault(boot, Timeline()).keep(ours)
        self._edges = {}

    def learn(self, other: "Dating") -> None:
        """Take in what another knows, of the order of boots, too."""
        self.began_ns, self.floors = other.began_ns, {**other.floors, **self.floors}
        self.keep((boot, one) for boot, line in other.timelines.items() for one in line.anchors)

    def set_floor(self, boot: str, utc_ns: int) -> None:
        """That boot began no earlier."""
        self.floors, self._edges = {**self.floors, boot: utc_ns}, {}

    def _changed(self, kept: Sequence[Anchor]) -> Sequence[Anchor]:
        if kept:
            self._edges = {}
        return kept

    def _edges_of(self, boot: str) -> _Edges:
        """Remembered until something new is known."""
        edges, key = self._edges, (boot, len(self.began_ns))
        if key not in edges:
            edges[key] = self._look_around(boot)
        return edges[key]

    def _look_around(self, boot: str) -> _Edges:
        began_ns = dict(self.began_ns)
        order = list(began_ns)
        at = order.index(boot) if boot in began_ns else len(order)
        before = self._mark(reversed(order[:at]), began_ns, _last_trusted)
        after = self._mark(order[at + 1 :], began_ns, _first_trusted)
        earliest_ns = max([0, *began_ns.values()] if boot not in began_ns else [began_ns[boot]])
        known = [ns for one, ns in self.floors.items() if one in (*order[:at], boot)]
        return _Edges(earliest_ns, before, after, max(known, default=None))

    def _mark(
        self,
        boots: Iterable[str],
        began_ns: Mapping[str, int],
        choose: Callable[[Timeline], Anchor | None],
    ) -> _Mark | None:
        """The anchor of the first of them that has a trusted one."""
        for boot in boots:
            anchor = choose(self.timelines.get(boot, _EMPTY))
            if anchor is not None:
                return _Mark(began_ns[boot] + anchor.up_ns, anchor.utc_ns)
        return None


def _first_trusted(timeline: Timeline) -> Anchor | None:
    return timeline.first_trusted


def _last_trusted(timeline: Timeline) -> Anchor | None:
    """Or the last good word, which comes behind a trusted one."""
    return timeline.anchors[-1] if timeline.first_trusted is not None else None


_EMPTY = Timeline()
_NONE = Bounds(None, None)
