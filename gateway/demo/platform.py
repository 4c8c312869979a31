"""The platform of the demonstration: it subscribes to the node and keeps every identity."""

import json
import threading
from collections import Counter
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from gateway.demo.network import Broker
from gateway.errors import UplinkUnavailable

SUBSCRIBE_TIMEOUT_S = 10.0


class Platform:
    """Connected straight to the broker, so that the outage between node and broker spares it."""

    def __init__(self, broker: Broker) -> None:
        self.seen: Counter[str] = Counter()
        """How often each identity of a reading has arrived."""
        self._ready = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311
        )
        if broker.user is not None:
            self._client.username_pw_set(broker.user, broker.password)
        self._topic = ""
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.on_subscribe = lambda *_: self._ready.set()
        try:
            self._client.connect(broker.host, broker.port)
        except OSError as error:
            raise UplinkUnavailable(
                f"no broker at {broker.host}:{broker.port}: {error}",
                "check --broker, or leave it out",
            ) from error

    def subscribe(self, topic: str) -> None:
        """Wait until the broker has taken the subscription. Raises UplinkUnavailable."""
        self._topic = topic
        self._client.loop_start()
        if not self._ready.wait(SUBSCRIBE_TIMEOUT_S):
            self.close()
            raise UplinkUnavailable(
                f"the broker does not let the demonstration subscribe to {topic}",
                "check user and password in --broker, and its ACL",
            )

    @property
    def delivered(self) -> int:
        """Readings that have arrived, each counted once."""
        return len(self.seen)

    @property
    def duplicates(self) -> int:
        """Arrivals beyond the first of each identity."""
        return self.seen.total() - len(self.seen)

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe(self._topic, qos=1)

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        entries = json.loads(message.payload)
        self.seen.update(entry["id"] for entry in entries if "gap" not in entry)
