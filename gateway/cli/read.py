"""`gateway read SENSOR`: one reading, straight from the wire."""

import argparse
from contextlib import AbstractContextManager, nullcontext

import msgspec

from drivers.contract import Sample
from drivers.quantities import QUANTITIES
from drivers.simulation.world import World
from gateway import config
from gateway.buses import Buses
from gateway.cli.verb import WELL, add_config_option, add_simulate_option, print_json
from gateway.clock import Clock, SystemClock
from gateway.config import Config, ConfigError, ConfigFault, Sensor
from gateway.model import rounded
from gateway.worker import repeating

LISTEN_S = 1.0
"""A part that speaks by itself is heard this long before it is read."""

EXAMPLE = "gateway read foyer-climate --config config/gateway.sim.yaml"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sensor", help="its name in the configuration")
    add_config_option(parser)
    add_simulate_option(parser)


def run(arguments: argparse.Namespace) -> int:
    loaded = config.load(arguments.config)
    sensor = next((s for s in loaded.sensors if s.name == arguments.sensor), None)
    if sensor is None:
        known = ", ".join(s.name for s in loaded.sensors)
        fault = ConfigFault("sensors", 0, f"no sensor {arguments.sensor!r}", f"known are: {known}")
        raise ConfigError(arguments.config, [fault])
    values = rounded(_read(loaded, sensor, arguments.simulate))
    if arguments.json:
        print_json({"sensor": sensor.name, "values": values})
    else:
        for name, value in values.items():
            print(f"{name:<14} {'bad' if value is None else value:>12} {QUANTITIES[name].unit}")
    return WELL


def _read(loaded: Config, sensor: Sensor, simulate: bool) -> Sample:
    """Open the one driver, give a part that speaks by itself a moment, read, let go."""
    clock = SystemClock()
    buses = Buses(_only(loaded, sensor), simulate)
    driver = sensor.part.driver(buses.ports[sensor.bus], sensor.options)
    with _turning(buses.world, clock):
        try:
            driver.open()
            if driver.poll_every is not None:
                clock.sleep(LISTEN_S)
            return driver.read()
        finally:
            driver.close()
            buses.close()


def _turning(world: World | None, clock: Clock) -> AbstractContextManager[None]:
    """The simulated world, if there is one, moves on for as long as this lasts."""
    return nullcontext() if world is None else repeating("world", world.step, clock, LISTEN_S)


def _only(loaded: Config, sensor: Sensor) -> Config:
    """The configuration of that sensor alone: nothing else is opened, or simulated."""
    buses = {sensor.bus: loaded.buses[sensor.bus]}
    return msgspec.structs.replace(loaded, sensors=(sensor,), buses=buses)
