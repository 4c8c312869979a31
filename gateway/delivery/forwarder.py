"""Takes what the log holds and sees it to the far side of one uplink.

Theory: at most `uplink.window` payloads are under way, each settled under its own token, in any
order. Letters (correspondence.py) go first, then what is loaded from the log (loading.py). A batch
is settled when all its entries are, and the log's reader knows how far that goes without a hole.
The far side may say of a payload of the log:

    taken      its entries are settled
    refused    it is cut in half, down to the one reading; that one is doubted (doubts.py)
    forbidden  nothing of the log goes out for a while, then one payload, to see; nothing is lost
    failed     as if the link were lost

When the link is lost everything that was under way is backlog: the far side may see an identity
twice, the second time with `hist`, but never not at all.
"""

import logging
from collections.abc import Callable
from typing import NamedTuple

from gateway.backoff import Backoff
from gateway.buffer.reader import Reader
from gateway.clock import Clock
from gateway.config import MqttUplink as Config
from gateway.delivery.correspondence import Correspondence
from gateway.delivery.doubts import Doubts
from gateway.delivery.hold import RIGHTS, Hold
from gateway.delivery.loading import Loading
from gateway.delivery.parcels import Encode, Lane, Parcel, halved
from gateway.delivery.under_way import ACKNOWLEDGE_TIMEOUT_S, UnderWay
from gateway.errors import UplinkUnavailable
from gateway.model import Finding, Gap
from gateway.trouble import Trouble
from gateway.uplink.contract import Outcome, Settled, Uplink

logger = logging.getLogger(__name__)

GOODBYE_S = 0.3
"""That a goodbye may take."""

GOOD_AFTER_S = 60.0
"""A link that lasted so long was good."""


class Ends(NamedTuple):
    """Where an uplink's way begins and ends; `tell` takes gap records in."""

    reader: Reader
    uplink: Uplink
    tell: Callable[[Gap], None]


class Forwarder:
    """One uplink's way through the log."""

    def __init__(
        self,
        ends: Ends,
        encode: Encode,
        config: Config,
        clock: Clock,
        correspondence: Correspondence,
    ) -> None:
        self.reader, self.uplink, tell = ends
        self.name = config.name
        self.delivered = 0
        self.taken_ns = 0
        """When the far side took something of the log, in ns since the boot."""
        self.connected_ns: int | None = None
        """Since when, in ns since the boot; None while it is not."""
        about = f"uplink {config.name}"
        self.trouble = Trouble(about, "does not deliver", clock, logger)
        self._hold = Hold(config.name, clock)
        self._letters = Trouble(about, "may not tell all", clock, logger)
        self._doubts = Doubts(config.name, clock, tell)
        self._encode = encode
        self._max_message = config.max_message
        self._clock = clock
        self._correspondence = correspondence
        self._loading = Loading(self.reader, encode, config, clock, correspondence)
        self._backoff = Backoff(config.reconnect.first, config.reconnect.longest, GOOD_AFTER_S)
        self._lost_ns = clock.now_ns()
        self._retry_ns = 0
        self._under_way = UnderWay(clock)

    def forward_once(self) -> float | None:
        """Connect if it is time, settle what was answered, send what fits the window."""
        try:
            if self.connected_ns is None:
                wait = (self._retry_ns - self._clock.now_ns()) / 1e9
                if wait > 0:
                    return wait
                self._connect()
            self._settle()
            self._correspondence.hear(self.uplink.heard())
            return self._fill_window()
        except UplinkUnavailable as error:
            return self._lose(error)

    @property
    def state(self) -> str:
        """`connected` or `disconnected`."""
        return "disconnected" if self.connected_ns is None else "connected"

    def findings(self) -> list[Finding]:
        """What is wrong on the way."""
        troubles = (self.trouble, self._hold.trouble, self._letters, self._doubts.trouble)
        found = [trouble.finding for trouble in troubles if trouble.finding is not None]
        return [*found, *self.uplink.findings(), *self._correspondence.findings()]

    def close(self) -> None:
        """Leave the far side, with a goodbye if it is there."""
        try:
            if self.connected_ns is not None:
                self._say_goodbye()
        except UplinkUnavailable as error:
            logger.info("no goodbye: %s", error)
        self.uplink.close()

    def _say_goodbye(self) -> None:
        """And settle what is answered before it, if that comes soon."""
        goodbye = Parcel(self._correspondence.farewell())
        self._send(goodbye)
        left_s = GOODBYE_S
        while left_s > 0 and goodbye in self._under_way.values():
            self.uplink.wake.wait(left_s)
            self.uplink.wake.clear()
            self._settle()
            left_s = GOODBYE_S - (self._clock.now_ns() - goodbye.since_ns) / 1e9

    def _connect(self) -> None:
        self.uplink.connect(self._correspondence.will())
        now_ns = self._clock.now_ns()
        self._backoff.succeeded(now_ns)
        self.connected_ns = now_ns
        self._hold.renew()
        for trouble in (self._letters, self._doubts.trouble):
            trouble.went()
        self._loading.connected((now_ns - self._lost_ns) / 1e9)
        self._correspondence.connected()

    def _settle(self) -> None:
        for settled in self.uplink.settled():
            parcel = self._under_way.pop(settled.token, None)
            if parcel is not None:
                self._loading.answered(parcel)
                self._judge(parcel, settled)
        self._under_way.check_patience()

    def _judge(self, parcel: Parcel, settled: Settled) -> None:
        if settled.outcome in (Outcome.TAKEN, Outcome.UNROUTED):
            self._taken(parcel)
        elif settled.outcome is Outcome.FAILED:
            raise UplinkUnavailable(f"the far side failed: {settled.reason}", "see its log")
        elif parcel.lane is Lane.LETTER:
            self._letter_refused(parcel, settled.reason)
        elif settled.outcome is Outcome.REFUSED:
            self._refused(parcel, settled.reason)
        else:
            self._keep([parcel], settled.reason)

    def _taken(self, parcel: Parcel) -> None:
        self.trouble.went()
        if parcel.shipment is None:
            return
        self._hold.end()
        self.taken_ns = self._clock.now_ns()
        self._loading.taken(parcel)
        parcel.shipment.settled(len(parcel.entries))
        if parcel.lane is not Lane.REPLAY:
            self.delivered += len(parcel.entries)
        self._doubts.resolve()

    def _letter_refused(self, parcel: Parcel, reason: str) -> None:
        topic = parcel.payload.topic
        self._correspondence.forbidden(topic)
        self._letters.came(PermissionError(f"{topic}: {reason}"), RIGHTS)

    def _refused(self, parcel: Parcel, reason: str) -> None:
        if len(parcel.entries) > 1:
            self._loading.again(halved(parcel, self._encode))
            return
        self._doubts.add(parcel, reason)
        if self._doubts.are_many:
            self._keep(self._doubts.take_back(), reason)

    def _keep(self, parcels: list[Parcel], reason: str) -> None:
        """They wait with all others."""
        self._loading.again(parcels)
        self._hold.begin(reason)

    def _fill_window(self) -> float:
        """Send; returns seconds until it wants to be called again without being woken."""
        waits = [self._correspondence.due()]
        self._loading.waits = waits
        while len(self._under_way) < self._window:
            parcel = self._next()
            if parcel is None:
                break
            self._send(parcel)
        return min([*waits, *([ACKNOWLEDGE_TIMEOUT_S] if self._under_way else [])])

    @property
    def _window(self) -> int:
        return 1 if self._loading.one_at_a_time else self.uplink.window

    @property
    def _max_body(self) -> int:
        return min(self._max_message, self.uplink.max_body)

    def _next(self) -> Parcel | None:
        letter = self._correspondence.take()
        if letter is not None:
            return Parcel(letter)
        while self._may_load():
            parcel = self._loading.next(self.uplink.window)
            if parcel is None or len(parcel.payload.body) <= self._max_body:
                return parcel
            self._refused(parcel, f"larger than {self._max_body} bytes")
        return None

    def _may_load(self) -> bool:
        if not self._hold.is_on:
            return True
        left_s = self._hold.left_s
        if left_s:
            self._loading.waits.append(left_s)
        return not left_s and not self._under_way.has_entries

    def _send(self, parcel: Parcel) -> None:
        self._under_way.begin(self.uplink.send(parcel.payload), parcel)
        if parcel.shipment is not None:
            self._loading.sent(parcel)

    def _lose(self, error: UplinkUnavailable) -> float:
        """Forget what was under way, and wait."""
        self.trouble.came(error, error.hint)
        self.uplink.close()
        now_ns = self._clock.now_ns()
        if self.connected_ns is not None:
            self.connected_ns, self._lost_ns = None, now_ns
        self._under_way.clear()
        self._doubts.take_back()
        self._correspondence.lost()
        self._loading.lost()
        wait = self._backoff.failed(now_ns)
        self._retry_ns = now_ns + round(wait * 1e9)
        return wait
