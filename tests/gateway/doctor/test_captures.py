"""Files of debugging captures, of which a node that does not run cannot tell."""

from pathlib import Path
from typing import Any

from gateway.doctor import Verdict, captures
from tests.gateway.doctor.patient import by_name, cure, node


def test_without_any_it_is_well(tmp_path: Path) -> None:
    found = by_name(captures.checks(node(tmp_path)))["capture files"]
    assert (found.verdict, found.evidence) == (Verdict.WELL, "there are none")


def test_what_is_left_is_a_finding_unless_a_daemon_tells(tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir()
    path = tmp_path / "captures" / "door-20261120T1200Z.jsonl"
    path.write_text("{}")
    found = by_name(captures.checks(node(tmp_path)))["capture files"]
    assert "1 file, 0.0 MB of raw data, since 2026-11-20T12:00:00Z" in found.evidence
    assert cure(found).endswith(f"sudo rm {path}")
    daemon: Any = object()
    told = by_name(captures.checks(node(tmp_path, status=daemon)))["capture files"]
    assert (told.verdict, told.findings) == (Verdict.WELL, [])
    assert "the daemon looks after them" in told.evidence
