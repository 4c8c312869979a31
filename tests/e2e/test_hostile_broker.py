"""The daemon at a peer that means harm: it measures on, stays small, and loses nothing (23)."""

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.buffer.identities import Span
from gateway.buffer.view import LogView
from tests.e2e.daemon import Daemon
from tests.e2e.platform import Platform
from tests.hostile import CONNACK_5, Behave, Caller, peer, publish
from tests.mosquitto import StartMosquitto
from tests.waiting import until

NODE = "udp/v1/brandis/rathaus-01"
MEASURED = 25
"""Readings of each sensor that are waited for while the peer does its worst."""

MOST_MB = 70
"""A well node takes 45; the rest is room for what waits in memory."""

PUBLISH, PUBACK = 0x30, 0x40


def greeted(caller: Caller) -> None:
    caller.level()
    caller.say(CONNACK_5)


def never_acknowledges(caller: Caller) -> None:
    greeted(caller)
    caller.linger()


def acknowledges_what_was_never_sent(caller: Caller) -> None:
    greeted(caller)
    chance = random.Random(1)
    while True:
        first, _ = caller.packet()
        if first & 0xF0 == PUBLISH:
            for _ in range(20):
                caller.say(bytes([PUBACK, 2]) + chance.randrange(1_000, 65_536).to_bytes(2, "big"))


def floods_with_commands(caller: Caller) -> None:
    greeted(caller)
    for number in range(10_000):
        words = ("replay", "read", "identify", "report-status", "reboot")
        body = b'{"id": "%d", "epoch": 1, "from": 1, "to": 99999, "sensor": "door"}' % number
        caller.say(publish(f"{NODE}/cmd/{words[number % 5]}", body))
    caller.linger()


def says_random_bytes(caller: Caller) -> None:
    greeted(caller)
    caller.say(random.Random(caller.link.fileno()).randbytes(3_000))


def announces_far_too_much(caller: Caller) -> None:
    greeted(caller)
    caller.say(b"\x30\xff\xff\xff\x7f" + bytes(100_000))
    caller.linger()


def confirms_everything_there_is(caller: Caller) -> None:
    """Nobody asked it: this node is done when the broker has acknowledged."""
    greeted(caller)
    for epoch in (1, 2**24, 2**53):
        caller.say(publish(f"{NODE}/ack", b'{"epoch": %d, "upto": %d}' % (epoch, 2**53)))
    caller.linger()


BEHAVIOURS = (
    never_acknowledges,
    acknowledges_what_was_never_sent,
    floods_with_commands,
    says_random_bytes,
    announces_far_too_much,
    confirms_everything_there_is,
)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path / "gateway.yaml")
    yield daemon
    daemon.kill()


def measured(daemon: Daemon) -> int:
    return min((sensor["measured"] for sensor in daemon.status()["sensors"]), default=0)


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4_096 / 1e6


@pytest.mark.parametrize("behave", BEHAVIOURS, ids=lambda behave: behave.__name__)
def test_at_a_hostile_peer_it_measures_on_and_loses_nothing(
    daemon: Daemon, mosquitto: StartMosquitto, behave: Behave
) -> None:
    with peer(behave) as there:
        configure(daemon, there.port)
        daemon.start()
        until(lambda: measured(daemon) > MEASURED and there.connections > 0, daemon.log.read_text)
        told = daemon.status()
        assert [(one["cursor"], one["delivered"]) for one in told["uplinks"]] == [(0, 0)]
        assert resident_mb(told["pid"]) < MOST_MB
        daemon.terminate()
    assert "Traceback" not in daemon.log.read_text()
    with closing(LogView(daemon.config.parent / "log.db")) as view:
        kept = {(one.epoch, one.number) for one in view.entries(Span(1, view.last_position))}
        assert {number for _, number in kept} == set(range(1, view.last_position + 1))
    broker = mosquitto()
    platform = Platform(broker.port)
    configure(daemon, broker.port)
    daemon.start()
    until(lambda: kept <= arrived(platform), daemon.log.read_text)
    daemon.terminate()
    platform.close()
    assert platform.contradictions == []


def arrived(platform: Platform) -> set[tuple[int, int]]:
    return {(one.epoch, one.last) for one in [*platform.readings, *platform.gaps]}


def configure(daemon: Daemon, port: int) -> None:
    path = daemon.config.parent / "log.db"
    daemon.configure(
        port, f"path: {path}, commit_every: 500ms, reserve: 0", "100ms", air_every="50ms"
    )
