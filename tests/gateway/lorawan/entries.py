"""Readings of the log, as a reader takes them."""

from collections.abc import Mapping

from gateway.model import Instant, Quality, Span, StoredReading
from gateway.packing import pack

T0_S = 1_800_057_600
"""A day of UTC begins then."""
BOOT = "5f1c22aa"
EPOCH = 7_107_899


def instant(s: float | None) -> Instant:
    """`s` after T0_S; None: nobody knows when."""
    if s is None:
        return Instant(BOOT, 0, None, Quality.UNKNOWN)
    return Instant(BOOT, round(s * 1e9), round((T0_S + s) * 1e9), Quality.SYNCED)


def reading(
    number: int,
    sensor: str,
    ends_s: float | None,
    values: Mapping[str, float | None],
    length_s: float | None = None,
    spans: tuple[Span, ...] = (),
    protection: str = "",
) -> StoredReading:
    since = None
    if length_s is not None:
        at = instant(ends_s)
        since = Instant(
            BOOT,
            at.up_ns - round(length_s * 1e9),
            None if at.utc_ns is None else at.utc_ns - round(length_s * 1e9),
            at.quality,
        )
    return StoredReading(
        EPOCH,
        number,
        number,
        1,
        sensor,
        tuple(values),
        pack(values),
        since,
        instant(ends_s),
        (),
        protection,
        spans,
    )


def window(
    number: int, sensor: str, ends_s: float | None, went_in: int, out: int, blind: float = 0.0
) -> StoredReading:
    """A quarter of an hour of a door."""
    values = {"count_in": went_in, "count_out": out, "blind_time": blind, "total_in": 10_000}
    return reading(number, sensor, ends_s, values, 900)
