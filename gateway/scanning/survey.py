"""Looks at the buses of a configuration, each as a driver would see it.

A channel of a multiplexer is looked at after the bus that it comes from, without the addresses that
answer there: they answer on each of its channels too.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import structs

from drivers.scanning import i2c, onewire, serial
from drivers.scanning.found import Scan
from gateway.buses import Buses
from gateway.clock import Clock
from gateway.config import Config, I2cMuxBus, lineage, root_of
from gateway.errors import NotNow
from gateway.status import NotRunning, of_running
from gateway.worker import repeating

Scans = dict[str, Scan | None]
"""By the names of buses; None for one on which nobody can be asked who he is (GPIO)."""

_STEP_S = 1.0


def refuse_if_in_use(config: Config, names: Collection[str], simulate: bool, clock: Clock) -> None:
    """Raises NotNow if a daemon runs and has one of these buses; a 1-wire list disturbs nobody.

    Raises GatewayError if there is no knowing.
    """
    roots = [root_of(config.buses, name) for name in names]
    touched = [bus for bus in roots if bus.kind in ("i2c", "serial") and not bus.simulated]
    if simulate or not touched:
        return
    try:
        status = of_running(Path(config.node.runtime_dir), clock)
    except NotRunning:
        return
    raise NotNow(
        f"the gateway runs (process {status.pid}) and has these buses",
        "sudo systemctl stop gateway; and afterwards: sudo systemctl start gateway",
    )


def survey(config: Config, names: Collection[str], simulate: bool, clock: Clock) -> Scans:
    """Everything on these buses. Simulated ones are a world of their own, not that of a daemon."""
    chosen = _only(config, names)
    with TemporaryDirectory(prefix="gateway-scan-") as folder:
        node = structs.replace(chosen.node, runtime_dir=folder)
        buses = Buses(structs.replace(chosen, node=node), simulate, watch=lambda walk: None)
        try:
            with _turning(buses, clock):
                scans = dict(_scans(chosen, buses.ports))
        finally:
            buses.close()
    return {name: scans.get(name) for name in config.buses if name in names or name in scans}


def _turning(buses: Buses, clock: Clock) -> AbstractContextManager[None]:
    """The simulated world, if there is one, moves on for as long as this lasts."""
    world = buses.world
    return nullcontext() if world is None else repeating("world", world.step, clock, _STEP_S)


def _scans(config: Config, ports: Mapping[str, Any]) -> Iterator[tuple[str, Scan]]:
    answered: dict[str, set[int]] = {}
    for name in sorted(config.buses, key=lambda name: len(lineage(config.buses, name))):
        bus, port = config.buses[name], ports[name]
        if bus.kind == "i2c":
            elsewhere = answered.get(bus.parent, set()) if isinstance(bus, I2cMuxBus) else set()
            scan = i2c.scan(port, elsewhere)
            answered[name] = elsewhere | {found.address or 0 for found in scan.found}
        elif bus.kind == "serial":
            expected = [sensor.driver for sensor in config.sensors if sensor.bus == name]
            scan = serial.scan(port, expected)
        else:
            scan = onewire.scan(port)
        yield name, scan


def _only(config: Config, names: Collection[str]) -> Config:
    """The configuration of these buses, of those that they come from, and of what is on them."""
    wanted = {one for name in names for one in lineage(config.buses, name)}
    buses = {
        name: bus for name, bus in config.buses.items() if name in wanted and bus.kind != "gpio"
    }
    sensors = tuple(sensor for sensor in config.sensors if sensor.bus in buses)
    return structs.replace(config, buses=buses, sensors=sensors)
