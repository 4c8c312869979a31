"""The receiver's view: from the messages alone the truth timeline, whatever the clocks did."""

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from gateway.buffer import Log
from gateway.config import Buffer
from gateway.encoding import native
from gateway.model import Instant, Quality, Reading
from tests.chaos.form import rounds
from tests.chaos.receiver import Dated, Receiver, ms
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000
HOUR_S = 3_600
DAY_S = 24 * HOUR_S
TRUTH = 1_790_000_000 * SECOND
_LONG_AGO = Instant("", 0, None, Quality.UNKNOWN)


class Sent(NamedTuple):
    """Everything that a node said, and when each reading was truly taken and began (ms)."""

    payloads: list[bytes]
    taken: dict[str, int]
    taken0: dict[str, int]


class Taken(NamedTuple):
    """The true beginning and end of a minute, in ns."""

    since_ns: int
    until_ns: int


class Node:
    """A node that looks at its clock every ten seconds, and measures and counts once a minute.

    Both readings of a minute carry its number, by which it is known when they were taken.
    """

    def __init__(self, folder: Path) -> None:
        self.clock = SimulatedClock("b1", truth_ns=TRUTH, drift_ppm=150)
        self.sent = Sent([], {}, {})
        self.link = True
        self._boots = 1
        self._minutes: list[Taken] = []
        self._folder = folder
        self._log = self._open()
        self._since = self._now()

    def run(self, hours: float) -> None:
        """Look more often at first, for something has just happened."""
        for _ in range(6):
            self._look(1)
        for tick in range(round(hours * 360)):
            self._look(10)
            if tick % 6 == 0:
                self._measure()

    def reboot(self, off_s: float) -> None:
        """Off, and on again with a wall clock in 1970."""
        self.close()
        self._boots += 1
        self.clock = self.clock.reboot(f"b{self._boots}", off_s)
        self._log = self._open()
        self._since = self._now()

    def close(self) -> None:
        self._log.close()

    def _look(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self._log.add_anchor(self.clock.anchor())

    def _measure(self) -> None:
        minute, since, now = len(self._minutes), self._since, self._now()
        self._minutes.append(Taken(since[1], now[1]))
        self._log.append(Reading("air", {"temperature": minute / 100}, now[0]))
        self._log.append(Reading("door", {"count_in": minute}, now[0], now[0] - since[0]))
        self._since = now
        if self.link:
            self._send()

    def _send(self) -> None:
        self._log.commit()
        while batch := self._log.reader("city").take(40):
            payload = native.encode("town/node", batch.entries, hist=True)
            self._log.reader("city").settle(batch)
            self.sent.payloads.append(payload)
            for body in json.loads(payload):
                if "gap" not in body:
                    self._remember(body)

    def _remember(self, body: dict[str, Any]) -> None:
        values = body["values"]
        minute = values.get("count_in", round(100 * values.get("temperature", 0)))
        self.sent.taken[body["id"]] = self._minutes[minute].until_ns // 1_000_000
        if "up0" in body:
            self.sent.taken0[body["id"]] = self._minutes[minute].since_ns // 1_000_000

    def _now(self) -> tuple[int, int]:
        """Since boot, and the truth."""
        return self.clock.now_ns(), self.clock.truth_ns

    def _open(self) -> Log:
        buffer = Buffer(path=str(self._folder / "log.db"), reserve=0)
        return Log(buffer, self._folder, self.clock, {"city": "everything"})


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """Six boots: every trouble that a clock can have, live and from the backlog."""
    node = Node(tmp_path_factory.mktemp("node"))
    node.run(0.8)  # in 1970, and sent undated
    node.clock.synchronise()
    node.run(2)
    node.clock.step_by_hand(-2 * DAY_S * SECOND)
    node.run(5)
    node.clock.synchronise()
    node.run(1)
    node.reboot(off_s=600)  # never synchronised, delivered at once
    node.run(2)
    node.reboot(off_s=900)  # never synchronised, delivered by the next boot
    node.link = False
    node.run(3)
    node.reboot(off_s=60)
    node.clock.synchronise()
    node.link = True
    node.run(3)
    node.clock.believe(3_650 * DAY_S * SECOND)
    node.run(2)
    node.clock.synchronise()
    node.run(3)
    node.clock.leap()
    node.run(1)
    node.clock.suspend(8 * HOUR_S, 200_000_000)
    node.run(1)
    node.clock.lose()  # and found again while the link is gone
    node.run(4)
    node.link = False
    node.run(4)
    node.clock.synchronise()
    node.run(1)
    node.link = True
    node.run(1)
    node.reboot(off_s=300)  # never synchronised, and nothing follows
    node.run(1)
    node.close()
    return node.sent


def received(payloads: list[bytes]) -> dict[str, Dated]:
    receiver = Receiver()
    for payload in payloads:
        receiver.take(payload)
    return receiver.truth()


def test_every_reading_is_within_a_second_of_the_truth_or_within_its_bounds(sent: Sent) -> None:
    truth = received(sent.payloads)
    assert truth.keys() == sent.taken.keys()
    for identity, dated in truth.items():
        taken = sent.taken[identity]
        if dated.t is None:
            assert dated.not_before is not None
            assert dated.not_before <= taken
            assert dated.not_after is None or taken <= dated.not_after
        else:
            assert abs(dated.t - taken) <= 1_000, (identity, dated, taken)
        if dated.t0 is not None:
            assert abs(dated.t0 - sent.taken0[identity]) <= 1_000, (identity, dated)


def test_the_quality_of_each_reading_is_known(sent: Sent) -> None:
    """Undated are three boots, of which the last has no end."""
    truth = received(sent.payloads)
    came = Counter(body["clock"] for body in _bodies(sent) if "gap" not in body)
    clocks = Counter(dated.clock for dated in truth.values())
    assert clocks["unknown"] == 2 * (2 + 3 + 1) * 60
    assert clocks["estimated"] == 0 < came["estimated"]
    assert clocks["repaired"] > came["repaired"] > 0
    unending = [one for one in truth.values() if one.t is None and one.not_after is None]
    assert len(unending) == 2 * 60


def test_what_came_was_wrong_or_undated_where_it_could_not_be_better(sent: Sent) -> None:
    """Else the receiver would have had nothing to do."""
    readings = [body for body in _bodies(sent) if "gap" not in body]
    truth = received(sent.payloads)
    wrong: Counter[str] = Counter()
    for body in readings:
        t = ms(body.get("t", body.get("t1")))
        if t is None:
            wrong["undated"] += truth[body["id"]].t is not None
        elif abs(t - sent.taken[body["id"]]) > 1_000:
            wrong[body["clock"]] += 1
    assert wrong["undated"] == 2 * 48
    assert wrong["synced"] == 2 * 2 * 60, "by the false server"
    assert wrong["estimated"] > 100, "drifted"


@pytest.mark.parametrize("seed", range(rounds(3, 300)))
def test_in_whatever_order_and_however_often_it_comes(sent: Sent, seed: int) -> None:
    random = Random(seed)
    payloads = [*sent.payloads, *random.sample(sent.payloads, len(sent.payloads) // 3)]
    random.shuffle(payloads)
    assert received(payloads) == received(sent.payloads)


def _bodies(sent: Sent) -> list[dict[str, Any]]:
    return [body for payload in sent.payloads for body in json.loads(payload)]
