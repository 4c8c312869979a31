"""`gateway doctor` beside a real daemon and a real broker."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.daemon import Daemon, gateway
from tests.mosquitto import StartMosquitto
from tests.waiting import until


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path / "gateway.yaml")
    yield daemon
    daemon.kill()


def start(daemon: Daemon, port: int) -> None:
    path = f"path: {daemon.config.parent}/log.db, commit_every: 200ms, reserve: 0"
    daemon.configure(port, path, door_every="1s", simulation="people: 0")
    daemon.start()
    until(lambda: _delivering(daemon), daemon.status)


def _delivering(daemon: Daemon) -> bool:
    told = daemon.status()
    return bool(told["log"]["used_bytes"] > 0 and told["uplinks"][0]["delivered"] > 0)


def ask(daemon: Daemon) -> dict[str, Any]:
    told = json.loads(gateway("doctor", "--json", "--config", str(daemon.config)).stdout)
    return {check["name"]: check for check in told["checks"]}


def not_well(checks: dict[str, Any]) -> set[str]:
    return {name for name, check in checks.items() if check["verdict"] != "well"}


@pytest.mark.mosquitto
def test_a_node_that_is_well_and_then_is_not(daemon: Daemon, mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    start(daemon, broker.port)
    found = ask(daemon)
    assert not_well(found) <= {"clock", "computer"}, found  # as this computer is
    assert "2 of 2 sensors measure" in found["daemon"]["evidence"]
    assert "newest row" in found["log"]["evidence"]
    broker.kill()
    until(lambda: daemon.status()["findings"], daemon.status)
    found = ask(daemon)
    assert not_well(found) >= {"daemon", "uplink city connection"}
    told = daemon.status()["findings"]
    assert [one["problem"] for one in found["daemon"]["findings"]] == [
        one["problem"] for one in told
    ]
    daemon.terminate()
    found = ask(daemon)
    assert "it was stopped" in found["daemon"]["evidence"]
    assert found["log"]["verdict"] == "well"
