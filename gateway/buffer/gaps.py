"""Gap records as rows of the log, and back."""

import json

from gateway.buffer.rows import Layout, Row
from gateway.model import Gap, Numbers, Reason

Packed = tuple[int | None, int | None, int | None, int | None, str | None, int | None]
"""Epoch, first and last number, n, boot and ns of the beginning."""


def gap_row(position: int, gap: Gap) -> Row:
    """The row of a gap; it ends where the row's time is."""
    numbers = gap.numbers or (None, None, None)
    since = gap.since or (None, None)
    packed = json.dumps([*numbers, gap.n, *since], separators=(",", ":"))[1:-1]
    layout = Layout(gap.sensor, (), gap.rank, gap.step_s, gap.reason)
    return Row(position, layout, *gap.until, None, packed)


def gap_of(row: Row) -> Gap:
    """The gap that a row tells of."""
    found: Packed = json.loads(f"[{row.packed}]")
    epoch, first, last, n, boot, up_ns = found
    numbers = None
    if epoch is not None and first is not None and last is not None:
        numbers = Numbers(epoch, first, last)
    since = None if boot is None or up_ns is None else (boot, up_ns)
    layout = row.layout
    reason = Reason(layout.gap)
    until = (row.boot, row.up_ns)
    return Gap(reason, layout.sensor, numbers, n, since, until, layout.rank, layout.step_s)
