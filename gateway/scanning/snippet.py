"""YAML to paste into a configuration, for parts that stand in none."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import structs

from drivers import registry
from drivers.scanning.found import Found
from gateway.config import Bus, I2cBus, SerialBus, is_about_people

INTERVAL = "60s"
"""A value for the beginning."""


class Missing(NamedTuple):
    """A part that a driver reads. `alone`: no other 1-wire device is on its bus."""

    bus: str
    found: Found
    driver: str
    alone: bool


def sensors(parts: Iterable[Missing], taken: Collection[str]) -> str:
    """Entries for the list under `sensors:`; `taken` are the names of those that it has."""
    names = set(taken)
    lines: list[str] = []
    for part in parts:
        name = _free(part.driver, names)
        names.add(name)
        lines += _sensor(name, part)
    return "".join(f"{line}\n" for line in lines)


def whole(buses: Mapping[str, Bus], parts: list[Missing]) -> str:
    """`buses:` and `sensors:` of a configuration that does not exist yet."""
    lines = ["buses:"]
    for name in dict.fromkeys(part.bus for part in parts):
        lines += _bus(name, buses[name])
    return "\n".join(lines) + "\nsensors:\n" + sensors(parts, ())


def _sensor(name: str, part: Missing) -> Iterator[str]:
    others = [other for other in part.found.names if other != part.driver]
    yield f"  - name: {name}"
    yield f"    driver: {part.driver}" + (f" # or {' or '.join(others)}" if others else "")
    yield f"    bus: {part.bus}"
    if not is_about_people(registry.part(part.driver)):  # the reporting window says how often
        yield f"    interval: {INTERVAL}"
    options = list(_options(part))
    if options:
        yield "    options:"
        yield from (f"      {option}" for option in options)


def _options(part: Missing) -> Iterator[str]:
    """What differs from the defaults, and what has none: nobody but the keeper knows that."""
    fields = {field.name: field for field in structs.fields(registry.part(part.driver).config)}
    address = part.found.address
    if address is not None and address != fields["address"].default:
        yield f"address: 0x{address:02x}"
    yield from (f"{name}: # write what it is" for name, one in fields.items() if one.required)
    if part.found.device is not None and not part.alone:
        yield f"device: {part.found.device}"


def _bus(name: str, bus: Bus) -> Iterator[str]:
    yield f"  {name}:"
    if isinstance(bus, I2cBus):
        yield "    type: i2c"
        yield f"    device: {bus.device}"
    elif isinstance(bus, SerialBus):
        yield "    type: serial"
        yield f"    device: {bus.device}"
    else:
        yield "    type: onewire"


def _free(driver: str, taken: set[str]) -> str:
    """The name of the driver, with a number if it is taken."""
    number, name = 1, driver
    while name in taken:
        number += 1
        name = f"{driver}-{number}"
    return name
