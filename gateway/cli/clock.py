"""`gateway clock`: who vouches for the time on this computer, and raising it at the start."""

import argparse
from pathlib import Path

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from gateway import config
from gateway.cli.verb import FINDING, WELL, add_config_option, print_json, show_findings
from gateway.clock import Anchor, ClockState, Floor, SourceState, SystemClock, clock_findings
from gateway.clock.floor import FILE, raise_clock
from gateway.errors import GatewayError
from gateway.model import Finding, Quality, rfc3339

EXAMPLE = "gateway clock --config config/gateway.sim.yaml"

RAISE = "set a clock that is behind the newest time that was known; as root, before the daemon"


class ClockReport(msgspec.Struct, frozen=True):
    """What this computer knows of the time; see docs/cli.md."""

    wall: str
    utc: str | None
    quality: Quality
    source: str | None
    wall_ahead_s: float | None
    sources: list[SourceState]
    floor: str | None
    boot: str
    up_s: float
    findings: list[Finding]


class ClockNotSet(GatewayError):
    """The clock is behind, and could not be raised."""


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config_option(parser)
    words = parser.add_subparsers(dest="word", metavar="[raise]")
    one = words.add_parser(
        "raise", help=RAISE, description=RAISE, epilog="example: sudo gateway clock raise"
    )
    # The verb has both too, and must not be overruled by what is not said here.
    one.add_argument("--config", default=argparse.SUPPRESS, metavar="FILE")
    one.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    loaded = config.load(arguments.config)
    clock = SystemClock.with_rtc(loaded.clock.rtc)
    floor = Floor(Path(loaded.buffer.path).with_name(FILE))
    if arguments.word == "raise":
        return raise_to_floor(clock, floor, arguments.json)
    clock.ask(floor.utc_ns)
    told = report(clock, floor)
    if arguments.json:
        print_json(told)
    else:
        _show(told)
    return FINDING if told.findings else WELL


def report(clock: SystemClock, floor: Floor) -> ClockReport:
    """The clock as it is now; those who take their time have been asked."""
    now, sources, anchor = clock.clocks(), clock.sources(), clock.anchor()
    source = next((state.name for state in sources if state.vouches), None)
    since_ns = 0 if source is None else None
    utc_ns = None if anchor is None else anchor.utc_ns + now.up_ns - anchor.up_ns
    return ClockReport(
        rfc3339(now.wall_ns),
        None if utc_ns is None else rfc3339(utc_ns),
        _quality(anchor),
        source,
        None if utc_ns is None else round((now.wall_ns - utc_ns) / 1e9, 3),
        sources,
        None if floor.utc_ns is None else rfc3339(floor.utc_ns),
        clock.boot_id,
        round(now.up_ns / 1e9, 3),
        clock_findings(ClockState(now, sources, since_ns, floor)),
    )


def _quality(anchor: Anchor | None) -> Quality:
    return Quality.UNKNOWN if anchor is None else anchor.quality


def raise_to_floor(clock: SystemClock, floor: Floor, as_json: bool) -> int:
    """Set the clock if it is behind. Raises ClockNotSet if nobody knows how far, or may not."""
    if floor.problem:
        raise ClockNotSet(
            f"{floor.path}: {floor.problem}",
            "the gateway writes it anew once the clock is synchronised; nothing else is to be done",
        )
    try:
        done, told = raise_clock(clock, floor)
    except OSError as error:
        raise ClockNotSet(
            f"the clock is behind {rfc3339(floor.utc_ns or 0)} and cannot be set: {error}",
            "as root: sudo gateway clock raise",
        ) from error
    if as_json:
        print_json({"raised": done, "told": told})
    else:
        print(told)
    return WELL


def _show(told: ClockReport) -> None:
    console = Console(markup=False)
    console.print(
        f"wall clock: {told.wall}",
        f"UTC: {_utc(told)}",
        f"never behind: {told.floor or 'nothing, it was never synchronised while this ran'}",
        sep="\n",
        soft_wrap=True,
    )
    console.print(source_table(told.sources))
    show_findings(console, told.findings)


def source_table(sources: list[SourceState]) -> Table:
    """Every source with what it says; also for `gateway status`."""
    table = Table("source of time", "vouches", "why", box=SIMPLE)
    for source in sources:
        table.add_row(source.name, "yes" if source.vouches else "no", source.why)
    return table


def _utc(told: ClockReport) -> str:
    if told.utc is None:
        return "not known"
    if told.source is not None:
        return f"{told.utc}, the wall clock: {told.source} vouches for it"
    return f"about {told.utc}, the wall clock is {told.wall_ahead_s:+.0f} s from it"
