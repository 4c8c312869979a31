"""Which buses are one wire: channels of multiplexers belong to the bus that they come from.

The configuration has been checked: each parent is there, and nobody is his own.
"""

from collections.abc import Mapping
from typing import Any

from gateway.config.buses import Bus, I2cMuxBus, RootBus


def lineage(buses: Mapping[str, Bus], name: str) -> list[str]:
    """That bus, what it is a channel of, and so on; the last one is a `RootBus`."""
    names = [name]
    while isinstance(bus := buses[names[-1]], I2cMuxBus):
        names.append(bus.parent)
    return names


def root_of(buses: Mapping[str, Bus], name: str) -> RootBus:
    """The bus whose device carries that one."""
    root = buses[lineage(buses, name)[-1]]
    assert not isinstance(root, I2cMuxBus)
    return root


def wires(buses: Mapping[str, Bus]) -> dict[str, list[str]]:
    """All buses by the name of their root, which comes first."""
    found = {name: [name] for name, bus in buses.items() if not isinstance(bus, I2cMuxBus)}
    for name, bus in buses.items():
        if isinstance(bus, I2cMuxBus):
            found[lineage(buses, name)[-1]].append(name)
    return found


def addresses_of(options: Any) -> tuple[int, ...]:
    """All addresses that a sensor on I2C has by its options, the first of them its own."""
    found: tuple[int, ...] = getattr(options, "addresses", (options.address,))
    return found
