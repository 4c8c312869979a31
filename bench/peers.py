"""What the benchmark needs around a node: a real mosquitto and a consumer process."""

import multiprocessing
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """A real broker on loopback; gives its port."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        raise SystemExit("mosquitto is missing: sudo apt-get install mosquitto")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nuser root\n"
    )
    with subprocess.Popen([program, "-c", config], stderr=subprocess.DEVNULL) as process:
        try:
            await_port(port)
            yield port
        finally:
            process.kill()


def await_port(port: int) -> None:
    """Until somebody listens there."""
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)


@contextmanager
def consumer(port: int) -> Iterator["Synchronized[int]"]:
    """A process that subscribes to `data` of all nodes; gives how many readings it has received."""
    received: Synchronized[int] = multiprocessing.Value("q", 0)
    ready = multiprocessing.Event()
    process = multiprocessing.Process(target=_consume, args=(port, received, ready), daemon=True)
    process.start()
    try:
        assert ready.wait(10), "the consumer cannot subscribe"
        yield received
    finally:
        process.kill()
        process.join()


def _consume(port: int, received: "Synchronized[int]", ready: object) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2)

    def count(_client: object, _data: object, message: paho.MQTTMessage) -> None:
        with received.get_lock():
            received.value += message.payload.count(b'"id":')

    client.on_message = count
    client.on_subscribe = lambda *_: ready.set()  # type: ignore[attr-defined]
    client.connect("127.0.0.1", port)
    client.subscribe("+/+/+/+/data", qos=1)  # not `live`, which tells the newest of them again
    client.loop_forever()
