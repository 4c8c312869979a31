"""The newest reading of each sensor, for those who show the present: at most one a second."""

from collections.abc import Callable, Iterable

from gateway.clock import Clock
from gateway.delivery.outbox import Outbox
from gateway.model import Entry, StoredReading
from gateway.uplink.contract import Payload

EVERY_S = 1.0

EncodeLive = Callable[[StoredReading], Payload]


class Live:
    """Of news only; `encode` None: nobody wants it."""

    def __init__(self, encode: EncodeLive | None, outbox: Outbox, clock: Clock) -> None:
        self._encode = encode
        self._outbox = outbox
        self._clock = clock
        self._newest: dict[str, StoredReading] = {}
        self._next_ns: dict[str, int] = {}

    def news(self, entries: Iterable[Entry]) -> None:
        """These go out as news."""
        if self._encode is not None:
            self._newest |= {e.sensor: e for e in entries if isinstance(e, StoredReading)}

    def due(self) -> float | None:
        """Publish what it is time for; returns seconds until more will be, None: there is none."""
        now_ns = self._clock.now_ns()
        for sensor in [s for s in self._newest if self._next_ns.get(s, 0) <= now_ns]:
            self._publish(self._newest.pop(sensor), now_ns)
        waits = [(self._next_ns[sensor] - now_ns) / 1e9 for sensor in self._newest]
        return min(waits, default=None)

    def clear(self) -> None:
        """What is known is no news any more."""
        self._newest.clear()

    def _publish(self, reading: StoredReading, now_ns: int) -> None:
        assert self._encode is not None
        self._next_ns[reading.sensor] = now_ns + round(EVERY_S * 1e9)
        self._outbox.put(self._encode(reading))
