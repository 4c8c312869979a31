"""Every driver by its name: one explicit line each, and those of other packages.

Another package offers a driver through the entry-point group `gateway.drivers`, its name there
being the name in the configuration and its object a `drivers.contract.Part`.
"""

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from drivers.contract import Part

GROUP = "gateway.drivers"

BUILT_IN = {
    "beam-pair": "drivers.people.beam_pair:PART",
    "bme280": "drivers.environment.bme280:BME280",
    "bmp280": "drivers.environment.bme280:BMP280",
    "ld2450": "drivers.people.ld2450:PART",
    "pir": "drivers.people.pir:PART",
}


def names() -> list[str]:
    """All names that a configuration may use, sorted."""
    return sorted(BUILT_IN | {entry.name: entry.value for entry in entry_points(group=GROUP)})


def part(name: str) -> Part:
    """The part of that name; a built-in one wins. Raises KeyError, or TypeError for a non-Part."""
    if name in BUILT_IN:
        return _load(BUILT_IN[name])
    entries = entry_points(group=GROUP, name=name)
    if not entries:
        raise KeyError(name)
    return _checked(next(iter(entries)))


def _load(target: str) -> Part:
    module, _, attribute = target.partition(":")
    found = getattr(import_module(module), attribute)
    assert isinstance(found, Part)
    return found


def _checked(entry: EntryPoint) -> Part:
    found = entry.load()
    if not isinstance(found, Part):
        raise TypeError(f"{entry.value} of group {GROUP} is not a drivers.contract.Part")
    return found
