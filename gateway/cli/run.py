"""`gateway run`: the daemon."""

import argparse
import logging
import sys

import msgspec

from gateway import config, daemon
from gateway.cli.verb import WELL, add_config_option, add_simulate_option

EXAMPLE = "gateway run --config config/gateway.sim.yaml"


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config_option(parser)
    add_simulate_option(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.json:
        _log_as_json()
    daemon.run(config.load(arguments.config), arguments.simulate)
    return WELL


def _log_as_json() -> None:
    """What the daemon has to say, as one JSON document a line on stdout."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {"level": record.levelname, "message": record.getMessage()}
        return msgspec.json.encode(line).decode()
