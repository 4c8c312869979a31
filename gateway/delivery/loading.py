"""What of the log goes next over one uplink: what was cut in half, news, backlog, replays.

News go out when a payload is full, or the last one was sent a second ago; what is old goes at its
own pace (pace.py).
"""

from collections import deque
from collections.abc import Iterable

from gateway.buffer.reader import Reader
from gateway.clock import Clock
from gateway.config import MqttUplink as Config
from gateway.delivery.correspondence import Correspondence
from gateway.delivery.pace import Pace
from gateway.delivery.parcels import Encode, Lane, Parcel, Shipment, pack
from gateway.delivery.portion import Portion

LINGER_S = 1.0
"""Between two payloads that are not full: a message for each reading would cost too much."""

UNREADABLE_S = 1.0
"""Until it is looked again for backlog that could not be taken."""

_OLD = (Lane.BACKLOG, Lane.REPLAY)


class Loading:
    """`waits` are the seconds, found by `next`, after which there may be something to send."""

    def __init__(
        self,
        reader: Reader,
        encode: Encode,
        config: Config,
        clock: Clock,
        correspondence: Correspondence,
    ) -> None:
        self.waits: list[float] = []
        self._reader = reader
        self._encode = encode
        self._clock = clock
        self._correspondence = correspondence
        self._portion = Portion(config.batch)
        self._pace = Pace(config.backlog, config.batch)
        self._ready: deque[Parcel] = deque()
        """Packed, and not taken, or not sent."""
        self._send_ns = 0
        self._old_under_way = 0

    @property
    def one_at_a_time(self) -> bool:
        """Whether only one may be under way."""
        return self._portion.is_small

    def connected(self, outage_s: float) -> None:
        """The link is back, after so long: all that is there is backlog."""
        self._reader.rewind()
        self._pace.begin(self._clock.now_ns(), outage_s)

    def lost(self) -> None:
        """The link is gone, and what was under way is under way no more."""
        self._ready.clear()
        self._old_under_way = 0
        self._portion.lost()
        self._reader.rewind()

    def again(self, parcels: Iterable[Parcel]) -> None:
        """They were not taken, and go before all others."""
        self._ready.extend(parcels)

    def next(self, window: int) -> Parcel | None:
        """The next payload, if there is one and it is time for it."""
        if self._ready:
            return self._ready.popleft()
        shipment = self._news() or self._old(window)
        return None if shipment is None else pack(shipment, self._encode)

    def sent(self, parcel: Parcel) -> None:
        """That one is under way."""
        self._portion.sent()
        if parcel.lane in _OLD:
            self._old_under_way += 1
            self._pace.sent(len(parcel.payload.body), parcel.since_ns)

    def answered(self, parcel: Parcel) -> None:
        """It is under way no more."""
        if parcel.lane in _OLD:
            self._old_under_way -= 1

    def taken(self, parcel: Parcel) -> None:
        """The far side has it."""
        self._portion.taken()
        if parcel.lane in _OLD:
            self._pace.settled((self._clock.now_ns() - parcel.since_ns) / 1e9)

    def _news(self) -> Shipment | None:
        reader, now_ns, limit = self._reader, self._clock.now_ns(), self._portion.entries
        linger_s = (self._send_ns - now_ns) / 1e9
        if linger_s > 0 and 0 < reader.waiting < limit:
            reader.call(limit)
            self.waits.append(linger_s)
            return None
        batch = reader.take_news(limit)
        if batch is None:
            reader.call(1)
            return None
        self._send_ns = now_ns + round(LINGER_S * 1e9)
        self._correspondence.news(batch.entries)
        return Shipment.of(Lane.NEWS, batch, reader.settle)

    def _old(self, window: int) -> Shipment | None:
        replays = self._correspondence.replays
        if not (self._reader.has_backlog or replays.wait):
            return None
        wait_s = self._pace.wait_s(self._clock.now_ns(), self._old_under_way, window)
        if wait_s is None:
            return None
        if wait_s > 0:
            self.waits.append(wait_s)
            return None
        limit = min(self._pace.entries, self._portion.entries)
        batch = self._reader.take_backlog(limit)
        if batch is not None:
            return Shipment.of(Lane.BACKLOG, batch, self._reader.settle)
        self.waits.append(UNREADABLE_S)
        return replays.take(limit)
