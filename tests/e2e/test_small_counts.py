"""A daemon that tells one reader all and hides small counts from another, at a real broker."""

import json
import threading
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from gateway.cli import main
from tests.e2e.daemon import Daemon
from tests.e2e.platform import PERSISTENT
from tests.mosquitto import StartMosquitto
from tests.waiting import until

PEOPLE = 6
"""In each life of the process."""
K = 2

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, commit_every: 1s}}
privacy: {{window: 500ms, small_below: 2}}
buses:
  header: {{type: gpio, simulated: true}}
  i2c-1: {{type: i2c, simulated: true}}
sensors:
  - {{name: door, driver: beam-pair, bus: header, options: {{line_a: 17, line_b: 27}}}}
  - {{name: air, driver: bme280, bus: i2c-1, interval: 250ms}}
uplinks:
  - {{type: mqtt, name: city, host: 127.0.0.1, port: {port}, tls: false, prefix: city,
     small_counts: carry, reconnect: {{first: 1s}}, backlog: {{spread: 0}}}}
  - {{type: mqtt, name: hall, host: 127.0.0.1, port: {port}, tls: false, prefix: hall,
     small_counts: none, reconnect: {{first: 1s}}, backlog: {{spread: 0}}}}
simulation: {{people_per_minute: 150, people: {people}, truth_file: {folder}/truth}}
"""

Message = dict[str, Any]


class Listener:
    """Keeps what is published below each prefix; its session outlives the broker."""

    def __init__(self, port: int) -> None:
        self.came: list[tuple[str, bytes]] = []
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="listener", clean_session=False
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_message = lambda _c, _d, one: self.came.append(
            (one.topic, bytes(one.payload))
        )
        subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert subscribed.wait(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def readings(self, prefix: str, sensor: str = "door") -> list[Message]:
        """Each once, in the order of their numbers."""
        found: dict[str, Message] = {}
        for topic, body in list(self.came):
            if topic.startswith(f"{prefix}/") and topic.endswith("/data"):
                found |= {one["id"]: one for one in json.loads(body) if _is_of(one, sensor)}
        return sorted(found.values(), key=lambda one: int(one["id"].rsplit(":", 1)[1]))

    def lines(self, prefix: str, file: Path) -> str:
        """As mosquitto_sub would write them."""
        ours = [f"{t} ".encode() + body for t, body in self.came if t.startswith(f"{prefix}/")]
        file.write_bytes(b"\n".join([*ours, b""]))
        return str(file)


def _is_of(message: Message, sensor: str) -> bool:
    return message["sensor"] == sensor and "gap" not in message


def counted(readings: list[Message], quantity: str) -> int:
    return sum(one["values"].get(quantity, 0) for one in readings)


def walked(folder: Path) -> Counter[str]:
    file = folder / "truth"
    lines = file.read_text().splitlines() if file.exists() else []
    return Counter(json.loads(line)["direction"] for line in lines)


@pytest.mark.mosquitto
def test_one_is_told_all_and_one_is_told_no_small_counts(
    tmp_path: Path, mosquitto: StartMosquitto
) -> None:
    broker = mosquitto(PERSISTENT)
    listener = Listener(broker.port)
    config = tmp_path / "gateway.yaml"
    config.write_text(CONFIG.format(folder=tmp_path, port=broker.port, people=PEOPLE))
    daemon = Daemon(config)
    try:
        daemon.start()
        until(lambda: _everybody(tmp_path, listener, PEOPLE), daemon.log.read_text)
        daemon.kill()  # what is open and what is closed is nowhere but in the log
        daemon.start()
        until(lambda: counted(listener.readings("city"), "count_in") > 1, daemon.status)
        broker.freeze()
        until(lambda: daemon.status()["uplinks"][0]["backlog"] > 10, daemon.status)
        broker.kill()
        broker.start()
        until(lambda: _everybody(tmp_path, listener, 2 * PEOPLE), daemon.status)
        until(lambda: _audits(listener, "city") and _audits(listener, "hall"), daemon.status)
        daemon.terminate()
    finally:
        daemon.kill()
        listener.close()
    city, hall = listener.readings("city"), listener.readings("hall")
    both = min(len(city), len(hall))
    assert [one["id"] for one in city[:both]] == [one["id"] for one in hall[:both]]
    assert listener.readings("city", "air") != []
    for quantity in ("count_in", "count_out", "blind_time"):
        _compare(city, hall, quantity)
    assert all(one["protected"] == "carry" for one in city)
    assert not any("protected" in one for one in hall)
    for prefix in ("city", "hall"):
        file = listener.lines(prefix, tmp_path / prefix)
        assert main(["audit", "--prefix", prefix, "--file", file]) in (0, 75)


def _everybody(folder: Path, listener: Listener, people: int) -> bool:
    hall, true = listener.readings("hall"), walked(folder)
    there = counted(hall, "count_in"), counted(hall, "count_out")
    return true.total() == people and there == (true["in"], true["out"])


def _audits(listener: Listener, prefix: str) -> list[str]:
    return [t for t, _ in listener.came if t.startswith(prefix) and t.endswith("/audit")]


def _compare(city: list[Message], hall: list[Message], quantity: str) -> None:
    """What one is told of a span is the sum of what the other is told of its windows."""
    windows: dict[tuple[str, int], float] = {}
    ends: defaultdict[tuple[str, int], float] = defaultdict(float)
    for one in hall:
        windows[one["boot"], one["up0"]] = one["values"][quantity]
        ends[one["boot"], one["up"]] = one["values"].get("total_in", 0)
    carried = [one for one in city if quantity in one["values"]]
    assert carried
    before = 0
    for one in carried:
        span = one.get("spans", {}).get(quantity) or {**one, "boot0": one["boot"]}
        value, boot = one["values"][quantity], one["boot"]
        inside = [
            n for (b, up0), n in windows.items() if b == boot and span["up0"] <= up0 < span["up"]
        ]
        assert value == pytest.approx(sum(inside))
        assert span["up0"] >= before
        before = span["up"]
        if quantity != "blind_time":
            assert value >= K
        if quantity == "count_in":
            assert one["values"]["total_in"] == ends[boot, span["up"]]
