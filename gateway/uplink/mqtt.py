"""MQTT by paho, QoS 1. Each connection is a paho client of its own.

paho keeps what it could not send in memory and sends it again by itself; a fresh client for every
connection leaves nothing behind, so that only the log decides what is sent (and sent again).
"""

import socket
import ssl
import threading
from collections import deque
from contextlib import suppress
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from gateway.config import MqttUplink as MqttConfig
from gateway.errors import UplinkUnavailable
from gateway.model import Finding
from gateway.uplink.contract import Outcome, Payload, Settled, Uplink
from gateway.uplink.credentials import secret, tls_context

CONNECT_TIMEOUT_S = 10.0
GOODBYE_TIMEOUT_S = 0.3
MAX_BODY = 256_000
_REFUSED = _UNSPECIFIED = 0x80
_PROTOCOL = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}


class MqttUplink(Uplink):
    """Publishes below `<prefix>/<municipality>/<node>`; `wake` is set from paho's thread."""

    def __init__(self, config: MqttConfig, node: str, wake: threading.Event) -> None:
        self.name = config.name
        self.window = config.window
        self.max_body = MAX_BODY
        self.wake = wake
        self._config = config
        self._root = f"{config.prefix}/{node}"
        self._client_id = f"{node.replace('/', '-')}-{config.name}"
        self._client: paho.Client | None = None
        self._answered = threading.Event()
        self._refused: str | None = None
        self._lost: str | None = None
        self._settled: deque[Settled] = deque()

    def connect(self, will: Payload | None = None) -> None:
        self.close()
        self._answered, self._refused, self._lost = threading.Event(), None, None
        self._settled = deque()
        self.window = self._config.window
        self._client = client = self._new_client()
        try:
            client.connect(
                self._config.host, self._config.tcp_port, keepalive=round(self._config.keepalive)
            )
        except (OSError, UnicodeError) as error:  # UnicodeError: the host is no possible name
            raise self._unreachable(error) from error
        client.loop_start()
        self._await_answer()

    def send(self, payload: Payload) -> int:
        self._check_link()
        assert self._client is not None
        info = self._client.publish(
            f"{self._root}/{payload.topic}", payload.body, qos=1, retain=payload.retain
        )
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise UplinkUnavailable(f"cannot publish: {paho.error_string(info.rc)}")
        return info.mid

    def settled(self) -> list[Settled]:
        answers = [self._settled.popleft() for _ in range(len(self._settled))]
        if not answers:  # what came before a loss still counts
            self._check_link()
        return answers

    def heard(self) -> list[Payload]:
        return []

    def findings(self) -> list[Finding]:
        return []

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            self._leave(client)

    def _leave(self, client: paho.Client) -> None:
        """Say goodbye, then cut the socket: paho's thread would wait for a peer that is gone."""
        gone = threading.Event()
        client.on_publish = client.on_connect = None
        client.on_disconnect = lambda *_: gone.set()
        if client.disconnect() == MQTTErrorCode.MQTT_ERR_SUCCESS:
            gone.wait(GOODBYE_TIMEOUT_S)
        link = client.socket()
        if isinstance(link, socket.socket):
            with suppress(OSError):  # it has been closed meanwhile
                link.shutdown(socket.SHUT_RDWR)
        client.loop_stop()

    def _new_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=_PROTOCOL[self._config.protocol],
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(self._config.window)
        client.on_connect, client.on_publish = self._on_connect, self._on_publish
        client.on_disconnect = self._on_disconnect
        if self._config.username is not None:
            file = self._config.password_file
            client.username_pw_set(self._config.username, None if file is None else secret(file))
        if self._config.tls:
            client.tls_set_context(tls_context(self._config.ca_file))
        return client

    def _await_answer(self) -> None:
        if not self._answered.wait(CONNECT_TIMEOUT_S):
            self.close()
            raise UplinkUnavailable(
                f"{self._where()} accepts connections and does not answer MQTT",
                "is that the port of the broker?",
            )
        if self._refused is not None:
            self.close()
            raise UplinkUnavailable(
                f"{self._where()} refused the login: {self._refused}",
                "check `username`, the password file, and the broker's log",
            )
        self._check_link()

    def _check_link(self) -> None:
        if self._client is None or self._lost is not None:
            reason = self._lost or "not connected"
            raise UplinkUnavailable(
                f"{self._where()} closed the connection: {reason}", self._is_it_up()
            )

    def _is_it_up(self) -> str:
        return f"is the broker up? nc -vz {self._config.host} {self._config.tcp_port}"

    def _where(self) -> str:
        return f"{self._config.host}:{self._config.tcp_port}"

    def _unreachable(self, error: OSError | UnicodeError) -> UplinkUnavailable:
        hint = self._is_it_up()
        if isinstance(error, (socket.gaierror, UnicodeError)):
            hint = f"check the name in `host` and the DNS: getent hosts {self._config.host}"
        elif isinstance(error, ssl.SSLError):
            hint = "check `ca_file`, the broker's certificate and this node's clock"
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return UplinkUnavailable(f"cannot reach {self._where()}: {reason}", hint)

    def _on_connect(
        self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, properties: Any
    ) -> None:
        if reason.is_failure:
            self._refused = str(reason)
        allowed = getattr(properties, "ReceiveMaximum", None)
        if allowed is not None:
            self.window = min(self._config.window, allowed)
        self._answered.set()

    def _on_publish(
        self, _client: paho.Client, _data: Any, mid: int, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.value >= _REFUSED:
            self._settled.append(Settled(mid, Outcome.FORBIDDEN, str(reason)))
        else:
            self._settled.append(Settled(mid))
        self.wake.set()

    def _on_disconnect(
        self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        self._lost = "without a word" if reason.value == _UNSPECIFIED else str(reason)
        self._answered.set()
        self.wake.set()
