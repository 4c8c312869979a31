"""The windows of a sensor, and what its log says of them. Pure.

Theory. A counter's readings are of whole intervals that end on multiples of their length in UTC
(gateway/sampling/grid.py). Only those can be compared with a count by hand, and nothing finer is
kept of people. Where the clock was set, or the part was read late, an interval is shorter or longer
than the window: its people are then not those of the window, and the window counts as missing.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from math import floor
from typing import NamedTuple

from drivers.quantities import BLIND_TIME, COUNT_IN, COUNT_OUT
from gateway.model import Entry, Instant, Quality, Reason, StoredGap, StoredReading

_OFF_NS = 1_000_000_000
"""How far from a boundary a reading may be dated that ends on it, at most a tenth of its length."""

_LOSSES = {Reason.NOT_MEASURED, Reason.UNCLEAN_STOP, Reason.STORE_DAMAGED}


class Window(NamedTuple):
    """From `begin_ns` to `end_ns`, UTC, half-open."""

    begin_ns: int
    end_ns: int


class Passages(NamedTuple):
    """People who went in and out."""

    inward: int
    outward: int


class Problem(StrEnum):
    """Why a window has no counts, or what else is to be said of it."""

    ABSENT = "no reading of it stands in the log"
    UNDATED = "the log has no reading of it, but some whose time nobody knows"
    OTHER_SPAN = (
        "its reading is not of exactly this time: it was merged, late, or the clock was set"
    )
    BAD = "the sensor says itself that its counts are bad"
    ESTIMATED = "it is dated by a clock that nobody vouches for"
    GAP = "a gap record lies in it: the sensor was away, or the gateway did not run"


class Found(NamedTuple):
    """The sensor's own counts of windows, and all that is to be said of these, in words."""

    counts: dict[Window, Passages]
    problems: list[tuple[Window, str]]

    @property
    def missing(self) -> list[tuple[Window, str]]:
        """What is said of windows without counts."""
        return [one for one in self.problems if one[0] not in self.counts]


def split(span: Window, length_ns: int) -> list[Window]:
    """The windows between two boundaries."""
    begins = range(span.begin_ns, span.end_ns, length_ns)
    return [Window(begin_ns, begin_ns + length_ns) for begin_ns in begins]


def neighbours(utc_ns: int, length_ns: int) -> tuple[int, int]:
    """The boundary at that time or before it, and the next one."""
    before_ns = utc_ns - utc_ns % length_ns
    return before_ns, before_ns + length_ns


def found(windows: Sequence[Window], entries: Iterable[Entry], sensor: str) -> Found:
    """What the log says of each of these windows."""
    readings: list[StoredReading] = []
    gaps: list[StoredGap] = []
    for one in entries:
        if isinstance(one, StoredGap):
            if one.gap.reason in _LOSSES and one.gap.sensor in ("", sensor):
                gaps.append(one)
        elif one.sensor == sensor:
            readings.append(one)
    told = Found({}, [])
    for window in windows:
        _judge(window, readings, told)
        if any(_lies_in(window, one.since, one.at) for one in gaps):
            told.problems.append((window, Problem.GAP))
    return told


def _judge(window: Window, readings: Sequence[StoredReading], told: Found) -> None:
    exact = next((one for one in readings if _is_of(window, one)), None)
    counts = None if exact is None else _counts(exact)
    if counts is not None and exact is not None:
        told.counts[window] = counts
        told.problems.extend((window, problem) for problem in _doubts(exact, window))
    elif exact is not None:
        told.problems.append((window, Problem.BAD))
    elif any(_lies_in(window, one.since, one.at) for one in readings):
        told.problems.append((window, Problem.OTHER_SPAN))
    else:
        undated = any(one.at.utc_ns is None for one in readings)
        told.problems.append((window, Problem.UNDATED if undated else Problem.ABSENT))


def _is_of(window: Window, reading: StoredReading) -> bool:
    if reading.since is None or reading.since.utc_ns is None or reading.at.utc_ns is None:
        return False
    off_ns = min(_OFF_NS, (window.end_ns - window.begin_ns) // 10)
    ends = (reading.since.utc_ns - window.begin_ns, reading.at.utc_ns - window.end_ns)
    return all(abs(end_ns) <= off_ns for end_ns in ends)


def _lies_in(window: Window, since: Instant | None, at: Instant) -> bool:
    """Whether more of it than the end of its neighbour lies in the window."""
    if at.utc_ns is None:
        return False
    off_ns = min(_OFF_NS, (window.end_ns - window.begin_ns) // 10)
    begin_ns = at.utc_ns if since is None or since.utc_ns is None else since.utc_ns
    return begin_ns < window.end_ns - off_ns and at.utc_ns > window.begin_ns + off_ns


def _counts(reading: StoredReading) -> Passages | None:
    values = reading.values
    inward, outward = values.get(COUNT_IN.name), values.get(COUNT_OUT.name)
    return None if inward is None or outward is None else Passages(int(inward), int(outward))


def _doubts(reading: StoredReading, window: Window) -> Iterator[str]:
    if reading.at.quality is Quality.ESTIMATED:
        yield Problem.ESTIMATED
    blind_s = reading.values.get(BLIND_TIME.name, 0.0)
    if blind_s is None:
        yield "the sensor does not say how long it could not see"
    elif blind_s > 0:
        share = 1 - blind_s * 1e9 / (window.end_ns - window.begin_ns)
        yield f"the sensor could see for {max(0.0, floor(share * 1000) / 10):.1f} % of it only"
