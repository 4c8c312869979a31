"""A platform behind both ways of a node, at real brokers: all that it has, and sums of days."""

import json
import queue
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.chaos import lorawan_merging as merging
from tests.chaos.lorawan_merging import Json, Told

TTN, CHIRPSTACK = "v3/+/devices/+/up", "application/+/device/+/event/up"
Key = tuple[int, str]
"""Epoch and sensor."""
Days = Counter[tuple[str, date, str]]
"""By sensor, local day and quantity."""


class Uplink(NamedTuple):
    """When the network heard it (UTC in s), from which device, and what the script made of it."""

    at_s: float
    dev_eui: str
    body: Json


class Platform:
    """Of one node. `uplinks`: the topic filter of the network server that it listens to."""

    def __init__(self, port: int, uplinks: str, zone: str) -> None:
        self.readings: dict[str, Json] = {}
        self.uplinks: list[Uplink] = []
        self.undecoded = 0
        """Payloads that the script did not understand."""
        self.meta: Json = {}
        self.epochs: list[int] = []
        """The newest is the last."""
        self.newest = 0
        self._zone = ZoneInfo(zone)
        self._came: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._subscribed = threading.Event()
        topics = [("udp/v1/+/+/#", 1), (uplinks, 0)]
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "platform")
        self._client.on_connect = lambda client, *_: client.subscribe(topics)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _c, _d, told: self._came.put(
            (told.topic, bytes(told.payload))
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._subscribed.wait(10), "no subscription within 10 s"

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def listen(self) -> None:
        """Take in what has come."""
        while not self._came.empty():
            topic, payload = self._came.get()
            body = json.loads(payload)
            if topic.startswith("udp/"):
                self._node(topic.split("/", 4)[4], body)
            elif topic.startswith("v3/"):
                heard = body["uplink_message"]
                eui = body["end_device_ids"]["dev_eui"]
                if heard.get("frm_payload"):
                    self._uplink(eui, heard["received_at"], heard.get("decoded_payload"))
            elif body["data"]:
                self._uplink(body["deviceInfo"]["devEui"], body["time"], body.get("object"))

    def days(self) -> Days:
        """Sums of what counts; the day of an amount is that of the middle of its time."""
        found: Days = Counter()
        for (_, sensor), some in self.counting().items():
            for name, amount in (pair for told in some for pair in told.amounts.items()):
                if name in ("count_in", "count_out") and None not in amount:
                    middle_s = (amount[1] + amount[2]) / 2  # type: ignore[operator]
                    day = datetime.fromtimestamp(middle_s, UTC).astimezone(self._zone).date()
                    found[sensor, day, name] += round(amount.value or 0)
        return found

    def counting(self) -> dict[Key, list[Told]]:
        """What is to be added up."""
        mqtt, radio = self.mqtt(), self.radio()
        return {
            key: merging.that_count(mqtt.get(key, []), radio.get(key, []))
            for key in mqtt.keys() | radio.keys()
        }

    def mqtt(self) -> dict[Key, list[Told]]:
        """All that came over MQTT."""
        found: dict[Key, list[Told]] = defaultdict(list)
        for identity, reading in self.readings.items():
            if "gap" not in reading:
                key = int(identity.rsplit(":", 2)[1]), reading["sensor"]
                found[key].append(merging.of_mqtt(reading))
        return found

    def radio(self) -> dict[Key, list[Told]]:
        """All with numbers that came over LoRaWAN, each identity once."""
        found: dict[Key, list[Told]] = defaultdict(list)
        for uplink, names in self._known():
            epochs = [one for one in self.epochs if one % 256 == uplink.body["epoch_low"]]
            added = merging.completed(uplink.body, self.newest)
            for row, part in merging.parts(uplink.body):
                if "first" in part and epochs:
                    key = epochs[-1], names[part["sensor"]]
                    found[key].append(merging.of_radio(row, part, added))
        return {key: merging.together(some) for key, some in found.items()}

    def means(self) -> Iterator[tuple[str, Json, Json]]:
        """Sensor, row and values of gauges for which MQTT has nothing better."""
        moments: dict[str, list[float]] = defaultdict(list)
        for reading in self.readings.values():
            at_s = merging.seconds(reading.get("t", reading.get("t1")))
            if "gap" not in reading and at_s is not None:
                moments[reading["sensor"]].append(at_s)
        for uplink, names in self._known():
            for row, part in merging.parts(uplink.body):
                sensor = names[part["sensor"]]
                if "first" not in part and not merging.gauge_is_replaced(row, moments[sensor]):
                    yield sensor, row, part["values"]

    def newest_counts_s(self) -> list[tuple[float, float]]:
        """Of each uplink with counts when it was heard, and when the newest of them ended."""
        found = []
        for uplink, _ in self._known():
            ends = [
                merging.seconds(row.get("t1"))
                for row, part in merging.parts(uplink.body)
                if "first" in part
            ]
            known = [one for one in ends if one is not None]
            if known:
                found.append((uplink.at_s, max(known)))
        return found

    def _known(self) -> Iterator[tuple[Uplink, list[str]]]:
        """Uplinks with readings whose node is known, and the names of its sensors."""
        names = {
            one["dev_eui"].upper(): one["sensors"]
            for one in self.meta.get("lorawan", [])
            if one["dev_eui"]
        }
        for uplink in self.uplinks:
            if uplink.body["kind"] == "readings" and uplink.dev_eui in names:
                yield uplink, names[uplink.dev_eui]

    def _node(self, topic: str, body: Any) -> None:
        if topic == "data":
            for one in body:
                self.readings[one["id"]] = one
                _, epoch, numbers = one["id"].rsplit(":", 2)
                self._seen(int(epoch), int(numbers.split("-")[-1]))
        elif topic == "meta":
            self.meta = body
        elif topic == "status" and "epoch" in body:
            self._seen(body["epoch"], body["next"])

    def _seen(self, epoch: int, number: int) -> None:
        self.newest = max(self.newest, number) if epoch in self.epochs else number
        if epoch not in self.epochs:
            self.epochs.append(epoch)

    def _uplink(self, dev_eui: str, heard: str, body: Json | None) -> None:
        if not body:
            self.undecoded += 1
            return
        at_s = merging.seconds(heard)
        assert at_s is not None
        self.uplinks.append(Uplink(at_s, dev_eui.upper(), body))
