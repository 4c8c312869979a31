"""`gateway recover`: free an I2C bus whose lines are held; by hand, or because the service asks."""

import argparse
from pathlib import Path

import msgspec

from drivers.bus.linux_gpio import chip_factory
from drivers.errors import DriverError
from drivers.timebase import SystemTimebase
from gateway import config
from gateway.cli.verb import FINDING, TRY_AGAIN, WELL, add_config_option, print_json
from gateway.errors import GatewayError
from gateway.recovery import Computer, NotNow, Recovery, requested

EXAMPLE = "gateway recover main"


class Outcome(msgspec.Struct, frozen=True):
    """What became of one bus; see docs/cli.md."""

    bus: str
    recovered: bool
    told: str
    cure: str = ""


def add_options(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("bus", nargs="?", help="its name in the configuration")
    which.add_argument(
        "--requested", action="store_true", help="those that the running service has asked for"
    )
    add_config_option(parser)


def run(arguments: argparse.Namespace) -> int:
    loaded = config.load(arguments.config)
    buses = [arguments.bus]
    if arguments.requested:
        buses = requested(Path(loaded.node.runtime_dir))
    recovery = Recovery(loaded, Computer(chip_factory, SystemTimebase()))
    done = [_recover(recovery, bus) for bus in buses]
    outcomes = [outcome for outcome, _ in done]
    if arguments.json:
        print_json({"buses": outcomes})
    else:
        _show(outcomes)
    return max((code for _, code in done), default=WELL)


def _recover(recovery: Recovery, bus: str) -> tuple[Outcome, int]:
    """What became of it, and its exit code: of several the highest counts."""
    try:
        return Outcome(bus, True, recovery.recover(bus)), WELL
    except NotNow as error:
        return Outcome(bus, False, str(error), error.hint), TRY_AGAIN
    except (GatewayError, DriverError) as error:
        return Outcome(bus, False, str(error), error.hint), FINDING


def _show(outcomes: list[Outcome]) -> None:
    if not outcomes:
        print("nothing is asked for")
    for outcome in outcomes:
        if outcome.recovered:
            print(outcome.told)
        else:
            print(f"bus {outcome.bus!r} was not recovered: {outcome.told}")
            print(f"-> {outcome.cure}")
