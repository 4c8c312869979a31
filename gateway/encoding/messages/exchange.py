"""What a node and a platform tell each other about delivery: audits, requests, replies."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Generic, TypeVar

from msgspec import UNSET, UnsetType

from gateway.encoding.messages.base import Epoch, Message, Number, Range, Stamp, Text
from gateway.model import Reason

R = TypeVar("R")


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
