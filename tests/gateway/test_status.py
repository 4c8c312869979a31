"""The status document, and what `gateway status` makes of it for people and for programs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway import config, status
from gateway.app import Node
from gateway.cli import main
from gateway.clock import Rtc, SystemClock
from gateway.clock.chrony import Chrony
from gateway.clock.floor import formatted
from gateway.model import Quality

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, commit_every: 10s, reserve: 0}}
buses:
  i2c-1: {{type: i2c, simulated: true}}
sensors:
  - {{name: air, driver: bme280, bus: i2c-1}}
uplinks:
  - {{type: mqtt, name: city, host: no-such-broker.test, tls: false}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.yaml"
    path.write_text(CONFIG.format(folder=tmp_path))
    return path


@pytest.fixture
def node(file: Path) -> Iterator[Node]:
    """A node that nobody has started: its threads do nothing yet."""
    node = Node(config.load(file), SystemClock())
    yield node
    node.log.close()
    node.buses.close()


def answer(
    node: Node, file: Path, capsys: pytest.CaptureFixture[str], **log: Any
) -> tuple[int, dict[str, Any], str]:
    """Exit code, document and what is shown, with some of the log's fields changed."""
    told = status.status(node)
    told = msgspec.structs.replace(told, log=msgspec.structs.replace(told.log, **log))
    path = Path(node.config.node.runtime_dir) / status.FILE
    path.write_bytes(msgspec.json.encode(told))
    code = main(["status", "--config", str(file), "--json"])
    document = json.loads(capsys.readouterr().out)
    main(["status", "--config", str(file)])
    return code, document, " ".join(capsys.readouterr().out.split())


def measure(node: Node) -> None:
    node.sensors["air"].run(node.log)
    node.sensors["air"].run(node.log)


def test_what_waits_for_its_commit_and_what_is_accepted(
    node: Node, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measure(node)
    code, told, shown = answer(node, file, capsys)
    assert (code, told["state"], told["log"]["state"]) == (0, "well", "on_disk")
    assert (told["log"]["accepted"], told["log"]["pending"]) == (0, 1)
    assert told["uplinks"][0]["backlog"] == 1  # what is not committed is to be delivered too
    assert "log (on disk): 0 accepted, 1 waiting for their commit" in shown
    node.log.commit()
    _, told, shown = answer(node, file, capsys)
    assert (told["log"]["accepted"], told["log"]["pending"]) == (1, 0)
    assert "1 accepted, 0 waiting" in shown


def test_a_node_whose_disk_cannot_be_used_says_so(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file.parent / "log.db.legend.new").mkdir()  # as on a full disk
    node = Node(config.load(file), SystemClock())
    try:
        measure(node)
        node.writer.commit_once()
        code, told, shown = answer(node, file, capsys)
        assert (code, told["state"], told["log"]["state"]) == (1, "trouble", "in_memory")
        assert told["sensors"][0]["measured"] == told["log"]["pending"] == 1
        assert "log (in memory): 0 accepted, 1 waiting for their commit" in shown
        assert "! log cannot be written: " in shown
    finally:
        (file.parent / "log.db.legend.new").rmdir()
        node.log.attach()
        node.log.close()
        node.buses.close()


def test_how_full_the_log_is(node: Node, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half = {"used_bytes": 256_000_000, "limit_bytes": 512_000_000}
    _, _, shown = answer(node, file, capsys, **half, full_in_days=12.5)
    assert "50% of its quota used, full in 12.5 days if nothing is delivered" in shown
    _, _, shown = answer(node, file, capsys, **half)
    assert "50% of its quota used, epoch" in shown


def test_who_vouches_for_the_time_and_who_does_not(
    node: Node, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, told, shown = answer(node, file, capsys)
    sources = told["clock"]["sources"]
    assert [source["name"] for source in sources] == ["kernel", "timesyncd", "chrony"]
    assert all(source["why"] in shown for source in sources)
    vouching = [source["name"] for source in sources if source["vouches"]]
    assert told["clock"]["source"] == (vouching[0] if vouching else None)
    assert told["clock"]["quality"] == ("synced" if vouching else "unknown")
    assert told["clock"]["floor"] is None


def test_the_clock_s_floor_stands_beside_the_log(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file.parent / "clock").write_bytes(formatted(3_786_912_000))
    node = Node(config.load(file), SystemClock())
    try:
        code, told, shown = answer(node, file, capsys)
    finally:
        node.log.close()
        node.buses.close()
    assert (code, told["clock"]["floor"]) == (1, "2090-01-01T00:00:00Z")
    assert [finding["about"] for finding in told["findings"]] == ["clock"]
    assert "-> " in shown


def test_an_estimate_of_the_time_dates_readings_as_such(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rtc0").mkdir()
    (tmp_path / "rtc0/since_epoch").write_text("1790000000\n")
    silent = Chrony([str(tmp_path / "none")])
    node = Node(config.load(file), SystemClock(Rtc("rtc0", tmp_path), [], silent))
    try:
        node.timekeeper.keep_once()
        node.check()
        measure(node)
        _, told, shown = answer(node, file, capsys)
        assert (told["clock"]["quality"], told["clock"]["source"]) == ("estimated", None)
        assert told["clock"]["utc"].startswith("2026-09-21T14:13:2")
        assert "(estimated)" in shown
        [entry] = node.log.feed.entries(0, 1).entries
        assert entry.at.quality is Quality.ESTIMATED
    finally:
        node.log.close()
        node.buses.close()


def test_a_journal_that_cannot_be_written_is_a_finding(
    node: Node, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    block = file.parent / "run" / "journal.new"
    block.mkdir()
    node.log.window.save()
    code, told, shown = answer(node, file, capsys)
    assert (code, told["findings"][0]["about"]) == (1, "journal")
    assert "! journal cannot be written" in shown
    block.rmdir()
    node.log.window.save()
    assert answer(node, file, capsys)[0] == 0


def test_the_file_is_replaced_whole(node: Node) -> None:
    folder = Path(node.config.node.runtime_dir)
    status.write(status.status(node), folder)
    status.write(status.status(node, "stopped"), folder)
    told = status.read(folder)
    assert told is not None
    assert told.state == "stopped"
    assert {path.name for path in folder.iterdir()} == {status.FILE, "journal"}
