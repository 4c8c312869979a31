"""Files that are missing, damaged, broken off, or cannot be written."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.airtime import UNLIMITED, Budget, Ledger
from gateway.airtime.records import MAGIC, Exchange, Heard, Record, lines, parsed
from gateway.errors import UplinkUnavailable
from tests.gateway.airtime.air import DAY_NS, HOUR_NS, Node
from tests.gateway.simulated_clock import SimulatedClock

RECORDS: list[Record] = [
    Exchange(1, 10, 20, 5, 5, 1),
    Heard(30, 2),
    Exchange(2, 40, 50, 5, 5, 1, confirmed=1),
]


def test_what_is_written_is_read() -> None:
    assert parsed(MAGIC + lines(RECORDS)) == (RECORDS, "")


@given(cut=st.integers(0, 500))
def test_a_line_that_was_broken_off_was_never_written(cut: int) -> None:
    whole, last = MAGIC + lines(RECORDS[:2]), lines(RECORDS[2:])
    assert parsed(whole + last[: min(cut, len(last) - 1)]) == (RECORDS[:2], "")


def test_room_that_was_never_filled_is_a_line_that_was_broken_off() -> None:
    assert parsed(MAGIC + lines(RECORDS) + bytes(4096)) == (RECORDS, "")


@given(at=st.integers(0), bit=st.integers(0, 7))
def test_a_flipped_bit_is_never_believed(at: int, bit: int) -> None:
    content = bytearray(MAGIC + lines(RECORDS))
    content[at % (len(content) - 1)] ^= 1 << bit
    read = parsed(bytes(content))
    assert read.damage
    assert all(record in RECORDS for record in read.records)


@given(content=st.binary(max_size=300))
def test_any_bytes_are_read(content: bytes) -> None:
    parsed(content)
    assert parsed(MAGIC + content + b"\n").damage


def _spoil(node: Node) -> None:
    content = bytearray(node.path.read_bytes())
    content[len(content) // 2] ^= 0x40
    node.path.write_bytes(content)


@pytest.mark.parametrize("budget", [Budget(), UNLIMITED])
def test_a_damaged_file_costs_an_hour_and_half_a_day(tmp_path: Path, budget: Budget) -> None:
    node = Node(tmp_path, SimulatedClock(), budget)
    node.send(11, 3)
    _spoil(node)
    node.start()
    (finding,) = node.ledger.findings()
    assert "damaged" in finding.evidence
    assert str(node.path) in finding.evidence
    assert 3600 <= node.ledger.wait_s(11, 3) < 3700
    assert node.ledger.join_wait_s(3) >= 3600
    told = node.ledger.told(11, 3)
    if budget is not UNLIMITED:
        assert told.left_day_s == 15.0
        assert told.downlinks_left == 5
    node.start()
    assert node.ledger.wait_s(11, 3) >= 3600
    node.clock.sleep(3602)
    assert node.ledger.wait_s(11, 3) == 0.0
    assert node.ledger.join_wait_s(3) == 0.0


def test_the_law_is_kept_whatever_was_lost(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock(), UNLIMITED)
    for _ in range(12):
        node.clock.sleep(node.ledger.wait_s(51, 0))
        node.send(51, 0)
    node.path.write_bytes(b"rubbish")
    node.start()
    for _ in range(12):
        node.clock.sleep(node.ledger.wait_s(51, 0))
        node.send(51, 0)
    assert node.air.most_ns(HOUR_NS) <= 36e9


def test_the_finding_ends_after_a_day(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock())
    node.path.write_bytes(b"")
    node.start()
    assert len(node.ledger.findings()) == 1
    node.clock.sleep(1.001 * DAY_NS / 1e9)
    assert node.ledger.findings() == []
    assert node.ledger.wait_s(51, 0) == 0.0


def test_a_file_that_must_be_there_is_missed(tmp_path: Path) -> None:
    path, clock = tmp_path / "airtime", SimulatedClock()
    ledger = Ledger(path, clock, "radio", expected=True)
    assert ledger.wait_s(11, 3) >= 3600
    assert "missing" in ledger.findings()[0].evidence
    assert Ledger(path, clock, "radio", expected=True).findings() == []


def test_a_folder_in_its_place_is_damage(tmp_path: Path) -> None:
    (tmp_path / "airtime").mkdir()
    node = Node(tmp_path, SimulatedClock())
    assert {"is a directory" in one.evidence.lower() for one in node.ledger.findings()} == {True}


def test_what_cannot_be_written_is_not_sent(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock())
    node.send(11, 3)
    node.clock.sleep(3600)
    kept = node.path.read_bytes()
    node.path.unlink()
    node.path.mkdir()
    for _ in range(3):
        with pytest.raises(UplinkUnavailable, match="cannot be kept"):
            node.ledger.charge(11, 3)
    (finding,) = node.ledger.findings()
    assert "df -h" in finding.cure
    assert node.ledger.told(11, 3).uplinks == 1
    node.path.rmdir()
    node.path.write_bytes(kept)
    node.send(11, 3)
    assert node.ledger.findings() == []
    node.start()
    assert node.ledger.told(11, 3).uplinks == 2


def test_what_could_not_be_noted_is_kept_with_the_next_that_can(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock())
    node.path.unlink()
    node.path.mkdir()
    node.ledger.downlink_heard(3)
    node.path.rmdir()
    node.ledger.downlink_heard()
    node.start()
    assert node.ledger.told(11, 3).downlinks == 4


def test_a_folder_that_is_missing_is_made_by_the_service(tmp_path: Path) -> None:
    """A technician who joins before it has ever run."""
    ledger = Ledger(tmp_path / "gateway" / "airtime", SimulatedClock(), "radio")
    [finding] = ledger.findings()
    assert finding.cure.endswith("systemctl start gateway")
