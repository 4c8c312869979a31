"""What the two platforms share that stand behind a network: MQTT messages from its events."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from drivers.lorawan.radio.membership import Queued

Body = dict[str, Any]
Decode = Callable[[bytes, int, int], Body]
"""Payload, port and UTC (ns) to what the codec's `decodeUplink` returns: data, warnings, errors."""

APPLICATION = "partheland"
GATEWAY_EUI = "0016C001F0000001"


_MOST_PORT = 223
"""Above it are those of the LoRa Alliance."""


class Message(NamedTuple):
    """To be published as JSON."""

    topic: str
    body: Body


def base64_of(data: bytes) -> str:
    """As JSON of protobuf has bytes."""
    return base64.b64encode(data).decode("ascii")


def queued(port: Any, data: Any, confirmed: Any) -> Queued:
    """A downlink of an application, with its payload in base64. Raises ValueError, TypeError."""
    if type(port) is not int or not 1 <= port <= _MOST_PORT:
        raise ValueError(f"port {port!r:.20}")
    return Queued(port, base64.b64decode(data, validate=True), bool(confirmed))


def moment(utc_ns: int) -> str:
    """RFC 3339 with nanoseconds, without a zone."""
    seconds, rest_ns = divmod(utc_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest_ns:09d}"
