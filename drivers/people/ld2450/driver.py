"""What the reports of an LD2450 add up to.

The part speaks unasked: after the dialogue at `open` reports are only taken in.
"""

import math
from typing import Annotated, ClassVar, Literal

import msgspec

from drivers.bus.ports import Serial
from drivers.contract import Sample
from drivers.people.crossings import Line, Point
from drivers.people.hilink_dialogue import Dialogue
from drivers.people.hilink_driver import GIVE_UP_NS, HilinkDriver
from drivers.people.ld2450 import codec
from drivers.people.tracks import Tracker
from drivers.quantities import BLIND_TIME, COUNT_IN, COUNT_OUT, TARGETS, Quantity

_BLIND_NS = 500_000_000
_SHORTEST_LINE_MM = 300

Coordinate = Annotated[int, msgspec.Meta(ge=-10_000, le=10_000)]
Corner = tuple[Coordinate, Coordinate]
Polygon = Annotated[tuple[Corner, ...], msgspec.Meta(min_length=3)]


class Ld2450Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All in mm from the radar: x to its right, y away from it; it reaches 6000, +-60 degrees.

    `line` has two ends; leave 1000 of view on both of its sides. `inward` is how somebody walks who
    comes in: "approaching" to the radar's side of the line, or "leaving" it. Nobody is seen in the
    polygons of `ignore` (fans, curtains).
    """

    line: tuple[Corner, Corner] = ((-1500, 2000), (1500, 2000))
    inward: Literal["approaching", "leaving"] = "approaching"
    ignore: tuple[Polygon, ...] = ()

    def __post_init__(self) -> None:
        if math.dist(*self.line) < _SHORTEST_LINE_MM:
            raise ValueError("`line` is shorter than 300 mm: give its two ends in mm")
        if _line(self).depth(Point(0, 0)) == 0:
            raise ValueError("`line` points at the radar, so no side of it is the radar's")


def _line(config: Ld2450Config) -> Line:
    """With inside to the left of its direction."""
    start, end = (Point(*corner) for corner in config.line)
    radar_is_left = Line(start, end).depth(Point(0, 0)) > 0
    return (
        Line(start, end) if radar_is_left == (config.inward == "approaching") else Line(end, start)
    )


class Ld2450(HilinkDriver[codec.Report]):
    """Counts over the line; `blind_time` is silence beyond 0.5 s, and without `targets` then."""

    channels: ClassVar[tuple[Quantity, ...]] = (COUNT_IN, COUNT_OUT, TARGETS, BLIND_TIME)

    def __init__(self, bus: Serial, config: Ld2450Config) -> None:
        super().__init__(bus, codec.Parser())
        zones = [[Point(*corner) for corner in zone] for zone in config.ignore]
        self._tracker = Tracker(_line(config), zones)
        self._blind_ns = 0

    def open(self) -> None:
        self._tracker.forget()
        self._parser = codec.Parser()
        self._bus.open(codec.BAUDRATE)
        Dialogue(self._bus, codec.Parser(), "ld2450").hold([codec.MULTI_TARGET])
        now_ns = self._bus.time.now_ns()
        self._pass_blind(now_ns)
        self._heard_ns = now_ns

    def read(self) -> Sample:
        self.poll()
        silent_ns = self._bus.time.now_ns() - self._heard_ns
        if silent_ns > GIVE_UP_NS:
            raise self._no_report(silent_ns)
        sample: dict[str, float | None] = {
            "count_in": self._tracker.count_in,
            "count_out": self._tracker.count_out,
            "blind_time": (self._blind_ns + max(0, silent_ns - _BLIND_NS)) / 1e9,
        }
        return sample if silent_ns > _BLIND_NS else sample | {"targets": self._tracker.targets}

    def _hear(self, report: codec.Report, at_ns: int) -> None:
        self._pass_blind(at_ns)
        self._tracker.update([Point(target.x, target.y) for target in report.targets], at_ns)

    def _pass_blind(self, at_ns: int) -> None:
        """What of the silence up to then was blind."""
        self._blind_ns += max(0, at_ns - self._heard_ns - _BLIND_NS)
