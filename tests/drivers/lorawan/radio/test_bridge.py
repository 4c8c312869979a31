"""The network behind a real broker: what platforms publish, and downlinks that they take."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from drivers.lorawan.radio import chirpstack, events, ttn
from tests.drivers.lorawan.radio.network import DEV_EUI, Network, of
from tests.lorawan_network import PlatformBridge
from tests.mosquitto import StartMosquitto
from tests.waiting import until


class Application:
    """Hears everything and sends downlinks."""

    def __init__(self, host: str, port: int) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self._subscribed = False
        self._client = Client(CallbackAPIVersion.VERSION2, "application")
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._client.connect(host, port)
        self._client.loop_start()
        self._client.subscribe([("v3/#", 0), ("application/#", 0)])
        until(lambda: self._subscribed, lambda: "no SUBACK")

    def send(self, topic: str, body: object) -> None:
        self._client.publish(topic, body if isinstance(body, bytes) else json.dumps(body))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def topics(self) -> list[str]:
        return [topic for topic, _ in self.heard]

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        if message.topic.endswith((ttn.PUSH, ttn.REPLACE, chirpstack.DOWN)):
            return
        self.heard.append((message.topic, json.loads(message.payload)))

    def _on_subscribe(self, *_: Any) -> None:
        self._subscribed = True


class Bridged:
    """A network, its bridge, and an application behind the broker."""

    def __init__(self, host: str, port: int) -> None:
        self.network = Network()
        self.application = Application(host, port)
        self.bridge = PlatformBridge(
            self.network.server,
            host,
            port,
            lambda payload, _port, _utc: {"data": {"n": payload[0]}},
        )

    def take(self, messages: int) -> None:
        """Wait for so many downlinks."""
        taken = 0

        def came() -> bool:
            nonlocal taken
            taken += self.bridge.take(self.network.now_ns)
            return taken >= messages

        until(came, lambda: taken)


@pytest.fixture
def bridged(mosquitto: StartMosquitto) -> Iterator[Bridged]:
    broker = mosquitto()
    made = Bridged(broker.host, broker.port)
    yield made
    made.bridge.close()
    made.application.close()


@pytest.mark.mosquitto
def test_an_uplink_is_published_in_both_shapes(bridged: Bridged) -> None:
    bridged.network.joined().send(b"\7")
    application = bridged.application
    until(lambda: len(application.heard) >= 4, application.topics)
    device = f"application/{chirpstack.APPLICATION_ID}/device/{DEV_EUI.lower()}"
    assert application.topics() == [
        "v3/partheland@ttn/devices/town-hall/join",
        f"{device}/event/join",
        "v3/partheland@ttn/devices/town-hall/up",
        f"{device}/event/up",
    ]
    assert application.heard[2][1]["uplink_message"]["decoded_payload"] == {"n": 7}
    assert application.heard[3][1]["object"] == {"n": 7}


@pytest.mark.mosquitto
def test_downlinks_of_both_come_down(bridged: Bridged) -> None:
    network = bridged.network.joined()
    bridged.application.send(
        ttn.topic("town-hall", ttn.PUSH), {"downlinks": [{"f_port": 10, "frm_payload": "AQ=="}]}
    )
    bridged.take(1)
    bridged.application.send(
        chirpstack.topic(DEV_EUI, chirpstack.DOWN),
        {"devEui": DEV_EUI.lower(), "confirmed": True, "fPort": 11, "data": "Ag=="},
    )
    bridged.take(1)
    got = [of(events.Received, network.send())[0] for _ in range(2)]
    assert [(it.port, it.payload) for it in got] == [(10, b"\1"), (11, b"\2")]
    network.send()
    application = bridged.application
    ack = f"{chirpstack.topic(DEV_EUI, 'event/ack')}"
    until(lambda: ack in application.topics(), application.topics)


@pytest.mark.mosquitto
def test_a_replaced_queue_and_rubbish(bridged: Bridged) -> None:
    network = bridged.network.joined()
    push, replace = (ttn.topic("town-hall", of) for of in (ttn.PUSH, ttn.REPLACE))
    bridged.application.send(push, {"downlinks": [{"f_port": 10, "frm_payload": "AQ=="}]})
    bridged.application.send(replace, {"downlinks": [{"f_port": 10, "frm_payload": "Ag=="}]})
    bridged.application.send(push, b"\xff{")
    bridged.application.send(push, {"downlinks": 5})
    bridged.application.send(ttn.topic("nobody", ttn.PUSH), {"downlinks": []})
    bridged.application.send(
        chirpstack.topic("0102030405060708", chirpstack.DOWN),
        {"devEui": DEV_EUI, "fPort": 1, "data": ""},
    )
    bridged.take(6)
    assert bridged.bridge.refused == 4
    assert [it.payload for it in of(events.Received, network.send())] == [b"\2"]
    assert not of(events.Received, network.send())
