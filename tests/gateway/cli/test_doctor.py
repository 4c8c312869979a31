"""`gateway doctor` for people and for programs, with and without rights; it changes nothing."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from tests.e2e.daemon import GATEWAY
from tests.gateway.buffer.logs import make_log
from tests.gateway.cli.calls import CONFIG, read_only


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "gateway.yaml"
    text = CONFIG.format(folder=tmp_path).replace("no-such-broker.test", "127.0.0.1, port: 1")
    path.write_text(text)
    return str(path)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_without_a_daemon(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_log(tmp_path, 30)
    before = contents(tmp_path)
    assert main(["doctor", "--config", config]) == 1
    shown = capsys.readouterr().out
    assert main(["doctor", "--config", config, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert contents(tmp_path) == before
    assert told["verdict"] == "finding"
    verdicts = {check["name"]: check["verdict"] for check in told["checks"]}
    for of_this_computer in ("clock", "computer"):
        assert verdicts.pop(of_this_computer) in ("well", "finding")
    assert verdicts == {
        "configuration": "well",
        "daemon": "finding",
        "log": "well",
        "log room": "well",
        "log disk": "well",
        "log damage": "well",
        "journal": "well",
        "capture files": "well",
        "bus i2c-1": "well",
        "uplink city name": "well",
        "uplink city connection": "finding",
    }
    for check in told["checks"]:
        verdict = check["verdict"].replace("_", " ")
        assert f"{verdict:<13}  {check['name']}: " in shown
        assert all(f"  -> {finding['cure']}\n" in shown for finding in check["findings"])
    assert "\x1b" not in shown
    assert "no gateway is running" in shown
    assert shown.count("-> start it: systemctl start gateway") == 1


def test_a_faulty_configuration_ends_it(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Path(config).open("a") as file:
        file.write("colour: green\n")
    assert main(["doctor", "--config", config]) == 78
    asked = capsys.readouterr()
    assert main(["check", "--config", config]) == 78
    assert (asked.out, asked.err) == ("", capsys.readouterr().err)
    assert main(["doctor", "--config", config, "--json"]) == 78
    [check] = json.loads(capsys.readouterr().out)["checks"]
    assert (check["name"], check["verdict"]) == ("configuration", "finding")
    assert main(["check", "--config", config, "--json"]) == 78
    [fault] = json.loads(capsys.readouterr().out)["errors"]
    [finding] = check["findings"]
    assert (finding["problem"], finding["cure"]) == (fault["problem"], fault["cure"])
    assert finding["evidence"] == f"line {fault['line']} of {config}"


def test_without_rights_it_says_what_it_did_not_look_at(config: str, tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    ours, theirs = os.openpty()
    closed = os.ttyname(theirs)
    text = Path(config).read_text()
    Path(config).write_text(
        text.replace("type: i2c, simulated: true", f"type: serial, device: {closed}")
        .replace("bme280", "ld2450")
        .replace(", interval: 50ms", "")
        .replace("tls: false", f"ca_file: {tmp_path}/ca.pem")
    )
    for name in ("clock", "journal", "ca.pem"):
        (tmp_path / name).write_text("")
    for name in ("log.db", "clock", "journal", "ca.pem"):
        (tmp_path / name).chmod(0)
    Path(closed).chmod(0)
    told = _as_nobody("doctor", "--config", config, "--json")
    os.close(ours)
    os.close(theirs)
    checks = {check["name"]: check for check in told["checks"]}
    unseen = {name for name, check in checks.items() if check["verdict"] == "not_looked_at"}
    assert unseen == {
        "clock floor",
        "log",
        "log room",
        "log damage",
        "journal",
        "uplink city certificates",
        "uplink city TLS",
    }
    told_of = {finding["about"] for check in checks.values() for finding in check["findings"]}
    assert told_of <= {"daemon", "clock", "bus i2c-1", "uplink city"}
    assert "Permission denied; to look there: sudo gateway doctor" in checks["log"]["evidence"]
    assert checks["bus i2c-1"]["verdict"] == "finding"
    assert "may not read and write it" in checks["bus i2c-1"]["evidence"]


def test_a_read_only_disk(config: str, tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    done = read_only(tmp_path, "doctor", "--config", config)
    assert done.returncode == 1, done.stderr
    assert "log disk: is read-only: " in done.stdout
    assert "-> a worn out card turns read-only" in done.stdout
    assert "well           log: " in done.stdout


def _as_nobody(*words: str) -> dict[str, Any]:
    """One call by a user who may do no more than the modes of files say."""
    unshare = shutil.which("unshare")
    assert unshare is not None, "unshare is missing: apt-get install util-linux"
    done = subprocess.run(
        [unshare, "--user", "--map-user=65534", "--map-group=65534", GATEWAY, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
