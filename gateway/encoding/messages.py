"""Every message between a node and a platform, as types: docs/messages.md tells what they mean.

The JSON Schemas and the AsyncAPI document are derived from them. Readings and gap records, of which
there are many, are written by `native.py`, to the same form. Times are RFC 3339 in UTC; `up` is
milliseconds since the boot `boot`, which is known when UTC is not. What is optional and absent is
UNSET. Whoever reads ignores fields that he does not know.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.model import Quality, Reason

Text = Annotated[str, Meta(max_length=64)]
Number = Annotated[int, Meta(ge=1, le=2**53)]
Epoch = Annotated[int, Meta(ge=1, le=2**53)]
Range = tuple[int, int]
"""From the first to the last, both included."""

Time = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$",
        extra_json_schema={"format": "date-time"},
    ),
]
ReadingId = Annotated[str, Meta(pattern="^[^/:]+/[^/:]+:[0-9]+:[0-9]+(-[0-9]+)?$")]
"""municipality/node, epoch, number; of merged readings the first and the last number."""
Digest = Annotated[str, Meta(examples=["sha256:" + "0" * 64])]

SCHEMA = 1
"""The version of these messages: another one where a reader of the old one would be misled."""

R = TypeVar("R")


class Message(Struct, frozen=True, rename={"from_": "from"}):
    """What all have in common: `from` is no name in Python."""


class Reading(Message, frozen=True, kw_only=True, omit_defaults=True):
    """A reading of a moment (`t`) or an interval (`t0`, `t1`, `up0`), or `n` that were merged."""

    id: ReadingId
    sensor: str
    t: Time | UnsetType | None = UNSET
    t0: Time | UnsetType | None = UNSET
    t1: Time | UnsetType | None = UNSET
    up0: int | UnsetType = UNSET
    n: int | UnsetType = UNSET
    values: Mapping[str, float | None]
    coverage: float | UnsetType = UNSET
    clock: Quality
    not_before: Time | UnsetType | None = UNSET
    not_after: Time | UnsetType | None = UNSET
    boot: str
    up: int
    hist: bool


class Gap(Message, frozen=True, kw_only=True, omit_defaults=True):
    """What is missing, from when to when, and why."""

    id: ReadingId
    gap: Reason
    sensor: str | None
    epoch: int | UnsetType = UNSET
    from_: int | UnsetType = UNSET
    to: int | UnsetType = UNSET
    rank: str | UnsetType = UNSET
    n: int | None
    t0: Time | None
    t1: Time | None
    boot0: str | None
    up0: int | None
    step: int | UnsetType = UNSET
    clock: Quality
    not_before: Time | UnsetType | None = UNSET
    not_after: Time | UnsetType | None = UNSET
    boot: str
    up: int
    hist: bool


class State(StrEnum):
    """Whether a node is there: `lost` is said by the broker in its place."""

    ONLINE = "online"
    OFFLINE = "offline"
    LOST = "lost"


class Stamp(Message, frozen=True, kw_only=True):
    """Who says something, and when; `at` is null while UTC is not known."""

    node: str
    at: Time | None
    boot: str
    up: int


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


class SensorMeta(Message, frozen=True, kw_only=True):
    """One sensor: what part it is, how often it is read (s), and what it cannot see."""

    name: str
    driver: str
    interval: float
    rank: str
    quantities: Sequence[str]
    limits: str


class NodeMeta(Stamp, frozen=True, kw_only=True):
    """What this node is; `schema` is the version of these messages."""

    schema: int
    version: str
    config: Digest
    place: Place
    sensors: Sequence[SensorMeta]
    quantities: Mapping[str, QuantityMeta]


class Missing(Message, frozen=True, kw_only=True):
    """Numbers from `from` to `to` of an epoch, of which a gap record tells why they are missing."""

    gap: Reason
    epoch: int
    from_: int
    to: int


class EpochRange(Message, frozen=True, kw_only=True):
    """The oldest and the newest number of an epoch that the node still has."""

    epoch: int
    first: int
    last: int


class Audit(Stamp, frozen=True, kw_only=True):
    """What the broker has acknowledged since the last audit of this session.

    `n` readings and gap records have numbers from `from` to `to` of `epoch`; `sums` are of their
    counters by sensor and quantity. None: `from` is `to` + 1.
    """

    session: str
    epoch: int
    from_: int
    to: int
    n: int
    sums: Mapping[str, Mapping[str, float]]
    gaps: Sequence[Missing]
    oldest_unacknowledged: int | None
    kept: Sequence[EpochRange]


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
    """Bytes of the log and of its quota; days until readings must be thinned, null = unknown."""

    state: str
    used: int
    limit: int
    full_in_days: float | None


class BusHealth(Message, frozen=True, kw_only=True):
    """Readings that failed on a bus since the start."""

    name: str
    errors: int


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


class Ack(Message, frozen=True, kw_only=True):
    """The platform has everything of `epoch` up to the number `upto`."""

    epoch: Epoch
    upto: Number


class Request(Message, frozen=True, kw_only=True):
    """A command without parameters; `id` comes back in the replies."""

    id: Text = ""


class ReplayRequest(Request, frozen=True, kw_only=True):
    """Send these numbers again, as far as the node still has them."""

    epoch: Epoch
    from_: Number
    to: Number


class ReadRequest(Request, frozen=True, kw_only=True):
    """The newest values of that sensor."""

    sensor: Text


class ReplyState(StrEnum):
    """`accepted`: more will follow; `refused`: `problem` says why."""

    ACCEPTED = "accepted"
    DONE = "done"
    REFUSED = "refused"


class ReplayResult(Message, frozen=True, kw_only=True):
    """How many readings and gap records were sent again, of which numbers the node has none."""

    epoch: int
    sent: int
    absent: Sequence[Range]


class ReadResult(Message, frozen=True, kw_only=True):
    """The newest reading, `age` seconds old; null before the first."""

    sensor: str
    age: float | None
    values: Mapping[str, float | None] | None


class Identity(Message, frozen=True, kw_only=True):
    """What computer and program this is; `up_s` seconds since its boot."""

    version: str
    computer: str
    boot: str
    up_s: float


class Reply(Message, Generic[R], frozen=True, kw_only=True, omit_defaults=True):
    """The answer to the command `command` with that `id`."""

    node: str
    command: str
    id: str
    state: ReplyState
    problem: str | UnsetType = UNSET
    result: R | UnsetType = UNSET


AnyReply = Reply[Any]
