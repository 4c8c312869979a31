"""The unit under a real systemd, with the real program: starts, hangs, crashes, stops."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clock.floor import formatted
from tests.e2e.container import Container
from tests.e2e.image import PREFIX, node_tree
from tests.waiting import until

pytestmark = pytest.mark.nspawn

CONFIG = """\
node: {municipality: brandis, name: rathaus-01}
buses:
  main: {type: i2c, simulated: true}
  radar: {type: serial, device: /dev/ttyUSB0, simulated: true}
  header: {type: gpio, simulated: true}
  other: {type: i2c, simulated: true}
privacy: {window: 1s}
sensors:
  - {name: air, driver: bme280, bus: main, interval: 1s}
  - name: door
    driver: ld2450
    bus: radar
    options: {line: [[-900, 2000], [900, 2000]], inward: approaching}
  - {name: room, driver: pir, bus: header, options: {line: 22}}
  - {name: stuck, driver: stuck, bus: other, interval: 1s}
uplinks:
  - {type: mqtt, name: broker, host: localhost, tls: false, small_counts: none}
"""
SITE_PACKAGES = f"{PREFIX}/lib/python3.11/site-packages"
OVERRIDES = "/run/systemd/system/gateway.service.d/test.conf"
CAP_SYS_TIME = 25
FAR_AHEAD_S = 3_786_912_000
SECRET = "/etc/gateway/secrets/mqtt-password"
FILES = Path(__file__).parent


class Node:
    """The container, in the words of its service."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.run = container.run
        self.write = container.write
        self._start = ""

    def start(self, overrides: str = "", config: str = CONFIG, status: int = 0) -> None:
        """Start it afresh, its restart counter at zero, with some settings of the unit changed."""
        self.run("systemctl", "stop", "gateway")
        self.run("systemctl", "reset-failed", "gateway", status=None)
        self.write("/etc/gateway/gateway.yaml", config)
        self.write(OVERRIDES, f"[Service]\n{overrides}\n")
        self.run("systemctl", "daemon-reload")
        _, _, self._start = self.run("journalctl", "--lines=0", "--show-cursor").partition(": ")
        self.run("systemctl", "start", "gateway", status=status)

    def kill(self, signal: str) -> None:
        self.run("systemctl", "kill", "--kill-whom=main", f"--signal={signal}", "gateway")

    def show(self, name: str) -> str:
        return self.run("systemctl", "show", "--value", f"--property={name}", "gateway")

    def restarts(self) -> int:
        """How often systemd has started it again; counted as soon as it has decided to."""
        return int(self.show("NRestarts"))

    def await_restart(self, number: int = 1, seconds: float = 20) -> None:
        """Wait until it has been started again so many times, and is ready."""

        def ready() -> bool:
            return self.restarts() == number and self.show("ActiveState") == "active"

        until(ready, self.journal, seconds)

    def journal(self) -> str:
        """What the service, and systemd about it, have said since `start`."""
        self.run("journalctl", "--sync")
        since = f"--after-cursor={self._start}"
        return self.run("journalctl", "--unit=gateway", "--output=cat", "--no-pager", since)

    def status(self) -> dict[str, object]:
        text = self.container.path("/run/gateway/status.json").read_text()
        found: dict[str, object] = json.loads(text)
        return found


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    _need_tools()
    with Container(node_tree(), tmp_path_factory.mktemp("node")) as container:
        _install_stuck_driver(container)
        yield Node(container)


def _need_tools() -> None:
    missing = [tool for tool in ("systemd-nspawn", "mmdebstrap") if shutil.which(tool) is None]
    if missing:
        told = f"{missing[0]} is missing: sudo apt-get install systemd-container mmdebstrap"
    elif os.geteuid() != 0:
        told = "a container needs root: sudo make test"
    else:
        return
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(told)


def _install_stuck_driver(container: Container) -> None:
    source = (FILES / "stuck_driver.py").read_text()
    container.write(f"{SITE_PACKAGES}/stuck_driver.py", source)
    info = f"{SITE_PACKAGES}/stuck-1.0.dist-info"
    container.write(f"{info}/METADATA", "Metadata-Version: 2.1\nName: stuck\nVersion: 1.0\n")
    container.write(f"{info}/entry_points.txt", "[gateway.drivers]\nstuck = stuck_driver:PART\n")


def test_started_it_is_ready_and_measures(node: Node) -> None:
    node.start()
    assert node.show("ActiveState") == "active"
    assert node.show("StatusText") != ""
    status = node.status()
    assert status["node"] == "brandis/rathaus-01"
    assert str(status["pid"]) == node.show("MainPID")
    assert node.show("WatchdogUSec") == "1min"


def test_every_kind_of_simulated_bus_works_in_the_sandbox(node: Node) -> None:
    node.start()

    def measuring() -> bool:
        sensors = node.status()["sensors"]
        assert isinstance(sensors, list)
        return {sensor["name"] for sensor in sensors if sensor["measured"]} == {
            "air",
            "door",
            "room",
            "stuck",
        }

    until(measuring, node.status)


def test_runs_as_its_own_user_without_capabilities(node: Node) -> None:
    node.start()
    process = node.container.path(f"/proc/{node.show('MainPID')}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in process.splitlines() if ":\t" in line)
    own = node.run("id", "--user", "gateway")
    assert own != "0"
    assert set(fields["Uid"].split()) == {own}
    assert {int(fields[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert node.run("stat", "--format=%U %a", "/var/lib/gateway") == "gateway 750"


def test_its_status_is_for_everybody_and_its_log_is_not(node: Node) -> None:
    node.start()
    anybody = ("runuser", "--user=nobody", "--")
    told = node.run(*anybody, "cat", "/run/gateway/status.json")
    assert json.loads(told)["node"] == "brandis/rathaus-01"
    node.run(*anybody, "ls", "/var/lib/gateway", status=2)


def test_before_the_start_the_clock_is_raised_as_root_and_failing_at_that_does_no_harm(
    node: Node,
) -> None:
    # The container has a clock in common with this machine, so it must not be able to set it.
    [bound] = re.findall(r"CapBnd:\s*(\w+)", node.container.path("/proc/1/status").read_text())
    assert not int(bound, 16) >> CAP_SYS_TIME & 1
    node.start()
    node.write("/var/lib/gateway/clock", formatted(FAR_AHEAD_S).decode())
    node.start()
    # The second is what it says on a computer whose clock is synchronised.
    tried = "is behind 2090-01-01T00:00:00Z and cannot be set|vouches for the clock, though it was"
    assert re.search(tried, node.journal())
    assert node.show("ActiveState") == "active"
    found = node.run("find", "/run/gateway", "/var/lib/gateway", "-user", "root", "-name", ".*")
    assert found == ""
    clock = node.status()["clock"]
    assert isinstance(clock, dict)
    assert clock["floor"] == "2090-01-01T00:00:00Z"
    node.run("rm", "/var/lib/gateway/clock")


def test_what_the_service_asks_for_root_looks_up_and_tries(node: Node) -> None:
    """The container has no I2C controller, so it is as if that had gone."""
    far = "buses:\n  far: {type: i2c, device: /dev/i2c-77, recovery: rebind}\n"
    sensor = "sensors:\n  - {name: roof, driver: bmp280, bus: far, interval: 1s}\n"
    config = CONFIG.replace("buses:\n", far).replace("sensors:\n", sensor)
    node.run("systemctl", "start", "gateway-recover.path")
    node.start(config=config)

    def tried() -> str:
        node.run("journalctl", "--sync")
        return node.run("journalctl", "--unit=gateway-recover", "--output=cat", "--no-pager")

    until(lambda: "bus 'far' was not recovered" in tried(), tried)
    assert "/dev/i2c-77 has no controller in sysfs" in tried()
    assert node.container.path("/run/gateway/recover").read_text() == '["far"]'
    assert node.run("stat", "--format=%U %a", "/run/gateway-recover") == "root 700"
    node.run("systemctl", "stop", "gateway-recover.path")


def test_frozen_it_is_restarted_by_the_watchdog(node: Node) -> None:
    node.start("WatchdogSec=3\nRestartSec=100ms")
    node.kill("STOP")
    node.await_restart()
    assert node.restarts() == 1
    assert "Watchdog timeout" in node.journal()


def test_one_worker_that_hangs_is_enough_and_its_stack_is_in_the_journal(node: Node) -> None:
    node.start("WatchdogSec=3\nRestartSec=100ms")
    node.write("/run/gateway/hang", "")
    until(lambda: "Watchdog timeout" in node.journal(), node.journal)
    node.run("rm", "/run/gateway/hang")
    node.await_restart()
    assert "stuck_driver.py" in node.journal()


def test_killed_it_is_started_again(node: Node) -> None:
    node.start("RestartSec=100ms")
    before = node.show("MainPID")
    node.kill("KILL")
    node.await_restart()
    assert node.restarts() == 1
    assert node.show("MainPID") not in ("0", before)


def test_it_is_restarted_for_ever(node: Node) -> None:
    """systemd itself would give up after five starts in ten seconds."""
    node.start("RestartSec=10ms")
    for number in range(1, 8):
        node.kill("KILL")
        node.await_restart(number)


def test_a_wrong_configuration_is_not_tried_again(node: Node) -> None:
    node.start("RestartSec=10ms", CONFIG.replace("driver: pir", "driver: pri"), status=1)
    assert node.show("ExecMainStatus") == "78"
    assert (node.show("ActiveState"), node.show("SubState")) == ("failed", "failed")
    assert node.restarts() == 0
    assert "pri" in node.journal()


def test_a_log_in_use_is_tried_again(node: Node) -> None:
    node.start()
    second = f"{PREFIX}/bin/gateway run --config /etc/gateway/gateway.yaml"
    node.run("runuser", "--user=gateway", "--", *second.split(), status=75)
    assert node.show("ActiveState") == "active"


def test_the_runtime_folder_survives_restart_crash_and_stop(node: Node) -> None:
    node.start("RestartSec=100ms")
    node.write("/run/gateway/kept", "journal")
    node.run("systemctl", "restart", "gateway")
    node.kill("KILL")
    node.await_restart()
    assert node.container.path("/run/gateway/kept").read_text() == "journal"
    node.run("systemctl", "stop", "gateway")  # while the disk is full the journal still has rows
    assert node.container.path("/run/gateway/kept").read_text() == "journal"


def test_stopped_it_ends_well_within_two_seconds(node: Node) -> None:
    """After TimeoutStopSec systemd would kill it, and its result would be `timeout`."""
    node.start("TimeoutStopSec=2")
    node.run("systemctl", "stop", "gateway")
    assert node.show("Result") == "success"
    assert node.show("ExecMainStatus") == "0"
    assert node.show("ActiveState") == "inactive"


def test_a_node_without_secrets_starts(node: Node) -> None:
    node.run("rm", "--recursive", "--force", "/etc/gateway/secrets")
    node.start()
    assert node.show("ActiveState") == "active"
    assert node.run("stat", "--format=%a", "/etc/gateway/secrets") == "700"


def test_the_secrets_folder_is_there_and_closed_before_the_first_start(node: Node) -> None:
    node.run("rm", "--recursive", "--force", "/etc/gateway/secrets")
    node.run("systemd-tmpfiles", "--create", "gateway.conf")
    assert node.run("stat", "--format=%U %a", "/etc/gateway/secrets") == "root 700"


def test_the_password_is_for_the_service_alone(node: Node) -> None:
    node.write(SECRET, "correct horse\n")  # readable by all, as an editor leaves it
    node.start()
    copy = "/run/credentials/gateway.service/secret_mqtt-password"
    assert node.run("runuser", "--user=gateway", "--", "cat", copy) == "correct horse"
    for path in (copy, SECRET):
        node.run("runuser", "--user=nobody", "--", "cat", path, status=1)
    assert "correct horse" not in node.journal()


def test_the_sandbox_lets_through_what_is_needed_and_nothing_else(node: Node) -> None:
    node.write(SECRET, "correct horse\n", 0o600)
    node.run("mknod", "--mode=660", "/dev/ttyS0", "c", "4", "64")
    node.run("chgrp", "dialout", "/dev/ttyS0")
    node.run("mknod", "--mode=666", "/dev/other-class", "c", "10", "200")
    node.run("python3", "-c", "open('/dev/other-class')")  # outside nothing keeps it shut
    node.write("/home/somebody/letter", "dear all")
    assert _tried_in_the_sandbox(node) == {
        "a callback from C": None,
        "writable code": "EPERM",
        "ask the state of the clock": None,
        "set the clock": "EPERM",
        "ask another program, as chronyc": None,
        "a device of a class that is allowed": None,
        "a device of another class": "EPERM",
        "a pseudo-terminal": None,
        "resolve a name": None,
        "a raw packet socket": "EAFNOSUPPORT",
        "write the log's folder": None,
        "write the runtime folder": None,
        "write the working folder": None,
        "write the program": "EROFS",
        "write the configuration": "EROFS",
        "look into a home": "EACCES",
        "look into the secrets": "EACCES",
        "read a credential": None,
        "read the model of the computer": None,
        "read how much memory is left": None,
        "look at the disks of the computer": None,
        "import the GPIO library": None,
    }


def _tried_in_the_sandbox(node: Node) -> dict[str, str | None]:
    """The probe, run by the unit with nothing changed but its command."""
    node.write("/usr/local/bin/probe.py", (FILES / "sandbox_probe.py").read_text())
    command = f"{PREFIX}/bin/python /usr/local/bin/probe.py"
    node.start(
        f"Type=exec\nRestart=no\nWatchdogSec=0\nExecStart=\nExecStart={command}\n"
        "StandardOutput=file:/run/probe.json"
    )
    until(lambda: node.show("ActiveState") == "inactive", node.journal)
    tried: dict[str, str | None] = json.loads(node.container.path("/run/probe.json").read_text())
    return tried
