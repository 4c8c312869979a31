"""One modem and its session: what has to be before something can be sent, and what failed.

Theory:

    closed --open, prepare--> open --resume, or join--> joined --send--> joined
       ^                        |                          |
       '------ DriverError -----+--------------------------'     not joined any more --> open

Each transition is one call that may take a minute, so `ready` makes one at a time. After a failure
the modem is closed and opened again with back-off (connection.py); what was under way when it
failed counts as on the air for the ledger, and as not sent for the log. A modem that is well and
does not send or ask (busy, no channel, too long) stays open, and nothing is asked of it until
`ready` says so.

It joins (joining.py) only when there is no session to go on with: JoinRequests cost airtime and
DevNonces, of which a device has 65,536 in its life. So a modem that was reset is asked first what
it still knows. What another modem knows, or this one of another registration, is no session of
ours; nor is one that the network has forgotten, as far as that can be guessed (hearing.py).

Three troubles are told apart: there is no modem to use; there is one, and it does not send
(refusals.py); it sends, and nobody hears it. Each lasts until what it is about has worked, not
until it is tried.
"""

import random
from collections.abc import Callable

from drivers.errors import DriverError
from drivers.lorawan.contract import Downlink, Fate, Identity, Keys, Modem, Session, Settings
from gateway.airtime import Ledger
from gateway.clock import Clock
from gateway.errors import NotNow, UplinkUnavailable
from gateway.lorawan.connection import NO_LEDGER_S, SOON_S, Connection
from gateway.lorawan.hearing import Hearing
from gateway.lorawan.joining import Joining
from gateway.lorawan.state import StateFile
from gateway.lorawan.uplinks import Uplinks
from gateway.model import Finding

POWER_UP_S = 600.0
JOIN_SPREAD_S = 60.0
"""A node that was just switched on was so perhaps with a thousand others: not all join at once."""


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
        self.ledger = ledger
        self.state = state
        self.clock = clock
        self._connection = Connection(name, connect, keys, settings, state, clock)
        self._hearing = Hearing(name, state.kept, clock)
        self._joining = Joining(self._connection, ledger, self._hearing, settings.data_rate)
        self._uplinks = Uplinks(self._connection, ledger, self._hearing)
        if clock.now_ns() < POWER_UP_S * 1e9:
            self._connection.pause.begin(random.uniform(0, JOIN_SPREAD_S))

    @property
    def session(self) -> Session | None:
        """While it is joined."""
        return self._connection.session

    @property
    def room(self) -> int:
        """Bytes of payload that fit now."""
        return self._connection.room

    @property
    def identity(self) -> Identity | None:
        """Of the modem that was opened last."""
        return self._connection.identity

    @property
    def transmissions(self) -> int:
        """How often the modem sends a confirmed uplink, at most."""
        return self._connection.transmissions

    def ready(self) -> float:
        """One step towards a session; 0.0 when it may send, else seconds until the next step."""
        own = self._connection
        if own.pause.left_s > 0:
            return own.pause.left_s
        if own.modem is None:
            return self._opened()
        if self.session is None:
            return self._joined()
        own.look(own.modem)
        return 0.0 if self.session is not None else max(SOON_S, own.pause.left_s)

    def open(self) -> None:
        """Find the modem, and the session that it has. Raises DriverError, UplinkUnavailable."""
        if self._hearing.is_lost:
            self._connection.must_join = True
        self._connection.open()

    def join(self) -> float:
        """One JoinRequest when it may go out; 0.0 if it is joined, else seconds until the next.

        Raises DriverError; NotNow or UplinkUnavailable if it could not be charged.
        """
        return self._joining.ask()

    def send(self, port: int, payload: bytes, confirmed: bool = False) -> Fate:
        """One uplink, charged before and given back where the modem says that it was not sent.

        Raises UplinkUnavailable: nobody knows what became of it, or it could not be charged;
        NotNow: it may not go yet.
        """
        return self._uplinks.send(port, payload, confirmed)

    def charged_bytes(self, payload_bytes: int, data_rate: int) -> int:
        """As how many bytes so many are charged now: what the MAC has to say may go with them."""
        return self._uplinks.charged_bytes(payload_bytes, data_rate)

    def downlinks(self) -> list[Downlink]:
        """What has come since the last call; each is one of the budget."""
        return self._uplinks.downlinks()

    def findings(self) -> list[Finding]:
        """What is wrong with the modem, the network, the state file."""
        own = self._connection
        troubles = (own.trouble, own.refusals.trouble, self._hearing.trouble, self.state.trouble)
        return [one.finding for one in troubles if one.finding is not None]

    def keep(self) -> None:
        """Write down the session as it is now."""
        self._connection.ownership.keep(self.session)

    def close(self) -> None:
        """Let go of the modem; its session goes on when it is opened again."""
        self._connection.close()

    def _opened(self) -> float:
        try:
            self.open()
        except (DriverError, UplinkUnavailable) as error:
            self._connection.fail(error)
        return max(SOON_S, self._connection.pause.left_s)

    def _joined(self) -> float:
        try:
            return self.join() or SOON_S
        except DriverError as error:
            self._connection.lose(error)
        except (NotNow, UplinkUnavailable):  # the ledger says why
            self._connection.pause.begin(NO_LEDGER_S)
        return self._connection.pause.left_s
