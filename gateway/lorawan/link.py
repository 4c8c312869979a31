"""One modem and its session: what has to be before something can be sent, and what failed.

Theory:

    closed --open, prepare--> open --resume, or join--> joined --send--> joined
       ^                        |                          |
       '------ DriverError -----+--------------------------'     not joined any more --> open

Each transition is one call that may take a minute, so `ready` makes one at a time. After a failure
the modem is closed and opened again with back-off; what was under way when it failed counts as on
the air for the ledger, and as not sent for the log. A modem that is well and does not send (busy,
no channel, too long) stays open, and nothing is asked of it until `ready` says so.

It joins only when there is no session to go on with: JoinRequests cost airtime and DevNonces, of
which a device has 65,536 in its life. So a modem that was reset is asked first what it still knows.
What another modem knows, or this one of another registration, is no session of ours; nor is one
that the network has forgotten, as far as that can be guessed (hearing.py).

Three troubles are told apart: there is no modem to use; there is one, and it does not send
(refusals.py); it sends, and nobody hears it. Each lasts until what it is about has worked, not
until it is tried.
"""

import logging
import random
from collections.abc import Callable

from drivers.errors import DriverError
from drivers.lorawan.contract import Downlink, Fate, Identity, Keys, Modem, Sent, Session, Settings
from gateway.airtime import Charge, Ledger
from gateway.clock import Clock
from gateway.errors import GatewayError, NotNow, UplinkUnavailable
from gateway.lorawan.charged import ON_AIR, Charged, Uplink
from gateway.lorawan.hearing import Hearing
from gateway.lorawan.ownership import Ownership
from gateway.lorawan.pause import Pause
from gateway.lorawan.refusals import LEAST_ROOM, Refusals
from gateway.lorawan.state import StateFile
from gateway.model import Finding
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

SOON_S = 0.5
"""From one thing that takes long to the next."""
NO_CHANNEL_S = 60.0
NO_LEDGER_S = 60.0
"""Nothing may be sent that was not charged; whether it can be is looked at so often."""
LONGEST_WAIT_S = 3_600.0
"""A modem that wants to be silent for longer is asked again."""
POWER_UP_S = 600.0
JOIN_SPREAD_S = 60.0
"""A node that was just switched on was so perhaps with a thousand others: not all join at once."""
IDLE_S = 3_600.0
"""How often a modem through which nothing is sent is asked whether it is there, and joined."""


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
        self.session: Session | None = None
        self.room = LEAST_ROOM
        """Bytes of payload that fit now."""
        self.trouble = Trouble(f"uplink {name}", "cannot use its modem", clock, logger)
        self._hearing = Hearing(name, state.kept, clock)
        self._refusals = Refusals(name, clock)
        self._connect = connect
        self._keys = keys
        self._settings = settings
        self.ledger = ledger
        self.state = state
        self.clock = clock
        self._modem: Modem | None = None
        self._pause = Pause(clock)
        self._ownership = Ownership(state)
        self._charged = Charged(ledger)
        self._used_ns = 0
        self._unjoined = self._must_join = False
        if clock.now_ns() < POWER_UP_S * 1e9:
            self._pause.begin(random.uniform(0, JOIN_SPREAD_S))

    @property
    def identity(self) -> Identity | None:
        """Of the modem that was opened last."""
        return self._ownership.identity

    @property
    def transmissions(self) -> int:
        """How often the modem sends a confirmed uplink, at most."""
        return 1 if self._modem is None else self._modem.transmissions

    def ready(self) -> float:
        """One step towards a session; 0.0 when it may send, else seconds until the next step."""
        if self._pause.left_s > 0:
            return self._pause.left_s
        if self._modem is None:
            return self._opened()
        if self.session is None:
            return self._joined()
        if self.clock.now_ns() - self._used_ns > IDLE_S * 1e9:
            self._look(self._modem)
        return 0.0 if self.session is not None else max(SOON_S, self._pause.left_s)

    def send(self, port: int, payload: bytes, confirmed: bool = False) -> Fate:
        """One uplink, charged before and given back where the modem says that it was not sent.

        Raises UplinkUnavailable: nobody knows what became of it, or it could not be charged;
        NotNow: it may not go yet.
        """
        modem, before = self._modem, self.session
        assert modem is not None
        assert before is not None
        charge = self._charge(Uplink(payload, confirmed, self.transmissions if confirmed else 1))
        try:
            sent = modem.send(port, payload, confirmed)
            now = modem.session()
            self._used_ns, self.room = self.clock.now_ns(), modem.max_payload()
        except DriverError as error:
            self._lose(error)
            raise UplinkUnavailable(str(error), error.hint) from error
        self._charged.end(charge, sent, before, now)
        if sent.fate in ON_AIR:
            self.session = now
            self._on_air(sent.fate)
        else:
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
        if self._charged.heard(len(found)):
            self._hearing.heard()
        return found

    def findings(self) -> list[Finding]:
        """What is wrong with the modem, the network, the state file."""
        troubles = (self.trouble, self._refusals.trouble, self._hearing.trouble, self.state.trouble)
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
        self._reopen_later()

    def open(self) -> None:
        """Find the modem, and the session that it has. Raises DriverError, UplinkUnavailable."""
        keys = self._keys()
        modem = self._connect()
        self._modem = modem
        told = modem.open()
        modem.prepare(keys, self._settings)
        self._ownership.meet(told, keys)
        if self._ownership.is_strange or self._hearing.is_lost:
            self._must_join = True
        self.session = None if self._must_join else modem.resume(self.state.kept.session)
        self._measure(modem)
        self._pause.opened()
        self.trouble.went()

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
            self._hearing.refused()
            return max(1.0, self.join_wait_s)
        self._must_join = False
        self._hearing.heard()
        self._refusals.went()
        self.keep()
        self._measure(self._modem)
        address = self.session.dev_addr or "one whose address it does not tell"
        logger.info("joined as %s at DR%d", address, self.session.data_rate)
        return 0.0

    def keep(self) -> None:
        """Write down the session as it is now."""
        self._ownership.keep(self.session)

    def _opened(self) -> float:
        try:
            self.open()
        except (DriverError, UplinkUnavailable) as error:
            self.fail(error)
        return max(SOON_S, self._pause.left_s)

    def _joined(self) -> float:
        try:
            return self.join() or SOON_S
        except DriverError as error:
            self._lose(error)
        except (NotNow, UplinkUnavailable):  # the ledger says why
            self._pause.begin(NO_LEDGER_S)
        return self._pause.left_s

    def _look(self, modem: Modem) -> None:
        """Whether it is still there, and joined."""
        try:
            self.session = modem.session()
            self._measure(modem)
        except DriverError as error:
            self.fail(error)

    def _measure(self, modem: Modem) -> None:
        self._used_ns = self.clock.now_ns()
        self.room = modem.max_payload()
        self._refusals.forget()

    def _lose(self, error: DriverError) -> None:
        """It failed at what it is for."""
        self._refusals.lost(error)
        self._reopen_later()

    def _reopen_later(self) -> None:
        self.close()
        self._pause.failed()

    def _charge(self, uplink: Uplink) -> Charge:
        assert self.session is not None
        try:
            return self._charged.begin(uplink, self.session)
        except GatewayError:
            self._pause.begin(NO_LEDGER_S)
            raise

    def _unsent(self, sent: Sent, payload_bytes: int) -> None:
        if sent.fate is Fate.NOT_JOINED:
            self._lost_session()
        elif sent.fate is Fate.NO_CHANNEL:
            self._pause.begin(min(sent.wait_s or NO_CHANNEL_S, LONGEST_WAIT_S))
        elif sent.fate is Fate.BUSY:
            self._pause.begin(self._refusals.busy())
        else:
            room_or_wait_s = self._refusals.too_long(payload_bytes)
            if isinstance(room_or_wait_s, int):
                self.room = min(self.room, room_or_wait_s)
            else:
                self._pause.begin(room_or_wait_s)

    def _lost_session(self) -> None:
        """It was reset, and may know more after it was asked; the second time in a row it joins."""
        self._must_join, self._unjoined = self._must_join or self._unjoined, True
        self.close()
        self._pause.begin(SOON_S)

    def _on_air(self, fate: Fate) -> None:
        self._unjoined = False
        self._refusals.went()
        if fate is Fate.ACKNOWLEDGED:
            self._hearing.heard()
        elif fate is Fate.UNACKNOWLEDGED:
            self._hearing.unanswered()
            if self._hearing.is_lost:
                self._must_join, self.session = True, None
