"""What the two platforms share that stand behind a network: MQTT messages from its events."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

Body = dict[str, Any]
Decode = Callable[[bytes, int, int], Body]
"""Payload, port and UTC (ns) to what the codec's `decodeUplink` returns: data, warnings, errors."""

APPLICATION = "partheland"
GATEWAY_EUI = "0016C001F0000001"


class Message(NamedTuple):
    """To be published as JSON."""

    topic: str
    body: Body


def base64_of(data: bytes) -> str:
    """As JSON of protobuf has bytes."""
    return base64.b64encode(data).decode("ascii")


def moment(utc_ns: int) -> str:
    """RFC 3339 with nanoseconds, without a zone."""
    seconds, rest_ns = divmod(utc_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest_ns:09d}"
