"""The log, as far as it can be told cheaply: real logs, damaged and full ones."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SystemClock
from gateway.doctor import Check, Verdict, diagnose, log
from gateway.doctor.check import Node
from gateway.doctor.round import CHECKS
from gateway.model import Reading
from gateway.status import ClockStatus, LogStatus, Status
from tests.gateway.buffer.logs import fill, make_log, open_log
from tests.gateway.doctor.patient import by_name, cure, node
from tests.gateway.simulated_clock import SimulatedClock


def test_a_log_that_is_well(tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    found = by_name(log.checks(node(tmp_path)))
    assert list(found) == ["log", "log room", "log disk", "log damage", "journal"]
    assert {check.verdict for check in found.values()} == {Verdict.WELL}
    assert "newest row is of 2026-09-21T" in found["log"].evidence
    assert "of 512.0 MB used (0%)" in found["log room"].evidence


def test_no_log_is_one_finding(tmp_path: Path) -> None:
    found = by_name(log.checks(node(tmp_path)))
    assert "systemctl start gateway" in cure(found.pop("log"))
    assert found.pop("log room").verdict is Verdict.NOT_LOOKED_AT
    assert {check.verdict for check in found.values()} == {Verdict.WELL}


def test_a_folder_that_nobody_has_made_yet(tmp_path: Path) -> None:
    found = by_name(log.checks(node(tmp_path / "new")))
    assert found["log disk"].verdict is Verdict.NOT_LOOKED_AT
    assert "systemctl start gateway" in cure(found["log"])


def test_a_damaged_log_is_told_with_its_cure(tmp_path: Path) -> None:
    make_log(tmp_path, 300)
    with (tmp_path / "log.db").open("r+b") as file:
        file.seek(16)
        file.write(bytes(1000))
    found = by_name(log.checks(node(tmp_path)))
    assert found["log"].evidence.startswith("is damaged: ")
    assert "restart the gateway, it heals the log" in cure(found["log"])


def test_evidence_of_an_earlier_damage_stays_a_finding(tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    (tmp_path / "log.db.damaged").mkdir()
    found = by_name(log.checks(node(tmp_path)))
    assert cure(found["log damage"]).endswith(f"sudo rm -r {tmp_path}/log.db.damaged")


def test_a_log_that_is_being_read_out(tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    (tmp_path / "log.db.salvage").mkdir()
    assert "let the gateway run" in cure(by_name(log.checks(node(tmp_path)))["log damage"])


def test_a_full_log(tmp_path: Path) -> None:
    make_log(tmp_path, 5_000)
    tight = node(tmp_path, buffer="reserve: 0, max_size: 100kB")
    found = by_name(log.checks(tight))
    assert "`max_size`" in cure(found["log room"])
    assert found["log"].verdict is Verdict.WELL


def test_a_disk_with_less_room_than_is_left_to_others(tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    found = by_name(log.checks(node(tmp_path, buffer="reserve: 1TB")))
    assert "1000000 MB are left to others" in found["log disk"].evidence
    assert "sudo du -xh /" in cure(found["log disk"])


def test_a_disk_that_is_not_mounted(tmp_path: Path) -> None:
    (tmp_path / "mnt").write_text("")
    found = by_name(log.checks(node(tmp_path / "mnt/log")))
    assert "is the disk of the log mounted?" in cure(found["log disk"])


def test_a_journal_that_a_daemon_has_left_behind(tmp_path: Path) -> None:
    clock = SimulatedClock(utc_at_boot_ns=1_790_000_000 * 10**9)
    left = open_log(tmp_path, clock)
    fill(left, clock, 30)
    left.append(Reading("hall", {"temperature": 1.0}, clock.now_ns()))
    left.let_go()
    found = by_name(log.checks(node(tmp_path, clock=clock)))
    assert "1 rows in" in found["journal"].evidence
    assert "before the power is cut" in cure(found["journal"])


def test_a_daemon_tells_what_this_user_may_not_read(tmp_path: Path) -> None:
    told = LogStatus("log.db", "on_disk", 1, 0, 0, 0, 3_000_000, 10_000_000, 12.5)
    clock = SystemClock()
    since = ClockStatus(None, None, clock.boot_id, clock.now_ns() / 1e9)
    status = Status("0.1.0", "brandis/rathaus-01", 4711, "well", since, told, [], [], [])
    found = by_name(log.checks(node(tmp_path, status=status)))
    assert found["log room"].verdict is Verdict.WELL
    assert found["log room"].evidence == (
        "3.0 MB of 10.0 MB used (30%), full in 12.5 days if nothing is delivered"
    )


def test_a_disk_that_fails_ends_one_check_only(tmp_path: Path, monkeypatch: Any) -> None:
    def fail(_node: Node) -> Iterator[Check]:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setitem(CHECKS, "log", fail)
    found = by_name(diagnose(node(tmp_path).config, "a file", SystemClock()))
    assert found["log"].evidence.endswith("cannot be looked at: [Errno 5] Input/output error")
    assert list(found)[-4:] == ["log", "capture files", "bus main", "uplinks"]


@pytest.mark.parametrize("name", ["log.db", "journal"])
def test_rubbish_ends_no_check(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(bytes(range(256)) * 20)
    assert len(by_name(log.checks(node(tmp_path)))) == 5
