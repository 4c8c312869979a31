"""Two uplinks of one log, told small counts in different ways, each with its own audits."""

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from gateway.config import Backlog, MqttUplink, Reconnect, SmallCounts
from gateway.delivery import Correspondence, Ends, Forwarder, Source
from gateway.encoding import native
from gateway.errors import UplinkUnavailable
from gateway.model import Entry, Finding, StoredReading
from gateway.uplink.contract import Payload, Settled, Uplink
from tests.gateway.delivery.far_side import Voice
from tests.gateway.privacy.house import NODE, House
from tests.gateway.privacy.windows import BERLIN

DAY = 96
Message = dict[str, Any]


class Consumer(Uplink):
    """Takes everything while it is there, and keeps it as it came."""

    window = 3
    max_body = 10**6

    def __init__(self, name: str) -> None:
        self.name = name
        self.wake = threading.Event()
        self.there = True
        self.came: list[Payload] = []
        self.says: list[Payload] = []
        self._answers: list[Settled] = []
        self._token = 0

    def connect(self, will: Payload | None = None) -> None:
        self._check()

    def send(self, payload: Payload) -> int:
        self._check()
        self._token += 1
        self.came.append(payload)
        self._answers.append(Settled(self._token))
        return self._token

    def settled(self) -> list[Settled]:
        self._check()
        answers, self._answers = self._answers, []
        return answers

    def heard(self) -> list[Payload]:
        heard, self.says = self.says, []
        return heard

    def findings(self) -> list[Finding]:
        return []

    def close(self) -> None:
        self._answers = []

    def of(self, topic: str) -> list[Message]:
        """All messages of that topic, of `data` each reading by itself."""
        found = [json.loads(one.body) for one in self.came if one.topic == topic]
        return [one for several in found for one in several] if topic == "data" else found

    def _check(self) -> None:
        if not self.there:
            raise UplinkUnavailable("nobody there", "look")


def encode(entries: Sequence[Entry], hist: bool) -> Payload:
    return Payload("data", native.encode(NODE, entries, hist=hist))


def encode_live(reading: StoredReading) -> Payload:
    return Payload(f"live/{reading.sensor}", native.encode_live(NODE, reading), retain=True)


class Rig:
    """A house, and a forwarder for each way to tell small counts."""

    def __init__(self, folder: Path) -> None:
        self.house = House(folder, {"none": "none", "carry": "carry", "round5": "round5"})
        self.consumers = {name: Consumer(name) for name in self.house.modes}
        self.forwarders = [self._forwarder(*one) for one in self.house.modes.items()]

    def run(self, quarters: int) -> None:
        for _ in range(quarters):
            self.house.run(1)
            self.deliver()

    def deliver(self, rounds: int = 4) -> None:
        for _ in range(rounds):
            for one in self.forwarders:
                one.forward_once()

    def settle(self) -> None:
        """Until all is delivered, and audited."""
        for _ in range(100):
            self.house.clock.sleep(40)
            self.deliver()

    def ask(self, name: str, command: str, **words: Any) -> Message:
        """The last reply."""
        consumer = self.consumers[name]
        consumer.says.append(Payload(f"cmd/{command}", json.dumps(words).encode()))
        self.settle()
        return consumer.of("reply")[-1]

    def _forwarder(self, name: str, mode: SmallCounts) -> Forwarder:
        log, clock = self.house.log, self.house.clock
        config = MqttUplink(
            name=name,
            host="127.0.0.1",
            small_counts=mode,
            backlog=Backlog(share=1.0, messages=10_000, bytes=10**9, spread=0),
            reconnect=Reconnect(first=1.0, longest=60.0),
        )
        hidden = frozenset() if mode == "none" else frozenset(("door", "hall"))
        reader, feed = log.reader(name), log.readers.feed(name)
        source = Source(NODE, "life", reader, feed, clock, hidden)
        return Forwarder(
            Ends(reader, self.consumers[name], log.append_gap),
            encode,
            config,
            clock,
            Correspondence(source, config, Voice(clock, log), encode_live),
        )


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    rig.deliver()
    yield rig
    rig.house.log.close()


def delivered(rig: Rig) -> Rig:
    """Two days and a bit, with an outage of some hours for all."""
    rig.run(30)
    for one in rig.consumers.values():
        one.there = False
    rig.run(50)
    for one in rig.consumers.values():
        one.there = True
    rig.house.clock.sleep(60)
    rig.run(2 * DAY - 60)
    rig.settle()
    return rig


def ids(messages: list[Message]) -> list[str]:
    return [one["id"] for one in messages]


def days(messages: list[Message], sensor: str, quantity: str) -> dict[int, int]:
    """Sums by the local day in which the span of a value begins."""
    found: dict[int, int] = {}
    for one in messages:
        if one["sensor"] == sensor and one["values"].get(quantity) is not None:
            since = one.get("spans", {}).get(quantity, one)["t0"]
            day = BERLIN.day(int(datetime.fromisoformat(since).timestamp()) * 10**9)
            found[day] = found.get(day, 0) + one["values"][quantity]
    return found


def test_all_are_told_of_the_same_readings_and_days(rig: Rig) -> None:
    delivered(rig)
    told = {name: one.of("data") for name, one in rig.consumers.items()}
    assert len(set(ids(told["none"]))) > 1000
    assert set(ids(told["none"])) == set(ids(told["carry"])) == set(ids(told["round5"]))
    today = BERLIN.day(rig.house.clock.wall_ns)
    for name, sensor in (("count_in", "door"), ("count_out", "door"), ("activations", "hall")):
        true = {day: n for day, n in rig.house.truth[name].items() if day < today}
        for mode in ("none", "carry"):
            found = days(told[mode], sensor, name)
            assert {day: n for day, n in found.items() if day < today} == true
    assert all("protected" not in one for one in told["none"])
    assert all("protected" not in one for one in told["carry"] if one["sensor"] == "air")


def test_what_came_late_is_what_would_have_come_at_once(rig: Rig) -> None:
    delivered(rig)
    first = rig.house.entries("carry")
    plain = [json.loads(native.encode(NODE, [one], hist=False))[0] for one in first]
    known = {one["id"]: one for one in plain}
    came = rig.consumers["carry"].of("data")
    hist = [at for at, one in enumerate(came) if one["hist"]]
    assert len(hist) > 200
    assert all({**one, "hist": False} == known[one["id"]] for one in came)


def test_what_is_sent_again_is_what_was_sent_but_for_hist(rig: Rig) -> None:
    delivered(rig)
    for name, consumer in rig.consumers.items():
        before = {one["id"]: one for one in consumer.of("data")}
        consumer.came.clear()
        epoch = rig.house.log.window.identities.epoch
        reply = rig.ask(name, "replay", id="x", epoch=epoch, **{"from": 100, "to": 700})
        assert (reply["state"], reply["result"]["sent"]) == ("done", 601)
        again = consumer.of("data")
        assert len(again) == 601
        assert all(one["hist"] for one in again)
        assert [{**one, "hist": False} for one in again] == [
            {**before[one["id"]], "hist": False} for one in again
        ]


@pytest.mark.parametrize("name", ["none", "carry", "round5"])
def test_each_has_audits_that_agree_with_what_it_was_told(
    rig: Rig, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered(rig)
    lines = [f"udp/v1/{NODE}/{one.topic} ".encode() + one.body for one in rig.consumers[name].came]
    file = tmp_path / "lines"
    file.write_bytes(b"\n".join([*lines, b""]))
    capsys.readouterr()
    assert main(["audit", "--json", "--file", str(file)]) == 0
    [epoch] = json.loads(capsys.readouterr().out)["epochs"]
    assert epoch["audits"]["agree"] > 40
    assert (epoch["audits"]["differ"], epoch["audits"]["not_compared"]) == ([], 0)
    sums = [one["sums"] for one in rig.consumers[name].of("audit")]
    assert any(one.get("door", {}).get("count_in") for one in sums)


def test_live_tells_nothing_else(rig: Rig) -> None:
    rig.run(40)
    rig.settle()
    consumer = rig.consumers["carry"]
    data = {one["id"]: one for one in consumer.of("data")}
    for topic in ("live/door", "live/hall", "live/air"):
        live = consumer.of(topic)
        assert live
        assert all(one == data[one["id"]] for one in live)


def test_the_newest_values_of_people_are_not_read(rig: Rig) -> None:
    rig.run(2)
    reply = rig.ask("carry", "read", id="r", sensor="door")
    assert reply["state"] == "refused"
    assert "live/door" in reply["problem"]
    assert rig.ask("none", "read", id="r", sensor="door")["state"] == "done"
