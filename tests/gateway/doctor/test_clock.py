"""Every source of time is named, by the daemon or by asking; a finding is told once."""

from pathlib import Path

import msgspec

from gateway import status
from gateway.app import Node as RealNode
from gateway.clock import SystemClock
from gateway.clock.chrony import Chrony
from gateway.clock.floor import formatted
from gateway.doctor import Verdict, diagnose, time
from gateway.doctor.check import Check
from gateway.model import Finding
from gateway.status import Status
from tests.chrony import client, free_port, server
from tests.gateway.doctor.patient import by_name, node
from tests.gateway.simulated_clock import SimulatedClock
from tests.waiting import until

IN_2090_S = 3_786_912_000


def long_untrusted() -> SimulatedClock:
    clock = SimulatedClock()
    clock.sleep(5_000)
    return clock


def of_daemon(folder: Path, clock: SimulatedClock) -> Status:
    """What a daemon that has run for so long says, on the configuration of `node`."""
    daemon = RealNode(node(folder).config, clock)
    clock.sleep(1_000)
    told = status.status(daemon)
    daemon.log.close()
    daemon.buses.close()
    return told


def test_without_a_daemon_chrony_is_asked(tmp_path: Path) -> None:
    port = free_port()
    running = [kind(tmp_path / kind.__name__, port) for kind in (server, client)]
    clock = SystemClock(None, (), Chrony(running[-1].chronyc))
    looked = [Check("nothing", Verdict.NOT_LOOKED_AT, "not yet")]

    def vouches() -> bool:
        looked[:] = time.checks(node(tmp_path, clock=clock))
        return "chrony vouches (synchronised to 127.0.0.1" in looked[0].evidence

    try:
        until(vouches, lambda: looked)
    finally:
        for one in running:
            one.end()
    assert [check.verdict for check in looked] == [Verdict.WELL]


def test_each_source_of_this_computer_is_named(tmp_path: Path) -> None:
    told = by_name(time.checks(node(tmp_path)))["clock"].evidence
    assert [part.split()[0] for part in told.split("; ")] == ["kernel", "timesyncd", "chrony"]


def test_nobody_vouches_for_long(tmp_path: Path) -> None:
    [found] = by_name(time.checks(node(tmp_path, clock=long_untrusted()))).values()
    assert [one.problem for one in found.findings] == ["is not synchronised"]
    assert found.evidence == "test does not vouch (as the test says)"


def test_a_clock_behind_its_floor(tmp_path: Path) -> None:
    (tmp_path / "clock").write_bytes(formatted(IN_2090_S))
    [found] = by_name(time.checks(node(tmp_path, clock=SimulatedClock()))).values()
    assert "is behind what this node has known" in [one.problem for one in found.findings]


def test_with_a_daemon_its_sources_are_told(tmp_path: Path) -> None:
    told = of_daemon(tmp_path, SimulatedClock(utc_at_boot_ns=1_790_000_000 * 10**9))
    found = by_name(time.checks(node(tmp_path, clock=long_untrusted(), status=told)))["clock"]
    assert found == Check("clock", Verdict.WELL, "test vouches (as the test says)")


def test_what_the_daemon_says_of_the_clock_is_told_once(tmp_path: Path) -> None:
    clock = long_untrusted()
    told = of_daemon(tmp_path, clock)
    assert [one.problem for one in told.findings] == ["is not synchronised"]
    (tmp_path / status.FILE).write_bytes(msgspec.json.encode(told))
    found = by_name(diagnose(node(tmp_path).config, "a file", clock))
    assert found["daemon"].findings == told.findings
    assert (found["clock"].verdict, found["clock"].findings) == (Verdict.FINDING, [])


def test_what_is_told_under_another_problem_is_not_lost(tmp_path: Path) -> None:
    clock = long_untrusted()
    other = Finding("clock", "is made of cheese", 0, "seen", "eat it")
    told = msgspec.structs.replace(of_daemon(tmp_path, clock), findings=[other])
    (tmp_path / status.FILE).write_bytes(msgspec.json.encode(told))
    found = by_name(diagnose(node(tmp_path).config, "a file", clock))
    assert found["daemon"].findings == [other]
    assert [one.problem for one in found["clock"].findings] == ["is not synchronised"]
