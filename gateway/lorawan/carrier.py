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

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from drivers.lorawan.contract import Fate, Session
from drivers.quantities import Rank
from gateway import __version__
from gateway.buffer.feed import Feed
from gateway.buffer.reader import Reader
from gateway.clock import Clock
from gateway.clock.lorawan import PORT as TIME_PORT
from gateway.config import LorawanUplink
from gateway.encoding.compact import Status, encode_status
from gateway.errors import NotNow, UplinkUnavailable
from gateway.lorawan.charged import ON_AIR
from gateway.lorawan.folding import Folding, Piece
from gateway.lorawan.frames import Frame, Frames
from gateway.lorawan.gate import Gate
from gateway.lorawan.link import IDLE_S, SOON_S, Link
from gateway.lorawan.orders import Orders
from gateway.lorawan.pending import Pending, Slip
from gateway.lorawan.scroll import Scroll, Told
from gateway.model import Finding

logger = logging.getLogger(__name__)

_MAJOR, _MINOR, _PATCH = (int(part) for part in __version__.split("."))
VERSION = (_MAJOR, _MINOR, _PATCH)

LOOK_S = 5.0
"""How often it looks whether there is something to tell."""
RIPENS_S = 60.0
"""A frame that has to wait is made anew so often, at least: that is dear."""
GRACE_S = 10.0
"""Counts are read soon after their window; a row that has ended for so long is complete."""
DAY_S = 86_400.0
MAYBE = (*ON_AIR, None)
"""It was on the air, or nobody knows."""


class Ends(NamedTuple):
    """Its beginning and its end. `utc_ns` dates a moment (ns) of this boot; None: nobody can.

    `findings`: how much is wrong with the node.
    """

    reader: Reader
    feed: Feed
    link: Link
    orders: Orders
    utc_ns: Callable[[int], int | None]
    findings: Callable[[], int]


class Carrier:
    """One radio uplink. `sensors`: names to places in frames; `alarms`: those of that rank."""

    def __init__(
        self,
        ends: Ends,
        config: LorawanUplink,
        sensors: Mapping[str, int],
        alarms: frozenset[str],
        window_s: int,
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
        self._window_s = window_s
        self._scroll = Scroll(ends.reader, ends.feed, clock.boot_id)
        self._folding = Folding(sensors, alarms, window_s)
        self._folding_again = Folding(sensors, alarms, window_s)
        self._pending = Pending(config.repeats, self.link.state.kept.marks)
        self._frames = Frames(self._pending, self.link.ledger, window_s, config.repeats)
        self._was_open = False
        self._confirmed_ns: int | None = None
        self._newest_s = 0
        """When the newest row ended that was sent."""
        self._ripe_ns = 0
        """Until then no frame is made if nothing new comes: it could not go out."""
        self._sent_ns: int | None = None
        self._status_ns: int | None = None
        self._findings = ends.findings

    @property
    def state(self) -> str:
        """`connected` = joined, `standby` = joined and not wanted, `disconnected`."""
        if self.link.session is None:
            return "disconnected"
        return "connected" if self.gate.is_open else "standby"

    @property
    def interval_s(self) -> int:
        """Of rows, as things are."""
        return self._folding.interval_s

    @property
    def waiting(self) -> int:
        """Rows of one rank that were never sent."""
        return len(self._pending.fresh)

    def carry_once(self) -> float:
        """One step; returns seconds until the next."""
        wait_s = self.link.ready()
        if not self.gate.is_open:
            self._stand_by()
            self._listen()
            return min(self.gate.left_s, wait_s or IDLE_S)
        self._read()
        if wait_s > 0 or self.link.session is None:
            return min(wait_s or SOON_S, LOOK_S)
        waits = [LOOK_S]
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

    def _stand_by(self) -> None:
        """Follow the uplink that is preferred."""
        if self._was_open:
            self._was_open = False
            self._forget()
        self._scroll.skip(self.gate.acknowledged)

    def _forget(self) -> None:
        self._pending.forget()
        self._folding.forget()
        self._folding_again.forget()
        self._scroll.begin()

    def _read(self) -> None:
        """What is new in the log, and what is asked for again."""
        if not self._was_open or self._scroll.moved:
            self._was_open = True
            self._forget()
        if self._orders.replays and not self._scroll.replays:  # one after the other
            replay = self._orders.replays.pop(0)
            self._pending.again(replay.begins_s, replay.ends_s)
            self._scroll.replay(replay)
        self._take(self._folding, self._scroll.portion(self._clock.now_ns()))
        if self._scroll.replays:
            self._take(self._folding_again, self._scroll.replayed())
            self._add(self._folding_again.close(math.inf if not self._scroll.replays else 0))
        if not self._scroll.waiting:
            self._add(self._folding.close(self._complete_s))
        held = [one for one in (self._folding.position, self._pending.position) if one is not None]
        self._scroll.hold(min([self._scroll.position, *held]))

    def _take(self, folding: Folding, told: Iterable[Told]) -> None:
        for entry, position in told:
            self._add(folding.take(entry, position))

    def _add(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            self._pending.add(piece)
            self._ripe_ns = 0

    @property
    def _complete_s(self) -> float:
        """Rows that have ended by then (UTC) have all that they will have; 0 = nobody knows."""
        utc_ns = self._utc_ns(self._clock.now_ns())
        return 0.0 if utc_ns is None else utc_ns / 1e9 - GRACE_S

    def _ask_time(self) -> float:
        """Of the network, where nobody else tells it; seconds until it may, 0.0 if it was tried."""
        if not self._orders.wants_time or self._may_send_in(6):
            return LOOK_S
        if self._on_air(TIME_PORT, self._orders.question(), confirmed=False) in MAYBE:
            self._orders.asked()
        return 0.0

    def _send_rows(self) -> float:
        """One frame, when there is something new and it may go out."""
        now_ns = self._clock.now_ns()
        if self._scroll.waiting or now_ns < self._ripe_ns or not self._is_due():
            return LOOK_S
        frame = self._frames.next(
            self._complete_s, self.link.room, self._session.data_rate, self.interval_s
        )
        if frame is None:
            return LOOK_S
        confirmed = self._should_confirm()
        urgent = any(slip.rank is Rank.ALARM and not slip.times for slip in frame.slips)
        wait_s = self._may_send_in(len(frame.payload), confirmed, urgent)
        if wait_s > 0:
            self._ripe_ns = now_ns + round(min(wait_s, RIPENS_S) * 1e9)
            return wait_s
        fate = self._on_air(self._config.port, frame.payload, confirmed)
        if fate is Fate.ACKNOWLEDGED:
            self._pending.acknowledged(frame.slips)
        elif fate in ON_AIR:
            self._pending.sent(frame.slips)
        if fate in ON_AIR:
            self._told(frame)
            self._keep()
        return 0.0

    def _send_status(self) -> float:
        """Once a day, where nothing else tells how the node is."""
        if not self.gate.is_only_way:
            return LOOK_S
        now_ns = self._clock.now_ns()
        if self._status_ns is not None and now_ns - self._status_ns < DAY_S * 1e9:
            return LOOK_S
        status = Status(self._findings(), self.waiting, self.interval_s, VERSION)
        payload = encode_status(status)
        if self._may_send_in(len(payload)) > 0:
            return LOOK_S
        if self._on_air(self._config.port, payload, confirmed=False) in MAYBE:
            self._status_ns = now_ns
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

    def _may_send_in(self, size: int, confirmed: bool = False, urgent: bool = False) -> float:
        """Seconds; 0.0 = now."""
        transmissions = self.link.transmissions if confirmed else 1
        data_rate = self._session.data_rate
        return self.link.ledger.pace_wait_s(size, data_rate, transmissions, urgent=urgent)

    @property
    def _session(self) -> Session:
        """Which there is while something may be sent."""
        session = self.link.session
        assert session is not None
        return session

    def _should_confirm(self) -> bool:
        """Now and then, to know that somebody hears it."""
        often = self._config.budget.confirmed_per_day
        if not often or not self.link.ledger.confirmed_allowed():
            return False
        since_ns, now_ns = self._confirmed_ns, self._clock.now_ns()
        return since_ns is None or now_ns - since_ns >= DAY_S / often * 1e9

    def _on_air(self, port: int, payload: bytes, confirmed: bool) -> Fate | None:
        """What the modem says became of it; None: nobody knows."""
        fate = None
        try:
            fate = self.link.send(port, payload, confirmed)
        except (NotNow, UplinkUnavailable) as error:  # why is told as a finding
            logger.debug("an uplink is not known to be sent: %s", error)
        if confirmed and fate in MAYBE:
            self._confirmed_ns = self._clock.now_ns()
        return fate

    def _told(self, frame: Frame) -> None:
        self.delivered += frame.rows
        self._sent_ns = self._clock.now_ns()
        self._newest_s = max(self._newest_s, *(slip.place.ends_s or 0 for slip in frame.slips))
        self._frames.learn(frame)
        self._stretch()

    def _stretch(self) -> None:
        """Rows are as long as the keeper, the platform or the data rate wants them, at least."""
        if self.link.session is not None:
            kept_up_s = self._frames.kept_up_s(self.link.room, self.link.session.data_rate)
            ordered_s = self.link.state.kept.interval or 0
            fits = ordered_s > 0 and ordered_s % self._window_s == 0  # the window may have changed
            least_s = ordered_s if fits else round(self._config.interval or self._window_s)
            self._folding.interval_s = max(least_s, kept_up_s)

    def _listen(self) -> None:
        """What the platform wants."""
        for downlink in self.link.downlinks():
            self._orders.take(downlink)
        for ack in self._orders.acks:
            self._pending.platform_has(ack.epoch, ack.number)
        self._orders.acks = []
        if self._orders.interval_s is not None:
            self.link.state.kept.interval, self._orders.interval_s = self._orders.interval_s, None
            self._stretch()
            self._keep()

    def _keep(self) -> None:
        self.link.state.kept.marks = self._pending.marks
        self.link.keep()
