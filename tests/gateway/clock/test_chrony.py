"""chrony as a source: a real one, and what it may answer."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.clock.chrony import VALID_NS, Chrony, understood
from gateway.clock.sources import Clocks, SourceState
from tests.chrony import Chronyd, client, free_port, server
from tests.waiting import until

NOW = Clocks(10**12, 1_800_000_000_000_000_000)
SECOND = 1_000_000_000

SYNCED = (
    "7F000001,127.0.0.1,2,1795415472.080358765,-0.000000375,0.000000473,0.000000473,-1.111,0.009,"
    "13.797,0.000006535,0.000005050,0.3,Normal"
)
"""Recorded from chronyc 4.3."""
UNSYNCED = (
    "00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000000,"
    "1.000000000,0.0,Not synchronised"
)

Start = Callable[[Callable[[Path, int], Chronyd]], Chronyd]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts chronyds that have one port in common."""
    port, running = free_port(), list[Chronyd]()

    def one(kind: Callable[[Path, int], Chronyd]) -> Chronyd:
        running.append(kind(tmp_path / f"chrony-{len(running)}", port))
        return running[-1]

    yield one
    for chronyd in running:
        chronyd.end()


def asked(chronyd: Chronyd) -> SourceState:
    chrony = Chrony(chronyd.chronyc)
    chrony.ask(NOW)
    return chrony.state(NOW)


def test_it_vouches_when_it_follows_a_server(start: Start) -> None:
    follower = start(client)
    before = asked(follower)
    assert (before.vouches, before.why) == (False, "leap status: Not synchronised")
    start(server)
    until(lambda: asked(follower).vouches, lambda: asked(follower))
    assert asked(follower).why.startswith("synchronised to 127.0.0.1, within ")


def test_one_that_follows_its_own_clock_does_not_vouch(start: Start) -> None:
    alone = start(server)
    until(lambda: "own clock" in asked(alone).why, lambda: asked(alone))
    assert not asked(alone).vouches


def test_one_that_hangs_is_given_up(start: Start) -> None:
    chronyd = start(client)
    chronyd.process.send_signal(signal.SIGSTOP)
    state = asked(chronyd)
    assert (state.vouches, state.why) == (False, "does not answer within 1 s")


def test_one_that_has_ended_does_not_vouch(start: Start) -> None:
    chronyd = start(client)
    chronyd.end()
    state = asked(chronyd)
    assert not state.vouches
    assert state.why == "does not run, or may not be asked: Could not open connection to daemon"


def test_without_chrony_it_does_not_vouch(tmp_path: Path) -> None:
    chrony = Chrony([str(tmp_path / "chronyc")])
    chrony.ask(NOW)
    assert chrony.state(NOW) == SourceState("chrony", False, "is not installed")


def test_what_cannot_be_executed_does_not_vouch(tmp_path: Path) -> None:
    path = tmp_path / "chronyc"
    path.write_bytes(b"\x7fELF, but no program")
    os.chmod(path, 0o755)  # noqa: PTH101
    chrony = Chrony([str(path)])
    chrony.ask(NOW)
    assert chrony.state(NOW).why.startswith("cannot be asked: ")


@pytest.mark.parametrize(
    ("answer", "vouches", "why"),
    [
        (SYNCED, True, "synchronised to 127.0.0.1, within 8.7e-06 s"),
        (SYNCED.replace("Normal", "Insert second"), True, "synchronised to 127.0.0.1"),
        (UNSYNCED, False, "leap status: Not synchronised"),
        (SYNCED.replace("-0.000000375", "172800.0"), False, "may still be 172800.0 s off"),
        (SYNCED.replace("-0.000000375", "-172800.0"), False, "may still be 172800.0 s off"),
        (SYNCED.replace("0.000005050", "2.5"), False, "may still be 2.5 s off"),
        (SYNCED.replace("0.000005050", "nan"), False, "may still be nan s off"),
        ("", False, "no answer"),
        ("501 Not authorised", False, "501 Not authorised"),
        ("x" * 10_000, False, f": {'x' * 80}"),
    ],
)
def test_what_its_answers_mean(answer: str, vouches: bool, why: str) -> None:
    state = understood(answer)
    assert state.vouches is vouches
    assert why in state.why
    assert len(state.why) < 150


def recorded(folder: Path) -> Chrony:
    """One that answers as the real one did, as often as it is asked."""
    path = folder / "chronyc"
    path.write_text(f"#!/bin/sh\necho '{SYNCED}'\n")
    path.chmod(0o755)
    return Chrony([str(path)])


def test_its_word_counts_for_a_while(tmp_path: Path) -> None:
    chrony = recorded(tmp_path)
    assert not chrony.state(NOW).vouches
    chrony.ask(NOW)
    later = [Clocks(NOW.up_ns + ns, NOW.wall_ns + ns) for ns in (VALID_NS, VALID_NS + 1)]
    assert [chrony.state(now).vouches for now in later] == [True, False]


@pytest.mark.parametrize("step_s", [-172_800, -2, 2, 315_000_000])
def test_its_word_is_not_about_a_clock_that_was_set_since(tmp_path: Path, step_s: int) -> None:
    chrony = recorded(tmp_path)
    chrony.ask(NOW)
    stepped = Clocks(NOW.up_ns + SECOND, NOW.wall_ns + SECOND + step_s * SECOND)
    assert chrony.state(stepped).why == "the clock was set since it was asked"
    assert not chrony.state(stepped).vouches
    leap = Clocks(NOW.up_ns + SECOND, NOW.wall_ns)
    assert chrony.state(leap).vouches
