"""Whether the daemon runs, by the document that it leaves."""

from pathlib import Path

import msgspec
import pytest

from gateway import status
from gateway.clock import SystemClock
from gateway.doctor import Verdict, daemon
from gateway.status import ClockStatus, LogStatus, Status
from tests.gateway.doctor.patient import cure

CLOCK = SystemClock()


def write(folder: Path, ago_s: float = 0.0, boot: str = CLOCK.boot_id, state: str = "well") -> None:
    log = LogStatus("log.db", "on_disk", 1, 0, 0, 0, 0, 0, None)
    clock = ClockStatus(None, None, boot, CLOCK.now_ns() / 1e9 - ago_s)
    told = Status("0.1.0", "brandis/rathaus-01", 4711, state, clock, log, [], [], [])
    (folder / status.FILE).write_bytes(msgspec.json.encode(told))


def test_a_fresh_document(tmp_path: Path) -> None:
    write(tmp_path, ago_s=4)
    told, found = daemon.check(tmp_path, CLOCK)
    assert told is not None
    assert found.verdict is Verdict.WELL
    assert "process 4711" in found.evidence
    assert "said 4 s ago: well" in found.evidence


@pytest.mark.parametrize(
    ("ago_s", "boot", "state", "why"),
    [
        (60, CLOCK.boot_id, "well", "it has said nothing for 60 s"),
        (1, "b00t0001", "well", "it has not run since this computer was started"),
        (1, CLOCK.boot_id, "stopped", "it was stopped"),
    ],
)
def test_a_document_of_the_past(
    tmp_path: Path, ago_s: float, boot: str, state: str, why: str
) -> None:
    write(tmp_path, ago_s, boot, state)
    told, found = daemon.check(tmp_path, CLOCK)
    assert told is None
    assert found.evidence == f"does not run: no gateway is running ({why})"
    assert "systemctl start gateway" in cure(found)


def test_no_document(tmp_path: Path) -> None:
    told, found = daemon.check(tmp_path, CLOCK)
    assert told is None
    assert f"nothing in {tmp_path}" in found.evidence


def test_a_document_that_makes_no_sense(tmp_path: Path) -> None:
    (tmp_path / status.FILE).write_text("{")
    told, found = daemon.check(tmp_path, CLOCK)
    assert told is None
    assert found.evidence.startswith("cannot be understood: ")
    assert "systemctl restart gateway" in cure(found)
