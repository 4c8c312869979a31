"""Uplinks by the modem of a connection: charged before they are sent, and what became of them.

Theory: what the modem says was on the air costs what was charged, and so does what nobody knows
of. What it refuses is given back, and it is left alone for as long as it wants, or longer
(refusals.py).
"""

from drivers.errors import DriverError
from drivers.lorawan.contract import Downlink, Fate, Sent, Session
from gateway.airtime import Charge, Ledger
from gateway.errors import GatewayError
from gateway.lorawan.charged import ON_AIR, Charged, Uplink
from gateway.lorawan.connection import NO_LEDGER_S, SOON_S, Connection
from gateway.lorawan.hearing import Hearing


class Uplinks:
    """Of a connection that is joined."""

    def __init__(self, connection: Connection, ledger: Ledger, hearing: Hearing) -> None:
        self._connection = connection
        self._charged = Charged(ledger)
        self._hearing = hearing
        self._unjoined = False

    def send(self, port: int, payload: bytes, confirmed: bool) -> Fate:
        """One uplink; raises as `Link.send` does."""
        before = self._connection.session
        assert before is not None
        transmissions = self._connection.transmissions if confirmed else 1
        charge = self._charge(Uplink(payload, confirmed, transmissions), before)
        sent, now = self._connection.send(port, payload, confirmed)
        self._charged.end(charge, sent, before, now)
        if sent.fate in ON_AIR:
            self._on_air(sent.fate, now)
        else:
            self._unsent(sent, len(payload))
        return sent.fate

    def charged_bytes(self, payload_bytes: int, data_rate: int) -> int:
        """As how many bytes so many are charged now."""
        return self._charged.size(payload_bytes, data_rate)

    def downlinks(self) -> list[Downlink]:
        """What has come since the last call; each is one of the budget."""
        modem = self._connection.modem
        if modem is None:
            return []
        try:
            found = modem.downlinks()
        except DriverError as error:
            self._connection.fail(error)
            return []
        if self._charged.heard(len(found)):
            self._hearing.heard()
        return found

    def _charge(self, uplink: Uplink, session: Session) -> Charge:
        try:
            return self._charged.begin(uplink, session)
        except GatewayError:
            self._connection.pause.begin(NO_LEDGER_S)
            raise

    def _on_air(self, fate: Fate, now: Session | None) -> None:
        self._connection.session, self._unjoined = now, False
        self._connection.refusals.went()
        if fate is Fate.ACKNOWLEDGED:
            self._hearing.heard()
        elif fate is Fate.UNACKNOWLEDGED:
            self._hearing.unanswered()
            if self._hearing.is_lost:
                self._connection.must_join, self._connection.session = True, None

    def _unsent(self, sent: Sent, payload_bytes: int) -> None:
        if sent.fate is Fate.NOT_JOINED:
            self._lost_session()
        elif sent.fate is Fate.TOO_LONG:
            self._connection.shorten(payload_bytes)
        else:
            self._connection.let_be(sent)

    def _lost_session(self) -> None:
        """It was reset, and may know more after it was asked; the second time in a row it joins."""
        own = self._connection
        own.must_join, self._unjoined = own.must_join or self._unjoined, True
        own.close()
        own.pause.begin(SOON_S)
