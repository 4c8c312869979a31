"""The MQTT uplink: QoS 1, several brokers, one session at a time."""

import threading
from collections.abc import Sequence

from gateway.clock import Clock, SystemClock
from gateway.config import MqttUplink as MqttConfig
from gateway.errors import UplinkUnavailable
from gateway.model import Finding
from gateway.uplink.brokers import Broker, Version, Versions, brokers
from gateway.uplink.contract import Outcome, Payload, Settled, Uplink
from gateway.uplink.dialing import first_session
from gateway.uplink.inbox import Inbox
from gateway.uplink.observer import Observer, State
from gateway.uplink.options import Options
from gateway.uplink.session import Session

MAX_BODY = 256_000
TOPIC_ROOM = 64
"""Bytes that topics below the node's own have at most."""
_HEAD = 16
"""Bytes of a PUBLISH beside topic and body."""
_LEAST_BODY = 1_000


class MqttUplink(Uplink):
    """Publishes below `<prefix>/<municipality>/<node>`, and hears the topics `hears` below that.

    `wake` is set from the session's thread.
    """

    def __init__(
        self,
        config: MqttConfig,
        node: str,
        wake: threading.Event,
        hears: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> None:
        self.name = config.name
        self.window = config.window
        self.max_body = MAX_BODY
        self.wake = wake
        self._config = config
        self._hears = hears
        self._clock = clock or SystemClock()
        self._root = f"{config.prefix}/{node}"
        self._client_id = f"{node.replace('/', '-')}-{config.name}"
        self._versions = {broker: Versions(config.protocol) for broker in brokers(config)}
        self._inbox = Inbox(self._root)
        self._observer = Observer(config, self._clock)
        self._session: Session | None = None
        self._too_large: list[Settled] = []
        """Settled without the broker, which would end the link."""

    def connect(self, will: Payload | None = None) -> None:
        self.close()
        self._inbox, self._too_large = Inbox(self._root), []
        self._session = session = self._first_session(will)
        self.window = session.window
        self.max_body = self._body_limit(session)
        try:
            if self._hears:
                session.subscribe([f"{self._root}/{topic}" for topic in self._hears])
        except UplinkUnavailable:
            self.close()
            raise

    def send(self, payload: Payload) -> int:
        session = self._live()
        if len(payload.body) > self.max_body:
            return self._refuse(len(payload.body))
        return session.publish(self._whole(payload))

    def settled(self) -> list[Settled]:
        session = self._session
        answers, self._too_large = self._too_large, []
        answers += [] if session is None else session.settled()
        self._observer.settled(answers)
        if not answers:  # what came before a loss still counts
            self._live()
        return answers

    def heard(self) -> list[Payload]:
        return self._inbox.take()

    def findings(self) -> list[Finding]:
        session = self._session
        if session is None:
            return self._observer.findings(None)
        broker, version = session.broker, self._versions[session.broker]
        first = next(iter(self._versions))
        state = State(
            session.broker,
            fell_back=version.fell_back,
            first=None if broker == first else first,
            server=session.server,
            own=session.own,
            retains=session.retains,
            denied=tuple(session.denied),
            dropped=self._inbox.dropped,
            strange=self._inbox.strange,
        )
        return self._observer.findings(state)

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _live(self) -> Session:
        if self._session is None:
            raise UplinkUnavailable(f"{self._config.host} is not connected")
        self._session.check()
        return self._session

    def _first_session(self, will: Payload | None) -> Session:
        last = None if will is None else self._whole(will)
        keepalive_s = round(self._config.keepalive)
        options = Options(self._client_id, self._config.window, keepalive_s, will=last)

        def attempt(broker: Broker, version: Version) -> Session:
            return Session(
                self._config, broker, version, options, self._clock, self.wake, self._hear
            )

        return first_session(self._versions, attempt, self._clock)

    def _hear(self, payload: Payload) -> None:
        if self._inbox.put(payload):
            self.wake.set()

    def _whole(self, payload: Payload) -> Payload:
        return payload._replace(topic=f"{self._root}/{payload.topic}")

    def _refuse(self, size: int) -> int:
        token = -1 - len(self._too_large)
        reason = f"{size} bytes, and the broker takes {self.max_body}"
        self._too_large.append(Settled(token, Outcome.REFUSED, reason))
        self.wake.set()
        return token

    def _body_limit(self, session: Session) -> int:
        """Raises UplinkUnavailable if the broker takes next to nothing."""
        if session.max_packet is None:
            return MAX_BODY
        room = session.max_packet - _HEAD - TOPIC_ROOM - len(self._root.encode())
        if room < _LEAST_BODY:
            self.close()
            raise UplinkUnavailable(
                f"{session.broker.where} takes packets of {session.max_packet} bytes at most",
                "raise the broker's packet limit",
            )
        return min(MAX_BODY, room)
