"""`gateway buffer` beside a running gateway, and where nothing can be written."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.buffer import WORDS
from tests.e2e.daemon import Daemon, gateway
from tests.gateway.buffer.logs import (
    fill,
    make_log,
    open_log,
)
from tests.gateway.cli.calls import CONFIG, documents, read_only
from tests.gateway.simulated_clock import SimulatedClock
from tests.waiting import until


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "gateway.yaml"
    path.write_text(CONFIG.format(folder=tmp_path))
    return str(path)


def test_on_a_read_only_disk(config: str, tmp_path: Path) -> None:
    make_log(tmp_path, 300)
    before = sorted(tmp_path.iterdir())
    export = read_only(tmp_path, "buffer", "export", "--config", config)
    assert (export.returncode, export.stderr) == (0, "")
    assert len(export.stdout.splitlines()) == 300
    for word in ("show", "gaps", "verify"):
        done = read_only(tmp_path, "buffer", word, "--config", config)
        assert (done.returncode, done.stderr) == (0, "")
    assert sorted(tmp_path.iterdir()) == before


def test_on_a_read_only_disk_after_a_power_cut(config: str, tmp_path: Path) -> None:
    clock = SimulatedClock()
    log = open_log(tmp_path, clock)
    fill(log, clock, 200)
    assert log.store is not None
    log.store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    fill(log, clock, 100)
    # What a power cut leaves behind; a process that ends would have folded it back.
    (tmp_path / "cut").mkdir()
    for end in ("", "-wal", "-shm", ".legend"):
        shutil.copy(tmp_path / f"log.db{end}", tmp_path / "cut" / f"log.db{end}")
    log.close()
    other = Path(config).read_text().replace(f"{tmp_path}/log.db", f"{tmp_path}/cut/log.db")
    Path(config).write_text(other)
    export = read_only(tmp_path / "cut", "buffer", "export", "--config", config)
    assert (export.stderr, len(export.stdout.splitlines())) == ("", 300)
    (tmp_path / "cut" / "log.db-shm").unlink()
    export = read_only(tmp_path / "cut", "buffer", "export", "--config", config)
    assert "log.db-wal cannot be read" in export.stderr
    assert len(export.stdout.splitlines()) == 200
    assert gateway("buffer", "export", "--config", config).stdout.count("\n") == 300


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    (tmp_path / "run").mkdir()
    path = tmp_path / "gateway.yaml"
    folder = f"runtime_dir: {tmp_path}"
    path.write_text(CONFIG.format(folder=tmp_path).replace(folder, f"{folder}/run"))
    daemon = Daemon(path)
    yield daemon
    daemon.kill()


def test_beside_a_running_daemon(daemon: Daemon) -> None:
    daemon.start()
    until(lambda: daemon.status()["log"]["accepted"] > 20, daemon.status)
    config = str(daemon.config)
    answers = [gateway("buffer", word, "--json", "--config", config) for word in WORDS]
    assert [(answer.returncode, answer.stderr) for answer in answers] == [(0, "")] * len(WORDS)
    show, export, gaps, _verify = answers
    assert json.loads(show.stdout)["rows"] > 20
    assert json.loads(show.stdout)["newest"]["age_s"] < 60
    numbers = [int(one["id"].rpartition(":")[2]) for one in documents(export.stdout)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert gaps.stdout == ""
    daemon.terminate()
    after = gateway("buffer", "verify", "--json", "--config", config)
    assert json.loads(after.stdout)["flaws"] == []
    assert json.loads(after.stdout)["rows"] > len(numbers)
