"""The ways out of a node: a forwarder for each broker, a carrier for each radio."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from gateway.announcements import Announcer
from gateway.buffer import Log
from gateway.clock import Anchor, Clock
from gateway.config import Config, LorawanUplink, MqttUplink
from gateway.delivery import Correspondence, Ends, Forwarder, Source, hears
from gateway.encoding import native
from gateway.lorawan import Around, Carrier, Radio, carrier
from gateway.model import Entry, Finding, StoredReading
from gateway.privacy import protected_sensors
from gateway.uplink import mqtt
from gateway.uplink.contract import Payload

CONNECT_LIMIT_S = 120.0
"""Longest step of a forwarder: name resolution alone may take half a minute."""
RADIO_LIMIT_S = 180.0
"""Of a carrier: a confirmed uplink at the slowest data rate, and both receive windows."""


Way = Forwarder | Carrier


class Step(NamedTuple):
    """What a thread repeats."""

    name: str
    once: Callable[[], float | None]
    wake: threading.Event
    limit_s: float
    at_end: Callable[[], None]


class Parts(NamedTuple):
    """What of a node they need. `ports`: its buses; `hear` takes in what a network says of time.

    `findings`: how much is wrong with the node.
    """

    id: str
    config: Config
    clock: Clock
    log: Log
    ports: Any
    hear: Callable[[Anchor], None]
    findings: Callable[[], int]


class Ways:
    """All of one node."""

    def __init__(self, parts: Parts) -> None:
        self.all: list[Way] = []
        self._parts = parts

    def findings(self) -> list[Finding]:
        """What is wrong on any of them."""
        return [finding for way in self.all for finding in way.findings()]

    def dev_euis(self) -> dict[str, str | None]:
        """Of the modems that have told theirs, by uplink."""
        radios = [way for way in self.all if isinstance(way, Carrier)]
        return {one.name: one.link.identity and one.link.identity.dev_eui for one in radios}

    def build(self, announcer: Announcer) -> Iterator[Step]:
        """The brokers first: a radio stands in for one of them."""
        uplinks = self._parts.config.uplinks
        yield from (
            self._forwarder(one, announcer) for one in uplinks if isinstance(one, MqttUplink)
        )
        yield from (self._carrier(one) for one in uplinks if isinstance(one, LorawanUplink))

    def _forwarder(self, config: MqttUplink, announcer: Announcer) -> Step:
        parts, wake = self._parts, threading.Event()
        reader = parts.log.reader(config.name)
        reader.wake = wake
        reader.waits_for_platform = config.acknowledge == "platform"
        feed, hidden = parts.log.readers.feed(config.name), protected_sensors(parts.config, config)
        source = Source(parts.id, parts.log.session, reader, feed, parts.clock, hidden)
        uplink = mqtt.MqttUplink(config, parts.id, wake, hears(config), clock=parts.clock)
        forwarder = Forwarder(
            Ends(reader, uplink, parts.log.append_gap),
            self._encode,
            config,
            parts.clock,
            Correspondence(source, config, announcer, self._encode_live),
        )
        self.all.append(forwarder)
        name = f"uplink {config.name}"
        return Step(name, forwarder.forward_once, wake, CONNECT_LIMIT_S, forwarder.close)

    def _carrier(self, config: LorawanUplink) -> Step:
        parts, wake = self._parts, threading.Event()
        brokers = (one for one in self.all if isinstance(one, Forwarder))
        preferred = next((one for one in brokers if one.name == config.fallback_for), None)
        radio = Radio(parts.config, config, parts.clock, parts.ports[config.bus])
        way = carrier(radio, Around(parts.log, parts.hear, parts.findings, preferred))
        way.reader.wake = wake
        self.all.append(way)
        return Step(f"uplink {config.name}", way.carry_once, wake, RADIO_LIMIT_S, way.close)

    def _encode(self, entries: Sequence[Entry], hist: bool) -> Payload:
        return Payload(native.TOPIC, native.encode(self._parts.id, entries, hist=hist))

    def _encode_live(self, reading: StoredReading) -> Payload:
        topic = f"{native.LIVE}/{reading.sensor}"
        return Payload(topic, native.encode_live(self._parts.id, reading), retain=True)
