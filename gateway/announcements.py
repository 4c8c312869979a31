"""What a node says of itself over an uplink: messages of docs/messages.md but for readings.

Whoever sends asks for one when it is wanted, from any thread; nothing is kept here.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol, TypedDict

import msgspec
from msgspec import UNSET

from gateway import __version__
from gateway.buffer import Log
from gateway.buffer.reader import Reader
from gateway.clock import Clock
from gateway.config import Config
from gateway.encoding import messages
from gateway.encoding.messages import SCHEMA, State
from gateway.health import Watch
from gateway.metadata import (
    count_check,
    lorawan,
    place,
    privacy,
    quantity_table,
    sensor_meta,
    zone_meta,
)
from gateway.model import BusState, Finding, Instant, rfc3339
from gateway.occupancy import Zone
from gateway.packing import rounded
from gateway.reference_count import FILE, newest_told
from gateway.sampling.sensor import Sensor
from gateway.sampling.wire import Line, Wire

MOST_DAYS = 1_000
"""Until the log is full: of more nobody needs to know."""


class Way(Protocol):
    """One uplink, as others may know of it."""

    name: str
    reader: Reader
    delivered: int

    @property
    def state(self) -> str:
        """Whether it can deliver now, in a word."""
        ...


class Parts(NamedTuple):
    """What of a running node is told."""

    id: str
    config: Config
    clock: Clock
    log: Log
    sensors: Mapping[str, Sensor]
    wires: Sequence[Wire]
    ways: Sequence[Way]
    watch: Watch
    findings: Callable[[], list[Finding]]
    zones: Mapping[str, Zone] = {}
    dev_euis: Callable[[], Mapping[str, str | None]] = dict
    """Of its radios, by uplink."""


class _Stamp(TypedDict):
    node: str
    at: str | None
    boot: str
    up: int


class Announcer:
    """One for a node."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._config = digest(parts.config)

    def status(self, state: State, session: str, backlog: int) -> messages.Status:
        """Birth (online) or goodbye (offline) of a connection with so much to deliver."""
        now = self._now()
        window = self._parts.log.window
        with window.lock:
            epoch, number = window.identities.of(window.next_position)
        return messages.Status(
            **self._stamp(now),
            state=state,
            session=session,
            epoch=epoch,
            next=number,
            backlog=backlog,
            clock=now.quality,
            version=__version__,
            config=self._config,
        )

    def meta(self) -> messages.NodeMeta:
        """What this node is."""
        config, sensors = self._parts.config, self._parts.sensors
        told = newest_told(Path(config.buffer.path).with_name(FILE)).items()
        checked = {name: count_check(one, config.node.timezone) for name, one in told}
        captured = {one.sensor: rfc3339(one.until_ns) for one in config.privacy.captures}
        return messages.NodeMeta(
            **self._stamp(self._now()),
            schema=SCHEMA,
            version=__version__,
            config=self._config,
            place=place(config),
            sensors=[
                sensor_meta(
                    own,
                    sensors[own.name],
                    checked.get(own.name, UNSET),
                    captured.get(own.name, UNSET),
                )
                for own in config.sensors
            ],
            quantities=quantity_table(sensors.values(), config.occupancy),
            zones=[zone_meta(config, own) for own in config.occupancy] or UNSET,
            privacy=privacy(config),
            lorawan=lorawan(config, self._parts.dev_euis()),
        )

    def health(self) -> messages.Health:
        """How the node itself is."""
        parts = self._parts
        now, watch = self._now(), parts.watch
        return messages.Health(
            **self._stamp(now),
            temperature=watch.temperature,
            undervoltage=watch.undervoltage,
            disk=_disk(watch.computer.disk(Path(parts.config.buffer.path).parent)),
            memory=watch.computer.memory,
            log=_log(parts.log),
            buses=self._buses(),
            uplinks=[_uplink(way) for way in parts.ways],
            findings=[_finding(finding, now.up_ns) for finding in parts.findings()],
        )

    def stamp(self) -> messages.Stamp:
        """Who says something, and when."""
        return messages.Stamp(**self._stamp(self._now()))

    def read(self, sensor: str) -> messages.ReadResult:
        """The newest reading of that sensor or zone. Raises KeyError if there is none."""
        told: Sensor | Zone = self._parts.zones.get(sensor) or self._parts.sensors[sensor]
        latest = told.latest
        if latest is None:
            return messages.ReadResult(sensor=sensor, age=None, values=None)
        age_s = (self._parts.clock.now_ns() - latest.up_ns) / 1e9
        values = rounded(latest.values)
        return messages.ReadResult(sensor=sensor, age=round(age_s, 1), values=values)

    def identity(self) -> messages.Identity:
        """What computer and program this is."""
        clock = self._parts.clock
        computer = self._parts.watch.computer.model
        up_s = round(clock.now_ns() / 1e9, 3)
        return messages.Identity(
            version=__version__, computer=computer, boot=clock.boot_id, up_s=up_s
        )

    def _now(self) -> Instant:
        """Dated as a reading of this moment would be."""
        clock, window = self._parts.clock, self._parts.log.window
        with window.lock:
            return window.dating.date(clock.boot_id, clock.now_ns())

    def _stamp(self, now: Instant) -> _Stamp:
        return {
            "node": self._parts.id,
            "at": None if now.utc_ns is None else rfc3339(now.utc_ns),
            "boot": now.boot,
            "up": now.up_ns // 1_000_000,
        }

    def _buses(self) -> list[messages.BusHealth]:
        """In the order of the configuration; one without sensors has no errors."""
        lines = {name: line for wire in self._parts.wires for name, line in wire.lines.items()}
        return [_bus(name, lines.get(name)) for name in self._parts.config.buses]


def digest(config: Config) -> str:
    """Of all that the configuration says or leaves to its defaults, whatever the order of keys.

    It holds no secrets, so that the digest cannot tell any.
    """
    return f"sha256:{sha256(msgspec.json.encode(config, order='sorted')).hexdigest()}"


def _bus(name: str, line: Line | None) -> messages.BusHealth:
    failures = {} if line is None else dict(line.failures)
    return messages.BusHealth(
        name=name,
        state=BusState.WELL if line is None else line.state,
        errors=sum(failures.values()),
        kinds=failures,
    )


def _disk(found: messages.DiskHealth) -> messages.DiskHealth:
    """Coarsely, for the same reason as the log."""
    free, written = (None if n is None else _megabytes(n) for n in (found.free, found.written))
    return msgspec.structs.replace(found, free=free, written=written)


def _log(log: Log) -> messages.LogHealth:
    """Coarsely: how many bytes the newest rows take tells of the counts in them."""
    days = log.usage.full_in_days
    return messages.LogHealth(
        state=log.state,
        used=_megabytes(log.usage.used),
        limit=_megabytes(log.usage.limit),
        full_in_days=None if days is None or days > MOST_DAYS else round(days),
    )


def _megabytes(size: int) -> int:
    """The next multiple of 1 MB."""
    return -(-size // 1_000_000) * 1_000_000


def _uplink(way: Way) -> messages.UplinkHealth:
    return messages.UplinkHealth(
        name=way.name,
        state=way.state,
        backlog=way.reader.backlog,
        delivered=way.delivered,
    )


def _finding(finding: Finding, now_ns: int) -> messages.FindingMessage:
    return messages.FindingMessage(
        about=finding.about,
        problem=finding.problem,
        for_s=max(0.0, round((now_ns - finding.since_up_ns) / 1e9, 1)),
        evidence=finding.evidence,
        cure=finding.cure,
    )
