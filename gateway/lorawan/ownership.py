"""Whose session that is which the node has kept, or a modem still knows.

Theory: a session belongs to one device, by its DevEUI, and to one registration, by its keys. Both
are written down with the session, and only then: what was merely seen in between owns nothing. A
modem that is another one, or was given other keys, may well have a session, of which nobody knows
where it leads.
"""

import logging

from drivers.lorawan.contract import Identity, Keys, Session
from gateway.lorawan.keys import digest
from gateway.lorawan.state import StateFile

logger = logging.getLogger(__name__)


class Ownership:
    """Of what stands in the state file."""

    def __init__(self, state: StateFile) -> None:
        self.identity: Identity | None = None
        """Of the modem that was met last."""
        self._state = state
        self._registration: str | None = None

    def meet(self, told: Identity, keys: Keys) -> None:
        """A modem with these keys; they may have given it its DevEUI."""
        identity = told._replace(dev_eui=keys.dev_eui or told.dev_eui)
        if identity != self.identity:
            logger.info("modem %s %s, DevEUI %s", *identity)
        self.identity, self._registration = identity, digest(keys)

    @property
    def is_strange(self) -> bool:
        """Whether what the modem knows belongs to somebody else, as far as the node knows."""
        kept = self._state.kept
        known = kept.dev_eui in (None, self.identity and self.identity.dev_eui)
        return not known or kept.keys not in (None, self._registration)

    def keep(self, session: Session | None) -> None:
        """Write it down with whose it is; without one the last remains."""
        kept = self._state.kept
        if self.identity is not None and session is not None:
            kept.dev_eui, kept.keys = self.identity.dev_eui, self._registration
            kept.session = session
        self._state.save()
