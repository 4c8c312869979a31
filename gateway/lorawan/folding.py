"""Entries of the log become what a row says of one sensor.

Theory: what counts people comes in whole windows and keeps its numbers, so that its copy over MQTT
is known for the same; where a row is longer than a window, windows are added up and the numbers are
those of the first and the last. Of a row of which only some windows are known, since the program
was started or rows became longer within it, the part from the first to the last of them is told.
Gauges come as often as their keeper likes and are told as the mean of the row's interval, states as
the newest value (not those beside counts: how many stand in a door at the end of a window is worth
no airtime). So each sensor has at most one *open* piece, of the row in which its newest entry lies;
an entry of another row closes it, and so does its end. A piece holds the log's position at which it
began: until what came of it has been told, the node has to be able to read it again.

Told with a span are counts that were carried (docs/privacy.md): they are of no row's interval, so
they are never added up. A suspect value has no part in a mean. Gap records have no place in a row:
what is missing is a `coverage` below 1, or is not there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from drivers.quantities import BLIND_TIME, FLAGS, QUANTITIES, Kind, Rank
from gateway.encoding.compact.rows import Interval, Part
from gateway.lorawan.coverage import carried_coverage, coverage
from gateway.lorawan.grid import DayOf, Grid, Place, own_place
from gateway.means import mean
from gateway.model import Entry, Flag, Span, StoredReading

_SECOND = 1_000_000_000


class Piece(NamedTuple):
    """What one sensor says of one row, with the place in the log at which that begins.

    `epoch` is that of its numbers, None where it has none.
    """

    place: Place
    part: Part
    rank: Rank
    epoch: int | None
    position: int


@dataclass(slots=True)
class _Open:
    """Of one sensor and row, what has come so far."""

    place: Place
    position: int
    begins_s: int = 0
    """With `ends_s`: of the windows that are in it."""
    ends_s: int = 0
    sums: dict[str, float | None] = field(default_factory=dict)
    seen_ns: int = 0
    numbers: list[int] = field(default_factory=list)
    merged: int = 0
    epoch: int | None = None
    values: dict[str, list[float]] = field(default_factory=dict)
    weights: dict[str, list[float]] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)


class Layout(NamedTuple):
    """`sensors`: names to their places in the node's list; `alarms`: those of that rank.

    `window_s` is that of counts.
    """

    sensors: Mapping[str, int]
    alarms: frozenset[str]
    window_s: int
    day: DayOf


class Folding:
    """What sensors without a place say is left out; `grid.interval_s` may change at any time."""

    def __init__(self, layout: Layout) -> None:
        self.grid = Grid(layout.window_s, layout.day)
        self._sensors = layout.sensors
        self._alarms = layout.alarms
        self._counts: dict[str, _Open] = {}
        self._gauges: dict[str, _Open] = {}

    @property
    def position(self) -> int | None:
        """Where the oldest open piece begins."""
        both = (*self._counts.values(), *self._gauges.values())
        return min((one.position for one in both), default=None)

    def take(self, entry: Entry, position: int) -> Iterator[Piece]:
        """What is complete with that entry, which stands at that position or behind it."""
        if not isinstance(entry, StoredReading) or entry.sensor not in self._sensors:
            return
        if entry.sensor in self._alarms:
            yield self._alarm(entry, position)
            return
        counters = [name for name in entry.names if _kind(name) is Kind.COUNTER]
        hidden = bool(entry.protection) and entry.since is not None
        if counters or hidden:  # that a window is there says that the sensor works
            yield from self._counted(entry, [n for n in counters if n != BLIND_TIME.name], position)
        kinds = (Kind.GAUGE,) if counters else (Kind.GAUGE, Kind.STATE)
        told = [name for name in entry.names if _kind(name) in kinds]
        if told:
            yield from self._gauge(entry, told, position)

    def close(self, now_s: float) -> Iterator[Piece]:
        """All whose row has ended by then."""
        for pieces, closed in ((self._counts, self._count_piece), (self._gauges, self._mean_piece)):
            over = [
                name
                for name, one in pieces.items()
                if one.place.ends_s is None or one.place.ends_s <= now_s
            ]
            for name in over:
                yield closed(name, pieces.pop(name))

    def forget(self) -> None:
        """What is open is read again."""
        self._counts.clear()
        self._gauges.clear()

    def _counted(self, entry: StoredReading, names: list[str], position: int) -> Iterator[Piece]:
        spans = {span.quantity: span for span in entry.spans}
        own = [name for name in names if name not in spans]
        for span in dict.fromkeys(_interval(spans[name]) for name in names if name in spans):
            carried = [name for name in names if name in spans and _interval(spans[name]) == span]
            part = self._part(entry, carried, carried_coverage(entry, spans))
            yield self._whole(entry, part._replace(span=span), position)
        if spans and not own:
            return
        if self.grid.interval_s <= self.grid.window_s or entry.protection:
            part = self._part(entry, own, coverage(entry))
            yield self._whole(entry, part, position)
            return
        yield from self._add(entry, own, position)

    def _add(self, entry: StoredReading, names: list[str], position: int) -> Iterator[Piece]:
        """To the open sum of its row."""
        own, sensor = own_place(entry), entry.sensor
        place = self.grid.place(own)
        if own.ends_s is None or place.ends_s is None:
            part = self._part(entry, names, coverage(entry))
            yield self._whole(entry, part, position)
            return
        if sensor in self._counts and not _fits(self._counts[sensor], place, entry.epoch):
            yield self._count_piece(sensor, self._counts.pop(sensor))
        begins_s = own.ends_s - own.length_s
        one = self._counts.setdefault(
            sensor, _Open(place, position, begins_s, own.ends_s, epoch=entry.epoch)
        )
        one.begins_s, one.ends_s = min(one.begins_s, begins_s), max(one.ends_s, own.ends_s)
        values = entry.values
        for name in names:
            told, before = values[name], one.sums.get(name, 0.0)
            one.sums[name] = None if told is None or before is None else before + told
        share = coverage(entry)
        one.seen_ns += round((entry.span_ns or 0) * (1.0 if share is None else share))
        one.numbers += [entry.first, entry.number]
        one.merged += entry.merged
        if self.grid.is_last(own, place):
            yield self._count_piece(sensor, self._counts.pop(sensor))

    def _gauge(self, entry: StoredReading, names: list[str], position: int) -> Iterator[Piece]:
        own, sensor = own_place(entry), entry.sensor
        place = self.grid.place(own)
        if sensor in self._gauges and self._gauges[sensor].place != place:
            yield self._mean_piece(sensor, self._gauges.pop(sensor))
        if place.ends_s is None:
            return  # a mean of an unknown time is of no use
        one = self._gauges.setdefault(sensor, _Open(place, position))
        values = entry.values
        for name in names:
            told, flags = values[name], Flag(int(values.get(name + FLAGS) or 0))
            if told is None or flags & ~Flag.PARTLY:
                one.bad.add(name)
                continue
            one.values.setdefault(name, []).append(told)
            one.weights.setdefault(name, []).append(max(1.0, values.get(f"{name}_n") or 1.0))
        if own.ends_s == place.ends_s:
            yield self._mean_piece(sensor, self._gauges.pop(sensor))

    def _alarm(self, entry: StoredReading, position: int) -> Piece:
        names = [name for name in entry.names if name in QUANTITIES and name != BLIND_TIME.name]
        told = [name for name in names if _kind(name) is not Kind.TOTAL]
        part = self._part(entry, told, coverage(entry))
        return Piece(own_place(entry), part, Rank.ALARM, entry.epoch, position)

    def _part(self, entry: StoredReading, names: list[str], coverage: float | None) -> Part:
        values = entry.values
        return Part(
            self._sensors[entry.sensor],
            {name: values[name] for name in names},
            entry.first,
            entry.number,
            entry.merged,
            coverage,
        )

    def _whole(self, entry: StoredReading, part: Part, position: int) -> Piece:
        """Counts of that window alone."""
        place = self.grid.whole(own_place(entry))
        return Piece(place, part, Rank.COUNT, entry.epoch, position)

    def _count_piece(self, sensor: str, one: _Open) -> Piece:
        place = self.grid.spanned(one.place, one.begins_s, one.ends_s)
        share = one.seen_ns / _SECOND / max(1, place.length_s)
        part = Part(
            self._sensors[sensor],
            one.sums,
            min(one.numbers),
            max(one.numbers),
            one.merged,
            None if share >= 1 else share,
        )
        return Piece(place, part, Rank.COUNT, one.epoch, one.position)

    def _mean_piece(self, sensor: str, one: _Open) -> Piece:
        told: dict[str, float | None] = {
            name: _told(name, values, one.weights[name]) for name, values in one.values.items()
        }
        told |= dict.fromkeys(one.bad - one.values.keys())
        part = Part(self._sensors[sensor], told)
        return Piece(one.place, part, Rank.GAUGE, None, one.position)


def _fits(one: _Open, place: Place, epoch: int) -> bool:
    return one.place == place and one.epoch == epoch


def _kind(name: str) -> Kind | None:
    """None for what stands beside a quantity."""
    return QUANTITIES[name].kind if name in QUANTITIES else None


def _told(name: str, values: list[float], weights: list[float]) -> float | None:
    row = QUANTITIES[name]
    return values[-1] if row.kind is Kind.STATE else mean(row.mean, values, weights)


def _interval(span: Span) -> Interval | None:
    """None where nobody knows the time of it."""
    since, until = span.since.utc_ns, span.until.utc_ns
    if since is None or until is None:
        return None
    return Interval(round(since / _SECOND), round(until / _SECOND))
