"""Rows of the log as what they are: readings and gaps, dated and with their identity."""

from collections.abc import Callable
from functools import lru_cache

from drivers.quantities import QUANTITIES, Kind
from gateway.buffer.gaps import gap_of
from gateway.buffer.identities import Identities
from gateway.buffer.rows import Row
from gateway.clock import Dating
from gateway.model import Entry, Names, StoredGap, StoredReading

_ON_THE_BOUNDARY_NS = 100_000_000
"""How far from a step's end counts may be dated that were measured until exactly then."""


def entry(row: Row, identities: Identities, dating: Dating) -> Entry:
    """One row, with UTC as far as its boot can be dated now."""
    epoch, number = identities.of(row.position)
    at = dating.date(row.boot, row.up_ns)
    layout = row.layout
    if layout.gap:
        gap = gap_of(row)
        since = None if gap.since is None else dating.date(*gap.since)
        return StoredGap(epoch, number, gap, since, at)
    first, merged, packed = number, 1, row.packed
    if layout.step_s:
        back, count, packed = row.packed.split(",", 2)
        first, merged = number - int(back), int(count)
    span_ns = row.span_ns
    since = None if span_ns is None else dating.date(row.boot, row.up_ns - span_ns)
    calibrations = layout.calibrations
    return StoredReading(
        epoch, first, number, merged, layout.sensor, layout.names, packed, since, at, calibrations
    )


def buckets(dating: Dating, step_s: int) -> Callable[[Row], int]:
    """In which step a row ends: of UTC where its boot can be dated, else of the time since it.

    Intervals are half-open: counts until 10:15 are of the step before it.
    """
    step_ns = step_s * 1_000_000_000

    def number(row: Row) -> int:
        up_ns = row.up_ns - _ON_THE_BOUNDARY_NS if _counts(row.layout.names) else row.up_ns
        utc_ns = dating.utc_ns(row.boot, up_ns)
        return (up_ns if utc_ns is None else utc_ns) // step_ns

    return number


@lru_cache(maxsize=1024)
def _counts(names: Names) -> bool:
    return any(name in QUANTITIES and QUANTITIES[name].kind is Kind.COUNTER for name in names)
