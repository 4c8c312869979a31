"""What the keeper of a node chooses about data of people: how coarse they are, and for whom.

Also of which sensors raw data are captured for debugging.

Theory: what is finer than the reporting window is nowhere but in memory, so the window is a matter
of the node. How small counts are told is one of who reads them, so each uplink has its own way.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, Struct

from drivers.contract import Part
from gateway.config.capture import Capture
from gateway.config.faults import Path
from gateway.config.values import Seconds, TimeOfDay
from gateway.config.walk import Walker

DAY_S = 86_400
_NS = 1_000_000_000

SmallCounts = Literal["carry", "none", "round5", "suppress"]


class QuietHours(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hours of each day that are one window: who cleans, and when, is not told."""

    begin: Annotated[TimeOfDay, Meta(description="Local time at which they begin.")]
    end: Annotated[TimeOfDay, Meta(description="And end, on the next day if that is earlier.")]

    def __post_init__(self) -> None:
        if self.begin == self.end:
            raise ValueError("they end when they begin: a window of a day is privacy.window: 1d")


class Privacy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How coarse all is that tells of people (docs/privacy.md)."""

    window: Annotated[
        Seconds,
        Meta(
            ge=0.1,
            le=DAY_S,
            description="The reporting window: nothing about people is stored, logged or sent that "
            "is finer. It divides a day, and begins on multiples of itself in UTC.",
        ),
    ] = 900.0
    small_below: Annotated[
        int,
        Meta(ge=2, le=100, description="Counts below this are small; `small_counts` hides them."),
    ] = 3
    quiet_hours: Annotated[
        tuple[QuietHours, ...],
        Meta(
            max_length=10,
            description="Hours that are one window, such as the night of a closed building.",
        ),
    ] = ()
    captures: Annotated[
        tuple[Capture, ...],
        Meta(
            max_length=8,
            description="Debugging: raw data of these sensors are written to files of this node. "
            "Remove it when it is done; docs/privacy.md.",
        ),
    ] = ()

    def __post_init__(self) -> None:
        if _ns(DAY_S) % _ns(self.window):
            raise ValueError("the window divides no day: 5min, 15min, 30min and 1h do")
        for hours in self.quiet_hours:
            if any(_seconds(one) * _NS % _ns(self.window) for one in (hours.begin, hours.end)):
                raise ValueError("quiet_hours begin and end with a window, so on a multiple of it")


def is_about_people(part: Part) -> bool:
    """Whether it tells of people; of a driver that is no class nobody knows."""
    return any(quantity.about_people for quantity in getattr(part.driver, "channels", ()))


def check_interval(walker: Walker, path: Path, part: Part) -> None:
    """What tells of people reports whole windows: any other interval is a fault."""
    place = (*path, "interval")
    interval = walker.well.get(place)
    privacy = privacy_of(walker)
    if interval is None or privacy is None or not is_about_people(part):
        return
    if not interval or _ns(interval) % _ns(privacy.window):
        problem = f"what tells of people is reported in windows of {privacy.window:.9g} s"
        cure = "remove the line, or write a multiple; privacy.window says how long one is"
        walker.fault(place, problem, cure)


def check_hold_back(walker: Walker, parts: Iterable[Part | None], uplinks: int) -> None:
    """Counts are carried on by what the log still has of the day, so it has to keep two."""
    path = ("buffer", "hold_back")
    hold_back = walker.well.get(path)
    if hold_back is None or hold_back >= 2 * DAY_S:
        return
    modes = (("uplinks", index, "small_counts") for index in range(uplinks))
    carries = any(
        walker.well.get(m, None if walker.written(m) else "carry") == "carry" for m in modes
    )
    if carries and any(part is not None and is_about_people(part) for part in parts):
        problem = "too short for `small_counts: carry`, which looks back at the day"
        walker.fault(path, problem, "write 2d or more, or choose another way for the uplinks")


def _ns(seconds: float) -> int:
    """So that the remainder is exact."""
    return round(seconds * _NS)


def _seconds(time_of_day: str) -> int:
    hours, minutes = time_of_day.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def privacy_of(walker: Walker) -> Privacy | None:
    """As it is written or by default; None if it is faulty."""
    if walker.written(("privacy",)):
        return walker.well.get(("privacy",))
    return Privacy()
