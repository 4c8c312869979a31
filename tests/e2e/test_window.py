"""A process that dies inside the commit window: what is nowhere but in the journal is not lost."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.daemon import Daemon
from tests.e2e.platform import PERSISTENT, Platform
from tests.mosquitto import StartMosquitto
from tests.waiting import until

PEOPLE = 3


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path / "gateway.yaml")
    yield daemon
    daemon.kill()


def configure(daemon: Daemon, port: int, people: int = 0) -> None:
    folder, per_minute = daemon.config.parent, 60 if people else 0
    daemon.configure(
        port,
        buffer=f"path: {folder}/log.db, commit_every: 60s",
        door_every="10s",
        simulation=f"people_per_minute: {per_minute}, people: {people}, truth_file: {folder}/truth",
    )


def truth(daemon: Daemon) -> Counter[str]:
    """Who has walked, as the simulation wrote it down."""
    file = daemon.config.parent / "truth"
    lines = file.read_text().splitlines() if file.exists() else []
    return Counter(json.loads(line)["direction"] for line in lines)


def measured(daemon: Daemon, sensor: str) -> int:
    found = next(one for one in daemon.status()["sensors"] if one["name"] == sensor)
    number: int = found["measured"]
    return number


def stored(daemon: Daemon) -> int:
    """Rows on the disk now."""
    with sqlite3.connect(daemon.config.parent / "log.db") as log:
        [(count,)] = log.execute("SELECT count(*) FROM reading").fetchall()
    log.close()
    found: int = count
    return found


@pytest.mark.mosquitto
def test_killed_before_anything_was_committed_or_delivered(
    daemon: Daemon, mosquitto: StartMosquitto
) -> None:
    broker = mosquitto(PERSISTENT)
    platform = Platform(broker.port)
    try:
        broker.stop()  # so that nothing is anywhere but in the window
        configure(daemon, broker.port, PEOPLE)
        daemon.start()
        until(lambda: truth(daemon).total() == PEOPLE, daemon.status)
        until(lambda: measured(daemon, "air") > 50, daemon.status)
        told = daemon.status()
        daemon.kill()
        assert stored(daemon) == 0
        assert (daemon.config.parent / "run" / "journal").exists()
        configure(daemon, broker.port)
        broker.start()
        daemon.start()
        until(lambda: _newest_ms(platform) > _written_ms(told) + 10_000, daemon.status)
        until(lambda: sum(platform.totals("door")) == PEOPLE, daemon.status)
        daemon.terminate()
    finally:
        daemon.kill()
        platform.close()

    walked = truth(daemon)["in"], truth(daemon)["out"]
    assert platform.counted("door") == platform.totals("door") == walked
    first_life = [one for one in platform.of("air") if one["up"] <= _written_ms(told)]
    assert len(first_life) >= told["sensors"][1]["measured"] > 50
    assert platform.unaccounted() == []
    assert platform.contradictions == []
    [stop] = platform.told("unclean_stop")
    assert (stop["n"], "from" in stop) == (0, False)


def _written_ms(told: dict[str, Any]) -> float:
    """When it had been measured what that status tells, on the safe side."""
    up_s: float = told["clock"]["up_s"]
    return up_s * 1000 + 50


def _newest_ms(platform: Platform) -> float:
    return max((reading["up"] for reading in platform.of("air")), default=0)


@pytest.mark.mosquitto
def test_killed_again_and_again_it_gives_no_identity_twice(
    daemon: Daemon, mosquitto: StartMosquitto
) -> None:
    """Rows go out before their commit: what is out must not be given to another reading."""
    broker = mosquitto(PERSISTENT)
    platform = Platform(broker.port)
    configure(daemon, broker.port)
    try:
        for life in range(1, 5):
            daemon.start()
            until(lambda: platform.measured("air") > 15 * life, daemon.status)  # noqa: B023
            daemon.kill()
        daemon.start()
        until(lambda: len(platform.told("unclean_stop")) == 4, daemon.status)
        until(lambda: platform.unaccounted() == [], platform.unaccounted)
        daemon.terminate()
    finally:
        daemon.kill()
        platform.close()
    assert platform.contradictions == []
    assert len({identity.epoch for identity in platform.arrivals}) == 1


@pytest.mark.mosquitto
def test_stopped_it_has_stored_what_it_had_measured_and_the_window_goes_on(
    daemon: Daemon, mosquitto: StartMosquitto
) -> None:
    broker = mosquitto()
    platform = Platform(broker.port)
    try:
        configure(daemon, broker.port, PEOPLE)
        daemon.start()
        until(lambda: truth(daemon).total() == PEOPLE, daemon.status)
        daemon.terminate()
        assert stored(daemon) >= measured(daemon, "air")
        configure(daemon, broker.port)
        daemon.start()
        until(lambda: sum(platform.totals("door")) == PEOPLE, daemon.status)
        daemon.terminate()
    finally:
        daemon.kill()
        platform.close()
    walked = truth(daemon)["in"], truth(daemon)["out"]
    assert platform.counted("door") == platform.totals("door") == walked
    assert platform.told("unclean_stop") == []
    assert platform.unaccounted() == []


def test_without_a_journal_each_reading_is_committed_at_once(daemon: Daemon) -> None:
    configure(daemon, 1)
    daemon.start()
    block = daemon.config.parent / "run" / "journal.new"
    block.mkdir()  # as if there was no room in memory
    daemon.kill()
    daemon.start()
    until(lambda: _journal_finding(daemon), daemon.status)
    assert "df -h" in str(_journal_finding(daemon))
    until(lambda: measured(daemon, "air") > 60, daemon.status)
    before = measured(daemon, "air")
    daemon.kill()
    assert stored(daemon) >= before
    daemon.start()
    block.rmdir()
    until(lambda: _journal_finding(daemon) is None, daemon.status)
    daemon.terminate()
    assert daemon.log.read_text().count("journal is well again") == 1


def _journal_finding(daemon: Daemon) -> dict[str, str] | None:
    findings = daemon.status()["findings"]
    return next((one for one in findings if one["about"] == "journal"), None)
