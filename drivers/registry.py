"""Every driver by its name: one explicit line each, and those of other packages.

Another package offers a driver through the entry-point group `gateway.drivers`, its name there
being the name in the configuration and its object a `drivers.contract.Part`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from drivers.contract import Part

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

GROUP = "gateway.drivers"

BUILT_IN = {
    "aht20": "drivers.environment.aht20:PART",
    "amg8833": "drivers.people.amg8833:PART",
    "beam-pair": "drivers.people.beam_pair:PART",
    "bh1750": "drivers.environment.bh1750:PART",
    "bme280": "drivers.environment.bme280:BME280",
    "bme680": "drivers.environment.bme680:BME680",
    "bme688": "drivers.environment.bme680:BME688",
    "bmp280": "drivers.environment.bme280:BMP280",
    "ds18b20": "drivers.environment.ds18b20:PART",
    "ld2410": "drivers.people.ld2410:PART",
    "ld2450": "drivers.people.ld2450:PART",
    "mcp9808": "drivers.environment.mcp9808:PART",
    "mh-z19": "drivers.environment.mhz19:PART",
    "pir": "drivers.people.pir:PART",
    "pms5003": "drivers.environment.pms:PMS5003",
    "pms7003": "drivers.environment.pms:PMS7003",
    "scd30": "drivers.environment.scd30:PART",
    "scd4x": "drivers.environment.scd4x:PART",
    "sds011": "drivers.environment.sds011:PART",
    "sgp40": "drivers.environment.sgp40:PART",
    "sht3x": "drivers.environment.sht3x:PART",
    "sht4x": "drivers.environment.sht4x:PART",
    "sps30": "drivers.environment.sps30:PART",
    "sps30-uart": "drivers.environment.sps30_uart:PART",
    "tf-luna": "drivers.people.tf_luna:PART",
    "tf-luna-pair": "drivers.people.tf_luna_pair:PART",
    "tsl2591": "drivers.environment.tsl2591:PART",
    "veml7700": "drivers.environment.veml7700:PART",
    "vl53l1x": "drivers.people.vl53l1x:PART",
}


def names() -> list[str]:
    """All names that a configuration may use, sorted."""
    return sorted({*BUILT_IN, *_offered().names})


def part(name: str) -> Part:
    """The part of that name; a built-in one wins. Raises KeyError, or TypeError for a non-Part."""
    if name in BUILT_IN:
        return _load(BUILT_IN[name])
    offered = _offered().select(name=name)
    if not offered:
        raise KeyError(name)
    entry = next(iter(offered))
    return _checked(entry.load(), entry.value)


def _offered() -> "EntryPoints":
    """What other packages offer. Its import costs 5 MB, which a node without them need not pay."""
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)


def _load(target: str) -> Part:
    module, _, attribute = target.partition(":")
    return _checked(getattr(import_module(module), attribute), target)


def _checked(found: object, target: str) -> Part:
    if not isinstance(found, Part):
        raise TypeError(f"{target} of group {GROUP} is not a drivers.contract.Part")
    return found
