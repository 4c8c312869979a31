"""A log whose disk is full or read-only: measuring and delivering go on, and it recovers."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.daemon import Daemon, gateway
from tests.e2e.platform import PERSISTENT, Platform
from tests.mosquitto import StartMosquitto
from tests.waiting import until

MOUNT = 'mount -t tmpfs -o size=4m none "$0" && {spoil} && exec "$@"'
FILL = 'dd if=/dev/zero of="$0/filler" bs=4k status=none 2>&1 | grep -q "No space"'
EMPTY = 'rm "$0/filler"'
SEAL = 'mount -o remount,ro "$0"'
UNSEAL = 'mount -o remount,rw "$0"'


class NodeOnASmallDisk:
    """A daemon in a mount namespace of its own, with its log on a disk of 4 MB."""

    def __init__(self, folder: Path, port: int) -> None:
        self.daemon = Daemon(folder / "gateway.yaml")
        self.daemon.configure(
            port,
            buffer=f"path: {folder}/disk/log.db, commit_every: 500ms, reserve: 0",
            door_every="1s",
            simulation="people_per_minute: 30",
        )
        self.disk = folder / "disk"
        self.disk.mkdir()

    def start(self, spoil: str) -> None:
        script = MOUNT.format(spoil=spoil)
        unshare = (_program("unshare"), "--mount", "--map-root-user", "--")
        self.daemon.start(*unshare, "sh", "-c", script, str(self.disk))

    def on_disk(self, command: str) -> None:
        """Run a command where the daemon sees its disk."""
        enter = (_program("nsenter"), f"--target={self.daemon.status()['pid']}", "--mount")
        shared = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
        command_line = (*enter, *shared, "--", "sh", "-c", command, str(self.disk))
        subprocess.run(command_line, check=True, timeout=20)

    @property
    def log(self) -> dict[str, Any]:
        found: dict[str, Any] = self.daemon.status()["log"]
        return found

    def measured(self, sensor: str) -> int:
        found = next(one for one in self.daemon.status()["sensors"] if one["name"] == sensor)
        number: int = found["measured"]
        return number

    def finding(self) -> dict[str, str] | None:
        found = self.daemon.status()["findings"]
        return next((one for one in found if one["about"] == "log"), None)


@pytest.fixture
def platform_and_node(
    tmp_path: Path, mosquitto: StartMosquitto
) -> Iterator[tuple[Platform, NodeOnASmallDisk]]:
    broker = mosquitto(PERSISTENT)
    platform, node = Platform(broker.port), NodeOnASmallDisk(tmp_path, broker.port)
    yield platform, node
    node.daemon.kill()
    platform.close()


@pytest.mark.mosquitto
@pytest.mark.parametrize(
    ("spoil", "mend", "told"),
    [(FILL, EMPTY, "df -h"), (SEAL, UNSEAL, "read-only")],
    ids=["full", "read-only"],
)
def test_a_start_without_a_disk(
    platform_and_node: tuple[Platform, NodeOnASmallDisk], spoil: str, mend: str, told: str
) -> None:
    platform, node = platform_and_node
    node.start(spoil)
    until(node.finding, node.daemon.log.read_text)
    until(lambda: platform.measured("air") > 20, node.daemon.log.read_text)
    until(lambda: platform.measured("door") > 2, node.daemon.log.read_text)
    assert node.log["state"] == "in_memory"
    assert told in str(node.finding()).lower()
    shown = gateway("status", "--config", str(node.daemon.config))
    assert "log (in memory)" in shown.stdout

    node.on_disk(mend)
    until(lambda: node.log["state"] == "on_disk", node.daemon.log.read_text)
    until(lambda: node.finding() is None, node.daemon.log.read_text)
    until(lambda: "total_in" in platform.of("door")[-1]["values"], node.daemon.log.read_text)
    _all_delivered(platform, node)


@pytest.mark.mosquitto
def test_a_disk_that_is_full_for_a_while(
    platform_and_node: tuple[Platform, NodeOnASmallDisk],
) -> None:
    platform, node = platform_and_node
    node.start("true")
    until(lambda: node.log["accepted"] > 20, node.daemon.log.read_text)
    node.on_disk(FILL)
    until(node.finding, node.daemon.log.read_text)
    before = platform.measured("air")
    until(lambda: platform.measured("air") > before + 20, node.daemon.log.read_text)
    node.on_disk(EMPTY)
    until(lambda: node.finding() is None, node.daemon.log.read_text)
    _all_delivered(platform, node)


def _all_delivered(platform: Platform, node: NodeOnASmallDisk) -> None:
    measured = {sensor: node.measured(sensor) for sensor in ("air", "door")}
    for sensor, number in measured.items():
        until(lambda: platform.measured(sensor) >= number, node.daemon.status)  # noqa: B023
    node.daemon.terminate()
    assert platform.unaccounted() == []
    assert platform.contradictions == []
    assert platform.totals("door") == platform.counted("door")


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None, f"{name} is missing: apt-get install util-linux"
    return found
