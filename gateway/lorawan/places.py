"""Which sensor has which place in a frame: what `meta` tells, and every frame is read by."""

from drivers.quantities import COUNT_IN, COUNT_OUT, Quantity, Rank
from gateway.config import Config, Sensor


def places(config: Config) -> list[str]:
    """The names of all sensors and zones, each at its place.

    First those who count in and out, then others, each as the configuration has them, then zones:
    so that common sites have the order that frames tell in fewest bits.
    """
    doors = [one.name for one in config.sensors if _counts(one)]
    others = [one.name for one in config.sensors if not _counts(one)]
    return [*doors, *others, *(zone.name for zone in config.occupancy)]


def alarms(config: Config) -> frozenset[str]:
    """Sensors whose readings are told one by one."""
    return frozenset(
        one.name
        for one in config.sensors
        if (one.rank or "") == Rank.ALARM.name.lower()
        or (one.rank is None and any(q.rank is Rank.ALARM for q in _channels(one)))
    )


def _counts(sensor: Sensor) -> bool:
    names = {quantity.name for quantity in _channels(sensor)}
    return {COUNT_IN.name, COUNT_OUT.name} <= names


def _channels(sensor: Sensor) -> tuple[Quantity, ...]:
    return tuple(getattr(sensor.part.driver, "channels", ()))
