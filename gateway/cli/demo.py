"""`gateway demo`: a whole simulated node, and proof that it loses nothing."""

import argparse
import logging

from rich.console import Console
from rich.logging import RichHandler

from gateway.cli.verb import FINDING, WELL, print_json
from gateway.demo.ledger import Ledger
from gateway.demo.stage import Demo
from gateway.demo.view import Lines, Screen, account, reasons

EXAMPLE = "gateway demo --seconds 20"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=30.0, help="how long people come: 30")
    parser.add_argument("--seed", type=int, default=75, help="same seed, same people: 75")
    parser.add_argument("--broker", metavar="URL", help="a real one: mqtt://[user:password@]host")


def run(arguments: argparse.Namespace) -> int:
    console = Console()
    if console.is_terminal and not arguments.json:
        demo, ledger = _on_screen(arguments, console)
    else:
        demo = Demo(arguments.seconds, arguments.seed, arguments.broker, Lines(console))
        ledger = demo.run()
    if arguments.json:
        print_json(ledger)
    else:
        console.print(account(ledger))
        for reason in reasons(ledger.people, demo.drivers):
            console.print(reason)
        console.print(_verdict(ledger))
    return WELL if ledger.balanced else FINDING


def _on_screen(arguments: argparse.Namespace, console: Console) -> tuple[Demo, Ledger]:
    screen = Screen(console)
    # What is logged must go through the console, or it would tear the live table.
    above = RichHandler(console=console, show_time=False, show_path=False)
    logging.basicConfig(handlers=[above], format="%(message)s", level=logging.INFO, force=True)
    try:
        demo = Demo(arguments.seconds, arguments.seed, arguments.broker, screen)
        return demo, demo.run()
    finally:
        screen.close()


def _verdict(ledger: Ledger) -> str:
    if not ledger.balanced:
        return "THE LEDGER DOES NOT BALANCE"
    if all(counted == ledger.people.walked for counted in ledger.people.by_sensor.values()):
        return "nothing lost, and every sensor counted exactly the people who walked"
    return "nothing lost: all that was counted has arrived. No counter sees all that people do"
