"""Messages as they come from a broker, to types: whatever the bytes are, they are read or told of.

Each reading and gap record is decoded by itself, so that one that cannot be read spoils no other.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gateway.encoding.messages import (
    Audit,
    Death,
    Gap,
    Missing,
    Reading,
    ReplayResult,
    Reply,
    State,
    Status,
)
from gateway.model import Numbers

MAX_BODY = 4_000_000
"""Bytes of the longest payload that is looked at; a node sends at most 256 kB."""

KINDS = ("data", "audit", "status", "reply")
"""What of a node's topics is read."""

LARGEST = 2**53
"""Of all numbers and epochs: what JSON holds exactly."""

_NODE = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?/[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"
_TOPIC = re.compile(rf"({_NODE})/({'|'.join(KINDS)})")
_ID = re.compile(rf"({_NODE}):([0-9]{{1,16}}):([0-9]{{1,16}})(?:-([0-9]{{1,16}}))?", re.ASCII)

ReplayReply = Reply[ReplayResult]
M = TypeVar("M")


class Unreadable(Exception):
    """What is wrong with a message, or with a part of it."""


class Place(NamedTuple):
    """Whose topic, and which of `KINDS`."""

    node: str
    kind: str


class Identity(NamedTuple):
    """`first` == `number` but for a merged reading."""

    node: str
    epoch: int
    first: int
    number: int


class Entry(NamedTuple):
    """A reading or a gap record with its identity."""

    identity: Identity
    body: Reading | Gap


class _Head(Struct):
    gap: Any | UnsetType = UNSET


_head = msgspec.json.Decoder(_Head)
_array = msgspec.json.Decoder(list[msgspec.Raw])
_reading = msgspec.json.Decoder(Reading)
_gap = msgspec.json.Decoder(Gap)
_audit = msgspec.json.Decoder(Audit)
_status = msgspec.json.Decoder(Status)
_will = msgspec.json.Decoder(Death)
_reply = msgspec.json.Decoder(ReplayReply)
_any_reply = msgspec.json.Decoder(Reply[Any])


def place(topic: str, prefix: str) -> Place | None:
    """Of which node it is, and what; None if it is none of ours."""
    if not topic.startswith(f"{prefix}/"):
        return None
    found = _TOPIC.fullmatch(topic, len(prefix) + 1)
    return None if found is None else Place(found[1], found[2])


def entries(node: str, payload: bytes) -> Iterator[Entry | Unreadable]:
    """The readings and gap records of a payload. Raises Unreadable if it is no array."""
    for raw in _decode(_array, payload):
        try:
            yield _entry(node, raw)
        except Unreadable as fault:
            yield fault


def audit(node: str, payload: bytes) -> Audit:
    """Raises Unreadable."""
    one = _decode(_audit, payload)
    _check_node(node, one.node)
    told = (one.epoch, one.from_, one.to + 1, one.n + 1, one.oldest_unacknowledged or 1)
    if not (all(1 <= number <= LARGEST for number in told) and one.from_ <= one.to + 1):
        raise Unreadable(f"an audit of impossible numbers: {one.from_} to {one.to}")
    return one


def status(node: str, payload: bytes) -> Status | Death:
    """Raises Unreadable."""
    will = _decode(_will, payload)
    _check_node(node, will.node)
    if will.state is State.LOST:
        return will
    one = _decode(_status, payload)
    if not (1 <= one.epoch <= LARGEST and 1 <= one.next <= LARGEST):
        raise Unreadable(f"a status of impossible numbers: {one.epoch}, {one.next}")
    return one


def reply(node: str, payload: bytes) -> Reply[ReplayResult] | None:
    """The answer to a replay; None = to another command. Raises Unreadable."""
    other = _decode(_any_reply, payload)
    _check_node(node, other.node)
    if other.command != "replay":
        return None
    return _decode(_reply, payload)


def numbers(first: int, last: int) -> bool:
    """Whether these can be the first and the last of some numbers."""
    return 1 <= first <= last <= LARGEST


def _entry(node: str, raw: msgspec.Raw) -> Entry:
    head = _decode(_head, raw)
    body = _decode(_reading, raw) if head.gap is UNSET else _decode(_gap, raw)
    identity = _identity(body.id)
    _check_node(node, identity.node)
    if isinstance(body, Gap):
        concerned(body)
    return Entry(identity, body)


def concerned(gap: Gap | Missing) -> Numbers | None:
    """The numbers that it is about; None if it is about time only. Raises Unreadable."""
    epoch, first, last = gap.epoch, gap.from_, gap.to
    if epoch is UNSET or first is UNSET or last is UNSET:
        return None
    if not (numbers(first, last) and 1 <= epoch <= LARGEST):
        raise Unreadable(f"a gap of impossible numbers: {first} to {last} of epoch {epoch}")
    return Numbers(epoch, first, last)


def _identity(text: str) -> Identity:
    found = _ID.fullmatch(text)
    if found is None:
        raise Unreadable(f"no identity: {text[:80]!r}")
    first, last = int(found[3]), int(found[4] or found[3])
    if not (numbers(first, last) and 1 <= int(found[2]) <= LARGEST):
        raise Unreadable(f"an identity of impossible numbers: {text}")
    return Identity(found[1], int(found[2]), first, last)


def _check_node(topic: str, told: str) -> None:
    if topic != told:
        raise Unreadable(f"it is of another node: {told[:80]!r}")


def _decode(decoder: msgspec.json.Decoder[M], raw: bytes | msgspec.Raw) -> M:
    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error
