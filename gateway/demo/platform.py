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
_COUNTS = {"count_in", "count_out"}


class Platform:
    """Connected straight to the broker, so that the outage between node and broker spares it."""

    def __init__(self, broker: Broker) -> None:
        self.seen: Counter[str] = Counter()
        """How often each identity of a reading has arrived."""
        self.counts: Counter[tuple[str, str]] = Counter()
        """By sensor and quantity, what the readings have counted, each reading once."""
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

    def counted(self, sensor: str) -> tuple[int, int]:
        """How many went in and out by that sensor: the sum of its readings."""
        return self.counts[sensor, "count_in"], self.counts[sensor, "count_out"]

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe(self._topic, qos=1)

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        for entry in json.loads(message.payload):
            if "gap" not in entry:
                self._take(entry)

    def _take(self, reading: dict[str, Any]) -> None:
        if not self.seen[reading["id"]]:
            for name in _COUNTS & reading["values"].keys():
                self.counts[reading["sensor"], name] += reading["values"][name]
        self.seen[reading["id"]] += 1
