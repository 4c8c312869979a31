"""JoinRequests: charged before the modem is told to ask, and what became of them.

Theory: three things may follow the charge.

- The JoinRequest was on the air, whether or not somebody has accepted it: the charge stands, and
  the back-off of the ledger says when the next may go.
- The modem says that it has not asked, for it is busy or has no channel: all is given back, the
  back-off included, and the modem is left alone for a while as after any refusal (refusals.py).
  That nobody has accepted it would be untrue, and send people to the gateway or the keys.
- Nobody knows, because the modem has failed or the power has: then it counts as on the air.
"""

import logging

from drivers.lorawan.contract import Joined, Modem, Sent
from gateway.airtime import Charge, Ledger
from gateway.lorawan.connection import Connection
from gateway.lorawan.hearing import Hearing

logger = logging.getLogger(__name__)

LEAST_S = 1.0
"""From one JoinRequest to the next, whatever the ledger says."""


class Joining:
    """By the modem of `connection`, at `data_rate`."""

    def __init__(
        self, connection: Connection, ledger: Ledger, hearing: Hearing, data_rate: int
    ) -> None:
        self._connection = connection
        self._ledger = ledger
        self._hearing = hearing
        self._data_rate = data_rate

    def ask(self) -> float:
        """One JoinRequest when it may go out; 0.0 if it is joined, else seconds until the next.

        Raises DriverError; NotNow or UplinkUnavailable if it could not be charged.
        """
        wait_s = self._wait_s
        if wait_s > 0:
            return wait_s
        modem = self._connection.modem
        assert modem is not None
        charge = self._ledger.charge_join(self._data_rate)
        joined = modem.join()
        if joined.refusal is not None:
            return self._not_asked(charge, joined.refusal)
        self._ledger.settle(charge)
        return self._asked(modem, joined)

    @property
    def _wait_s(self) -> float:
        return self._ledger.join_wait_s(self._data_rate)

    def _asked(self, modem: Modem, joined: Joined) -> float:
        self._connection.refusals.went()
        if joined.session is None:
            self._hearing.refused()
            return max(LEAST_S, self._wait_s)
        self._hearing.heard()
        self._connection.joined(modem, joined.session)
        address = joined.session.dev_addr or "one whose address it does not tell"
        logger.info("joined as %s at DR%d", address, joined.session.data_rate)
        return 0.0

    def _not_asked(self, charge: Charge, refusal: Sent) -> float:
        self._ledger.refund(charge, refusal.wait_s or 0.0)
        self._connection.let_be(refusal)
        return max(self._connection.pause.left_s, self._wait_s)
