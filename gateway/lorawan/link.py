"""One modem and its session: what has to be before something can be sent, and what failed.

Theory:

    closed --open, prepare--> open --resume, or join--> joined --send--> joined
       ^                        |                          |
       '------ DriverError -----+--------------------------'     not joined any more --> open

Each transition is one call that may take a minute, so `ready` makes one at a time. After a failure
the modem is closed and opened again with back-off; what was under way when it failed counts as on
the air for the ledger, and as not sent for the log. It joins only when there is no session to go on
with: JoinRequests cost airtime and DevNonces, of which a device has 65,536 in its life. So a modem
that was reset is asked first what it still knows. A session that the network has forgotten looks
like one where nobody hears us: after DEAF confirmed uplinks in a row without an answer it joins
anew.
"""

import logging
import random
from collections.abc import Callable

from drivers.errors import DriverError
from drivers.lorawan.contract import Downlink, Fate, Identity, Keys, Modem, Sent, Session, Settings
from gateway.airtime import Charge, Ledger
from gateway.backoff import Backoff
from gateway.clock import Clock
from gateway.errors import GatewayError, UplinkUnavailable
from gateway.lorawan.keys import digest
from gateway.lorawan.state import StateFile
from gateway.model import Finding
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

REOPEN_S = (5.0, 300.0)
BUSY_S = (5.0, 120.0)
NO_CHANNEL_S = 60.0
POWER_UP_S = 600.0
JOIN_SPREAD_S = 60.0
"""A node that was just switched on was so perhaps with a thousand others: not all join at once."""
ON_AIR = (Fate.SENT, Fate.ACKNOWLEDGED, Fate.UNACKNOWLEDGED)
DEAF = 6
"""At a loss of one in five both ways that happens to a link that is well once in 450 times."""
LEAST_ROOM = 11
"""Bytes that fit with any options, and a row of two doors nearly."""
MOST_OPTIONS = 15
"""FOpts of a frame; they take their room from the payload."""


class Link:
    """Belongs to one thread. `connect` finds the modem, `keys` reads its secrets."""

    def __init__(
        self,
        name: str,
        connect: Callable[[], Modem],
        keys: Callable[[], Keys],
        settings: Settings,
        ledger: Ledger,
        state: StateFile,
        clock: Clock,
    ) -> None:
        self.identity: Identity | None = None
        self.session: Session | None = None
        self.room = LEAST_ROOM
        """Bytes of payload that fit now."""
        self.trouble = Trouble(f"uplink {name}", "has no modem", clock, logger)
        self._network = Trouble(f"uplink {name}", "is not heard by the network", clock, logger)
        self._busy = Trouble(f"uplink {name}", "has a modem that does not send", clock, logger)
        self._connect = connect
        self._keys = keys
        self._settings = settings
        self.ledger = ledger
        self.state = state
        self.clock = clock
        self._modem: Modem | None = None
        self._reopen = Backoff(*REOPEN_S, 600.0)
        self._again = Backoff(*BUSY_S, 0.0)
        self._wait_until_ns = 0
        self._deaf = 0
        self._answered = 0
        """Downlinks that came with the last uplink, by the modem's counter."""
        self._unjoined = False
        self._must_join = False
        self._registration: str | None = None
        if clock.now_ns() < POWER_UP_S * 1e9:
            self._wait(random.uniform(0, JOIN_SPREAD_S))

    @property
    def transmissions(self) -> int:
        """How often the modem sends a confirmed uplink, at most."""
        return 1 if self._modem is None else self._modem.transmissions

    def ready(self) -> float:
        """One step towards a session; 0.0 when there is one, else seconds until the next step."""
        wait_s = (self._wait_until_ns - self.clock.now_ns()) / 1e9
        if wait_s > 0:
            return wait_s
        try:
            if self._modem is None:
                self.open()
            if self.session is None:
                return self.join()
        except (DriverError, UplinkUnavailable) as error:
            self.fail(error)
            return self._left_s()
        return 0.0

    def send(self, port: int, payload: bytes, confirmed: bool = False) -> Fate:
        """One uplink, charged before and given back where the modem says that it was not sent.

        Raises UplinkUnavailable: nobody knows what became of it, or it could not be charged.
        """
        assert self._modem is not None
        charge = self._charge(len(payload), confirmed)
        try:
            before = self.session
            sent = self._modem.send(port, payload, confirmed)
            now = self._modem.session()
            self.room = self._modem.max_payload()
        except DriverError as error:
            self.fail(error)
            raise UplinkUnavailable(str(error), error.hint) from error
        if sent.fate in ON_AIR:
            self.session = now
            self.ledger.settle(charge, None if now is None else now.data_rate)
            self._answered = _answers(before, now)
            self._on_air(sent.fate)
        else:
            self.ledger.refund(charge, sent.wait_s or 0.0)
            self._unsent(sent, len(payload))
        return sent.fate

    def downlinks(self) -> list[Downlink]:
        """What has come since the last call; each is one of the budget."""
        if self._modem is None:
            return []
        try:
            found = self._modem.downlinks()
        except DriverError as error:
            self.fail(error)
            return []
        answers = max(self._answered, len(found))
        self._answered = 0
        if answers:
            self.ledger.downlink_heard(answers)
            self._heard()
        return found

    def findings(self) -> list[Finding]:
        """What is wrong with the modem, the network, the state file."""
        troubles = (self.trouble, self._network, self._busy, self.state.trouble)
        return [one.finding for one in troubles if one.finding is not None]

    def close(self) -> None:
        """Let go of the modem; its session goes on when it is opened again."""
        modem, self._modem = self._modem, None
        self.session = None
        if modem is not None:
            modem.close()

    def fail(self, error: DriverError | GatewayError) -> None:
        """The modem cannot be used as it is: it is opened again after a while."""
        self.trouble.came(error, error.hint)
        self.close()
        self._wait(self._reopen.failed(self.clock.now_ns()))

    def open(self) -> None:
        """Find the modem, and the session that it has. Raises DriverError, UplinkUnavailable."""
        keys = self._keys()
        modem = self._connect()
        self._modem = modem
        self.identity = modem.open()
        modem.prepare(keys, self._settings)
        kept = self.state.kept
        if kept.keys not in (None, digest(keys)):  # a session of another registration
            self._must_join = True
        known = kept.session if kept.dev_eui == self.identity.dev_eui else None
        self.session = None if self._must_join else modem.resume(known)
        self._registration = digest(keys)
        self.room = modem.max_payload()
        self._reopen.succeeded(self.clock.now_ns())
        self.trouble.went()
        logger.info("modem %s %s, DevEUI %s", *self.identity)

    @property
    def join_wait_s(self) -> float:
        """In how long it may ask to join."""
        return self.ledger.join_wait_s(self._settings.data_rate)

    def join(self) -> float:
        """One JoinRequest when it may go out; 0.0 if it is joined, else seconds until the next.

        Raises DriverError, UplinkUnavailable.
        """
        assert self._modem is not None
        wait_s = self.join_wait_s
        if wait_s > 0:
            return wait_s
        charge = self.ledger.charge_join(self._settings.data_rate)
        self.session = self._modem.join()
        self.ledger.settle(charge)
        if self.session is None:
            self._network.came(
                TimeoutError("nobody has accepted its JoinRequest"),
                "is the device registered with this DevEUI, JoinEUI and AppKey, and is a gateway "
                "in reach? gateway lorawan info",
            )
            return max(1.0, self.join_wait_s)
        self._must_join = False
        self._heard()
        self.room = self._modem.max_payload()
        self.keep()
        address = self.session.dev_addr or "one whose address it does not tell"
        logger.info("joined as %s at DR%d", address, self.session.data_rate)
        return 0.0

    def keep(self) -> None:
        """Write down the session as it is now."""
        kept = self.state.kept
        if self.identity is not None:
            kept.dev_eui, kept.keys = self.identity.dev_eui, self._registration
        kept.session = self.session or kept.session
        self.state.save()

    def _charge(self, payload_bytes: int, confirmed: bool) -> Charge:
        assert self.session is not None
        transmissions = self.transmissions if confirmed else 1
        return self.ledger.charge(
            payload_bytes, self.session.data_rate, transmissions, confirmed=confirmed
        )

    def _unsent(self, sent: Sent, payload_bytes: int) -> None:
        if sent.fate is Fate.NOT_JOINED:
            self._lost_session()
        elif sent.fate is Fate.TOO_LONG:
            self.room = max(LEAST_ROOM, min(self.room, payload_bytes - MOST_OPTIONS))
        elif sent.fate is Fate.NO_CHANNEL:
            self._wait(sent.wait_s or NO_CHANNEL_S)
        else:
            self._busy.came(BlockingIOError("it says that it is busy"), "see whether that ends")
            self._wait(self._again.failed(self.clock.now_ns()))

    def _lost_session(self) -> None:
        """It was reset, and may know more after it was asked; the second time in a row it joins."""
        self._must_join, self._unjoined = self._unjoined, True
        self.close()

    def _on_air(self, fate: Fate) -> None:
        self._unjoined = False
        self._busy.went()
        self._again.succeeded(self.clock.now_ns())
        if fate is Fate.ACKNOWLEDGED:
            self._answered = max(0, self._answered - 1)  # it was charged with the uplink
            self._heard()
        elif fate is Fate.UNACKNOWLEDGED:
            self._deaf += 1
            if self._deaf >= DEAF:
                self._join_anew()

    def _heard(self) -> None:
        self._deaf = 0
        self._network.went()

    def _join_anew(self) -> None:
        self._network.came(
            TimeoutError(f"{self._deaf} uplinks in a row were not acknowledged"),
            "is a gateway in reach, and does the network know the device? It joins again",
        )
        self._deaf = 0
        self._must_join = True
        self.session = None

    def _wait(self, seconds: float) -> None:
        self._wait_until_ns = self.clock.now_ns() + round(seconds * 1e9)

    def _left_s(self) -> float:
        return max(0.1, (self._wait_until_ns - self.clock.now_ns()) / 1e9)


def _answers(before: Session | None, now: Session | None) -> int:
    """How many downlinks came between, also such as only the MAC hears of; 0 = it does not tell."""
    if before is None or now is None or before.dev_addr != now.dev_addr:
        return 0
    if before.downlink_counter is None or now.downlink_counter is None:
        return 0
    return max(0, now.downlink_counter - before.downlink_counter)
