"""The command line: verbs, exit codes, and what they print for people and for programs."""

import json
import threading
from pathlib import Path

import pytest

from gateway import __version__
from gateway.cli import VERBS, main

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db}}
buses:
  i2c-1: {{type: i2c, device: /dev/i2c-77}}
  uart: {{type: serial, device: /dev/serial0}}
  header: {{type: gpio}}
sensors:
  - {{name: air, driver: bme280, bus: i2c-1}}
  - {{name: radar, driver: ld2450, bus: uart}}
  - {{name: door, driver: beam-pair, bus: header, options: {{line_a: 17, line_b: 27}}}}
  - {{name: hall, driver: pir, bus: header, options: {{line: 22, warm_up_s: 0}}}}
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "gateway.yaml"
    path.write_text(CONFIG.format(folder=tmp_path))
    return str(path)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"gateway {__version__}\n"


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"  {verb}" in told for verb in VERBS)


@pytest.mark.parametrize("words", [[], ["dance"], ["--verbose"]])
def test_wrong_usage_is_2_and_on_stderr(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "usage: gateway VERB" in told.err


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert f"example: gateway {verb}" in told
    assert "--json" in told


def test_check_says_that_all_is_well(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--config", config]) == 0
    assert "node brandis/rathaus-01, 4 sensors, 0 uplinks" in capsys.readouterr().out


def test_check_answers_programs(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--config", config, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": config, "errors": []}


def test_check_of_a_faulty_file_is_78(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("node: {municipality: brandis}\nbuses: {}\nsensors: []\n")
    assert main(["check", "--config", str(path)]) == 78
    assert "bad.yaml:1: node" in capsys.readouterr().err
    assert main(["check", "--config", str(path), "--json"]) == 78
    errors = json.loads(capsys.readouterr().out)["errors"]
    assert {"path", "line", "problem", "cure"} <= set(errors[0])


@pytest.mark.parametrize(
    ("sensor", "quantities"),
    [
        ("air", {"temperature", "humidity", "pressure"}),
        ("radar", {"count_in", "count_out", "targets", "blind_time"}),
        ("door", {"count_in", "count_out", "blind_time"}),
        ("hall", {"motion", "activations", "occupied_time", "blind_time"}),
    ],
)
def test_read_of_a_simulated_sensor(
    config: str, sensor: str, quantities: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", sensor, "--config", config, "--simulate", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["sensor"] == sensor
    assert set(answer["values"]) == quantities
    assert main(["read", sensor, "--config", config, "--simulate"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == quantities


def test_read_of_a_missing_bus_is_a_finding_with_a_cure(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", "air", "--config", config]) == 1
    told = capsys.readouterr().err
    assert "cannot open /dev/i2c-77" in told
    assert "-> enable I2C" in told


def test_read_of_a_real_bus_needs_no_runtime_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").write_text("a file where the folder should be")
    path = tmp_path / "gateway.yaml"
    path.write_text(CONFIG.format(folder=tmp_path))
    assert main(["read", "air", "--config", str(path)]) == 1
    assert "cannot open /dev/i2c-77" in capsys.readouterr().err


def test_read_leaves_no_simulated_world_behind(config: str) -> None:
    assert main(["read", "radar", "--config", config, "--simulate", "--json"]) == 0
    assert "world" not in {thread.name for thread in threading.enumerate()}


def test_read_of_an_unknown_sensor_names_the_known_ones(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", "roof", "--config", config]) == 78
    assert "air, radar, door, hall" in capsys.readouterr().err


def test_status_without_a_daemon_says_how_to_start_it(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--config", config]) == 1
    told = capsys.readouterr().err
    assert "no gateway is running" in told
    assert "systemctl start gateway" in told


def test_a_damaged_status_file_is_named(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "status.json").write_bytes(b'{"version": 3')
    assert main(["status", "--config", config]) == 1
    assert "status.json" in capsys.readouterr().err
