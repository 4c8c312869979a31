"""A consumer at the far side of a real broker, which keeps every identity that arrives."""

import json
import threading
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.e2e.platform import PERSISTENT

BROKER = f"{PERSISTENT}\nmax_inflight_messages 0\nmax_queued_messages 0\n"
"""A broker that keeps what waits for the consumer, however much, and passes the rest on at once."""

_MAY_CHANGE = ("hist", "clock", "t", "t0", "t1")
"""What a later delivery of the same reading may know better."""


class Entry(NamedTuple):
    """A reading (`first` < `last` if merged) or a gap, with the numbers of its identity."""

    epoch: int
    first: int
    last: int
    body: dict[str, Any]

    @property
    def gap(self) -> str:
        """Its reason; "" for a reading."""
        return str(self.body.get("gap", ""))

    @property
    def sensor(self) -> str:
        return str(self.body["sensor"])

    @property
    def n(self) -> int:
        """How many readings it stands for."""
        return int(self.body.get("n", 1))

    @property
    def values(self) -> dict[str, float | None]:
        values: dict[str, float | None] = self.body["values"]
        return values

    @property
    def shown(self) -> tuple[int, int]:
        """The smallest and the largest number that a gauge's reading shows."""
        low, high = self.values.get("pressure_min"), self.values.get("pressure_max")
        if low is None or high is None:
            low = high = self.values["pressure"] or 0
        return int(low), int(high)


class Consumer:
    """`entries` by identity, in the order of their first arrival, with a session of its own."""

    def __init__(self, port: int) -> None:
        self.entries: dict[str, Entry] = {}
        self.arrivals = 0
        self.two_contents: set[str] = set()
        self.newest: dict[str, float] = {}
        """The newest number that each sensor's raw readings have shown."""
        self._subscribed = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="consumer", clean_session=False
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("udp/v1/+/+/data", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._subscribed.wait(10), "no subscription within 10 s"

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        for body in json.loads(message.payload):
            self._take(body["id"], body)

    def _take(self, identity: str, body: dict[str, Any]) -> None:
        self.arrivals += 1
        before = self.entries.setdefault(identity, _entry(identity, body))
        if _content(before.body) != _content(body):
            self.two_contents.add(identity)
        if "gap" not in body and "n" not in body:
            number = body["values"].get("pressure") or 0
            self.newest[body["sensor"]] = max(number, self.newest.get(body["sensor"], 0))


def _entry(identity: str, body: dict[str, Any]) -> Entry:
    _, epoch, numbers = identity.rsplit(":", 2)
    first, _, last = numbers.partition("-")
    return Entry(int(epoch), int(first), int(last or first), body)


def _content(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _MAY_CHANGE}
