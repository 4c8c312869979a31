"""A simulated LoRaWAN network behind a real broker, as platforms have it, for tests."""

import json
import logging
import queue
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from drivers.lorawan.radio import chirpstack, ttn
from drivers.lorawan.radio.network_events import NetworkEvent
from drivers.lorawan.radio.platform import Decode, Message
from drivers.lorawan.radio.server import NetworkServer
from tests.waiting import until

log = logging.getLogger(__name__)


class PlatformBridge:
    """Publishes what a server tells as The Things Stack and ChirpStack do, and takes downlinks.

    What applications publish waits until `take` hands it to the server, in the caller's thread.
    Both speak MQTT 3.1.1 with QoS 0. What is no downlink is counted in `refused`.
    """

    def __init__(
        self, server: NetworkServer, host: str, port: int, decode: Decode | None = None
    ) -> None:
        self.refused = 0
        self._server = server
        self._decode = decode
        self._came: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._ready = False
        self._client = Client(
            CallbackAPIVersion.VERSION2, "lorawan-network", protocol=MQTTProtocolVersion.MQTTv311
        )
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._client.connect(host, port)
        self._client.loop_start()
        topics = (
            ttn.topic("+", ttn.PUSH),
            ttn.topic("+", ttn.REPLACE),
            chirpstack.topic("+", chirpstack.DOWN),
        )
        self._client.subscribe([(topic, 0) for topic in topics])
        until(lambda: self._ready, lambda: "no SUBACK")
        server.listeners.append(self._publish)

    def take(self, at_ns: int) -> int:
        """Hand over what has come; how many messages that was."""
        taken = 0
        while not self._came.empty():
            topic, payload = self._came.get()
            try:
                self._push(topic, payload, at_ns)
            except (ValueError, KeyError) as error:
                log.info("%s: %s", topic, error)
                self.refused += 1
            taken += 1
        return taken

    def close(self) -> None:
        """End the connection, after what was published."""
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> "PlatformBridge":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _push(self, topic: str, payload: bytes, at_ns: int) -> None:
        body = json.loads(payload)
        device, of = topic.split("/devices/" if topic.startswith("v3/") else "/device/")[1].split(
            "/", 1
        )
        if not topic.startswith("v3/"):
            dev_eui, item = chirpstack.downlink(body)
            if dev_eui != device.upper():
                raise ValueError(f"{dev_eui} is not the device of the topic")
            self._server.push(dev_eui, item, at_ns)
            return
        dev_eui = self._server.dev_eui(device)
        items = ttn.downlinks(body)
        if of == ttn.REPLACE:
            self._server.replace(dev_eui, items, at_ns)
            return
        for item in items:
            self._server.push(dev_eui, item, at_ns)

    def _publish(self, event: NetworkEvent) -> None:
        messages: list[Callable[[NetworkEvent, Decode | None], Message | None]] = [
            ttn.message,
            chirpstack.message,
        ]
        for told in messages:
            message = told(event, self._decode)
            if message is not None:
                self._client.publish(message.topic, json.dumps(message.body))

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self._came.put((message.topic, bytes(message.payload)))

    def _on_subscribe(self, *_: Any) -> None:
        self._ready = True
