"""What all verbs share: options, errors to exit codes, and how answers are printed."""

import argparse
import logging
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from drivers.errors import DriverError
from gateway.cli import VERBS
from gateway.config import ConfigError
from gateway.errors import (
    GatewayError,
    NotNow,
    StoreError,
    UplinkUnavailable,
    WrongUsage,
)
from gateway.model import Finding

if TYPE_CHECKING:
    from rich.console import Console

WELL, FINDING, USAGE, TRY_AGAIN, CONFIGURATION, INTERRUPTED = 0, 1, 2, 75, 78, 130
"""Exit codes; 75 and 78 are EX_TEMPFAIL and EX_CONFIG of sysexits.h, 130 is what shells say of
a program that SIGINT has ended."""

PLAIN = "%(levelname)s %(message)s"
DEFAULT_CONFIG = "/etc/gateway/gateway.yaml"


def run_verb(name: str, words: Sequence[str]) -> int:
    """Parse the words of one verb and run its module's `run(arguments)`."""
    module = import_module(f"gateway.cli.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(
        prog=f"gateway {name}",
        description=VERBS[name],
        epilog=f"example: {module.EXAMPLE}",
    )
    module.add_options(parser)
    parser.add_argument("--json", action="store_true", help="answer as one JSON document")
    arguments = parser.parse_args(words)
    logging.basicConfig(format=PLAIN, level=logging.INFO, stream=sys.stderr)
    try:
        code: int = module.run(arguments)
    except (GatewayError, DriverError) as error:
        return _report(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def add_config_option(parser: argparse.ArgumentParser) -> None:
    """The option --config."""
    parser.add_argument(
        "--config", default=DEFAULT_CONFIG, metavar="FILE", help=f"default: {DEFAULT_CONFIG}"
    )


def add_simulate_option(parser: argparse.ArgumentParser) -> None:
    """The option --simulate."""
    parser.add_argument(
        "--simulate", action="store_true", help="simulated parts on every bus, nothing else changed"
    )


def print_json(document: Any) -> None:
    """One JSON document on one line of stdout."""
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")


def show_findings(console: "Console", findings: Iterable[Finding]) -> None:
    """Each with its cure."""
    for finding in findings:
        console.print(f"! {finding.about} {finding.problem}: {finding.evidence}", style="red")
        if finding.cure:
            console.print(f"  -> {finding.cure}")


def _report(error: GatewayError | DriverError) -> int:
    print(error, file=sys.stderr)
    if error.hint:
        print(f"-> {error.hint}", file=sys.stderr)
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), FINDING)


_CODES: dict[type[GatewayError], int] = {
    ConfigError: CONFIGURATION,
    WrongUsage: USAGE,
    NotNow: TRY_AGAIN,
    StoreError: TRY_AGAIN,
    UplinkUnavailable: TRY_AGAIN,
}
