"""A node with fast sensors, the wire to its broker, and a consumer that writes down what comes.

Each sensor gives out numbers from 1 on and writes down each in a file of its own (ticker.py), so
what the far side has can be held against what there was.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from paho.mqtt import publish

from tests.chaos.consumer import Entry
from tests.chaos.ticker import amount_of
from tests.chaos.truth import Truth
from tests.e2e.daemon import Daemon, gateway
from tests.mosquitto import Mosquitto
from tests.waiting import until
from tests.wire import Wire

NODE = "brandis/rathaus-01"
HASTY = (sys.executable, "-m", "tests.e2e.hasty")
COUNTERS = ("count-1", "count-2")
_MAY_CHANGE = ("hist", "clock", "t", "t0", "t1", "not_before", "not_after")

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, commit_every: 500ms, reserve: 0}}
buses:
{buses}
privacy: {{window: 1s}}
sensors:
{sensors}
uplinks:
  - {{type: mqtt, name: city, host: 127.0.0.1, port: {port}, tls: false, small_counts: none,
     {uplink}}}
"""
UPLINK = (
    "keepalive: 2s, reconnect: {first: 500ms, longest: 1s}, "
    "backlog: {messages: 10000, bytes: 1GB, spread: 0}"
)
"""One that is soon back and sends as fast as the line lets it."""


class Pulse(NamedTuple):
    """So many sensors on each of so many buses; each ends after `last` readings."""

    buses: int
    sensors: int
    interval: str
    last: int = 10**9


class Outpost:
    """Its truth and its configuration are in `folder`, and `heard` is what the consumer wrote."""

    def __init__(self, folder: Path, broker: Mosquitto, pulse: Pulse, uplink: str = UPLINK) -> None:
        self.broker = broker
        self.wire = Wire(broker.port)
        self.heard = folder / "heard"
        self.daemon = Daemon(folder / "gateway.yaml")
        self.gauges = [
            f"tick-{bus}-{n}" for bus in range(pulse.buses) for n in range(pulse.sensors)
        ]
        buses = {
            f"i2c-{bus}": [name for name in self.gauges if name.startswith(f"tick-{bus}-")]
            for bus in range(pulse.buses)
        }
        self.truth = Truth(folder, buses | {"i2c-count": list(COUNTERS)})
        self._folder = folder
        self._pulse = pulse
        self._collector: subprocess.Popen[bytes] | None = None
        self._configure(buses | {"i2c-count": list(COUNTERS)}, uplink)

    def _configure(self, buses: Mapping[str, list[str]], uplink: str) -> None:
        self.daemon.config.write_text(
            CONFIG.format(
                folder=self._folder,
                buses="\n".join(
                    f"  {bus}: {{type: i2c, device: /dev/{bus}, simulated: true}}" for bus in buses
                ),
                sensors="\n".join(
                    self._sensor(name, bus, address)
                    for bus, names in buses.items()
                    for address, name in enumerate(names, start=8)
                ),
                port=self.wire.port,
                uplink=uplink,
            )
        )

    def _sensor(self, name: str, bus: str, address: int) -> str:
        counts = name in COUNTERS
        driver, interval = ("counting-ticker", "1s") if counts else ("ticker", self._pulse.interval)
        last = 10**9 if counts else self._pulse.last
        return (
            f"  - {{name: {name}, driver: {driver}, bus: {bus}, interval: {interval}, options: "
            f"{{address: {address}, truth: {self.truth.path(name)}, last: {last}}}}}"
        )

    def start(self, forbidden_s: float = 60.0) -> None:
        """The node."""
        self.daemon.start(*HASTY, str(forbidden_s))

    def collect(self, client_id: str = "") -> None:
        """Let a consumer listen, at the broker itself; returns when it is subscribed."""
        before = self.heard.stat().st_size if self.heard.exists() else 0
        words = [str(self.broker.port), str(self.heard), *filter(None, [client_id])]
        self._collector = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.collector", *words], stderr=subprocess.DEVNULL
        )
        until(
            lambda: self.heard.exists() and self.heard.stat().st_size > before,
            self.broker.log.read_text,
        )

    def kill_collector(self) -> None:
        """In the middle of whatever it does."""
        if self._collector is not None:
            self._collector.kill()
            self._collector.wait()
            self._collector = None

    def close(self) -> None:
        self.daemon.kill()
        self.kill_collector()
        self.wire.close()

    def uplink(self) -> dict[str, Any]:
        """What the node says of its uplink."""
        told: dict[str, Any] = self.daemon.status()["uplinks"][0]
        return told

    def report_status(self) -> None:
        """Let the node tell again, also which numbers the broker has acknowledged."""
        topic = f"udp/v1/{NODE}/cmd/report-status"
        publish.single(topic, '{"id": "test"}', qos=1, port=self.broker.port)

    def connects(self) -> list[str]:
        """The CONNECTs of the node, as the broker noted them."""
        lines = self.broker.log.read_text(errors="replace").splitlines()
        return [line for line in lines if " as brandis-rathaus-01-city (" in line]

    def given_out(self) -> int:
        """Readings of gauges, by the sensors' own account."""
        return sum(map(self.truth.count, self.gauges))

    def ask(self, *verb: str) -> dict[str, Any]:
        """What `gateway <verb> --json` answers on this node."""
        words = [*HASTY, "60", "gateway", *verb, "--json", "--config", str(self.daemon.config)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def audit(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Exit code and answer of `gateway audit`."""
        done = gateway("audit", "--json", *words)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def repair(self, *words: str) -> tuple[int, dict[str, Any]]:
        """The same with the broker, which lets it ask for what is missing."""
        return self.audit(
            "--broker", f"127.0.0.1:{self.broker.port}", "--no-tls", "--repair", *words
        )


class Arrived:
    """What a consumer has, by its own account; the file is what `collector` wrote."""

    def __init__(self, heard: Path) -> None:
        self.entries: dict[str, Entry] = {}
        self.contradictions: set[str] = set()
        self.audited_to = 0
        """Up to which number an audit has told, whatever the epoch."""
        self.told: Counter[str] = Counter()
        """Deliveries: `plain` news, `hist`, and `dup` of the broker."""
        self.plain: Counter[str] = Counter()
        for line in heard.read_bytes().splitlines():
            if line.endswith(b"}"):
                self._line(json.loads(line))

    def _line(self, line: dict[str, Any]) -> None:
        if line["topic"].endswith("/data"):
            for body in line["payload"]:
                self._take(body, bool(line["dup"]))
        if line["topic"].endswith("/audit"):
            self.audited_to = max(self.audited_to, line["payload"]["to"])

    def _take(self, body: dict[str, Any], dup: bool) -> None:
        identity = body["id"]
        _, epoch, numbers = identity.rsplit(":", 2)
        first, _, last = numbers.partition("-")
        one = Entry(int(epoch), int(first), int(last or first), body)
        before = self.entries.setdefault(identity, one)
        if _content(before.body) != _content(body):
            self.contradictions.add(identity)
        kind = "hist" if body["hist"] else "dup" if dup else "plain"
        self.told[kind] += 1
        self.plain[identity] += kind == "plain"

    @property
    def numbers(self) -> set[int]:
        """All that have arrived, of readings and gap records."""
        return {entry.last for entry in self.entries.values()}

    @property
    def doubled(self) -> list[str]:
        """Identities that came twice as news, and nobody said that it is a repeat."""
        return [identity for identity, times in self.plain.items() if times > 1]

    def faults(self, outpost: Outpost) -> list[str]:
        """Where it differs from what the sensors gave out."""
        found = []
        shown: dict[str, list[int]] = {name: [] for name in outpost.truth.sensors}
        counted: Counter[str] = Counter()
        for entry in self.entries.values():
            if not entry.gap:
                shown[entry.sensor].append(int(entry.values["pressure"] or 0))
                counted[entry.sensor] += int(entry.values.get("count_in") or 0)
        for name in outpost.gauges:
            expected = list(range(1, outpost.truth.count(name) + 1))
            if sorted(shown[name]) != expected:
                absent = sorted(set(expected) - set(shown[name]))
                found.append(f"{name}: {len(shown[name])} of {len(expected)}, not {absent[:20]}")
        for name in COUNTERS:
            newest = max(shown[name], default=0)
            if counted[name] != sum(map(amount_of, range(1, newest + 1))):
                found.append(f"{name} has counted {counted[name]} up to {newest}")
        return found


def _content(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _MAY_CHANGE}
