"""Rows of the log as what they are: readings and gaps, dated and with their identity."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from drivers.quantities import QUANTITIES, Kind
from gateway.buffer.gaps import gap_of
from gateway.buffer.identities import Identities
from gateway.buffer.rows import Row
from gateway.clock import Timeline
from gateway.model import Entry, Instant, Names, Quality, StoredGap, StoredReading

_ON_THE_BOUNDARY_NS = 100_000_000
"""How far from a step's end counts may be dated that were measured until exactly then."""


def entry(row: Row, identities: Identities, timelines: Mapping[str, Timeline]) -> Entry:
    """One row, with UTC as far as its boot can be dated now."""
    epoch, number = identities.of(row.position)
    at = date(row.boot, row.up_ns, timelines)
    layout = row.layout
    if layout.gap:
        gap = gap_of(row)
        since = None if gap.since is None else date(*gap.since, timelines)
        return StoredGap(epoch, number, gap, since, at)
    first, merged, packed = number, 1, row.packed
    if layout.step_s:
        back, count, packed = row.packed.split(",", 2)
        first, merged = number - int(back), int(count)
    return StoredReading(
        epoch, first, number, merged, layout.sensor, layout.names, packed, row.span_ns, at
    )


def date(boot: str, up_ns: int, timelines: Mapping[str, Timeline]) -> Instant:
    """That moment, with UTC where an anchor of its boot gives it."""
    timeline = timelines.get(boot)
    if timeline is None:
        return Instant(boot, up_ns, None, Quality.UNKNOWN)
    return Instant(boot, up_ns, *timeline.date(up_ns))


def buckets(timelines: Mapping[str, Timeline], step_s: int) -> Callable[[Row], int]:
    """In which step a row ends: of UTC where its boot can be dated, else of the time since it.

    Intervals are half-open: counts until 10:15 are of the step before it.
    """
    step_ns = step_s * 1_000_000_000

    def number(row: Row) -> int:
        up_ns = row.up_ns - _ON_THE_BOUNDARY_NS if _counts(row.layout.names) else row.up_ns
        at = date(row.boot, up_ns, timelines)
        return (up_ns if at.utc_ns is None else at.utc_ns) // step_ns

    return number


@lru_cache(maxsize=1024)
def _counts(names: Names) -> bool:
    return any(name in QUANTITIES and QUANTITIES[name].kind is Kind.COUNTER for name in names)
