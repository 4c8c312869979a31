"""`gateway audit`: whether a broker, or a file of its messages, has all that nodes have sent."""

import argparse
import secrets
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from rich.console import Console
from rich.live import Live

from gateway.auditing import lines, state
from gateway.auditing.broker import Listener, Listening
from gateway.auditing.ledger import Ledger
from gateway.auditing.messages import Unreadable
from gateway.auditing.repair import Repair
from gateway.auditing.verdict import Account, Judgement
from gateway.cli.audit_broker import add_broker_options, listening
from gateway.cli.audit_tables import epoch_table, show
from gateway.cli.verb import FINDING, TRY_AGAIN, WELL, print_json
from gateway.clock import Clock, SystemClock
from gateway.errors import GatewayError

EXAMPLE = "gateway audit --broker mqtt.example.org --username platform --password-file pw --repair"

SHOW_EVERY_S = 1.0
_CODES = {
    Judgement.COMPLETE: WELL,
    Judgement.FINDING: FINDING,
    Judgement.OPEN: TRY_AGAIN,
}


def add_options(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--file", metavar="FILE", help="lines of mosquitto_sub; - = stdin")
    add_broker_options(parser, source)
    parser.add_argument(
        "--repair", action="store_true", help="ask nodes to send again what is missing"
    )
    parser.add_argument(
        "--from-first-heard",
        action="store_true",
        help="ask for no numbers below the first that is heard of an epoch",
    )
    parser.add_argument("--state", metavar="FILE", help="go on from there, and keep it there")


def run(arguments: argparse.Namespace) -> int:
    if arguments.file is not None and arguments.repair:
        raise GatewayError("a file cannot be asked for anything", "--repair needs --broker")
    console = Console(quiet=arguments.json)
    at = None if arguments.file is not None else listening(arguments)
    prefix = arguments.prefix or "udp/v1" if at is None else at.config.prefix
    ledger = Ledger(prefix, arguments.from_first_heard)
    file = None if arguments.state is None else Path(arguments.state)
    if file is not None:
        _restore(file, ledger)
    if at is None:
        _read_file(arguments.file, ledger)
        account = ledger.account()
    else:
        account = _listen(at, ledger, arguments, console)
    if file is not None:
        _keep(file, ledger)
    if arguments.json:
        print_json(account)
    else:
        show(console, account)
    return _CODES[account.judgement]


def _listen(
    at: Listening, ledger: Ledger, arguments: argparse.Namespace, console: Console
) -> Account:
    """Ctrl-C ends it, and what was heard until then is told."""
    clock = SystemClock()
    repair = Repair(ledger, secrets.token_hex(4)) if arguments.repair else None
    listener = Listener(at, ledger, repair, clock)
    with ExitStack() as stack:
        progress = _progress(console, listener, ledger, clock, stack)
        with suppress(KeyboardInterrupt):
            listener.listen(arguments.seconds, progress)
    return ledger.account(None if repair is None else repair.told())


def _progress(
    console: Console, listener: Listener, ledger: Ledger, clock: Clock, stack: ExitStack
) -> Callable[[], None]:
    """A table that is drawn anew, on a terminal."""
    if not console.is_terminal or console.quiet:
        return lambda: None
    live = stack.enter_context(Live(console=console, transient=True, auto_refresh=False))
    next_ns = 0

    def draw() -> None:
        nonlocal next_ns
        if clock.now_ns() < next_ns:
            return
        with listener.lock:
            account = ledger.account()
        live.update(epoch_table(account), refresh=True)
        next_ns = clock.now_ns() + round(SHOW_EVERY_S * 1e9)

    return draw


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
