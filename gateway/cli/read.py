"""`gateway read SENSOR`: one reading, straight from the wire."""

import argparse

from drivers.quantities import quantity
from gateway import config
from gateway.cli import wire
from gateway.cli.verb import WELL, add_config_option, add_simulate_option, print_json
from gateway.packing import rounded

EXAMPLE = "gateway read foyer-climate --config config/gateway.sim.yaml"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sensor", help="its name in the configuration")
    add_config_option(parser)
    add_simulate_option(parser)


def run(arguments: argparse.Namespace) -> int:
    loaded = config.load(arguments.config)
    sensor = wire.named(loaded, arguments.sensor, arguments.config)
    with wire.opened(loaded, sensor, arguments.simulate) as (live, air):
        values = rounded(live.first(air))
    if arguments.json:
        print_json({"sensor": sensor.name, "values": values})
    else:
        for name, value in values.items():
            print(f"{name:<14} {'bad' if value is None else value:>12} {quantity(name).unit}")
    return WELL
