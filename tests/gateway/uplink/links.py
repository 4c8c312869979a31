"""An MQTT uplink of a node, for tests."""

import threading
from typing import Any

import msgspec

from gateway.config import MqttUplink as MqttConfig
from gateway.uplink.contract import Settled
from gateway.uplink.mqtt import MqttUplink

NODE = "brandis/rathaus-01"
UNROUTED = "nobody subscribes to it"


def configured(port: int, **options: Any) -> MqttConfig:
    """Without TLS unless it is named."""
    plain = MqttConfig(name="city", host="127.0.0.1", port=port, tls=False)
    return msgspec.structs.replace(plain, **options)


def uplink(port: int, hears: tuple[str, ...] = (), clock: Any = None, **options: Any) -> MqttUplink:
    """Not connected yet."""
    return MqttUplink(configured(port, **options), NODE, threading.Event(), hears, clock)


def settled(one: MqttUplink, count: int) -> list[Settled]:
    """The next answers."""
    answers: list[Settled] = []
    while len(answers) < count:
        assert one.wake.wait(10)
        one.wake.clear()
        answers += one.settled()
    return answers
