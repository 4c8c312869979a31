"""What `gateway status` tells of a zone: a part of the document of gateway/status.py."""

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from drivers.quantities import OCCUPANCY

if TYPE_CHECKING:  # who only reads the document needs no zones
    from gateway.occupancy import Zone
    from gateway.occupancy.balance import Day


class DayStatus(msgspec.Struct, frozen=True):
    """A day of a zone that was closed at `balance_at` of that local date.

    `drift` in persons: above 0 too few were seen leaving. `miscounted` is what is proven, and
    `percent` that of `traffic`, all who passed its doors.
    """

    date: str
    drift: int
    miscounted: int
    traffic: int
    percent: float


class ZoneStatus(msgspec.Struct, frozen=True):
    """`occupancy` is of `age_s` ago; null before the first reading, or not known.

    `last_day` is null until a day was closed that had begun with a balance.
    """

    name: str
    doors: list[str]
    age_s: float | None
    occupancy: float | None
    last_day: DayStatus | None


def zone_status(zone: "Zone", now_ns: int) -> ZoneStatus:
    """As it stands at that time since boot."""
    latest, day = zone.latest, zone.account.closed
    return ZoneStatus(
        zone.name,
        list(zone.config.signs),
        None if latest is None else round((now_ns - latest.up_ns) / 1e9, 1),
        None if latest is None else latest.values[OCCUPANCY.name],
        None if day is None else _day(day),
    )


def _day(day: "Day") -> DayStatus:
    on = date.fromordinal(day.number).isoformat()
    return DayStatus(on, day.drift, day.miscounted, day.traffic, round(100 * day.share, 1))
