"""`gateway demo`: a whole simulated node, and proof that it loses nothing."""

import argparse
import logging

from rich.console import Console
from rich.logging import RichHandler

from gateway.cli.verb import FINDING, WELL, print_json
from gateway.demo.ledger import Ledger
from gateway.demo.stage import Demo
from gateway.demo.view import Lines, Screen, account

EXAMPLE = "gateway demo --seconds 20"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=30.0, help="how long people come: 30")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same people: 1")
    parser.add_argument("--broker", metavar="URL", help="a real one: mqtt://[user:password@]host")


def run(arguments: argparse.Namespace) -> int:
    console = Console()
    if console.is_terminal and not arguments.json:
        ledger = _on_screen(arguments, console)
    else:
        ledger = Demo(arguments.seconds, arguments.seed, arguments.broker, Lines(console)).run()
    if arguments.json:
        print_json(ledger)
    else:
        console.print(account(ledger))
        console.print(_verdict(ledger))
    return WELL if ledger.balanced else FINDING


def _on_screen(arguments: argparse.Namespace, console: Console) -> Ledger:
    screen = Screen(console)
    # What is logged must go through the console, or it would tear the live table.
    above = RichHandler(console=console, show_time=False, show_path=False)
    logging.basicConfig(handlers=[above], format="%(message)s", level=logging.INFO, force=True)
    try:
        return Demo(arguments.seconds, arguments.seed, arguments.broker, screen).run()
    finally:
        screen.close()


def _verdict(ledger: Ledger) -> str:
    if ledger.balanced:
        return "nothing lost, and every sensor counted exactly the people who walked"
    return "THE LEDGER DOES NOT BALANCE"
