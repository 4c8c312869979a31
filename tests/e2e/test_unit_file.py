"""The units as systemd's own tools see them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.recovery import NOTES, REQUEST
from tests.e2e.image import INSTALL

SYSTEMD = Path(__file__).parents[2] / "systemd"
MOST_EXPOSED = {"gateway.service": 2.5, "gateway-recover.service": 1.0}


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
    units = [path for kind in ("path", "service") for path in SYSTEMD.glob(f"*.{kind}")]
    for path in units:  # the program is not installed on this machine
        text = re.sub(r"(?m)^(ExecStart\w*=[-+]*)\S+", r"\1/bin/true", path.read_text())
        (tmp_path / path.name).write_text(text)
    done = _run(analyze, "verify", *(str(tmp_path / path.name) for path in units))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path.name for path in units} == {*MOST_EXPOSED, "gateway-recover.path"}


@pytest.mark.parametrize("unit", MOST_EXPOSED)
def test_the_sandbox_is_tight(analyze: str, unit: str) -> None:
    done = _run(
        *(analyze, "security", "--offline=true", "--no-pager"),
        *(f"--threshold={round(MOST_EXPOSED[unit] * 10)}", str(SYSTEMD / unit)),
    )
    assert done.returncode == 0, done.stdout


def test_what_the_service_may_not_is_done_by_a_unit_that_trusts_it_with_nothing_else() -> None:
    """The request of the service is watched, and only drivers of controllers may be written to."""
    path = (SYSTEMD / "gateway-recover.path").read_text()
    assert f"PathChanged=%t/gateway/{REQUEST}\n" in path
    unit = (SYSTEMD / "gateway-recover.service").read_text()
    assert re.findall(r"(?m)^ReadWritePaths=(.*)$", unit) == ["/sys/bus/platform/drivers"]
    assert re.findall(r"(?m)^DeviceAllow=(.*)$", unit) == ["char-gpiochip rw"]
    assert "\nCapabilityBoundingSet=\n" in unit
    assert f"RuntimeDirectory={NOTES.name}\n" in unit


def test_every_file_has_its_place_on_a_node() -> None:
    assert {path.name for path in SYSTEMD.iterdir()} == set(INSTALL)
