"""Takes accepted readings from the log and sees them to the far side of one uplink.

Theory: `sent` runs ahead of the cursor by the payloads under way, at most `uplink.window` of
them. Each is settled under its own token, in any order; the cursor moves to the end of the longest
run of settled payloads that starts at it. When the link is lost, `sent` falls back to the cursor
and what was under way is sent again: the far side sees an identity twice, but never not at all.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from gateway.backoff import Backoff
from gateway.buffer import Log
from gateway.clock import Clock
from gateway.errors import UplinkUnavailable
from gateway.model import Instant, Quality, StoredReading
from gateway.trouble import Trouble
from gateway.uplink.contract import Payload, Uplink

logger = logging.getLogger(__name__)

ACKNOWLEDGE_TIMEOUT_S = 60.0
"""A far side that keeps a payload this long without a word is taken for gone."""

Encode = Callable[[Sequence[StoredReading], Instant], Payload]
"""Readings, and since when a reading is news, to one payload."""


@dataclass(slots=True)
class _UnderWay:
    """A payload that the far side has not settled yet, or not before an older one."""

    last_seq: int
    since_ns: int
    settled: bool = False


class Forwarder:
    """One uplink's way through the log, `batch` readings a payload."""

    def __init__(
        self, uplink: Uplink, log: Log, encode: Encode, clock: Clock, batch: int, backoff: Backoff
    ) -> None:
        self.uplink = uplink
        self.delivered = 0
        self.connected_since: Instant | None = None
        self.trouble = Trouble(f"uplink {uplink.name}", "does not deliver", clock, logger)
        self._log = log
        self._encode = encode
        self._clock = clock
        self._batch = batch
        self._backoff = backoff
        self._retry_ns = 0
        self._sent_seq = self.cursor
        self._under_way: dict[int, _UnderWay] = {}
        """By token, oldest first."""

    @property
    def cursor(self) -> int:
        """Everything up to this seq is with the far side."""
        return self._log.cursor(self.uplink.name)

    @property
    def backlog(self) -> int:
        """Accepted readings that the far side does not have yet."""
        return self._log.accepted_seq - self.cursor

    def forward_once(self) -> float | None:
        """Connect if it is time, settle what was answered, send what fits the window."""
        try:
            if self.connected_since is None:
                wait = (self._retry_ns - self._clock.now_ns()) / 1e9
                if wait > 0:
                    return wait
                self._connect()
            self._settle()
            self._fill_window()
        except UplinkUnavailable as error:
            return self._lose(error)
        return ACKNOWLEDGE_TIMEOUT_S if self._under_way else None

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
            if settled.refused:
                raise UplinkUnavailable(
                    f"the far side refused a payload: {settled.refused}",
                    "check the right of this node to publish below its own topic",
                )
            if settled.token in self._under_way:
                self._under_way[settled.token].settled = True
        self._move_cursor()
        self._check_patience()

    def _move_cursor(self) -> None:
        done = list(takewhile(lambda token: self._under_way[token].settled, self._under_way))
        if done:
            last_seq = [self._under_way.pop(token).last_seq for token in done][-1]
            self.delivered += last_seq - self.cursor
            self._log.acknowledge(self.uplink.name, last_seq)
            self.trouble.went()

    def _check_patience(self) -> None:
        oldest = next(iter(self._under_way.values()), None)
        now_ns = self._clock.now_ns()
        if oldest is not None and now_ns - oldest.since_ns > ACKNOWLEDGE_TIMEOUT_S * 1e9:
            raise UplinkUnavailable("the far side does not acknowledge", "look at its log")

    def _fill_window(self) -> None:
        while len(self._under_way) < self.uplink.window:
            readings = self._log.take(self._sent_seq, self._batch)
            if not readings:
                break
            assert self.connected_since is not None
            token = self.uplink.send(self._encode(readings, self.connected_since))
            self._sent_seq = readings[-1].seq
            self._under_way[token] = _UnderWay(self._sent_seq, self._clock.now_ns())
        if not self._under_way:  # connected, and nothing is owed
            self.trouble.went()

    def _lose(self, error: UplinkUnavailable) -> float:
        """Forget what was under way, and wait."""
        self.trouble.came(error, error.hint)
        self.uplink.close()
        self.connected_since = None
        self._under_way.clear()
        self._sent_seq = self.cursor
        now_ns = self._clock.now_ns()
        wait = self._backoff.failed(now_ns)
        self._retry_ns = now_ns + round(wait * 1e9)
        return wait
