"""What flows through the gateway: readings, stored readings with their identity, findings."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntFlag, StrEnum
from functools import lru_cache
from typing import NamedTuple

from drivers.contract import Sample
from drivers.quantities import BLIND_TIME, Rank
from gateway.packing import unpack

Names = tuple[str, ...]
"""Quantities measured together, in the order in which their values are packed."""


Moment = tuple[str, int]
"""A boot, and nanoseconds since it."""


class BusState(StrEnum):
    """How a bus is: held, its device away, or nobody on it answers."""

    WELL = "well"
    STUCK = "stuck"
    GONE = "gone"
    SILENT = "silent"


class Quality(StrEnum):
    """How far the UTC of an instant can be trusted (promise 10)."""

    SYNCED = "synced"
    REPAIRED = "repaired"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"


class Bounds(NamedTuple):
    """UTC (ns since 1970) between which a moment lies; None where nobody knows."""

    not_before_ns: int | None
    not_after_ns: int | None


class Instant(NamedTuple):
    """A moment: nanoseconds since that boot always, UTC (ns since 1970) where it is known.

    `bounds` are those of a moment whose UTC is not known, if anything is known of them.
    """

    boot: str
    up_ns: int
    utc_ns: int | None
    quality: Quality
    bounds: Bounds | None = None


class Flag(IntFlag):
    """What is suspect about a value; it is kept and sent all the same."""

    RANGE = 1
    """Outside of what is plausible at this place."""
    RATE = 2
    """It has changed faster than is plausible."""
    STUCK = 4
    """It has not changed for longer than is plausible."""
    DISAGREES = 8
    """Another sensor beside it says otherwise."""
    CONDITIONS = 16
    """The part is known to be wrong under the conditions around it."""
    UNCOMPENSATED = 32
    """Another sensor's value, by which it is corrected, was not there."""
    PARTLY = 64
    """Only some values of a mean were suspect: they are not in it, but in its `_min` and `_max`."""


Calibrations = tuple[tuple[str, str], ...]
"""Pairs of a quantity and the id of the calibration by which its values were corrected."""


class Reading(NamedTuple):
    """What one sensor said at `up_ns` of this boot, or over the `span_ns` before it.

    Beside a quantity its `_raw` value (corrected ones), `_flags` (Flag, where any) and, of a mean,
    `_min`, `_max` and `_n` may stand.
    """

    sensor: str
    values: Sample
    up_ns: int
    span_ns: int | None = None
    calibrations: Calibrations = ()


class Note(NamedTuple):
    """Counts of `sensor` since `since_ns` that no reading carries yet, of a window that is open.

    Somebody looked until `seen_ns` at least; that is a round time, so that it tells nothing of when
    something was counted. `ends_ns`: when the window ends; 0 = an earlier version did not say.
    """

    sensor: str
    counts: Sample
    since_ns: int
    seen_ns: int
    ends_ns: int = 0

    def reading(self, at_ns: int) -> Reading:
        """What it was up to that moment; since `seen_ns` nobody has seen anything."""
        counts, blind = dict(self.counts), BLIND_TIME.name
        if counts.get(blind) is not None:
            counts[blind] = (counts[blind] or 0) + (at_ns - self.seen_ns) / 1e9
        return Reading(self.sensor, counts, at_ns, at_ns - self.since_ns)


class Span(NamedTuple):
    """What the value of a quantity is of, where that is not the interval of its reading.

    `measured_ns` is for how long it was measured within it.
    """

    quantity: str
    since: Instant
    until: Instant
    measured_ns: int


class StoredReading(NamedTuple):
    """A reading of the log. (node, epoch, first, number) is its identity, never reused.

    It is of the moment `at`, or over the interval from `since` to `at`. Several that were merged to
    make room (`merged` of them) have the numbers of the first and the last of them; any other has
    `first` == `number`. `protection` is how small counts of people are hidden in it, "" = not.
    """

    epoch: int
    first: int
    number: int
    merged: int
    sensor: str
    names: Names
    packed: str
    since: Instant | None
    at: Instant
    calibrations: Calibrations = ()
    protection: str = ""
    spans: tuple[Span, ...] = ()

    @property
    def span_ns(self) -> int | None:
        """How long its interval was by the time since boot."""
        return None if self.since is None else self.at.up_ns - self.since.up_ns

    @property
    def values(self) -> dict[str, float | None]:
        return unpack(self.names, self.packed)


class Reason(StrEnum):
    """Why something is not there."""

    UNCLEAN_STOP = "unclean_stop"
    NOT_MEASURED = "not_measured"
    THINNED = "thinned"
    DROPPED = "dropped"
    REFUSED = "refused"
    STORE_DAMAGED = "store_damaged"


class Numbers(NamedTuple):
    """Identities from `first` to `last` of one epoch."""

    epoch: int
    first: int
    last: int


class Gap(NamedTuple):
    """What is missing between two moments (boot, ns since it), each None where it is not known.

    `numbers` are the identities concerned, None if it is about time only; `n` is how many readings
    are missing, None if nobody can know. `sensor` "" = all. A gap that is about one rank of
    readings (thinned, dropped) names it, and how coarse they are now.
    """

    reason: Reason
    sensor: str
    numbers: Numbers | None
    n: int | None
    since: Moment | None
    until: Moment
    rank: Rank = Rank.ALARM
    step_s: int = 0


class StoredGap(NamedTuple):
    """A gap of the log, with an identity like a reading."""

    epoch: int
    number: int
    gap: Gap
    since: Instant | None
    at: Instant


Entry = StoredReading | StoredGap
"""What the log holds and uplinks deliver."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, since when (ns since boot), the evidence, and the one thing to do."""

    about: str
    problem: str
    since_up_ns: int
    evidence: str
    cure: str


def rfc3339(utc_ns: int) -> str:
    """RFC 3339 in UTC to the millisecond, the fraction only where there is one."""
    seconds, ms = divmod(utc_ns // 1_000_000, 1000)
    return f"{_second(seconds)}.{ms:03d}Z" if ms else f"{_second(seconds)}Z"


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
