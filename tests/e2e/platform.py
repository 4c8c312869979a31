"""The platform at the far side of a real broker: keeps every identity that arrives."""

import json
from collections import Counter
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

PERSISTENT = """
allow_anonymous true
persistence true
autosave_on_changes true
autosave_interval 1
"""
"""A broker that keeps the platform's subscription and what is queued for it over a SIGKILL."""


class Platform:
    """A consumer with a session that outlives the broker."""

    def __init__(self, port: int) -> None:
        self.readings: dict[str, dict[str, Any]] = {}
        self.arrivals: Counter[str] = Counter()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="platform", clean_session=False
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def of(self, sensor: str) -> list[dict[str, Any]]:
        """The readings of one sensor, each once, in the order of their identity."""
        found = [reading for reading in self.readings.values() if reading["sensor"] == sensor]
        return sorted(found, key=lambda reading: seq_of(reading["id"]))

    def counted(self, sensor: str) -> tuple[int, int]:
        """People in and out, by adding up the intervals."""
        values = [reading["values"] for reading in self.of(sensor)]
        return sum(v["count_in"] for v in values), sum(v["count_out"] for v in values)

    def totals(self, sensor: str) -> tuple[int, int]:
        """The newest running totals."""
        readings = self.of(sensor)
        if not readings:
            return 0, 0
        values = readings[-1]["values"]
        return values["total_in"], values["total_out"]

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe("udp/v1/+/+/data", qos=1)

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        for reading in json.loads(message.payload):
            self.arrivals[reading["id"]] += 1
            self.readings[reading["id"]] = reading


def seq_of(identity: str) -> int:
    """The last part of `municipality/node:epoch:seq`."""
    return int(identity.rpartition(":")[2])
