"""A node as a broker sees one: it publishes from a store of its own, and answers commands."""

import json
import threading
import time
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.gateway.auditing.truth import Entry

EPOCH = 7107899


class StubNode:
    """Has `kept` (number to entry), says `accepted` and `done`, and obeys report-status."""

    def __init__(self, port: int, node: str = "brandis/rathaus-01") -> None:
        self.node = node
        self.kept: dict[int, Entry] = {}
        self.asked: list[dict[str, Any]] = []
        self.refuses = 0
        """So many replays, before the first is done."""
        self._root = f"udp/v1/{node}"
        self._newest = 0
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=node, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.username_pw_set("node")
        self._subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe(f"{self._root}/cmd/+", 1)
        assert self._subscribed.wait(10)
        self.status("online")

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def measure(self, payloads: int, size: int = 10) -> None:
        """So many new payloads of readings, acknowledged by the broker one by one."""
        for _ in range(payloads):
            first = self._newest + 1
            self._newest += size
            numbers = range(first, self._newest + 1)
            new = [Entry(self.node, EPOCH, n, n, "door", n % 7) for n in numbers]
            self.kept |= {one.number: one for one in new}
            self._data(new, hist=False)

    def audit(self) -> None:
        counts = sum(one.count for one in self.kept.values())
        body = self._stamp() | {"from": 1, "to": self._newest, "n": self._newest}
        body |= {"sums": {"door": {"count_in": counts}}, "gaps": [], "oldest_unacknowledged": None}
        kept = {"epoch": EPOCH, "first": min(self.kept), "last": max(self.kept)}
        self._publish("audit", body | {"epoch": EPOCH, "kept": [kept] if self.kept else []})

    def status(self, state: str) -> None:
        body = self._stamp() | {"state": state, "epoch": EPOCH, "next": self._newest + 1}
        body |= {"backlog": 0, "clock": "synced", "version": "0.1.0", "config": "sha256:0"}
        self._publish("status", body, retain=True)

    def _stamp(self) -> dict[str, Any]:
        return {"node": self.node, "at": None, "boot": "5f1c22aa", "up": 1, "session": "s-1"}

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        request = json.loads(message.payload)
        if message.topic.endswith("/replay"):
            self.asked.append(request)
            threading.Thread(target=self._replay, args=(request,)).start()
        elif message.topic.endswith("/report-status"):
            threading.Thread(target=self.audit).start()

    def _replay(self, request: dict[str, Any]) -> None:
        if self.refuses:
            self.refuses -= 1
            self._reply(request, "refused", problem="busy")
            return
        self._reply(request, "accepted")
        numbers = range(request["from"], request["to"] + 1)
        there = [self.kept[number] for number in numbers if number in self.kept]
        for at in range(0, len(there), 10):
            self._data(there[at : at + 10], hist=True)
            time.sleep(0.02)
        absent = [[number, number] for number in numbers if number not in self.kept]
        result = {"epoch": EPOCH, "sent": len(there), "absent": absent}
        self._reply(request, "done", result=result)

    def _reply(self, request: dict[str, Any], state: str, **more: Any) -> None:
        body = {"node": self.node, "command": "replay", "id": request["id"], "state": state}
        self._publish("reply", body | more)

    def _data(self, entries: list[Entry], hist: bool) -> None:
        self._publish("data", [one.message(hist) for one in entries])

    def _publish(self, topic: str, body: Any, retain: bool = False) -> None:
        told = self._client.publish(f"{self._root}/{topic}", json.dumps(body), 1, retain)
        told.wait_for_publish(10)
        assert told.is_published()
