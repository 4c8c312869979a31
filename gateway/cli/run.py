"""`gateway run`: the daemon."""

import argparse

from gateway import config, daemon
from gateway.cli.verb import WELL, add_config_option, add_simulate_option

EXAMPLE = "gateway run --config config/gateway.sim.yaml"


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config_option(parser)
    add_simulate_option(parser)


def run(arguments: argparse.Namespace) -> int:
    daemon.run(config.load(arguments.config), arguments.simulate)
    return WELL
