"""A whole node whose raw data are captured, of each kind of bus, and what others see of it."""

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.people.ld2450 import codec
from gateway import config, status
from gateway.app import Node
from gateway.cli import main
from gateway.clock import Clocks, SourceState, SystemClock
from gateway.doctor.daemon import check as daemon_check
from gateway.model import rfc3339
from tests.waiting import until

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, reserve: 0}}
privacy: {{window: 0.5, captures: [{captures}]}}
buses:
  main: {{type: i2c, simulated: true}}
  door-a: {{type: i2c-mux, parent: main, address: 0x70, channel: 0}}
  radar: {{type: serial, device: {folder}/tty, simulated: true}}
  header: {{type: gpio, simulated: true}}
  wire: {{type: onewire, device: {folder}/w1, simulated: true}}
sensors:
  - {{name: head, driver: vl53l1x, bus: door-a, options: {{mounting_height_mm: 2400}}}}
  - {{name: air, driver: bme280, bus: main, interval: 0.1}}
  - {{name: hall, driver: ld2450, bus: radar}}
  - {{name: beams, driver: beam-pair, bus: header, options: {{line_a: 17, line_b: 27}}}}
  - {{name: room, driver: pir, bus: header, options: {{line: 22, warm_up_s: 0}}}}
  - {{name: cellar, driver: ds18b20, bus: wire, interval: 0.1}}
uplinks: []
simulation: {{people_per_minute: 60}}
"""
ALL = ["head", "hall", "beams", "cellar"]


class Vouching:
    """Somebody who knows that the wall clock of this computer is right."""

    def state(self, now: Clocks) -> SourceState:
        return SourceState("test", True, "as the test says")


def ahead(clock: SystemClock, hours: float) -> str:
    seconds = clock.clocks().wall_ns // 10**9 + round(hours * 3600)
    return rfc3339(seconds * 10**9)


def written(folder: Path, clock: SystemClock, sensors: list[str]) -> Path:
    entries = ", ".join(f"{{sensor: {one}, until: {ahead(clock, 1)}}}" for one in sensors)
    path = folder / "gateway.yaml"
    path.write_text(CONFIG.format(folder=folder, captures=entries))
    return path


@contextmanager
def running(path: Path, clock: SystemClock) -> Iterator[Node]:
    node = Node(config.load(path), clock)
    node.start()
    try:
        yield node
    finally:
        node.stop()


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock(fast=[Vouching()])


def captured(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The lines of each sensor's file."""
    files = (folder / "captures").glob("*.jsonl")
    return {
        path.name.rpartition("-2")[0]: [json.loads(line) for line in path.read_text().splitlines()]
        for path in files
    }


def enough(folder: Path) -> bool:
    """Each has begun, and what its sensor measures is there."""
    keys = ("read", "in", "line", "convert")
    try:
        found = captured(folder).values()
    except json.JSONDecodeError:  # it is being written
        return False
    return len(found) == 4 and all(
        any(event.get(key) not in (None, "") for event in lines for key in keys) for lines in found
    )


def test_each_kind_of_bus_is_captured_of_those_sensors_alone(
    tmp_path: Path, clock: SystemClock
) -> None:
    with running(written(tmp_path, clock, ALL), clock) as node:
        until(lambda: enough(tmp_path), lambda: captured(tmp_path))
        until(lambda: node.sensors["hall"].measured > 1, node.findings)
        for one in node.captures.of.values():
            assert one.state == "running"
    found = captured(tmp_path)
    assert set(found) == set(ALL)
    for sensor, (first, *events, last) in found.items():
        assert first["sensor"] == sensor
        assert last["end"] == "the gateway was stopped"
        assert all("up" in event for event in events)
    head, hall, beams, cellar = (found[name] for name in ALL)
    assert {one["address"] for one in head[1:-1]} == {0x29}  # no multiplexer, and not 0x76
    assert hall[1]["open"] == 256_000  # from the first word of the dialogue on
    heard = b"".join(bytes.fromhex(one["in"]) for one in hall if "in" in one)
    assert any(isinstance(one, codec.Report) for one in codec.Parser().feed(heard))
    assert beams[1]["claim"] == [17, 27]
    assert {one["line"] for one in beams if "line" in one} <= {17, 27}
    assert cellar[1]["device"].startswith("28-")
    for path in (tmp_path / "captures").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_is_seen_in_status_findings_doctor_and_meta(
    tmp_path: Path, clock: SystemClock, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, clock, ["hall"])
    with running(path, clock) as node:
        (tmp_path / "run").mkdir(exist_ok=True)
        status.write(status.status(node), tmp_path / "run")
        _, seen = daemon_check(tmp_path / "run", clock)
        sensors = {one.name: one for one in node._announcer.meta().sensors}
        health = node._announcer.health()
        assert main(["status", "--config", str(path), "--json"]) == 1
        document = json.loads(capsys.readouterr().out)
        main(["status", "--config", str(path)])
        shown = capsys.readouterr().out.replace("\n", " ")
    until_ = config.load(path).privacy.captures[0].until
    (one,) = document["captures"]
    assert (one["sensor"], one["state"], one["until"]) == ("hall", "running", until_)
    assert one["file"].startswith(f"{tmp_path}/captures/hall-")
    finding = document["findings"][0]
    said = (finding["about"], finding["problem"])
    assert said == ("raw data of hall", "are being captured")
    assert f"until {until_}, 0.0 MB in {tmp_path}/captures/hall-" in finding["evidence"]
    assert "`privacy.captures`" in finding["cure"]
    assert "RAW DATA ARE BEING CAPTURED: sensor hall, until" in shown[:300]
    assert ("raw data of hall", "are being captured") in [
        (one.about, one.problem) for one in seen.findings
    ]
    assert health.findings[0].about == "raw data of hall"
    assert sensors["hall"].capture_until == until_
    assert not sensors["head"].capture_until


def test_without_the_option_nothing_is_captured(tmp_path: Path, clock: SystemClock) -> None:
    with running(written(tmp_path, clock, []), clock) as node:
        until(lambda: node.sensors["hall"].measured, node.findings)
        assert "captures" not in [worker.name for worker in node.workers]
        told = status.status(node)
        assert told.captures == []
        assert not any(one.about.startswith("raw data") for one in told.findings)
    assert not (tmp_path / "captures").exists()


def test_files_of_earlier_captures_are_looked_after_without_one(
    tmp_path: Path, clock: SystemClock
) -> None:
    folder = tmp_path / "captures"
    folder.mkdir()
    old, newer = folder / "hall-20200101T0000Z.jsonl", folder / f"hall-{_stamp(clock)}.jsonl"
    for path in (old, newer):
        path.write_text('{"up": 1, "boot": "another"}\n')
    with running(written(tmp_path, clock, []), clock) as node:
        [finding] = [one for one in node.findings() if one.about == "capture files"]
        assert "captures" in [worker.name for worker in node.workers]
    assert str(newer) in finding.cure
    assert not old.exists()


def _stamp(clock: SystemClock) -> str:
    """Two days ago."""
    return ahead(clock, -48)[:16].replace("-", "").replace(":", "") + "Z"


def test_a_capture_that_cannot_be_written_disturbs_no_measuring(
    tmp_path: Path, clock: SystemClock
) -> None:
    (tmp_path / "captures").write_text("a file is in the way")
    with running(written(tmp_path, clock, ALL), clock) as node:
        for sensor in node.sensors.values():
            until(lambda one=sensor: one.measured, node.findings)  # type: ignore[misc]
        assert {one.state for one in node.captures.of.values()} == {"over"}
        problems = [one.problem for one in node.findings() if one.about.startswith("raw data")]
    assert problems == ["are not captured"] * 4
