"""A hundred thousand readings over a wire and a broker that fail in every way there is.

The consumer has no session that the broker keeps, so it misses what passes while it is away, and
nothing but the node can send it anything twice. In the end it audits what it has, asks the node for
the rest, and then has all, once each.
GATEWAY_CHAOS_SEED decides what happens when, but for what the scheduler does.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.explained import explained
from tests.chaos.form import report, rounds
from tests.chaos.outpost import Arrived, Outpost, Pulse
from tests.mosquitto import StartMosquitto
from tests.waiting import until

READINGS = rounds(100_000, 1_000_000)
BUSES, SENSORS = 4, 10
PULSE = Pulse(BUSES, SENSORS, "20ms", READINGS // (BUSES * SENSORS))
FAULT_S = (0.3, 3.0)
BREAK_S = (0.2, 1.5)
"""Between two faults."""
SLOW = (0.2, 64_000.0, 0.05)
FORBIDDEN_S = 1.0
WAIT_S = 120.0
ALL = "topic readwrite #\n"
NO_DATA = "topic read #\n" + "".join(
    f"topic write udp/v1/+/+/{topic}\n"
    for topic in ("status", "meta", "audit", "health", "reply", "live/#", "cmd/#")
)
BROKER = """
allow_anonymous true
persistence true
autosave_interval 5
max_inflight_messages 0
max_queued_messages 1000000
acl_file {acl}
"""


class Weather:
    """The faults, one after the other, each kind as often as all others."""

    def __init__(self, outpost: Outpost, acl: Path, seed: int) -> None:
        self.had: Counter[str] = Counter()
        self._outpost = outpost
        self._acl = acl
        self._random = random.Random(seed)
        self._bag: list[str] = []
        self._kinds: dict[str, Callable[[], Any]] = {
            "killed": self._kill,
            "consumer killed": self._kill_the_consumer,
            "restarted": self._restart,
            "frozen": self._freeze,
            "cut": self._cut,
            "swallowed, then mended": self._swallow,
            "swallowed, then cut": self._swallow_and_cut,
            "slow": self._last,
            "forbidden": self._forbid,
        }

    def blow(self) -> None:
        """One fault, and a break; a third of them while the wire is slow, too."""
        if not self._bag:
            self._bag = self._random.sample(list(self._kinds), len(self._kinds))
        kind = self._bag.pop()
        self.had[kind] += 1
        with self._slow(kind == "slow" or self._random.random() < 1 / 3):
            self._kinds[kind]()
        time.sleep(self._random.uniform(*BREAK_S))

    @contextmanager
    def _slow(self, really: bool) -> Iterator[None]:
        if really:
            self._outpost.wire.slow(*SLOW)
        yield
        self._outpost.wire.slow()

    def _last(self) -> None:
        time.sleep(self._random.uniform(*FAULT_S))

    def _kill(self) -> None:
        self._outpost.broker.kill()
        self._last()
        self._outpost.broker.start()

    def _kill_the_consumer(self) -> None:
        self._outpost.kill_collector()
        self._last()
        self._outpost.collect()

    def _restart(self) -> None:
        self._outpost.broker.stop()
        self._last()
        self._outpost.broker.start()

    def _freeze(self) -> None:
        self._outpost.broker.freeze()
        self._last()
        self._outpost.broker.thaw()

    def _cut(self) -> None:
        self._outpost.wire.cut()
        self._last()
        self._outpost.wire.mend()

    def _swallow(self) -> None:
        self._outpost.wire.swallow()
        self._last()
        self._outpost.wire.mend()

    def _swallow_and_cut(self) -> None:
        self._outpost.wire.swallow()
        self._last()
        self._cut()

    def _forbid(self) -> None:
        self._acl.write_text(NO_DATA)
        self._outpost.broker.reload()
        self._last()
        self._acl.write_text(ALL)
        self._outpost.broker.reload()


@pytest.mark.mosquitto
def test_all_arrives_and_what_the_broker_has_lost_is_brought_again(
    tmp_path: Path, mosquitto: StartMosquitto
) -> None:
    acl = tmp_path / "acl"
    acl.write_text(ALL)
    seed = int(os.environ.get("GATEWAY_CHAOS_SEED", "0"))
    broker = mosquitto(BROKER.format(acl=acl))
    with closing(Outpost(tmp_path, broker, PULSE)) as outpost:
        outpost.collect()
        outpost.start(FORBIDDEN_S)
        weather = Weather(outpost, acl, seed)
        begun = time.monotonic()
        while outpost.given_out() < READINGS:
            weather.blow()
        until(lambda: _is_delivered(outpost), lambda: _state(outpost), WAIT_S)
        lasted = time.monotonic() - begun
        _judge(outpost, weather, tmp_path / "state", lasted)


def _is_delivered(outpost: Outpost) -> bool:
    """All gauges have ended; the counters go on."""
    uplink = outpost.uplink()
    return bool(uplink["state"] == "connected" and uplink["backlog"] < 20)


def _state(outpost: Outpost) -> str:
    return f"{outpost.daemon.status()}\n{outpost.daemon.log.read_text()[-3000:]}"


def _judge(outpost: Outpost, weather: Weather, state: Path, lasted: float) -> None:
    _, before = outpost.audit("--file", str(outpost.heard), "--state", str(state))
    lost = before["epochs"][0]["missing"]["n"]
    told = Arrived(outpost.heard).told
    code, repaired = outpost.repair("--state", str(state))
    assert lost > 0, "nothing was missed: the test has not seen what it is about"
    assert code == 0, repaired
    assert repaired["repair"]["problems"] == []
    until(lambda: not Arrived(outpost.heard).faults(outpost), lambda: _faults(outpost), WAIT_S)
    code, judged = outpost.audit("--file", str(outpost.heard))
    epoch = judged["epochs"][0]
    arrived = Arrived(outpost.heard)
    _report(outpost, weather, lost, lasted, told, arrived)
    assert (code, epoch["missing"]["n"], epoch["doubled"]["n"]) == (0, 0, 0), judged
    assert (epoch["contradicted"]["n"], epoch["audits"]["differ"]) == (0, [])
    assert epoch["audits"]["agree"] > 0
    assert arrived.doubled == []
    assert arrived.told["dup"] == 0
    assert arrived.contradictions == set()
    assert explained(list(arrived.entries.values())).unexplained == {}


def _faults(outpost: Outpost) -> list[str]:
    return Arrived(outpost.heard).faults(outpost)


def _report(
    outpost: Outpost,
    weather: Weather,
    lost: int,
    lasted: float,
    told: Counter[str],
    arrived: Arrived,
) -> None:
    faults = ", ".join(f"{kind} {n}" for kind, n in sorted(weather.had.items()))
    report(
        f"delivery: {outpost.given_out():,} readings in {lasted:.0f} s; faults: {faults}; "
        f"{outpost.wire.accepted} connections, {outpost.wire.there.lost + outpost.wire.back.lost} "
        f"segments lost; the consumer was told {told['plain']:,} as news, {told['hist']:,} as "
        f"backlog or repeat; it has missed {lost:,} that the broker had acknowledged, and "
        f"{arrived.told['hist'] - told['hist']:,} were replayed"
    )
