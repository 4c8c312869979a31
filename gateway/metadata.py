"""What a node is, as its `meta` message tells: where, with what sensors, of what quantities."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from drivers.quantities import OCCUPANCY, OCCUPANCY_DRIFT, QUANTITIES, Quantity
from gateway.civil import CivilTime
from gateway.config import Config, LorawanUplink
from gateway.config import Sensor as SensorConfig
from gateway.config import Zone as ZoneConfig
from gateway.encoding import messages
from gateway.lorawan.places import places
from gateway.reference_count import Check, ns
from gateway.sampling.sensor import Sensor

M = TypeVar("M", bound=messages.Message)


def lorawan(
    config: Config, dev_euis: Mapping[str, str | None]
) -> list[messages.LorawanMeta] | UnsetType:
    """How its frames are read, for each radio; absent where it has none."""
    names = places(config)
    return [
        messages.LorawanMeta(
            uplink=one.name, port=one.port, dev_eui=dev_euis.get(one.name), sensors=names
        )
        for one in config.uplinks
        if isinstance(one, LorawanUplink)
    ] or UNSET


def place(config: Config) -> messages.Place:
    """What is not configured is absent."""
    own = config.node.place
    return messages.Place(
        description=UNSET if own.description is None else own.description,
        latitude=UNSET if own.latitude is None else own.latitude,
        longitude=UNSET if own.longitude is None else own.longitude,
    )


def privacy(config: Config) -> messages.PrivacyMeta:
    """How coarse it tells of people."""
    own = config.privacy
    return messages.PrivacyMeta(
        window=own.window, small_below=own.small_below, timezone=config.node.timezone
    )


def quantity_table(
    sensors: Iterable[Sensor], zones: Sequence[ZoneConfig] = ()
) -> dict[str, messages.QuantityMeta]:
    """The rows of the table that these sensors and zones need, in its order."""
    used = {one.name for sensor in sensors for one in _quantities(sensor)}
    used |= {name for zone in zones for name in _of_zone(zone)}
    return {name: _quantity(row) for name, row in QUANTITIES.items() if name in used}


def _quantities(sensor: Sensor) -> list[Quantity]:
    """What it measures, and the running totals that the log keeps of that."""
    channels = list(sensor.driver.channels)
    return channels + [QUANTITIES[one.total] for one in channels if one.total is not None]


def _quantity(row: Quantity) -> messages.QuantityMeta:
    return messages.QuantityMeta(
        unit=row.unit,
        resolution=row.resolution,
        minimum=row.minimum,
        maximum=row.maximum,
        kind=row.kind,
    )


def sensor_meta(
    config: SensorConfig,
    sensor: Sensor,
    checked: messages.CountCheckMeta | UnsetType = UNSET,
    captured_until: str | UnsetType = UNSET,
) -> messages.SensorMeta:
    """What part it is, how it is read, corrected and judged, and what it cannot see."""
    rank = max(channel.rank for channel in sensor.driver.channels).name.lower()
    return messages.SensorMeta(
        name=config.name,
        driver=config.driver,
        interval=config.interval_s,
        rank=config.rank or rank,
        quantities=[one.name for one in _quantities(sensor)],
        limits=config.part.limits,
        average=UNSET if config.average is None else config.average,
        calibrations=[_present(one, messages.CalibrationMeta) for one in config.calibrations]
        or UNSET,
        checks={name: _present(one, messages.CheckMeta) for name, one in config.checks.items()}
        or UNSET,
        compensation=config.compensation or UNSET,
        count_check=checked,
        capture_until=captured_until,
    )


def count_check(check: Check, timezone: str) -> messages.CountCheckMeta | UnsetType:
    """A count by hand without its times and windows: who passed in a short time is not told.

    `timezone` is that of the node. Absent if nobody passed.
    """
    both = check.both
    if both.accuracy is None or both.interval is None:
        return UNSET
    low, high = both.interval
    return messages.CountCheckMeta(
        on=date.fromordinal(CivilTime(timezone).day(ns(check.to))).isoformat(),
        people=both.reference,
        compared=check.compared,
        accuracy=round(both.accuracy, 4),
        interval=(round(low, 4), round(high, 4)),
    )


def zone_meta(config: Config, zone: ZoneConfig) -> messages.ZoneMeta:
    """Which doors lead into it, and when nobody is in it."""
    interval = next(one.interval_s for one in config.sensors if one.name in zone.signs)
    at = zone.balance_at
    return messages.ZoneMeta(
        name=zone.name,
        doors=zone.doors,
        reversed=zone.reversed or UNSET,
        interval=interval,
        quantities=_of_zone(zone),
        balance_at=at,
        timezone=UNSET if at is None else config.node.timezone,
    )


def _of_zone(zone: ZoneConfig) -> list[str]:
    """Without an hour at which nobody is in it nobody knows a drift."""
    drift = [] if zone.balance_at is None else [OCCUPANCY_DRIFT.name]
    return [OCCUPANCY.name, *drift]


def _present(configured: Struct, kind: type[M]) -> M:
    """The same in a message, but for what is not configured."""
    return msgspec.convert(_without_null(msgspec.to_builtins(configured)), kind)


def _without_null(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    kept = {name: one for name, one in node.items() if one not in (None, (), [])}
    return {name: _without_null(one) for name, one in kept.items()}
