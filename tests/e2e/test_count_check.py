"""Somebody counts at the simulated door by the truth about it: the counter is told to be right."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.reference_count import read
from tests.chaos.wall import Wall
from tests.e2e.daemon import Daemon
from tests.gateway.cli.terminal import Terminal
from tests.waiting import until

DOOR = "people_per_minute: 6, people: 2, seed: 3"
"""One goes in, and when he is gone another one out."""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path / "gateway.yaml")
    yield daemon
    daemon.kill()


def truth(folder: Path) -> list[str]:
    """Who has walked, in their order, as the simulation wrote it down."""
    file = folder / "truth"
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(line)["direction"] for line in lines]


def test_who_counts_by_the_truth_is_told_that_the_counter_is_right(
    daemon: Daemon, tmp_path: Path
) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text("0")
    daemon.configure(
        1,
        buffer=f"path: {tmp_path}/log.db, commit_every: 1s",
        door_every="15s",
        simulation=f"{DOOR}, truth_file: {tmp_path}/truth",
    )
    environment = [f"{name}={value}" for name, value in Wall(tmp_path).env().items()]
    daemon.start("env", *environment, sys.executable, "-m", "tests.e2e.doorman", str(allowed))
    until(lambda: measuring(daemon), daemon.log.read_text)
    terminal = Terminal(str(daemon.config), tmp_path, "--json")
    for window in (1, 2):
        terminal.shows(f"window {window} of 2")
        allowed.write_text(str(window))
        until(lambda: len(truth(tmp_path)) == window, lambda: truth(tmp_path))  # noqa: B023
        assert f"window {window} of 2" in terminal.line
        terminal.press(truth(tmp_path)[-1][0])
    code, told = terminal.ended()
    assert code == 0, terminal.seen
    assert truth(tmp_path) == ["in", "out"]
    check = json.loads(told)["check"]
    assert (check["windows"], check["compared"]) == (2, "windows")
    for direction in ("in", "out"):
        assert (check[direction]["reference"], check[direction]["counted"]) == (1, 1)
    assert (check["both"]["accuracy"], check["both"]["errors"]) == (1.0, 0)
    [kept] = read(tmp_path / "count-checks.json")["door"]
    assert kept.both.reference == 2
    daemon.terminate()


def measuring(daemon: Daemon) -> bool:
    states = {one["name"]: one["state"] for one in daemon.status()["sensors"]}
    return bool(states["door"] == "measuring")
