"""`gateway audit`: whether a broker, or a file of its messages, has all that nodes have sent."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from gateway.auditing import lines, state
from gateway.auditing.ledger import Ledger
from gateway.auditing.messages import Unreadable
from gateway.auditing.verdict import Judgement
from gateway.cli.audit_tables import show
from gateway.cli.verb import FINDING, TRY_AGAIN, WELL, print_json
from gateway.errors import GatewayError

EXAMPLE = "mosquitto_sub -h broker -t 'udp/v1/#' -v -W 7200 | gateway audit --file -"

_CODES = {
    Judgement.COMPLETE: WELL,
    Judgement.FINDING: FINDING,
    Judgement.OPEN: TRY_AGAIN,
}


def add_options(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--file", metavar="FILE", help="lines of mosquitto_sub; - = stdin")
    parser.add_argument("--prefix", help="first levels of every topic: udp/v1")
    parser.add_argument(
        "--from-first-heard",
        action="store_true",
        help="ask for no numbers below the first that is heard of an epoch",
    )
    parser.add_argument("--state", metavar="FILE", help="go on from there, and keep it there")


def run(arguments: argparse.Namespace) -> int:
    console = Console(quiet=arguments.json)
    ledger = Ledger(arguments.prefix or "udp/v1", arguments.from_first_heard)
    file = None if arguments.state is None else Path(arguments.state)
    if file is not None:
        _restore(file, ledger)
    _read_file(arguments.file, ledger)
    if file is not None:
        _keep(file, ledger)
    account = ledger.account()
    if arguments.json:
        print_json(account)
    else:
        show(console, account)
    return _CODES[account.judgement]


def _read_file(name: str, ledger: Ledger) -> None:
    with ExitStack() as stack:
        try:
            stream = sys.stdin.buffer if name == "-" else stack.enter_context(Path(name).open("rb"))
            lines.read(stream, "stdin" if name == "-" else name, ledger)
        except OSError as error:
            raise GatewayError(
                f"cannot read {name}: {error.strerror}", "--file names lines of mosquitto_sub"
            ) from error


def _restore(file: Path, ledger: Ledger) -> None:
    try:
        state.restore(file.read_bytes(), ledger)
    except FileNotFoundError:
        return
    except (OSError, Unreadable) as error:
        raise GatewayError(
            f"cannot go on from {file}: {error}", "remove it to begin anew, with --from-first-heard"
        ) from error


def _keep(file: Path, ledger: Ledger) -> None:
    """The old one stands until the new one is whole."""
    beside = file.with_name(f"{file.name}.new")
    try:
        beside.write_bytes(state.encode(ledger))
        beside.replace(file)
    except OSError as error:
        raise GatewayError(f"cannot keep {file}: {error.strerror}", "is there room?") from error
