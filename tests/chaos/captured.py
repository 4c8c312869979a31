"""What a node says and leaves, with its own time: lines, payloads, pages."""

import json
import logging
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from gateway.config import MqttUplink
from gateway.uplink.contract import Payload
from tests.chaos.timely import FarSide, Link
from tests.gateway.simulated_clock import SimulatedClock

_WAL_HEADER, _FRAME_HEADER = 32, 24

Line = tuple[int, str, int, str]
"""When (ns since boot), of which logger, how grave, and what."""


class Sent(NamedTuple):
    """What was given to an uplink, and when (ns since boot)."""

    at_ns: int
    uplink: str
    topic: str
    body: bytes
    retain: bool

    @property
    def messages(self) -> list[dict[str, Any]]:
        told = json.loads(self.body)
        return told if isinstance(told, list) else [told]


class Log(logging.Handler):
    """All lines of the program, with the node's time."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[Line] = []
        self.clock: SimulatedClock | None = None

    def emit(self, record: logging.LogRecord) -> None:
        at_ns = 0 if self.clock is None else self.clock.now_ns()
        self.lines.append((at_ns, record.name, record.levelno, record.getMessage()))


class Captured(Link):
    """An uplink whose far side keeps all that is sent."""

    def __init__(
        self,
        uplink: MqttUplink,
        wake: threading.Event,
        clock: SimulatedClock,
        sent: list[Sent],
    ) -> None:
        super().__init__(FarSide(), uplink, wake)
        self._clock, self._sent_to = clock, sent

    def connect(self, _will: Payload | None = None) -> None:
        if _will is not None:
            self._keep(_will)
        super().connect(_will)

    def send(self, payload: Payload) -> int:
        self._keep(payload)
        return super().send(payload)

    def _keep(self, payload: Payload) -> None:
        at_ns = self._clock.now_ns()
        sent = Sent(at_ns, self.name, payload.topic, payload.body, payload.retain)
        self._sent_to.append(sent)


def wal_pages(content: bytes) -> Iterator[bytes]:
    """Of each frame its page, with its number and the size of the database behind it."""
    if not content:
        return
    length = _FRAME_HEADER + int.from_bytes(content[8:12], "big")
    for begin in range(_WAL_HEADER, len(content) - length + 1, length):
        yield content[begin : begin + 8] + content[begin + _FRAME_HEADER : begin + length]
