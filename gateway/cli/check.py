"""`gateway check`: the configuration, all mistakes at once."""

import argparse

from gateway import config
from gateway.cli.verb import CONFIGURATION, WELL, add_config_option, print_json

EXAMPLE = "gateway check --config config/gateway.yaml"


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config_option(parser)


def run(arguments: argparse.Namespace) -> int:
    try:
        loaded = config.load(arguments.config)
    except config.ConfigError as error:
        if not arguments.json:
            raise
        print_json({"file": arguments.config, "errors": error.faults})
        return CONFIGURATION
    if arguments.json:
        print_json({"file": arguments.config, "errors": []})
    else:
        print(
            f"{arguments.config} is well: node {loaded.node.municipality}/{loaded.node.name}, "
            f"{len(loaded.sensors)} sensors, {len(loaded.uplinks)} uplinks"
        )
    return WELL
