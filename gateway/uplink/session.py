"""One MQTT connection, from CONNECT to its end; for the uplink and for whoever reads from a broker.

Theory: a session is one paho client that is thrown away with its connection. paho keeps what it
could not send and sends it again by itself; a fresh client for every connection leaves nothing
behind, so that only its owner decides what is sent (and sent again). Nothing is QoS 2.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from gateway.clock import Clock
from gateway.config import MqttUplink
from gateway.errors import UplinkUnavailable
from gateway.uplink import reasons
from gateway.uplink.brokers import Broker, Version
from gateway.uplink.client import GuardedClient
from gateway.uplink.contract import Payload, Settled
from gateway.uplink.credentials import secret
from gateway.uplink.endings import Ending
from gateway.uplink.framing import Framing
from gateway.uplink.options import Options
from gateway.uplink.tls import Identity, identity
from gateway.uplink.way import Way, open_way

CONNECT_TIMEOUT_S = 10.0
GOODBYE_TIMEOUT_S = 0.3
_NOT_TAKEN = "is the network too slow for `batch` and `window`?"
_LARGEST_311 = 262_144
"""Bytes that may come in at once where the broker cannot be told the limit."""
Hear = Callable[[Payload], None]


class Session:
    """A connection to one broker, up when the constructor returns. `close` it in any case.

    TLS and login are as in `config`. Raises UplinkUnavailable within 45 s: `endings.VersionRefused`
    or `endings.Closed` if another version may help.

    `hear` gets each message in the session's own thread, before it is acknowledged: while it takes
    its time nothing more is read, which holds the broker back. An exception in it ends the session.
    `wake` is set when something was settled or the session has ended. Never send more than `window`
    messages unsettled.
    """

    def __init__(
        self,
        config: MqttUplink,
        broker: Broker,
        version: Version,
        options: Options,
        clock: Clock,
        wake: threading.Event,
        hear: Hear,
    ) -> None:
        self.broker = broker
        self.version = version
        self.own: Identity = identity(config)
        self.window = options.window
        self.max_packet: int | None = None
        """Bytes of the largest packet that the broker takes; None = it names no limit."""
        self.retains = True
        """Whether the broker keeps retained messages."""
        self.present = False
        """Whether the broker had kept the session."""
        self.denied: list[str] = []
        """Topics that the broker does not let it subscribe to."""
        self._options, self._wake, self._hear = options, wake, hear
        self._asking = threading.Lock()
        self._framing = Framing(options.largest if version is Version.V5 else _LARGEST_311)
        self._ending = Ending(broker, self.own, clock)
        self._answered, self._over = threading.Event(), threading.Event()
        self._up = False
        self._settled: deque[Settled] = deque()
        self._asked: dict[int, Sequence[str]] = {}
        password = None if config.password_file is None else secret(config.password_file)
        way = open_way(config, broker, self.own, clock)
        self.server = way.server
        self._client = self._new_client(way)
        self._client.username_pw_set(config.username, password)
        self._open(config)

    def publish(self, payload: Payload) -> int:
        """Hand over one message, QoS 1; returns its token. Raises UplinkUnavailable."""
        self.check()
        told = self._client.publish(*payload[:2], qos=1, retain=payload.retain and self.retains)
        self._require(told.rc, "publish")
        return told.mid

    def subscribe(self, topics: Sequence[str]) -> None:
        """With QoS 1; what is refused is in `denied` soon. Raises UplinkUnavailable."""
        self.check()
        with self._asking:  # the answer may come before it is noted what was asked
            code, mid = self._client.subscribe([(topic, 1) for topic in topics])
            if mid is not None:
                self._asked[mid] = topics
        self._require(code, "subscribe")

    def settled(self) -> list[Settled]:
        """What was settled since the last call; it still counts after the end of the session."""
        return [self._settled.popleft() for _ in range(len(self._settled))]

    def check(self) -> None:
        """Raises UplinkUnavailable if the session has ended."""
        if self._ending.error is not None:
            raise self._ending.error.with_traceback(None)

    def _require(self, code: MQTTErrorCode, what: str) -> None:
        """Raises UplinkUnavailable unless paho has taken it."""
        if code == MQTTErrorCode.MQTT_ERR_NO_CONN:
            self._over.wait(GOODBYE_TIMEOUT_S)  # why is being found out
            self.check()
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            told = paho.error_string(code).rstrip(".")
            raise UplinkUnavailable(f"{self.broker.where}: cannot {what}: {told}", _NOT_TAKEN)

    def close(self) -> None:
        """Say goodbye, then cut the connection: a peer that is gone would be waited for."""
        client = self._client
        gone = threading.Event()
        client.on_publish = client.on_connect = client.on_message = None
        client.on_disconnect = lambda *_: gone.set()
        if self._ending.error is None and self._up:
            client.disconnect()
            gone.wait(GOODBYE_TIMEOUT_S)
        client.cut()
        client.release()

    def _new_client(self, way: Way) -> GuardedClient:
        client = GuardedClient(self.version, self._options, way.link, self._framing, self._ended)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_publish, client.on_message = self._on_publish, self._on_message
        client.on_subscribe = self._on_subscribe
        return client

    def _open(self, config: MqttUplink) -> None:
        """CONNECT, and wait for the answer; closes the link if there is none that is good."""
        try:
            if config.transport == "websockets":
                self._open_websocket(config)
            self._client.speak(self.broker.host, self.broker.port)
            self._await_answer()
        except BaseException:
            self.close()
            raise

    def _open_websocket(self, config: MqttUplink) -> None:
        try:
            self._client.open_websocket(
                self.broker.server_name, self.broker.port, config.path, CONNECT_TIMEOUT_S
            )
        except (OSError, IndexError, ValueError) as error:
            raise self._ending.no_websocket(error, config.path) from error

    def _await_answer(self) -> None:
        """Raises UplinkUnavailable unless the broker has accepted the connection."""
        if not self._answered.wait(CONNECT_TIMEOUT_S):
            raise self._ending.silent()
        if not self._up:
            raise self._ending.refused(self._framing.code)

    def _on_connect(
        self, _client: paho.Client, _data: Any, flags: Any, reason: ReasonCode, properties: Any
    ) -> None:
        """Runs in the session's thread, like all that follow."""
        if not reason.is_failure:
            self.window = min(self.window, getattr(properties, "ReceiveMaximum", self.window))
            self.max_packet = getattr(properties, "MaximumPacketSize", None)
            self.retains = bool(getattr(properties, "RetainAvailable", 1))
            self.present = flags.session_present
            if getattr(properties, "MaximumQoS", 1) < 1:
                self._ending.came(self._ending.only_qos_0())
            self._up = self._ending.error is None
            self._answered.set()

    def _on_publish(
        self, _client: paho.Client, _data: Any, mid: int, reason: ReasonCode, _properties: Any
    ) -> None:
        code = reason.value
        words = reasons.words(code) if code else ""
        self._settled.append(Settled(mid, reasons.outcome(code), words))
        self._wake.set()

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        kept, again = bool(message.retain), bool(message.dup)
        payload = Payload(message.topic, bytes(message.payload), kept, again)
        try:
            self._hear(payload)
        except Exception as error:
            self._ending.unheard(error)
            raise

    def _on_subscribe(
        self, _client: paho.Client, _data: Any, mid: int, codes: list[ReasonCode], _properties: Any
    ) -> None:
        with self._asking:
            topics = self._asked.pop(mid, ())
        refused = zip(topics, codes, strict=False)
        self.denied += [topic for topic, code in refused if code.value >= reasons.FAILURE]

    def _on_disconnect(
        self, _client: paho.Client, _data: Any, flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        by_broker = flags.is_disconnect_packet_from_server
        self._ending.disconnected(reason.value, by_broker, self._fault())

    def _ended(self, failure: Exception | None) -> None:
        """The session's thread has ended."""
        self._ending.broken(failure, self._fault())
        self._over.set()
        self._answered.set()
        self._wake.set()

    def _fault(self) -> OSError | None:
        guarded = self._client.guarded
        return None if guarded is None else guarded.fault
