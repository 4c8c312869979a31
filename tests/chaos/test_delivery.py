"""A hundred thousand readings over a wire and a broker that fail in every way there is.

While nobody is killed, all must arrive by itself: the broker keeps a session for the consumer. With
kills a broker loses what it has acknowledged, which no node can know. There the consumer has no
session that is kept, so it misses what passes while it is away, and nothing but the node can send
it anything twice. In the end it audits what it has, asks the node for the rest, and has all.

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

WITH_KILLS = rounds(100_000, 1_000_000)
WITHOUT = rounds(40_000, 1_000_000)
BUSES, SENSORS = 4, 10
FAULT_S = (0.3, 3.0)
BREAK_S = (0.2, 1.5)
"""Between two faults."""
SLOW = (0.2, 64_000.0, 0.05)
FORBIDDEN_S = 1.0
WAIT_S = 120.0
READ = "pattern read #\n"
"""A pattern: else mosquitto 2.0.11, started again, drops what comes for a kept session without a
user name until that is back, although it has acknowledged it."""
ALL = f"{READ}topic write #\n"
NO_DATA = READ + "".join(
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


KILLS = ("killed", "consumer killed")
SEED = int(os.environ.get("GATEWAY_CHAOS_SEED", "0"))


class Weather:
    """The faults, one after the other, each kind as often as all others."""

    def __init__(self, outpost: Outpost, acl: Path, *, kills: bool) -> None:
        self.had: Counter[str] = Counter()
        self._outpost = outpost
        self._acl = acl
        self._random = random.Random(SEED)
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
        if not kills:
            self._kinds = {kind: self._kinds[kind] for kind in self._kinds if kind not in KILLS}

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
        """At least until something was denied."""
        log = self._outpost.broker.log
        before = log.stat().st_size
        self._acl.write_text(NO_DATA)
        self._outpost.broker.reload()
        until(lambda: b"Denied PUBLISH" in log.read_bytes()[before:], log.read_text, WAIT_S)
        self._last()
        self._acl.write_text(ALL)
        self._outpost.broker.reload()

    @property
    def is_new(self) -> bool:
        """Whether some kind was not there yet."""
        return len(self.had) < len(self._kinds)

    def told(self) -> str:
        """How often there was each."""
        return ", ".join(f"{kind} {n}" for kind, n in sorted(self.had.items()))


class Field:
    """A node in the weather, until it has measured and delivered so much."""

    def __init__(self, folder: Path, start: StartMosquitto, readings: int, client_id: str) -> None:
        acl = folder / "acl"
        acl.write_text(ALL)
        pulse = Pulse(BUSES, SENSORS, "20ms", readings // (BUSES * SENSORS))
        self.outpost = Outpost(folder, start(BROKER.format(acl=acl)), pulse)
        self.weather = Weather(self.outpost, acl, kills=not client_id)
        self._readings = readings
        self._client_id = client_id

    def endure(self) -> float:
        """Seconds that it took."""
        outpost, begun = self.outpost, time.monotonic()
        outpost.collect(self._client_id)
        outpost.start(FORBIDDEN_S)
        while outpost.given_out() < self._readings or self.weather.is_new:
            self.weather.blow()
        until(lambda: _is_delivered(outpost), lambda: _state(outpost), WAIT_S)
        outpost.report_status()
        return time.monotonic() - begun

    def close(self) -> None:
        self.outpost.close()


@pytest.mark.mosquitto
def test_nothing_is_lost_while_nobody_is_killed(tmp_path: Path, mosquitto: StartMosquitto) -> None:
    with closing(Field(tmp_path, mosquitto, WITHOUT, "platform")) as field:
        lasted, outpost = field.endure(), field.outpost
        until(lambda: not _faults(outpost), lambda: _faults(outpost))
        arrived = _judge(outpost)
        report(
            f"delivery without kills: {outpost.given_out():,} readings in {lasted:.0f} s, nothing "
            f"lost; faults: {field.weather.told()}; {outpost.wire.accepted} connections; "
            f"{arrived.told['plain']:,} came as news, {arrived.told['hist']:,} as backlog"
        )


@pytest.mark.mosquitto
def test_all_arrives_and_what_was_missed_is_brought_again(
    tmp_path: Path, mosquitto: StartMosquitto
) -> None:
    with closing(Field(tmp_path, mosquitto, WITH_KILLS, "")) as field:
        lasted, outpost = field.endure(), field.outpost
        state = str(tmp_path / "state")
        _, before = outpost.audit("--file", str(outpost.heard), "--state", state)
        missed = before["epochs"][0]["missing"]["n"]
        assert missed > 0, "nothing was missed: the test has not seen what it is about"
        told = Arrived(outpost.heard).told
        code, repaired = outpost.repair("--state", state)
        assert (code, repaired["repair"]["problems"]) == (0, []), repaired
        until(lambda: not _faults(outpost), lambda: _faults(outpost), WAIT_S)
        arrived = _judge(outpost)
        report(
            f"delivery: {outpost.given_out():,} readings in {lasted:.0f} s; faults: "
            f"{field.weather.told()}; {outpost.wire.accepted} connections; {told['plain']:,} came "
            f"as news, {told['hist']:,} as backlog or repeat; {missed:,} that the broker had "
            f"acknowledged were missed, and {arrived.told['hist'] - told['hist']:,} replayed"
        )


def _is_delivered(outpost: Outpost) -> bool:
    """All gauges have ended; the counters go on."""
    uplink = outpost.uplink()
    return bool(uplink["state"] == "connected" and uplink["backlog"] < 20)


def _state(outpost: Outpost) -> str:
    return f"{outpost.daemon.status()}\n{outpost.daemon.log.read_text()[-3000:]}"


def _judge(outpost: Outpost) -> Arrived:
    """By the audit, and by an account of our own: all is there, once, and as it was."""
    code, judged = outpost.audit("--file", str(outpost.heard))
    [epoch] = judged["epochs"]
    assert (code, epoch["missing"]["n"], epoch["doubled"]["n"]) == (0, 0, 0), judged
    assert (epoch["contradicted"]["n"], epoch["audits"]["differ"]) == (0, [])
    assert epoch["audits"]["agree"] > 0
    arrived = Arrived(outpost.heard)
    assert (arrived.doubled, arrived.contradictions) == ([], set())
    assert explained(list(arrived.entries.values())).unexplained == {}
    return arrived


def _faults(outpost: Outpost) -> list[str]:
    return Arrived(outpost.heard).faults(outpost)
