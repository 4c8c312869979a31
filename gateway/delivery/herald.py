"""What a node says of itself over one uplink, and when: birth, will, audits, health.

Each connection is a session with a name of its own, said by its birth and by its will, so that a
will which the broker tells late is known to be of an earlier one.
"""

from typing import Protocol

import msgspec

from gateway.clock import Clock
from gateway.delivery.account import Account, Told, missing, rounded
from gateway.delivery.outbox import Outbox
from gateway.encoding import messages
from gateway.encoding.messages import State
from gateway.uplink.contract import Payload

STATUS, META, HEALTH, AUDIT = "status", "meta", "health", "audit"

AUDIT_S = 3_600.0
HEALTH_S = 900.0


class Announcing(Protocol):
    """What a node knows of itself."""

    def status(self, state: State, session: str, backlog: int) -> messages.Status: ...

    def meta(self) -> messages.NodeMeta: ...

    def health(self) -> messages.Health: ...

    def stamp(self) -> messages.Stamp: ...


class Herald:
    """Of one uplink. `life` is the name of this process's life, new for each."""

    def __init__(
        self, announcing: Announcing, account: Account, clock: Clock, outbox: Outbox, life: str
    ) -> None:
        self._announcing = announcing
        self._account = account
        self._clock = clock
        self._outbox = outbox
        self._life = life
        self._connections = 0
        self._meta: messages.NodeMeta | None = None
        self._audit_ns = self._health_ns = 0

    @property
    def session(self) -> str:
        """Of the connection that stands, or is being made."""
        return f"{self._life}-{self._connections}"

    def will(self) -> Payload:
        """Of the connection that is made next."""
        self._connections += 1
        node = self._announcing.stamp().node
        death = messages.Death(node=node, session=self.session)
        return Payload(STATUS, msgspec.json.encode(death), retain=True)

    def report(self) -> None:
        """All there is to say, now."""
        self._outbox.put(self._status(State.ONLINE))
        self._meta = None
        self._audit_ns = self._health_ns = 0
        self.due()

    def due(self) -> float:
        """Say what it is time for; returns seconds until more will be."""
        now_ns = self._clock.now_ns()
        if now_ns >= self._audit_ns:
            self._audit_ns = now_ns + round(AUDIT_S * 1e9)
            for told in self._account.next():
                self._outbox.answer(self._audit(told))
        if now_ns >= self._health_ns:
            self._health_ns = now_ns + round(HEALTH_S * 1e9)
            self._tell_meta()
            self._outbox.put(Payload(HEALTH, msgspec.json.encode(self._announcing.health())))
        return (min(self._audit_ns, self._health_ns) - now_ns) / 1e9

    def farewell(self) -> Payload:
        """A goodbye, in the place of the birth."""
        return self._status(State.OFFLINE)

    def _status(self, state: State) -> Payload:
        status = self._announcing.status(state, self.session, self._account.backlog)
        return Payload(STATUS, msgspec.json.encode(status), retain=True)

    def _tell_meta(self) -> None:
        """Unless it says what it said last, but for the time."""
        meta = self._announcing.meta()
        undated = msgspec.structs.replace(meta, at=None, boot="", up=0)
        if undated != self._meta:
            self._meta = undated
            self._outbox.put(Payload(META, msgspec.json.encode(meta), retain=True))

    def _audit(self, told: Told) -> Payload:
        stamp, account = self._announcing.stamp(), self._account
        audit = messages.Audit(
            node=stamp.node,
            at=stamp.at,
            boot=stamp.boot,
            up=stamp.up,
            session=self.session,
            epoch=told.epoch,
            from_=told.first,
            to=told.last,
            n=told.tally.n,
            sums=rounded(told.tally.sums),
            gaps=missing(told.tally),
            oldest_unacknowledged=account.oldest_unacknowledged(),
            kept=account.kept(),
        )
        return Payload(AUDIT, msgspec.json.encode(audit))
