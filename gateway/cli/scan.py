"""`gateway scan`: what is on the wires, and whether it is what the configuration says."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import structs
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from drivers.lorawan.families import FAMILIES
from drivers.probe import Sureness
from drivers.scanning import known
from gateway import config
from gateway.cli.verb import (
    DEFAULT_CONFIG,
    FINDING,
    WELL,
    add_simulate_option,
    print_json,
    show_findings,
)
from gateway.clock import SystemClock
from gateway.config import Bus, Config, ConfigError, ConfigFault, Node
from gateway.scanning import (
    BusSeen,
    LeftAlone,
    PartSeen,
    ScanReport,
    Verdict,
    bus_of,
    buses_of,
    refuse_if_in_use,
    report,
    survey,
)

EXAMPLE = "gateway scan --simulate --config config/gateway.sim.yaml"

_STYLES = {
    Verdict.THERE: "green",
    Verdict.NOT_THERE: "red",
    Verdict.ANOTHER_PART: "red",
    Verdict.CANNOT_TELL: "yellow",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        metavar="FILE",
        help=f"default: {DEFAULT_CONFIG}; where that is not, all buses of this computer",
    )
    add_simulate_option(parser)
    parser.add_argument(
        "--bus", metavar="BUS", help="only that one: its name, or a device such as /dev/i2c-1"
    )


def run(arguments: argparse.Namespace) -> int:
    loaded, configured, left = _configuration(arguments)
    if arguments.bus is not None:
        loaded, names, configured = _chosen(loaded, configured, arguments)
    else:
        names = list(loaded.buses)
    clock = SystemClock()
    refuse_if_in_use(loaded, names, arguments.simulate, clock)
    _announce(loaded, names)
    scans = survey(loaded, names, arguments.simulate, clock)
    told = report(loaded, scans, clock.now_ns(), configured)
    if arguments.json:
        print_json(told)
    else:
        _show(told, left, configured)
    return FINDING if told.findings else WELL


def _configuration(arguments: argparse.Namespace) -> tuple[Config, bool, list[LeftAlone]]:
    """The configuration, whether it is one of this node, and what of this computer is left out."""
    file = arguments.config or DEFAULT_CONFIG
    if arguments.config or arguments.simulate or _is_there(file):
        return config.load(file), True, []
    buses, left = ({}, []) if arguments.bus else buses_of()
    return _without_sensors(buses), False, left


def _is_there(file: str) -> bool:
    """A file that may not be looked at is there: loading it says so."""
    try:
        Path(file).stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _without_sensors(buses: Mapping[str, Bus]) -> Config:
    return Config(node=Node(municipality="none", name="none"), buses=buses, sensors=())


def _chosen(
    loaded: Config, configured: bool, arguments: argparse.Namespace
) -> tuple[Config, list[str], bool]:
    """The one bus that is looked at; a device that the configuration does not have stands alone."""
    wanted: str = arguments.bus
    for name, bus in loaded.buses.items():
        if wanted in (name, getattr(bus, "device", None)):
            return loaded, [name], configured
    if not wanted.startswith("/"):
        there = f"there are: {', '.join(loaded.buses) or 'none'}; or a device such as /dev/i2c-1"
        fault = ConfigFault("buses", 0, f"no bus is called {wanted!r}", there)
        raise ConfigError(arguments.config or DEFAULT_CONFIG, [fault])
    name, bus = bus_of(wanted)
    return structs.replace(loaded, buses={name: bus}, sensors=()), [name], False


def _announce(loaded: Config, names: list[str]) -> None:
    """Who looks at a serial port on which nobody speaks has to wait."""
    serial = sum(loaded.buses[name].kind == "serial" for name in names)
    if serial and sys.stderr.isatty():
        print(f"looking at serial ports: {serial}, each up to 15 s", file=sys.stderr)


def _show(told: ScanReport, left: list[LeftAlone], configured: bool) -> None:
    console = Console()
    console.print(_parts(told))
    for bus in told.buses:
        if bus.type == "gpio":
            console.print(f"{bus.name}: who is on GPIO lines cannot be asked; see the wiring")
    for one in left:
        console.print(f"{one.device} is left alone: {one.why}", soft_wrap=True, markup=False)
    if told.sensors:
        console.print(_sensors(told))
    show_findings(console, told.findings)
    if told.snippet:
        where = "under `sensors:`" if configured else "into a new configuration"
        console.print(f"To paste {where} (then: gateway check):", style="bold")
        print(f"\n{told.snippet}", end="")
    elif not told.findings:
        console.print("all is as configured" if configured else "nothing that a driver reads")


def _parts(told: ScanReport) -> Table:
    names = ("bus", "place", "part", "how it is known", "configured as")
    table = Table(*(Column(name, overflow="fold") for name in names))
    for bus in told.buses:
        for part in bus.parts:
            table.add_row(bus.name, part.place, _name(part), Text(part.evidence), _role(part))
        if not bus.parts and bus.type != "gpio":
            table.add_row(bus.name, "", _nothing(bus), "", "")
    return table


def _name(part: PartSeen) -> Text:
    if part.part is None:
        return Text("unknown", "yellow")
    names = " or ".join(known.WORDS.get(name, name) for name in (part.part, *part.also))
    likely = " (likely)" if part.sureness is Sureness.LIKELY else ""
    return Text(f"{names}{likely}")


def _role(part: PartSeen) -> Text:
    if part.sensor is not None:
        return Text(part.sensor, "green")
    if part.part == known.MUX:
        return Text("its channels are buses of their own")
    if part.part in FAMILIES:
        return Text("a modem")
    return Text("not configured", "yellow") if part.driver else Text("no driver" * bool(part.part))


def _nothing(bus: BusSeen) -> Text:
    return Text("could not be looked at", "red") if bus.problem else Text("nobody answers")


def _sensors(told: ScanReport) -> Table:
    names = ("sensor", "driver", "bus", "", "what was seen")
    table = Table(*(Column(name, overflow="fold") for name in names))
    for one in told.sensors:
        verdict = Text(one.verdict.replace("_", " "), _STYLES[one.verdict])
        table.add_row(one.name, one.driver, one.bus, verdict, Text(one.evidence))
    return table
