"""The unit as systemd's own tools see it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.image import INSTALL

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNIT = SYSTEMD / "gateway.service"
MOST_EXPOSED = 2.5


@pytest.fixture(scope="module")
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        told = "systemd-analyze is missing: sudo apt-get install systemd"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(told)
    return found


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    english = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60, env=english
    )


def test_systemd_finds_nothing_wrong(analyze: str, tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    # The program is not installed on this machine.
    unit.write_text(re.sub(r"(?m)^(ExecStart\w*=[-+]*)\S+", r"\1/bin/true", UNIT.read_text()))
    done = _run(analyze, "verify", str(unit))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_sandbox_is_tight(analyze: str) -> None:
    done = _run(
        *(analyze, "security", "--offline=true", "--no-pager"),
        *(f"--threshold={round(MOST_EXPOSED * 10)}", str(UNIT)),
    )
    assert done.returncode == 0, done.stdout


def test_every_file_has_its_place_on_a_node() -> None:
    assert {path.name for path in SYSTEMD.iterdir()} == set(INSTALL)
