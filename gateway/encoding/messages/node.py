"""What a node says of itself: whether it is there, what it is, how it is."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import UNSET, UnsetType

from gateway.encoding.messages.base import Digest, Message, Stamp, Time
from gateway.encoding.messages.quality import CalibrationMeta, CheckMeta, CountCheckMeta
from gateway.model import BusState, Quality


class State(StrEnum):
    """Whether a node is there: `lost` is said by the broker in its place."""

    ONLINE = "online"
    OFFLINE = "offline"
    LOST = "lost"


class Death(Message, frozen=True, kw_only=True):
    """The will of a connection: it counts only while the birth of the same `session` stands."""

    node: str
    state: State = State.LOST
    session: str


class Status(Stamp, frozen=True, kw_only=True):
    """Birth and goodbye of a connection. `next` is the number that comes next in `epoch`."""

    state: State
    session: str
    epoch: int
    next: int
    backlog: int
    clock: Quality
    version: str
    config: Digest


class Place(Message, frozen=True, kw_only=True, omit_defaults=True):
    """Where a node is, as its keeper says; degrees of WGS 84."""

    description: str | UnsetType = UNSET
    latitude: float | UnsetType = UNSET
    longitude: float | UnsetType = UNSET


class QuantityMeta(Message, frozen=True, kw_only=True):
    """A row of the quantity table; `unit` is UCUM."""

    unit: str
    resolution: float
    minimum: float
    maximum: float
    kind: str


class SensorMeta(Message, frozen=True, kw_only=True, omit_defaults=True):
    """One sensor: what part it is, how often it is read (s), and what it cannot see.

    `average` is seconds between the values of one mean; checks are by quantity. `compensation`
    names, by quantity, the sensors by which the part itself is corrected. `count_check` tells how
    right it counts people, by the last who counted beside it. Until `capture_until` raw data of it
    may be captured on the node, for debugging.
    """

    name: str
    driver: str
    interval: float
    rank: str
    quantities: Sequence[str]
    limits: str
    average: float | UnsetType = UNSET
    calibrations: Sequence[CalibrationMeta] | UnsetType = UNSET
    checks: Mapping[str, CheckMeta] | UnsetType = UNSET
    compensation: Mapping[str, str] | UnsetType = UNSET
    count_check: CountCheckMeta | UnsetType = UNSET
    capture_until: Time | UnsetType = UNSET


class ZoneMeta(Message, frozen=True, kw_only=True, omit_defaults=True):
    """A place whose occupancy is told each `interval` (s), as readings of a sensor of its name.

    "In" at `doors` leads into it, at those `reversed` out of it. At `balance_at`, a time of day in
    `timezone` (IANA), nobody is in it; null = there is no such time.
    """

    name: str
    doors: Sequence[str]
    interval: float
    quantities: Sequence[str]
    balance_at: str | None
    reversed: Sequence[str] | UnsetType = UNSET
    timezone: str | UnsetType = UNSET


class PrivacyMeta(Message, frozen=True, kw_only=True):
    """How coarse all is about people: the reporting window (s), which counts are small, whose days.

    `timezone` is an IANA name.
    """

    window: float
    small_below: int
    timezone: str


class LorawanMeta(Message, frozen=True, kw_only=True):
    """How to read its LoRaWAN frames on FPort `port`: which sensor or zone has which place.

    `dev_eui`: null while no modem has told it.
    """

    uplink: str
    port: int
    dev_eui: str | None
    sensors: Sequence[str]


class NodeMeta(Stamp, frozen=True, kw_only=True):
    """What this node is; `schema` is the version of these messages."""

    schema: int
    version: str
    config: Digest
    place: Place
    sensors: Sequence[SensorMeta]
    quantities: Mapping[str, QuantityMeta]
    privacy: PrivacyMeta
    zones: Sequence[ZoneMeta] | UnsetType = UNSET
    lorawan: Sequence[LorawanMeta] | UnsetType = UNSET


class Undervoltage(Message, frozen=True, kw_only=True):
    """Whether the power supply is too weak, and was since the gateway started."""

    now: bool
    since_start: bool


class DiskHealth(Message, frozen=True, kw_only=True):
    """Bytes of the file system of the log; `written` to its whole device since the boot."""

    size: int | None
    free: int | None
    written: int | None


class MemoryHealth(Message, frozen=True, kw_only=True):
    """Bytes: taken by the gateway, and available on the computer."""

    used: int | None
    available: int | None


class LogHealth(Message, frozen=True, kw_only=True):
    """Bytes of the log and of its quota, in whole MB; days until readings must be thinned.

    null = more than 1000, or unknown.
    """

    state: str
    used: int
    limit: int
    full_in_days: float | None


class BusHealth(Message, frozen=True, kw_only=True):
    """Attempts to open or read a sensor that failed on a bus since the start, also by kind."""

    name: str
    state: BusState
    errors: int
    kinds: Mapping[str, int]


class UplinkHealth(Message, frozen=True, kw_only=True):
    """An uplink: what it has delivered since the start, and has not yet."""

    name: str
    state: str
    backlog: int
    delivered: int


class FindingMessage(Message, frozen=True, kw_only=True):
    """What is wrong, for how many seconds, the evidence, and the one thing to do."""

    about: str
    problem: str
    for_s: float
    evidence: str
    cure: str


class Health(Stamp, frozen=True, kw_only=True):
    """How the node itself is; null = this computer does not tell. `temperature` in degC."""

    temperature: float | None
    undervoltage: Undervoltage | None
    disk: DiskHealth
    memory: MemoryHealth
    log: LogHealth
    buses: Sequence[BusHealth]
    uplinks: Sequence[UplinkHealth]
    findings: Sequence[FindingMessage]
