"""`gateway status`: what the running node says of itself."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway import config
from gateway.cli.clock import source_table
from gateway.cli.verb import FINDING, WELL, add_config_option, print_json, show_findings
from gateway.clock import SystemClock, plain_span
from gateway.radio_status import RadioStatus
from gateway.status import ClockStatus, LogStatus, Status, of_running
from gateway.zone_status import DayStatus

EXAMPLE = "gateway status --config config/gateway.sim.yaml"


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config_option(parser)


def run(arguments: argparse.Namespace) -> int:
    runtime_dir = Path(config.load(arguments.config).node.runtime_dir)
    status = of_running(runtime_dir, SystemClock())
    if arguments.json:
        print_json(status)
    else:
        _show(status)
    return FINDING if status.findings else WELL


def _show(status: Status) -> None:
    console = Console()
    clock = status.clock
    console.print(f"{status.node}: {status.state}, version {status.version}, {_utc(clock)}")
    for capture in status.captures:
        running = "RAW DATA ARE BEING CAPTURED" if capture.state == "running" else "no capture"
        console.print(f"{running}: sensor {capture.sensor}, {capture.told}", style="bold")
    log = status.log
    console.print(
        f"log ({log.state.replace('_', ' ')}): {log.accepted} accepted, {log.pending} waiting for "
        f"their commit, {log.size_bytes / 1e6:.1f} MB on disk, {_room(log)}, epoch {log.epoch}"
    )
    tables = (
        _sensors(status),
        *_zones(status),
        _buses(status),
        _uplinks(status),
        *_radios(status),
        source_table(clock.sources),
    )
    console.print(*tables)
    show_findings(console, status.findings)


def _utc(clock: ClockStatus) -> str:
    if clock.utc is None:
        return "UTC not known yet"
    return f"{clock.utc} ({clock.source or clock.quality})"


def _room(log: LogStatus) -> str:
    used = f"{log.used_bytes / log.limit_bytes:.0%} of its quota used"
    if log.full_in_days is None:
        return used
    return f"{used}, full in {log.full_in_days:g} days if nothing is delivered"


def _sensors(status: Status) -> Table:
    table = Table("sensor", "driver", "bus", "state", "readings", "newest", "values")
    for sensor in status.sensors:
        values = " ".join(
            f"{name}={_plain(value)}" for name, value in (sensor.values or {}).items()
        )
        age = "" if sensor.age_s is None else f"{sensor.age_s:.0f} s ago"
        table.add_row(
            sensor.name, sensor.driver, sensor.bus, sensor.state, str(sensor.measured), age, values
        )
    return table


def _zones(status: Status) -> list[Table]:
    if not status.zones:
        return []
    table = Table("zone", "doors", "occupancy", "newest", "last day")
    for zone in status.zones:
        age = "" if zone.age_s is None else f"{zone.age_s:.0f} s ago"
        inside = "not known" if zone.occupancy is None else f"{zone.occupancy:g}"
        table.add_row(zone.name, ", ".join(zone.doors), inside, age, _last_day(zone.last_day))
    return [table]


def _last_day(day: DayStatus | None) -> str:
    if day is None:
        return ""
    off = f"{day.miscounted} of {day.traffic} miscounted at least, {day.percent:g} %"
    return f"closed {day.date}: drift {day.drift:+d}, {off}"


def _buses(status: Status) -> Table:
    table = Table("bus", "state", "failures since the start")
    for bus in status.buses:
        failures = [f"{n} {kind.replace('_', ' ')}" for kind, n in bus.errors.items()]
        table.add_row(bus.name, bus.state, ", ".join(failures) or "none")
    return table


def _uplinks(status: Status) -> Table:
    table = Table("uplink", "state", "delivered", "backlog")
    for uplink in status.uplinks:
        table.add_row(uplink.name, uplink.state, str(uplink.delivered), str(uplink.backlog))
    return table


def _radios(status: Status) -> Iterator[Table]:
    for uplink in status.uplinks:
        if uplink.radio is not None:
            table = Table(f"radio {uplink.name}", "")
            for what, value in _radio(uplink.radio).items():
                table.add_row(what, value)
            yield table


def _radio(radio: RadioStatus) -> dict[str, str]:
    link, airtime = radio.link, radio.link.airtime
    is_joined = link.dev_addr is not None
    left = "" if airtime.left_day_s is None else f", {airtime.left_day_s:.1f} s left"
    return {
        "carries": "yes" if radio.wanted else "stands by",
        "modem": "none has answered" if link.family is None else f"{link.family} {link.firmware}",
        "joined": f"as {link.dev_addr} at DR{link.data_rate}" if is_joined else "no",
        "airtime of 24 h": f"{airtime.airtime_day_s:.1f} s{left}",
        "next uplink" if is_joined else "may join": _next(
            airtime.paced_s if is_joined else airtime.join_s
        ),
        "rows": f"{radio.rows} wait, each of {plain_span(radio.interval_s)}",
    }


def _next(wait_s: float | None) -> str:
    """When, as it was when the document was written."""
    if wait_s is None:
        return "never with this budget"
    return f"in {plain_span(wait_s)}" if wait_s > 0 else "now"


def _plain(value: float | None) -> str:
    return "bad" if value is None else f"{value:g}"
