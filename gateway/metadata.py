"""What a node is, as its `meta` message tells: where, with what sensors, of what quantities."""

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from drivers.quantities import QUANTITIES, Quantity
from gateway.config import Config
from gateway.config import Sensor as SensorConfig
from gateway.encoding import messages
from gateway.model import rfc3339
from gateway.reference_count import Check, ns
from gateway.sampling.sensor import Sensor

M = TypeVar("M", bound=messages.Message)


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


def quantity_table(sensors: Iterable[Sensor]) -> dict[str, messages.QuantityMeta]:
    """The rows of the table that these sensors need, in its order."""
    used = {one.name for sensor in sensors for one in _quantities(sensor)}
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
    config: SensorConfig, sensor: Sensor, checked: Check | None = None
) -> messages.SensorMeta:
    """What part it is, how it is read, corrected and judged, and what it cannot see.

    `checked` is the newest count by hand beside it.
    """
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
        count_check=_count_check(checked),
    )


def _count_check(check: Check | None) -> messages.CountCheckMeta | UnsetType:
    both = None if check is None else check.both
    if check is None or both is None or both.accuracy is None or both.interval is None:
        return UNSET
    low, high = both.interval
    inward, outward = check.inward, check.outward
    return messages.CountCheckMeta(
        from_=rfc3339(ns(check.from_)),
        to=rfc3339(ns(check.to)),
        windows=check.windows,
        compared=check.compared,
        reference=messages.Passages(in_=inward.reference, out=outward.reference),
        counted=messages.Passages(in_=inward.counted, out=outward.counted),
        accuracy=round(both.accuracy, 4),
        interval=(round(low, 4), round(high, 4)),
    )


def _present(configured: Struct, kind: type[M]) -> M:
    """The same in a message, but for what is not configured."""
    return msgspec.convert(_without_null(msgspec.to_builtins(configured)), kind)


def _without_null(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    kept = {name: one for name, one in node.items() if one not in (None, (), [])}
    return {name: _without_null(one) for name, one in kept.items()}
