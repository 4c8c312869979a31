"""Listens at a broker to what nodes publish, and asks them for what is missing.

Theory: two threads share the ledger under one lock. The session's thread enters each message before
it is acknowledged, so a broker that keeps the session repeats what was not entered. The other one
connects again when the link is lost, sends the requests of the repair, and decides when it is over:
without a time to end, when an audit of every node that is there has been heard, nothing can be
asked for any more, and for `QUIET_S` no audit has come and nothing that is missing.
"""

import logging
import threading
from collections.abc import Callable
from typing import NamedTuple

from gateway.auditing import messages
from gateway.auditing.ledger import Ledger
from gateway.auditing.messages import KINDS, MAX_BODY, Unreadable
from gateway.auditing.repair import Command, Repair, is_there
from gateway.backoff import Backoff
from gateway.clock import Clock
from gateway.config import MqttUplink
from gateway.errors import GatewayError, UplinkUnavailable
from gateway.ranges import count
from gateway.uplink.brokers import Broker, Version, Versions, brokers
from gateway.uplink.contract import Outcome, Payload
from gateway.uplink.dialing import first_session
from gateway.uplink.options import Options
from gateway.uplink.session import Session

QUIET_S = 5.0
TICK_S = 0.25
_HEAD = 1_000
_log = logging.getLogger(__name__)


class Listening(NamedTuple):
    """At which broker to which nodes (a topic filter of two levels).

    With `kept_s` the broker keeps what comes for `client_id` so long after the end.
    """

    config: MqttUplink
    nodes: str
    client_id: str
    kept_s: int = 0


class Listener:
    """Enters all that comes into `ledger`; with `repair` it publishes what that wants."""

    def __init__(
        self, listening: Listening, ledger: Ledger, repair: Repair | None, clock: Clock
    ) -> None:
        self.lock = threading.Lock()
        """Of ledger and repair, while it listens."""
        self._listening = listening
        self._ledger = ledger
        self._repair = repair
        self._clock = clock
        self._wake = threading.Event()
        self._session: Session | None = None
        self._sent: dict[int, str] = {}
        self._backoff = Backoff(1.0, 60.0, good_after=10.0)
        self._quiet: tuple[float, object | None] = (0.0, None)
        config = listening.config
        self._versions = {broker: Versions(config.protocol) for broker in brokers(config)}

    def listen(self, seconds: float | None, show: Callable[[], None]) -> None:
        """So long, or until it is over; `show` is called now and then.

        Raises UplinkUnavailable if the broker cannot be reached at the beginning, GatewayError if
        it does not let us listen.
        """
        end = None if seconds is None else self._now() + seconds
        try:
            self._connect()
            while not self._is_over(end):
                self._wake.wait(TICK_S)
                self._wake.clear()
                self._step(end)
                show()
        finally:
            self._close()

    def _now(self) -> float:
        return self._clock.now_ns() / 1e9

    def _is_over(self, end: float | None) -> bool:
        now = self._now()
        if end is not None:
            return now >= end
        with self.lock:
            awaited = self._awaited()
        if awaited is None or awaited != self._quiet[1]:
            self._quiet = (now, awaited)
        return awaited is not None and now - self._quiet[0] >= QUIET_S

    def _awaited(self) -> object | None:
        """What may still change the verdict; None if an audit is waited for, or a replay."""
        nodes = self._ledger.nodes.values()
        if not nodes or not all(node.audits or not is_there(node) for node in nodes):
            return None
        if self._repair is not None and not self._repair.nothing_left():
            return None
        epochs = [epoch for node in nodes for epoch in node.epochs.values()]
        return [(one.audited_to, count(one.unexplained(1, one.audited_to or 0))) for one in epochs]

    def _step(self, end: float | None) -> None:
        try:
            if self._session is None:
                self._connect()
            self._work()
        except UplinkUnavailable as error:
            self._close()
            wait = self._backoff.failed(self._clock.now_ns())
            _log.warning("%s; trying again in %.0f s", error, wait)
            left = wait if end is None else min(wait, end - self._now())
            threading.Event().wait(max(0.0, left))  # `wake` is of the session that has ended

    def _work(self) -> None:
        session = self._session
        assert session is not None
        session.check()
        if session.denied:
            raise GatewayError(
                f"{session.broker.where} does not let us subscribe to {session.denied[0]}",
                "let this login read it, in the ACL of the broker",
            )
        self._backoff.succeeded(self._clock.now_ns())
        if self._repair is not None:
            self._look_at_answers(session, self._repair)
            self._ask(session, self._repair)

    def _ask(self, session: Session, repair: Repair) -> None:
        with self.lock:
            commands = repair.due(self._now(), session.window - len(self._sent))
        for command in commands:
            self._sent[session.publish(self._payload(command))] = command.node

    def _look_at_answers(self, session: Session, repair: Repair) -> None:
        for settled in session.settled():
            node = self._sent.pop(settled.token, None)
            if node is not None and settled.outcome in (Outcome.FORBIDDEN, Outcome.REFUSED):
                with self.lock:
                    repair.cannot_ask(node, f"the broker takes no commands: {settled.reason}")

    def _payload(self, command: Command) -> Payload:
        prefix = self._listening.config.prefix
        return Payload(f"{prefix}/{command.node}/cmd/{command.name}", command.body)

    def _hear(self, payload: Payload) -> None:
        """In the session's thread."""
        place = messages.place(payload.topic, self._listening.config.prefix)
        with self.lock:
            if place is not None and place.kind == "reply":
                self._answered(place.node, payload)
            else:
                self._ledger.hear(payload.topic, payload.body, payload.redelivered)

    def _answered(self, node: str, payload: Payload) -> None:
        try:
            reply = messages.reply(node, payload.body)
        except Unreadable as fault:
            self._ledger.cannot_read(payload.topic, str(fault))
            return
        if reply is not None and self._repair is not None:
            self._repair.answered(node, reply, self._now())

    def _connect(self) -> None:
        """Raises UplinkUnavailable."""
        session = first_session(self._versions, self._attempt, self._clock)
        self._session, self._sent = session, {}
        config, nodes, *_ = self._listening
        session.subscribe([f"{config.prefix}/{nodes}/{kind}" for kind in KINDS])

    def _attempt(self, broker: Broker, version: Version) -> Session:
        config, _, client_id, kept_s = self._listening
        options = Options(
            client_id, config.window, round(config.keepalive), MAX_BODY + _HEAD, kept_s
        )
        return Session(config, broker, version, options, self._clock, self._wake, self._hear)

    def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()
