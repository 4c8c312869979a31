"""The platform at the far side of a real broker: keeps every identity that arrives.

It goes by docs/messages.md alone: duplicates are removed by identity, a merged reading replaces
the readings that it was merged from, and gap records say what else is not there.
"""

import json
import threading
from collections import Counter
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

PERSISTENT = """
allow_anonymous true
persistence true
autosave_on_changes true
autosave_interval 1
"""
"""A broker that keeps the platform's subscription and what is queued for it over a SIGKILL."""

Message = dict[str, Any]

FINAL = ("unclean_stop", "store_damaged", "dropped", "refused")
"""Gaps whose numbers need not arrive any more."""


class Identity(NamedTuple):
    """`municipality/node:epoch:number`, or `...:first-last` of readings that were merged."""

    node: str
    epoch: int
    first: int
    last: int

    @classmethod
    def of(cls, text: str) -> "Identity":
        node, epoch, number = text.rsplit(":", 2)
        first, _, last = number.partition("-")
        return cls(node, int(epoch), int(first), int(last or first))

    def within(self, other: "Identity") -> bool:
        same = (self.node, self.epoch) == (other.node, other.epoch)
        return same and other.first <= self.first and self.last <= other.last


class Platform:
    """A consumer with a session that outlives the broker; `port` None: fed by hand."""

    def __init__(self, port: int | None = None) -> None:
        self.readings: dict[Identity, Message] = {}
        self.gaps: dict[Identity, Message] = {}
        self.arrivals: Counter[Identity] = Counter()
        self.contradictions: list[tuple[Message, Message]] = []
        """Messages of one identity that tell different things."""
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="platform", clean_session=False
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_message = lambda _client, _data, message: self.take(message.payload)
        if port is not None:
            subscribed = threading.Event()
            self._client.on_subscribe = lambda *_: subscribed.set()
            self._client.connect("127.0.0.1", port)
            self._client.loop_start()
            assert subscribed.wait(10), "the broker does not take the subscription"

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def take(self, payload: bytes | bytearray) -> None:
        """One message of the node."""
        for message in json.loads(payload):
            identity = Identity.of(message["id"])
            kept = self.gaps if "gap" in message else self.readings
            before = kept.setdefault(identity, message)
            if _content(before) != _content(message):
                self.contradictions.append((before, message))
            self.arrivals[identity] += 1

    def of(self, sensor: str) -> list[Message]:
        """The readings of one sensor, each once, in the order of their identity in each epoch."""
        ours = {i: m for i, m in list(self.readings.items()) if m["sensor"] == sensor}
        merged = [identity for identity in ours if identity.first < identity.last]
        began: dict[int, int] = {}
        for identity, message in ours.items():
            began[identity.epoch] = min(message["up"], began.get(identity.epoch, message["up"]))
        left = [i for i in ours if not any(i.within(one) and i != one for one in merged)]
        return [ours[i] for i in sorted(left, key=lambda i: (began[i.epoch], i.epoch, i.last))]

    def measured(self, sensor: str) -> int:
        """How many readings of it were delivered or are in a merged one."""
        return sum(reading.get("n", 1) for reading in self.of(sensor))

    def counted(self, sensor: str) -> tuple[int, int]:
        """People in and out, by adding up the intervals."""
        values = [reading["values"] for reading in self.of(sensor)]
        return sum(v["count_in"] for v in values), sum(v["count_out"] for v in values)

    def totals(self, sensor: str) -> tuple[int, int]:
        """The newest running totals; while the log cannot be read there are none."""
        for reading in reversed(self.of(sensor)):
            values = reading["values"]
            if "total_in" in values:
                return values["total_in"], values["total_out"]
        return 0, 0

    def told(self, reason: str) -> list[Message]:
        """The gap records of that reason."""
        return [gap for gap in list(self.gaps.values()) if gap["gap"] == reason]

    def unaccounted(self) -> list[Identity]:
        """Numbers up to the newest of their epoch that nothing was heard of."""
        heard = [*self.readings, *self.gaps]
        single = set(heard)
        merged = [identity for identity in self.readings if identity.first < identity.last]
        final, thinned = self._ranges(*FINAL), self._ranges("thinned")
        missing = []
        for node, epoch in {(one.node, one.epoch) for one in heard}:
            newest = max(one.last for one in heard if (one.node, one.epoch) == (node, epoch))
            for number in range(1, newest + 1):
                one = Identity(node, epoch, number, number)
                coarser = _covered(one, merged) and _covered(one, thinned)
                if not (one in single or coarser or _covered(one, final)):
                    missing.append(one)
        return missing

    def _ranges(self, *reasons: str) -> list[Identity]:
        return [
            Identity(identity.node, gap["epoch"], gap["from"], gap["to"])
            for identity, gap in self.gaps.items()
            if gap["gap"] in reasons and "from" in gap
        ]

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe("udp/v1/+/+/data", qos=1)


def _covered(one: Identity, ranges: list[Identity]) -> bool:
    return any(one.within(other) for other in ranges)


def _content(message: Message) -> Message:
    """What may never change; times can become known, and news grow old."""
    return {name: message.get(name) for name in ("sensor", "gap", "values", "boot", "up", "up0")}
