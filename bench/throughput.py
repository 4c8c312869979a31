"""Simulated sensors at full rate: readings a second from the wire to the consumer, CPU for each.

Beside it, in the same run, the physical limit of this machine: the same rows put into SQLite by
hand, and the same payloads published by paho alone.
"""

import sqlite3
import tempfile
import time
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from bench.peers import consumer, mosquitto
from gateway import config
from gateway.app import Node
from gateway.clock import SystemClock

READINGS = 300_000
BATCH = 200

NODE = """
node: {{municipality: bench, name: full-rate, runtime_dir: {folder}}}
buffer: {{path: {folder}/log.db, commit_every: 1s}}
buses: {{i2c: {{type: i2c, simulated: true}}}}
sensors:
  - {{name: climate-1, driver: bme280, bus: i2c, interval: 0}}
  - {{name: climate-2, driver: bme280, bus: i2c, interval: 0, options: {{address: 0x77}}}}
uplinks: [{{type: mqtt, name: city, host: 127.0.0.1, port: {port}, tls: false}}]
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name, mosquitto(Path(name)) as port:
        rate, cpu_us = _node(Path(name), port)
        rows = _sqlite_alone(Path(name))
        published = _paho_alone(port)
    limit = 1 / (1 / rows + 1 / published)
    print(f"measured, stored, delivered   {rate:>10,.0f} readings/s (goal: 20,000)")
    print(f"CPU of the node               {cpu_us:>10.1f} us/reading (goal: 50)")
    print(f"SQLite alone, groups of 2,000 {rows:>10,.0f} rows/s")
    print(f"paho alone, {BATCH} a message     {published:>10,.0f} readings/s")
    print(f"node / (SQLite then paho)     {rate / limit:>10.2f}")


def _node(folder: Path, port: int) -> tuple[float, float]:
    text = NODE.format(folder=folder, port=port)
    with consumer(port) as received:
        node = Node(config.parse(text, "bench"), SystemClock())
        began, cpu_began = time.perf_counter(), time.process_time()
        node.start()
        while node.log.accepted < READINGS:
            time.sleep(0.05)
            node.check()
        node.stop_measuring()
        while not received.value >= _measured(node) == node.log.accepted:
            time.sleep(0.01)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        measured = _measured(node)
        node.stop()
        assert received.value == measured, (received.value, measured)
    return measured / seconds, cpu / measured * 1e6


def _measured(node: Node) -> int:
    return sum(sensor.measured for sensor in node.sensors.values())


def _sqlite_alone(folder: Path) -> float:
    connection = sqlite3.connect(folder / "alone.db", isolation_level=None)
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
    connection.execute("CREATE TABLE r (seq INTEGER PRIMARY KEY, a, b, up_ns, span_ns, packed)")
    began = time.perf_counter()
    for first in range(0, READINGS, 2000):
        connection.execute("BEGIN")
        rows = (
            (n, 1, 1, n * 1000, None, "21.00,101324.9,45.00") for n in range(first, first + 2000)
        )
        connection.executemany("INSERT INTO r VALUES (?,?,?,?,?,?)", rows)
        connection.execute("COMMIT")
    return READINGS / (time.perf_counter() - began)


def _paho_alone(port: int) -> float:
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.max_inflight_messages_set(20)
    client.connect("127.0.0.1", port)
    client.loop_start()
    payload = b"x" * 200 * BATCH
    began = time.perf_counter()
    sent = [client.publish("alone", payload, qos=1) for _ in range(READINGS // BATCH)]
    for message in sent:
        message.wait_for_publish()
    seconds = time.perf_counter() - began
    client.disconnect()
    client.loop_stop()
    return READINGS / seconds


if __name__ == "__main__":
    main()
