"""One radio uplink's way through the log: from entries to frames, and what becomes of them.

Theory: while the gate is shut the cursor follows the preferred uplink, and the radio is silent.
When it opens, the log is read from there and folded into rows (folding.py), which wait in the order
of their worth (pending.py). A frame takes as many as its room lets it (pacing.py), and goes out
when the ledger lets it. Only what the modem says was on the air counts as sent; whatever else it
says, or does not say, leaves the rows where they are. So a row may be told twice, always as the
same identity, but it is never taken for told when it was not.

A step does one thing that takes long, at most: it opens the modem, joins, or sends. So it is over
within minutes, and whatever a modem says or does not say, the next is a while away.
"""

from collections.abc import Callable
from typing import NamedTuple

from drivers.lorawan.contract import Fate
from drivers.quantities import Rank
from gateway.buffer.feed import Feed
from gateway.buffer.reader import Reader
from gateway.clock import Clock
from gateway.clock.lorawan import PORT as TIME_PORT
from gateway.config import LorawanUplink
from gateway.lorawan.charged import ON_AIR
from gateway.lorawan.connection import IDLE_S, SOON_S
from gateway.lorawan.daily import Daily
from gateway.lorawan.folding import Layout
from gateway.lorawan.frames import Frame, Frames
from gateway.lorawan.gate import Gate
from gateway.lorawan.gathering import Gathering
from gateway.lorawan.link import Link
from gateway.lorawan.orders import Orders
from gateway.lorawan.pending import Pending, Slip
from gateway.lorawan.scroll import Scroll
from gateway.lorawan.sending import MAYBE, Sending
from gateway.model import Finding

LOOK_S = 5.0
"""How often it looks whether there is something to tell."""
RIPENS_S = 60.0
"""A frame that has to wait is made anew so often, at least: that is dear."""
GRACE_S = 10.0
"""Counts are read so soon after their window, and are there as soon as the log shows them."""


class Ends(NamedTuple):
    """Its beginning and its end. `utc_ns` dates a moment (ns) of this boot; None: nobody can.

    `findings`: how much is wrong with the node. `held_s`: so long the log may hold counts back.
    """

    reader: Reader
    feed: Feed
    link: Link
    orders: Orders
    utc_ns: Callable[[int], int | None]
    findings: Callable[[], int]
    held_s: float


class Carrier:
    """One radio uplink."""

    def __init__(
        self,
        ends: Ends,
        config: LorawanUplink,
        layout: Layout,
        gate: Gate,
        clock: Clock,
    ) -> None:
        self.reader = ends.reader
        self.name = config.name
        self.gate = gate
        self.delivered = 0
        """Rows that were on the air."""
        self.link = ends.link
        self._orders = ends.orders
        self._config = config
        self._clock = clock
        self._utc_ns = ends.utc_ns
        self._window_s = layout.window_s
        self._pending = Pending(config.repeats, self.link.state.kept.marks)
        scroll = Scroll(ends.reader, ends.feed, clock.boot_id)
        self._log = Gathering(scroll, self._pending, layout, clock)
        self._frames = Frames(self._pending, self.link.ledger, self._window_s, config.repeats)
        self._sending = Sending(self.link, config.budget.confirmed_per_day, clock)
        self._newest_s = 0
        """When the newest row ended that was sent."""
        self._ripe_ns = self._added = 0
        """Until then, or until more is added, no frame is made: it could not go out."""
        self._sent_ns: int | None = None
        self._daily = Daily(ends.findings, clock)
        self._grace_s = GRACE_S + ends.held_s

    @property
    def state(self) -> str:
        """`connected` = joined, `standby` = joined and not wanted, `disconnected`."""
        if self.link.session is None:
            return "disconnected"
        return "connected" if self.gate.is_open else "standby"

    @property
    def interval_s(self) -> int:
        """Of rows, as things are."""
        return self._log.interval_s

    @property
    def waiting(self) -> int:
        """Rows of one rank that were never sent."""
        return len(self._pending.fresh)

    def carry_once(self) -> float:
        """One step; returns seconds until the next."""
        wait_s = self.link.ready()
        if not self.gate.is_open:
            self._log.stand_by(self.gate.acknowledged)
            self._listen()
            return min(self.gate.left_s, wait_s or IDLE_S)
        if self.link.session is None:  # how long rows are to be is not known before
            return min(wait_s or SOON_S, LOOK_S)
        self._stretch()
        self._log.gather(self._orders.replays, self._complete_s)
        look_s = SOON_S if self._log.is_behind else LOOK_S
        if wait_s > 0:
            return min(wait_s, look_s)
        waits = [look_s]
        for send in (self._ask_time, self._send_rows, self._send_status):
            waits.append(send())
            if waits[-1] == 0:
                break
        self._listen()
        return max(SOON_S, min(waits))

    def findings(self) -> list[Finding]:
        """What is wrong on the way."""
        return [*self.link.findings(), *self.link.ledger.findings()]

    def close(self) -> None:
        """Let go of the modem."""
        self.link.keep()
        self.link.close()
        self.link.ledger.close()

    @property
    def _complete_s(self) -> float:
        """Rows that have ended by then (UTC) have all that they will have; 0 = nobody knows."""
        utc_ns = self._utc_ns(self._clock.now_ns())
        return 0.0 if utc_ns is None else utc_ns / 1e9 - self._grace_s

    def _ask_time(self) -> float:
        """Of the network, where nobody else tells it; seconds until it may, 0.0 if it was tried."""
        if not self._orders.wants_time or self._sending.wait_s(6):
            return LOOK_S
        if self._sending.send(TIME_PORT, self._orders.question()) in MAYBE:
            self._orders.asked()
        return 0.0

    def _send_rows(self) -> float:
        """One frame, when there is something new and it may go out."""
        now_ns, added = self._clock.now_ns(), self._pending.added
        unripe = now_ns < self._ripe_ns and added == self._added
        if unripe or self._log.scroll.waiting or not self._is_due():
            return LOOK_S
        frame = self._frames.next(
            self._complete_s, self.link.room, self._sending.session.data_rate, self.interval_s
        )
        if frame is None:
            return LOOK_S
        confirmed = self._sending.should_confirm()
        wait_s = self._sending.wait_s(len(frame.payload), confirmed, frame.urgent)
        if wait_s > 0:
            self._ripe_ns, self._added = now_ns + round(min(wait_s, RIPENS_S) * 1e9), added
            return wait_s
        fate = self._sending.send(self._config.port, frame.payload, confirmed)
        if fate is Fate.ACKNOWLEDGED:
            self._pending.acknowledged(frame.slips)
        elif fate in ON_AIR:
            self._pending.sent(frame.slips)
        if fate in ON_AIR:
            self._told(frame)
            self._keep()
        return 0.0

    def _send_status(self) -> float:
        """Once a day, where nothing else tells how the node is; behind what is new."""
        news = bool(self._pending.complete(self._complete_s))
        if not self.gate.is_only_way or not self._daily.is_due(news):
            return LOOK_S
        payload = self._daily.payload(self.waiting, self.interval_s)
        if self._sending.wait_s(len(payload)) > 0:
            return LOOK_S
        if self._sending.send(self._config.port, payload) in MAYBE:
            self._daily.told()
        return 0.0

    def _is_due(self) -> bool:
        """With each new row, and what is old goes with it; only without news by itself."""
        fresh = self._pending.complete(self._complete_s)
        if any(self._is_news(slip) for slip in fresh):
            return True
        now_ns = self._clock.now_ns()
        still = self._sent_ns is None or now_ns - self._sent_ns >= self.interval_s * 1e9
        return bool(fresh) and still

    def _is_news(self, slip: Slip) -> bool:
        ends_s, newest_s = slip.place.ends_s or 0, self._newest_s
        if slip.rank >= Rank.COUNT:
            return slip.rank is Rank.ALARM or ends_s >= newest_s
        return ends_s > newest_s

    def _told(self, frame: Frame) -> None:
        self.delivered += frame.rows
        self._sent_ns = self._clock.now_ns()
        rows = (slip for slip in frame.slips if slip.rank is not Rank.ALARM)
        self._newest_s = max([self._newest_s, *(slip.place.ends_s or 0 for slip in rows)])
        self._frames.learn(frame)

    def _stretch(self) -> None:
        """Rows are as long as the keeper, the platform or the data rate wants them, at least."""
        kept_up_s = self._frames.kept_up_s(
            self.link.room, self._sending.session.data_rate, self.interval_s
        )
        ordered_s = self.link.state.kept.interval or 0
        fits = ordered_s > 0 and ordered_s % self._window_s == 0  # the window may have changed
        least_s = ordered_s if fits else round(self._config.interval or self._window_s)
        self._log.interval_s = max(least_s, kept_up_s)

    def _listen(self) -> None:
        """What the platform wants."""
        for downlink in self.link.downlinks():
            self._orders.take(downlink)
        for ack in self._orders.acks:
            self._pending.platform_has(ack.epoch, ack.number)
        self._orders.acks = []
        if self._orders.interval_s is not None:
            self.link.state.kept.interval, self._orders.interval_s = self._orders.interval_s, None
            self._keep()

    def _keep(self) -> None:
        self.link.state.kept.marks = self._pending.marks
        self.link.keep()
