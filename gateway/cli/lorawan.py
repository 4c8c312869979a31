"""`gateway lorawan`: the modem and the radio link, for a technician at the cabinet."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import msgspec
from rich.console import Console
from rich.table import Table

from drivers.lorawan.contract import Fate
from gateway import config
from gateway.buses import Buses
from gateway.cli import wire
from gateway.cli.progress import shown
from gateway.cli.verb import (
    FINDING,
    USAGE,
    WELL,
    add_config_option,
    add_simulate_option,
    print_json,
    show_findings,
)
from gateway.clock import SystemClock
from gateway.config import Config, LorawanUplink, root_of
from gateway.encoding.compact.javascript import generated
from gateway.encoding.compact.status import Status, encode_status
from gateway.errors import NotNow, WrongUsage
from gateway.lorawan import VERSION, Link, Radio, link, places
from gateway.model import Finding
from gateway.radio_status import LinkStatus, link_status
from gateway.scanning import refuse_if_in_use

EXAMPLE = "gateway lorawan info"

WORDS = {
    "info": "who the modem is, what to register, the session, and the airtime that is left",
    "join": "ask the network in",
    "send-test": "one uplink that asks for an acknowledgement",
    "codec": "the script for the network server, with the names of this node's sensors",
}
JOINS = 3
"""Tries of `join`; more than one is lost rarely."""
PATIENCE_S = 120.0
"""A technician waits so long for the next."""


class Answer(msgspec.Struct, frozen=True):
    """`fate`: of the test; null without one."""

    uplink: str
    join_eui: str
    port: int
    radio: LinkStatus
    fate: Fate | None
    findings: list[Finding]


def add_options(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", metavar="WORD")
    for word, purpose in WORDS.items():
        example = f"example: gateway lorawan {word}"
        one = words.add_parser(word, help=purpose, description=purpose, epilog=example)
        add_config_option(one)
        if word != "codec":
            add_simulate_option(one)
            named = "its name in the configuration, where there are several"
            one.add_argument("--uplink", metavar="NAME", help=named)
        told = "answer for programs: see docs/cli.md"
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=told)


def run(arguments: argparse.Namespace) -> int:
    if arguments.word is None:
        told = [f"  {word:<10} {purpose}" for word, purpose in WORDS.items()]
        print("usage: gateway lorawan WORD [OPTIONS]\n", *told, sep="\n", file=sys.stderr)
        return USAGE
    loaded = config.load(arguments.config)
    if arguments.word == "codec":
        return _codec(loaded, arguments)
    uplink = _chosen(loaded, arguments.uplink)
    clock = SystemClock.with_rtc(loaded.clock.rtc)
    refuse_if_in_use(loaded, [uplink.bus], arguments.simulate, clock)
    with _opened(loaded, uplink, arguments.simulate) as own:
        if arguments.word == "send-test" and not own.ledger.confirmed_allowed():
            raise NotNow("no acknowledgement is left in today's budget", "try again tomorrow")
        if arguments.word != "info":
            _join(own)
        fate = _send(own, uplink) if arguments.word == "send-test" else None
        answer = _answer(own, uplink, fate)
    print_json(answer) if arguments.json else _show(answer)
    unjoined = arguments.word != "info" and answer.radio.dev_addr is None
    unheard = fate not in (None, Fate.ACKNOWLEDGED)
    return FINDING if answer.findings or unjoined or unheard else WELL


def _answer(own: Link, uplink: LorawanUplink, fate: Fate | None) -> Answer:
    findings = [*own.findings(), *own.ledger.findings()]
    return Answer(uplink.name, uplink.join_eui, uplink.port, link_status(own), fate, findings)


def _codec(loaded: Config, arguments: argparse.Namespace) -> int:
    script = generated(places(loaded))
    print_json({"codec": script}) if arguments.json else sys.stdout.write(script)
    return WELL


def _chosen(loaded: Config, name: str | None) -> LorawanUplink:
    radios = [one for one in loaded.uplinks if isinstance(one, LorawanUplink)]
    found = [one for one in radios if name in (None, one.name)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(one.name for one in radios)
    if not names:
        raise WrongUsage("no uplink is of type lorawan", "docs/lorawan.md says how to write one")
    raise WrongUsage(f"which uplink? there are: {names}", "name one: --uplink NAME")


@contextmanager
def _opened(loaded: Config, uplink: LorawanUplink, simulate: bool) -> Iterator[Link]:
    """The modem alone: no sensor is touched."""
    bus = {uplink.bus: loaded.buses[uplink.bus]}
    alone = msgspec.structs.replace(loaded, sensors=(), occupancy=(), buses=bus, uplinks=(uplink,))
    clock = SystemClock.with_rtc(loaded.clock.rtc)
    with _apart(alone, uplink, simulate) as node:
        buses = Buses(node, simulate)
        try:
            with wire.turning(buses.world, clock):
                own = link(Radio(node, uplink, clock, buses.ports[uplink.bus]))
                try:
                    own.open()
                    yield own
                    own.keep()
                finally:
                    own.close()
                    own.ledger.close()
        finally:
            buses.close()


@contextmanager
def _apart(node: Config, uplink: LorawanUplink, simulate: bool) -> Iterator[Config]:
    """A simulated modem is a world of its own: the ledger and the session are those of a real one.

    And a daemon may run meanwhile, which alone writes them.
    """
    if not (simulate or root_of(node.buses, uplink.bus).simulated):
        yield node
        return
    with TemporaryDirectory(prefix="gateway-lorawan-") as folder:
        yield msgspec.structs.replace(
            node,
            node=msgspec.structs.replace(node.node, runtime_dir=folder),
            buffer=msgspec.structs.replace(node.buffer, path=f"{folder}/log.db"),
        )


def _join(own: Link) -> None:
    """A few times, if it has to; whether that has worked is told by its session."""
    with shown("asks the network in") as progress:
        for attempt in range(JOINS):
            wait_s = 0.0 if own.session is not None else own.join()
            if wait_s == 0:
                return
            progress("it has not joined yet", attempt + 1, JOINS)
            if wait_s > PATIENCE_S:
                hours = f"{wait_s / 3600:.1f} h"
                raise NotNow(f"it may ask again in {hours}", "that is the law of the air: wait")
            own.clock.sleep(wait_s)


def _send(own: Link, uplink: LorawanUplink) -> Fate | None:
    """One status that asks for an acknowledgement."""
    if own.session is None:
        return None
    payload = encode_status(Status(0, 0, 0, VERSION))
    wait_s = own.ledger.wait_s(len(payload), own.session.data_rate, own.transmissions)
    if wait_s > PATIENCE_S:
        raise NotNow(f"nothing may be sent for {wait_s:.0f} s", "try again then")
    with shown(f"is silent for {wait_s:.0f} s after the last uplink, then sends"):
        own.clock.sleep(wait_s)
        return own.send(uplink.port, payload, confirmed=True)


def _show(answer: Answer) -> None:
    console, radio, airtime = Console(), answer.radio, answer.radio.airtime
    table = Table("what", "value", title=f"uplink {answer.uplink}")
    joined = "not joined" if radio.dev_addr is None else f"as {radio.dev_addr}"
    left = "no limit" if airtime.left_day_s is None else f"{airtime.left_day_s:.1f} s left"
    for what, value in (
        ("modem", f"{radio.family} {radio.firmware}"),
        ("DevEUI", radio.dev_eui or "unknown"),
        ("JoinEUI", answer.join_eui),
        ("joined", joined),
        ("data rate", "unknown" if radio.data_rate is None else f"DR{radio.data_rate}"),
        ("room", f"{radio.room} bytes"),
        ("airtime of 24 h", f"{airtime.airtime_day_s:.1f} s, {left}"),
        ("test", "none" if answer.fate is None else answer.fate.value),
    ):
        table.add_row(what, value)
    console.print(table)
    show_findings(console, answer.findings)
