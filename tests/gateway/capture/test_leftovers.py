"""Files of earlier captures: told, and deleted when they are old, by whichever time is known."""

import json
from pathlib import Path

import pytest

from gateway.capture.leftovers import Leftovers
from tests.gateway.capture.rig import NOON, SECOND
from tests.gateway.simulated_clock import SimulatedClock

DAY_S = 86_400


class Rig:
    def __init__(self, folder: Path, *, trusted: bool = True) -> None:
        self.folder = folder / "captures"
        self.folder.mkdir()
        self.clock = SimulatedClock(utc_at_boot_ns=NOON - SECOND if trusted else None)
        self.leftovers = Leftovers(self.folder, self.clock)

    def file(self, sensor: str = "door", boot: str = "b00t0001") -> Path:
        """Begun at noon, which is now."""
        path = self.folder / f"{sensor}-20261120T1200Z.jsonl"
        path.write_text(json.dumps({"up": SECOND, "boot": boot}) + "\n")
        return path

    def look(self, days: float, running: Path | None = None) -> str:
        self.clock.sleep(days * DAY_S)
        self.leftovers.look([running])
        finding = self.leftovers.finding
        return "" if finding is None else f"{finding.evidence} | {finding.cure}"


def test_without_files_there_is_nothing_to_tell(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    (rig.folder / "notes.txt").write_text("somebody's own")
    (rig.folder / "door-20261120T1200Z.jsonl").mkdir()
    assert rig.look(30) == ""
    assert len(list(rig.folder.iterdir())) == 2
    assert Leftovers(tmp_path / "nowhere", rig.clock).finding is None


@pytest.mark.parametrize("trusted", [True, False])
def test_they_are_told_from_the_second_day_on_and_deleted_after_14(
    tmp_path: Path, trusted: bool, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(tmp_path, trusted=trusted)
    path = rig.file()
    assert rig.look(0.99) == ""
    said = rig.look(0.02)
    assert "1 file, 0.0 MB of raw data, since 2026-11-20T12:00:00Z; deleted when 14 days" in said
    assert said.endswith(f"sudo rm {path}")
    assert rig.look(12.98)
    assert path.exists()
    assert rig.look(0.02) == ""
    assert not path.exists()
    assert f"{path} was deleted" in caplog.text


def test_what_is_being_written_is_left_alone(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    path = rig.file()
    assert rig.look(15, running=path) == ""
    assert path.exists()


def test_a_file_of_another_boot_ages_by_this_one_and_by_utc(tmp_path: Path) -> None:
    rig = Rig(tmp_path, trusted=False)
    rig.file("a", boot="other")
    (rig.folder / "b-20261120T1200Z.jsonl").write_bytes(b"\xff{")
    assert rig.look(0.99) == ""
    assert "2 files" in rig.look(0.02)
    rig.clock.utc_at_boot_ns = NOON + 13 * DAY_S * SECOND
    assert rig.look(0) == ""
    assert list(rig.folder.iterdir()) == []


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.folder.rmdir()
    rig.folder.write_text("a file is in the way")
    assert "Not a directory" in rig.look(0)
