"""A client of a broker that says what became of each message and each subscription."""

import ssl
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from tests.mosquitto import Mosquitto
from tests.waiting import until

NOT_AUTHORIZED = 0x87
TAKEN = (0x00, 0x10)
"""Reason codes of a PUBACK (MQTT 5, 3.4.2.1): success, and success without a subscriber."""


class Client:
    """Speaks MQTT 5 with QoS 1; `connected` is the reason code of its CONNACK."""

    def __init__(
        self,
        broker: Mosquitto,
        user: str = "",
        password: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.connected: int | None = None
        self.cut = 0
        self.received: list[tuple[str, bytes]] = []
        self._answers: dict[tuple[str, int], int] = {}
        self._paho = paho.Client(
            CallbackAPIVersion.VERSION2,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        self._paho.on_connect = self._on_connect
        self._paho.on_publish = lambda *said: self._answered("publish", said[2], said[3])
        self._paho.on_subscribe = lambda *said: self._answered("subscribe", said[2], said[3][0])
        self._paho.on_unsubscribe = lambda *said: self._answered("unsubscribe", said[2], said[3][0])
        self._paho.on_message = lambda *said: self.received.append((said[2].topic, said[2].payload))
        self._paho.on_disconnect = self._on_disconnect
        if password:
            self._paho.username_pw_set(user, password)
        if tls is not None:
            self._paho.tls_set_context(tls)
        self._paho.connect(broker.host, broker.port)
        self._paho.loop_start()
        until(lambda: self.connected is not None, broker.log.read_text, 10)

    def publish(self, topic: str, body: str | bytes = b"x") -> int:
        """The reason code of its PUBACK."""
        return self.publish_all([topic], body)[topic]

    def publish_all(self, topics: Iterable[str], body: str | bytes = b"x") -> dict[str, int]:
        """The same for each topic; all are under way at once."""
        mids = {topic: self._paho.publish(topic, body, qos=1).mid for topic in topics}
        return {topic: self._answer("publish", mid) for topic, mid in mids.items()}

    def subscribe(self, topics: str) -> int:
        """The reason code of its SUBACK: 1, or 0x80 and above."""
        code, mid = self._paho.subscribe(topics, qos=1)
        assert code == MQTTErrorCode.MQTT_ERR_SUCCESS
        assert mid is not None
        return self._answer("subscribe", mid)

    def unsubscribe(self, topics: str) -> int:
        """The reason code of its UNSUBACK."""
        code, mid = self._paho.unsubscribe(topics)
        assert code == MQTTErrorCode.MQTT_ERR_SUCCESS
        assert mid is not None
        return self._answer("unsubscribe", mid)

    def topics(self) -> list[str]:
        """Where the received messages were published."""
        return [topic for topic, _ in self.received]

    def close(self) -> None:
        self._paho.disconnect()
        self._paho.loop_stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self, what: str, mid: int) -> int:
        until(lambda: (what, mid) in self._answers, lambda: f"no answer to {what}", 10)
        return self._answers.pop((what, mid))

    def _answered(self, what: str, mid: int, reason: ReasonCode) -> None:
        self._answers[what, mid] = reason.value

    def _on_connect(self, *said: Any) -> None:
        self.connected = said[3].value

    def _on_disconnect(self, *_said: Any) -> None:
        self.cut += 1
