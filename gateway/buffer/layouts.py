"""How a reading becomes the content of a row: its totals, its rank, its layout."""

from collections.abc import Mapping
from functools import lru_cache

from drivers.contract import Sample
from drivers.quantities import Rank, quantity
from gateway.buffer.rows import Layout, Row
from gateway.model import Calibrations, Names, Reading
from gateway.packing import pack


@lru_cache(maxsize=1024)
def layout_of(
    sensor: str, names: Names, rank: Rank | None, calibrations: Calibrations = ()
) -> Layout:
    """Of the highest rank that is in it, unless the sensor has one of its own."""
    highest = max((quantity(name).rank for name in names), default=Rank.GAUGE)
    kept = highest if rank is None else rank
    return Layout(sensor, names, kept, calibrations=calibrations)


def row_of(
    position: int, reading: Reading, boot: str, totals: Mapping[str, int] | None, rank: Rank | None
) -> tuple[Row, Reading]:
    """The row of a reading, and the reading as it goes out; without `totals` it carries none.

    Raises ValueError for what is no number; a driver that returns that has a bug.
    """
    if totals is not None:
        values = with_totals(reading.values, totals)
        if values is not reading.values:
            reading = reading._replace(values=values)
    sensor, values, up_ns, span_ns, calibrations = reading
    layout = layout_of(sensor, tuple(values), rank, calibrations)
    return Row(position, layout, boot, up_ns, span_ns, pack(values)), reading


def with_totals(values: Sample, totals: Mapping[str, int]) -> Sample:
    """The values with the running totals as they stand after them.

    Raises ValueError for what is no number; a driver that returns that has a bug.
    """
    counted = _counted(tuple(values))
    if not counted:
        return values
    try:
        sums = {
            total: totals.get(total, 0) + round(amount)
            for name, total in counted
            if (amount := values[name]) is not None
        }
    except (OverflowError, ValueError) as error:
        raise ValueError(f"not a number: {dict(values)}") from error
    return {**values, **sums}


@lru_cache(maxsize=1024)
def _counted(names: Names) -> tuple[tuple[str, str], ...]:
    pairs = ((name, quantity(name).total) for name in names)
    return tuple((name, total) for name, total in pairs if total is not None)
