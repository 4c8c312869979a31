"""What a technician does to a running node, and what everybody does to its configuration."""

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.bus.sim import SimulatedSerial
from tests.e2e.daemon import Daemon, gateway
from tests.waiting import until

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, commit_every: 200ms}}
buses:
  radar: {{type: serial, device: {folder}/radar}}
  i2c-1: {{type: i2c, simulated: true}}
  i2c-2: {{type: i2c, device: /dev/i2c-77}}
privacy: {{window: 100ms}}
sensors:
  - {{name: hall, driver: ld2450, bus: radar}}
  - {{name: air, driver: bme280, bus: i2c-1, interval: 50ms}}
  - {{name: wrong, driver: bme280, bus: i2c-2, interval: 50ms}}
uplinks:
  - {{type: mqtt, name: city, host: {host}, tls: false, small_counts: none}}
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    config = tmp_path / "gateway.yaml"
    config.write_text(CONFIG.format(folder=tmp_path, host="no-such-broker.test"))
    daemon = Daemon(config)
    yield daemon
    daemon.kill()


def finding(daemon: Daemon, about: str) -> dict[str, str] | None:
    return next((f for f in daemon.status()["findings"] if f["about"] == about), None)


def measured(daemon: Daemon, sensor: str) -> int:
    found = next(s for s in daemon.status()["sensors"] if s["name"] == sensor)
    number: int = found["measured"]
    return number


def test_a_missing_port_and_an_unknown_broker_stop_nothing_else(daemon: Daemon) -> None:
    daemon.start(*_without_network())
    until(lambda: measured(daemon, "air") > 20, daemon.status)
    assert "cannot open" in (finding(daemon, "bus radar") or {})["evidence"]
    assert "ls -l" in (finding(daemon, "bus radar") or {})["cure"]
    assert "enable I2C" in (finding(daemon, "bus i2c-2") or {})["cure"]
    until(lambda: finding(daemon, "uplink city"), daemon.status)
    assert "getent hosts no-such-broker.test" in (finding(daemon, "uplink city") or {})["cure"]
    assert daemon.status()["uplinks"][0]["backlog"] > 0
    daemon.terminate()
    told = daemon.log.read_text()
    assert [told.count(f"{part}: ") for part in ("radar is not there", "not deliver")] == [1, 1]


def test_a_battery_clock_that_is_not_there_is_told_with_a_cure(daemon: Daemon) -> None:
    with daemon.config.open("a") as file:
        file.write("clock: {rtc: rtc77}\n")
    daemon.start(*_without_network())
    assert daemon.status()["clock"]["sources"][-1]["name"] == "rtc77"
    if daemon.status()["clock"]["source"] is None:  # else it is not needed
        until(lambda: finding(daemon, "rtc77"), daemon.status)
        assert "ls /sys/class/rtc" in (finding(daemon, "rtc77") or {})["cure"]
    daemon.terminate()


def test_a_port_that_goes_and_comes_back(daemon: Daemon, tmp_path: Path) -> None:
    from drivers.people.ld2450.driver import Ld2450Config
    from drivers.people.ld2450.model import Ld2450Model
    from drivers.simulation.scene import Scene
    from drivers.simulation.world import World
    from gateway.clock import SystemClock
    from gateway.worker import Worker

    serial = SimulatedSerial(tmp_path / "radar")
    serial.attach(Ld2450Model(Ld2450Config()))
    worker = Worker("world", World(Scene(), [serial]).step, SystemClock(), 1.0)
    worker.start()
    daemon.start(*_without_network())
    until(lambda: measured(daemon, "hall") > 0, daemon.status)
    serial.unplug()
    until(lambda: finding(daemon, "bus radar"), daemon.status)
    before = measured(daemon, "hall")
    serial.plug()
    until(lambda: measured(daemon, "hall") > before, daemon.status)
    until(lambda: finding(daemon, "bus radar") is None, daemon.status)
    daemon.terminate()
    worker.stop()
    worker.join(5)
    serial.unplug()
    told = daemon.log.read_text()
    assert told.count("bus radar is not there") == 1
    assert told.count("bus radar is well again") == 1


def test_sigterm_commits_everything_within_two_seconds(daemon: Daemon, tmp_path: Path) -> None:
    daemon.start(*_without_network())
    time.sleep(0.37)
    daemon.terminate()
    with sqlite3.connect(tmp_path / "log.db") as log:
        readings = "SELECT count(*) FROM reading, layout ON layout = number WHERE gap = ''"
        (stored,) = log.execute(readings).fetchone()
    log.close()
    assert stored == measured(daemon, "air") > 0
    assert not (tmp_path / "run" / "journal").exists()
    assert daemon.status()["state"] == "stopped"


def test_the_log_for_programs(daemon: Daemon) -> None:
    daemon.start(*_without_network(), json=True)
    until(lambda: finding(daemon, "bus i2c-2"), daemon.status)
    daemon.terminate()
    lines = [json.loads(line) for line in daemon.log.read_text().splitlines()]
    assert {"INFO", "WARNING"} == {line["level"] for line in lines}
    assert any("bus i2c-2 is not there" in line["message"] for line in lines)


def test_a_lost_runtime_folder_does_not_stop_the_measuring(daemon: Daemon, tmp_path: Path) -> None:
    daemon.start(*_without_network())
    (tmp_path / "run").rename(tmp_path / "elsewhere")
    until(lambda: "status file cannot be written" in daemon.log.read_text(), daemon.log.read_text)
    (tmp_path / "elsewhere").rename(tmp_path / "run")
    until(lambda: "status file is well again" in daemon.log.read_text(), daemon.log.read_text)
    daemon.terminate()


def test_a_second_daemon_on_the_same_log_is_refused(daemon: Daemon) -> None:
    daemon.start(*_without_network())
    second = gateway("run", "--config", str(daemon.config))
    assert second.returncode == 75
    assert "in use by another gateway" in second.stderr
    daemon.terminate()


def test_status_of_a_running_node(daemon: Daemon) -> None:
    daemon.start(*_without_network())
    until(lambda: measured(daemon, "air") > 0, daemon.status)
    until(lambda: finding(daemon, "bus i2c-2"), daemon.status)
    shown = gateway("status", "--config", str(daemon.config))
    assert shown.returncode == 1  # there are findings
    assert "brandis/rathaus-01: trouble" in shown.stdout
    assert "-> enable I2C" in shown.stdout
    daemon.terminate()
    assert gateway("status", "--config", str(daemon.config)).returncode == 1


def test_a_log_that_cannot_be_there_is_told_with_a_cure(daemon: Daemon, tmp_path: Path) -> None:
    text = daemon.config.read_text()
    daemon.config.write_text(text.replace(f"{tmp_path}/log.db", f"{tmp_path}/gateway.yaml/log.db"))
    answer = gateway("run", "--config", str(daemon.config))
    assert answer.returncode == 75
    assert "cannot use" in answer.stderr
    assert "-> see whose folder it is" in answer.stderr


TEN_MISTAKES = """
node: {municipality: Großpösna, nam: rathaus-01}
buffer: {commit_every: often}
buses:
  i2c-1: {type: i2d}
  uart: {type: serial}
sensors:
  - {name: air, driver: bme288, bus: i2c-1}
  - {name: door, driver: ld2450, bus: uort, interval: -3}
uplinks:
  - {type: mqtt, name: city, host: "mqtt://broker", password: hunter2}
"""


def test_ten_mistakes_are_ten_errors(tmp_path: Path) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(TEN_MISTAKES)
    answer = gateway("run", "--config", str(path))
    assert answer.returncode == 78
    lines = [line for line in answer.stderr.splitlines() if line.startswith(f"{path}:")]
    assert len(lines) == 10, answer.stderr
    assert "hunter2" not in answer.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [("node: {municipality: brandis, na", "YAML"), ("", "empty"), (None, "folder")],
)
def test_what_is_no_configuration_is_78(tmp_path: Path, text: str | None, told: str) -> None:
    path = tmp_path / "gateway.yaml"
    if text is None:
        path.mkdir()
    else:
        path.write_text(text)
    answer = gateway("run", "--config", str(path))
    assert answer.returncode == 78
    assert told in answer.stderr
    assert "Traceback" not in answer.stderr


def _without_network() -> list[str]:
    """A network namespace with nothing in it, so that no name is looked up outside."""
    program = shutil.which("unshare")
    assert program is not None, "unshare is missing: apt-get install util-linux"
    return [program, "--net", "--map-root-user", "--"]
