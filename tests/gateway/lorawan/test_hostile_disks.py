"""What a radio keeps on disk is damaged, cannot be written, or is cut off in the midst."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.lorawan.contract import Session
from gateway.lorawan.pending import Pending
from gateway.lorawan.state import Kept, StateFile
from tests.gateway.lorawan.hostile_disk import LEDGER, STATE, clear, fill
from tests.gateway.lorawan.trial import DAY_S, HOUR_S, Trial
from tests.gateway.simulated_clock import SimulatedClock


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    trial = Trial(tmp_path, "rak3172")
    yield trial
    trial.site.end()


def test_a_ledger_that_cannot_be_written(trial: Trial) -> None:
    """Nothing is sent that is not charged, and nothing is lost."""
    site = trial.site
    trial.run(2 * HOUR_S)
    fill(site.folder, LEDGER)
    before = len(site.sent)
    trial.run(2 * HOUR_S)
    assert len(site.sent) == before
    assert "sends nothing: its airtime cannot be kept" in trial.problems()
    assert "cannot use its modem" not in trial.seen, "the modem is well"
    clear(site.folder, LEDGER)
    trial.is_well_again()


def test_a_ledger_that_cannot_be_written_while_it_should_join(trial: Trial) -> None:
    site = trial.site
    fill(site.folder, LEDGER)
    trial.run(2 * HOUR_S)
    assert site.sent == []
    assert trial.problems() == {"sends nothing: its airtime cannot be kept"}
    clear(site.folder, LEDGER)
    trial.is_well_again()


def test_a_state_that_cannot_be_written(trial: Trial) -> None:
    """It goes on; what was not kept is told again after a restart."""
    site = trial.site
    trial.run(2 * HOUR_S)
    fill(site.folder, STATE)
    trial.run(2 * HOUR_S)
    assert trial.problems() == {"cannot keep its state"}
    site.restart()
    trial.run(HOUR_S)
    clear(site.folder, STATE)
    trial.is_well_again()


@pytest.mark.parametrize("content", [b"", b"{", b"\x00" * 400, b'{"marks": {"x": [1, 2]}}'])
def test_a_damaged_state(trial: Trial, content: bytes) -> None:
    site = trial.site
    trial.run(2 * HOUR_S)
    site.end()
    (site.folder / STATE).write_bytes(content)
    site.begin()
    trial.is_well_again()


def test_a_lost_state(trial: Trial) -> None:
    site = trial.site
    trial.run(2 * HOUR_S)
    site.end()
    (site.folder / STATE).unlink()
    site.begin()
    trial.is_well_again()


@pytest.mark.parametrize("how", ["flipped", "cut", "lost", "rubbish"])
def test_a_damaged_ledger(trial: Trial, how: str) -> None:
    """An hour of silence, a finding for a day, and all counts in the end."""
    site = trial.site
    trial.run(6 * HOUR_S)
    site.end()
    path = site.folder / LEDGER
    content = bytearray(path.read_bytes())
    if how == "lost":
        path.unlink()
    elif how == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif how == "rubbish":
        path.write_bytes(Random(1).randbytes(5_000))
    else:
        for at in range(20, len(content), 97):
            content[at] ^= 0x10
        path.write_bytes(content)
    site.begin()
    before = len(site.sent)
    if how != "cut":
        trial.oracle.airtime_ns.clear()  # what was lost is told as a finding
        trial.run(HOUR_S - 300)
        assert len(site.sent) == before
        assert "has lost a part of its airtime's account" in trial.problems()
        trial.run(DAY_S)
    else:
        trial.oracle.airtime_ns.clear()
    trial.is_well_again(3 * HOUR_S)


class Killed(BaseException):
    """The process is gone at that moment."""


@pytest.mark.parametrize("command", ["AT+SEND", "AT+JOIN=1"])
def test_killed_between_the_charge_and_the_uplink(trial: Trial, command: str) -> None:
    site = trial.site
    write, killed = site.wire.write, list[bytes]()

    def writing(data: bytes) -> None:
        if not killed and data.startswith(command.encode()):
            killed.append(data)
            raise Killed
        write(data)

    trial.run(0 if "JOIN" in command else HOUR_S)
    site.wire.write = writing  # type: ignore[method-assign]
    with pytest.raises(Killed):
        trial.run(2 * HOUR_S)
    before = len(site.sent)
    site.log.close()
    site.begin()
    told = site.carrier.link.ledger.told(11, 5)
    assert told.uplinks + told.joins == before + 1, "what was charged stands"
    trial.is_well_again()


CLOCK = SimulatedClock()
GOOD = msgspec.json.encode(
    Kept("0004A30B001C0530", "ab", Session("26011234", 5, 7, 2), 2, {"900:900:3": (2, 7)}, 1800)
)


def kept(folder: Path, content: bytes) -> Kept:
    path = folder / "state"
    path.write_bytes(content)
    return StateFile(path, "radio", CLOCK).kept


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300), at=st.integers(0, 400), other=st.binary(max_size=9))
def test_any_bytes_for_a_state(tmp_path: Path, content: bytes, at: int, other: bytes) -> None:
    at %= len(GOOD)
    damaged = GOOD[:at] + other + GOOD[at + len(other) :]
    for one in (content, damaged, GOOD[:at]):
        Pending(2, kept(tmp_path, one).marks).again(0, 2**33)


@pytest.mark.parametrize(
    "odd",
    [
        {"marks": {"900:900": [1, 2]}},
        {"marks": {"a:900:3": [1, 2]}},
        {"marks": {"900:900:3": [-5, 2]}},
        {"marks": {"9" * 5000 + ":900:3": [1, 2]}},
        {"interval": 0},
        {"interval": -900},
        {"deaf": -1},
    ],
)
def test_an_odd_state_is_lost(tmp_path: Path, odd: dict[str, object]) -> None:
    assert kept(tmp_path, json.dumps(odd).encode()) == Kept()


def test_a_deep_or_endless_state_is_lost(tmp_path: Path) -> None:
    assert kept(tmp_path, b'{"x": ' + b"[" * 100_000) == Kept()
    assert kept(tmp_path, b'{"x": "' + b"y" * 2_000_000 + b'"}') == Kept()
