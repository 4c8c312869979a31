"""Takes what the log holds and sees it to the far side of one uplink.

Theory: at most `uplink.window` payloads are under way. Each is settled under its own token, in any
order, and its batch with it; the log's reader knows how far that goes without a hole. When the link
is lost, what was under way is taken again: the far side sees an identity twice, but never not at
all. A payload goes out when it is full, or when the last one was sent a second ago.
"""

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gateway.backoff import Backoff
from gateway.buffer.reader import Batch, Reader
from gateway.clock import Clock
from gateway.errors import UplinkUnavailable
from gateway.model import Entry, Instant, Quality
from gateway.trouble import Trouble
from gateway.uplink.contract import Outcome, Payload, Uplink

logger = logging.getLogger(__name__)

ACKNOWLEDGE_TIMEOUT_S = 60.0
"""A far side that keeps a payload this long without a word is taken for gone."""

LINGER_S = 1.0
"""Between two payloads that are not full: a message for each reading would cost too much."""

Encode = Callable[[Sequence[Entry], Instant], Payload]
"""Entries, and since when a reading is news, to one payload."""


class _UnderWay(NamedTuple):
    """A payload that the far side has not settled yet."""

    batch: Batch
    since_ns: int


class Forwarder:
    """One uplink's way through the log, `limit` entries a payload."""

    def __init__(
        self,
        uplink: Uplink,
        reader: Reader,
        encode: Encode,
        clock: Clock,
        limit: int,
        backoff: Backoff,
    ) -> None:
        self.uplink = uplink
        self.reader = reader
        self.delivered = 0
        self.connected_since: Instant | None = None
        self.trouble = Trouble(f"uplink {uplink.name}", "does not deliver", clock, logger)
        self._encode = encode
        self._clock = clock
        self._limit = limit
        self._backoff = backoff
        self._retry_ns = 0
        self._send_ns = 0
        self._under_way: dict[int, _UnderWay] = {}
        """By token, oldest first."""

    def forward_once(self) -> float | None:
        """Connect if it is time, settle what was answered, send what fits the window."""
        try:
            if self.connected_since is None:
                wait = (self._retry_ns - self._clock.now_ns()) / 1e9
                if wait > 0:
                    return wait
                self._connect()
            self._settle()
            return self._fill_window()
        except UplinkUnavailable as error:
            return self._lose(error)

    def close(self) -> None:
        """Leave the far side."""
        self.uplink.close()

    def _connect(self) -> None:
        self.uplink.connect()
        now_ns = self._clock.now_ns()
        self._backoff.succeeded(now_ns)
        self.connected_since = Instant(self._clock.boot_id, now_ns, None, Quality.UNKNOWN)

    def _settle(self) -> None:
        for settled in self.uplink.settled():
            if settled.outcome not in (Outcome.TAKEN, Outcome.UNROUTED):
                raise UplinkUnavailable(
                    f"the far side refused a payload: {settled.reason}",
                    "check the right of this node to publish below its own topic",
                )
            if settled.token in self._under_way:
                batch = self._under_way.pop(settled.token).batch
                self.reader.settle(batch)
                self.delivered += len(batch.entries)
                self.trouble.went()
        self._check_patience()

    def _check_patience(self) -> None:
        oldest = next(iter(self._under_way.values()), None)
        now_ns = self._clock.now_ns()
        if oldest is not None and now_ns - oldest.since_ns > ACKNOWLEDGE_TIMEOUT_S * 1e9:
            raise UplinkUnavailable("the far side does not acknowledge", "look at its log")

    def _fill_window(self) -> float | None:
        """Send; returns seconds until it wants to be called again without being woken."""
        while len(self._under_way) < self.uplink.window:
            linger_s = (self._send_ns - self._clock.now_ns()) / 1e9
            if linger_s > 0 and 0 < self.reader.waiting < self._limit:
                self.reader.call(self._limit)
                return linger_s
            batch = self.reader.take(self._limit)
            if batch is None:
                self.reader.call(1)
                break
            self._send(batch)
        if not self._under_way:  # connected, and nothing is owed
            self.trouble.went()
        return ACKNOWLEDGE_TIMEOUT_S if self._under_way else None

    def _send(self, batch: Batch) -> None:
        assert self.connected_since is not None
        token = self.uplink.send(self._encode(batch.entries, self.connected_since))
        now_ns = self._clock.now_ns()
        self._under_way[token] = _UnderWay(batch, now_ns)
        self._send_ns = now_ns + round(LINGER_S * 1e9)

    def _lose(self, error: UplinkUnavailable) -> float:
        """Forget what was under way, and wait."""
        self.trouble.came(error, error.hint)
        self.uplink.close()
        self.connected_since = None
        self._under_way.clear()
        self.reader.rewind()
        now_ns = self._clock.now_ns()
        wait = self._backoff.failed(now_ns)
        self._retry_ns = now_ns + round(wait * 1e9)
        return wait
