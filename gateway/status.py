"""What a running node says of itself: the document behind `gateway status`.

The daemon writes it every few seconds into its runtime directory, which is memory-backed; a reader
needs no socket and no right but to read. The types are the contract of `gateway status --json`:
fields may be added, and readers ignore what they do not know.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gateway import __version__
from gateway.buffer.logfile import size
from gateway.capture import CaptureStatus, capture_status
from gateway.clock import Clock, SourceState, plain_span
from gateway.config import Sensor as SensorConfig
from gateway.errors import GatewayError
from gateway.model import BusState, Finding, Quality, rfc3339
from gateway.packing import rounded
from gateway.radio_status import RadioStatus, radio_status
from gateway.zone_status import ZoneStatus, zone_status

if TYPE_CHECKING:  # who only reads the document needs no node
    from gateway.app import Node
    from gateway.sampling.wire import Line
    from gateway.ways import Way

FILE = "status.json"
STALE_S = 15.0
"""The daemon writes every 5 s; a document older than this is a dead one's."""


class NotRunning(GatewayError):
    """There is no daemon to tell its status."""


class ClockStatus(msgspec.Struct, frozen=True):
    """`source` vouches for UTC (RFC 3339 `utc`), null while nobody does.

    `utc` is then an RTC's estimate, or null; `quality` tells which. `floor` is the newest UTC that
    the clock will not start behind.
    """

    utc: str | None
    source: str | None
    boot: str
    up_s: float
    quality: Quality = Quality.UNKNOWN
    sources: list[SourceState] = []
    floor: str | None = None


class LogStatus(msgspec.Struct, frozen=True):
    """The log: readings committed since the start, and those that wait for their commit.

    `state`: `on_disk`, or `in_memory` while the disk cannot be used. `size_bytes` is on the disk,
    `used_bytes` of them hold something, at most `limit_bytes`; `full_in_days` until readings must
    be thinned if nothing is delivered, null while nobody can know.
    """

    path: str
    state: str
    epoch: int
    accepted: int
    pending: int
    size_bytes: int
    used_bytes: int
    limit_bytes: int
    full_in_days: float | None


class SensorStatus(msgspec.Struct, frozen=True):
    """`age_s` and `values` are of the newest reading; null before the first."""

    name: str
    driver: str
    bus: str
    state: str
    measured: int
    age_s: float | None
    values: dict[str, float | None] | None


class BusStatus(msgspec.Struct, frozen=True):
    """`errors`: attempts to open or read a sensor there that failed since the start, by kind."""

    name: str
    state: BusState
    errors: dict[str, int]


class UplinkStatus(msgspec.Struct, frozen=True):
    """`cursor`: up to which position the far side has the log; `backlog`: how much it has not.

    `radio`: of a LoRaWAN modem.
    """

    name: str
    state: str
    cursor: int
    backlog: int
    delivered: int
    radio: RadioStatus | None = None


class Status(msgspec.Struct, frozen=True):
    """The whole document, written at `clock.up_s` seconds since the boot `clock.boot`."""

    version: str
    node: str
    pid: int
    state: str
    clock: ClockStatus
    log: LogStatus
    sensors: list[SensorStatus]
    uplinks: list[UplinkStatus]
    findings: list[Finding]
    buses: list[BusStatus] = []
    zones: list[ZoneStatus] = []
    captures: list[CaptureStatus] = []


def status(node: "Node", state: str = "") -> Status:
    """The node as it stands now; `state` overrides "well" and "trouble"."""
    findings = node.findings()
    return Status(
        __version__,
        node.id,
        os.getpid(),
        state or ("trouble" if findings else "well"),
        _clock(node),
        _log(node),
        [_sensor(node, config) for config in node.config.sensors],
        [_uplink(way) for way in node.ways.all],
        findings,
        [_bus(line) for wire in node.wires for line in wire.lines.values()],
        [zone_status(zone, node.clock.now_ns()) for zone in node.zones],
        [capture_status(one) for one in node.captures.of.values()],
    )


def write(told: Status, runtime_dir: Path) -> None:
    """Replace the file in one step, so that a reader sees the old or the new one."""
    path = runtime_dir / FILE
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(told))
    fresh.replace(path)


def read(runtime_dir: Path) -> Status | None:
    """The newest document; None if there is none. Raises GatewayError if it makes no sense."""
    path = runtime_dir / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Status)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise GatewayError(
            f"{path} cannot be read: {error}",
            "the daemon writes it anew every 5 s: systemctl restart gateway",
        ) from error


def of_running(runtime_dir: Path, clock: Clock) -> Status:
    """The document of a daemon that runs. Raises NotRunning, or GatewayError as `read` does."""
    told = read(runtime_dir)
    why = f"nothing in {runtime_dir}" if told is None else _why_old(told, clock)
    if told is None or why:
        raise NotRunning(
            f"no gateway is running ({why})",
            "start it: systemctl start gateway; or see why it ended: journalctl -u gateway -n 50",
        )
    return told


def _why_old(told: Status, clock: Clock) -> str:
    """Why the document is not of now; "" if it is."""
    if told.clock.boot != clock.boot_id:
        return "it has not run since this computer was started"
    if told.state == "stopped":
        return "it was stopped"
    age_s = clock.now_ns() / 1e9 - told.clock.up_s
    return f"it has said nothing for {plain_span(age_s)}" if age_s > STALE_S else ""


def _clock(node: "Node") -> ClockStatus:
    clock, floor_ns = node.clock, node.timekeeper.floor.utc_ns
    anchor, now_ns, sources = clock.anchor(), clock.now_ns(), clock.sources()
    return ClockStatus(
        None if anchor is None else rfc3339(anchor.utc_ns + now_ns - anchor.up_ns),
        next((source.name for source in sources if source.vouches), None),
        clock.boot_id,
        now_ns / 1e9,
        Quality.UNKNOWN if anchor is None else anchor.quality,
        sources,
        None if floor_ns is None else rfc3339(floor_ns),
    )


def _log(node: "Node") -> LogStatus:
    log = node.log
    usage = log.usage
    days = usage.full_in_days
    return LogStatus(
        node.config.buffer.path,
        log.state,
        log.window.identities.epoch,
        log.accepted,
        log.pending,
        size(log.path),
        usage.used,
        usage.limit,
        None if days is None else round(days, 1),
    )


def _sensor(node: "Node", config: SensorConfig) -> SensorStatus:
    sensor = node.sensors[config.name]
    latest = sensor.latest
    return SensorStatus(
        config.name,
        config.driver,
        config.bus,
        "measuring" if sensor.present else "absent",
        sensor.measured,
        None if latest is None else round((node.clock.now_ns() - latest.up_ns) / 1e9, 1),
        None if latest is None else rounded(latest.values),
    )


def _bus(line: "Line") -> BusStatus:
    return BusStatus(line.name, line.state, dict(line.failures))


def _uplink(way: "Way") -> UplinkStatus:
    from gateway.lorawan import Carrier

    return UplinkStatus(
        way.name,
        way.state,
        way.reader.position,
        way.reader.backlog,
        way.delivered,
        radio_status(way) if isinstance(way, Carrier) else None,
    )
