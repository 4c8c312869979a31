"""A consumer as a process of its own, which may be killed at any moment.

    python -m tests.chaos.collector PORT FILE [CLIENT_ID]

Each message of `data`, `audit` and `status` becomes a line of FILE, as `gateway audit --file` reads
it, before it is acknowledged. `came` is when, in ms since boot; an empty line says that it is
subscribed. With CLIENT_ID the broker keeps its session.
"""

import json
import os
import sys
import time
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

TOPICS = [("udp/v1/+/+/data", 1), ("udp/v1/+/+/audit", 1), ("udp/v1/+/+/status", 1)]


def collect(port: int, file: str, client_id: str) -> None:
    """Until it is killed."""
    out = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def keep(_client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        came = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        head = f'"came": {came}, "topic": {json.dumps(message.topic)}, "dup": {int(message.dup)}'
        os.write(out, f'{{{head}, "payload": '.encode() + message.payload + b"}\n")

    def subscribed(*_: Any) -> None:
        os.write(out, b"\n")

    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=not client_id
    )
    client.reconnect_delay_set(1, 1)
    client.on_message = keep
    client.on_connect = lambda client, *_: client.subscribe(TOPICS)
    client.on_subscribe = subscribed
    client.connect("127.0.0.1", port)
    client.loop_forever()


if __name__ == "__main__":
    collect(int(sys.argv[1]), sys.argv[2], "".join(sys.argv[3:]))
