"""Uplinks of a link that is joined: when one may go, and what became of it."""

import logging

from drivers.lorawan.contract import Fate, Session
from gateway.clock import Clock
from gateway.errors import NotNow, UplinkUnavailable
from gateway.lorawan.charged import ON_AIR
from gateway.lorawan.link import Link
from gateway.lorawan.pacing import DAY_S

logger = logging.getLogger(__name__)

MAYBE = (*ON_AIR, None)
"""It was on the air, or nobody knows."""


class Sending:
    """`confirmed_per_day`: so many uplinks of a day ask whether anybody hears them."""

    def __init__(self, link: Link, confirmed_per_day: int, clock: Clock) -> None:
        self._link = link
        self._confirmed_per_day = confirmed_per_day
        self._clock = clock
        self._confirmed_ns: int | None = None

    @property
    def session(self) -> Session:
        """Which there is while something may be sent."""
        session = self._link.session
        assert session is not None
        return session

    def wait_s(self, size: int, confirmed: bool = False, urgent: bool = False) -> float:
        """Until so many bytes may go; 0.0 = now."""
        transmissions = self._link.transmissions if confirmed else 1
        data_rate = self.session.data_rate
        charged = self._link.charged_bytes(size, data_rate)
        return self._link.ledger.pace_wait_s(charged, data_rate, transmissions, urgent=urgent)

    def should_confirm(self) -> bool:
        """Now and then, to know that somebody hears it."""
        often = self._confirmed_per_day
        if not often or not self._link.ledger.confirmed_allowed():
            return False
        since_ns, now_ns = self._confirmed_ns, self._clock.now_ns()
        return since_ns is None or now_ns - since_ns >= DAY_S / often * 1e9

    def send(self, port: int, payload: bytes, confirmed: bool = False) -> Fate | None:
        """What the modem says became of it; None: nobody knows."""
        fate = None
        try:
            fate = self._link.send(port, payload, confirmed)
        except (NotNow, UplinkUnavailable) as error:  # why is told as a finding
            logger.debug("an uplink is not known to be sent: %s", error)
        if confirmed and fate in MAYBE:
            self._confirmed_ns = self._clock.now_ns()
        return fate
