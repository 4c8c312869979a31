"""Rows of the log as what they are: readings and gaps, dated and with their identity."""

from collections.abc import Callable

from gateway.buffer.gaps import gap_of
from gateway.buffer.identities import Identities
from gateway.buffer.rows import Row
from gateway.clock import Dating
from gateway.model import Entry, StoredGap, StoredReading


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
    return StoredReading(
        epoch, first, number, merged, layout.sensor, layout.names, packed, since, at
    )


def buckets(dating: Dating, step_s: int) -> Callable[[Row], int]:
    """In which step a row ends: of UTC where its boot can be dated, else of the time since it."""
    step_ns = step_s * 1_000_000_000

    def number(row: Row) -> int:
        utc_ns = dating.utc_ns(row.boot, row.up_ns)
        return (row.up_ns if utc_ns is None else utc_ns) // step_ns

    return number
