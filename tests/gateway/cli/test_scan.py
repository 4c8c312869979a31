"""`gateway scan` for people and for programs, with and without a configuration."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.bus.sim import SimulatedSerial
from drivers.contract import SerialModel
from drivers.environment.mhz19.model import Mhz19Model
from drivers.environment.sds011.model import Sds011Model
from drivers.simulation.scene import Scene
from drivers.simulation.world import World
from gateway import status
from gateway.cli import main, scan
from gateway.clock import SystemClock
from gateway.config import parse, root_of
from gateway.scanning import LeftAlone, buses_of
from gateway.status import ClockStatus, LogStatus, Status
from gateway.worker import repeating

SIM = str(Path(__file__).parents[3] / "config/gateway.sim.yaml")
CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db}}
buses:
  main: {{type: i2c, device: /dev/i2c-77}}
  uart: {{type: serial, device: {folder}/port}}
  wire: {{type: onewire, device: {folder}/w1}}
  header: {{type: gpio}}
sensors:
  - {{name: air, driver: bme280, bus: main}}
  - {{name: dust, driver: sds011, bus: uart}}
  - {{name: hall, driver: pir, bus: header, options: {{line: 22}}}}
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "gateway.yaml"
    path.write_text(CONFIG.format(folder=tmp_path))
    (tmp_path / "w1" / "w1_bus_master1").mkdir(parents=True)
    return str(path)


@contextmanager
def at_port(path: Path, model: SerialModel) -> Iterator[None]:
    """A part at a serial port, in a world that goes on."""
    port = SimulatedSerial(path)
    port.attach(model)
    with repeating("world", World(Scene(()), [port]).step, SystemClock(), 1.0):
        yield
    port.unplug()


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    capsys.readouterr()
    code = main(["scan", "--json", *words])
    return code, json.loads(capsys.readouterr().out)


def test_a_modem_is_said_to_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "gateway.yaml"
    uplink = "{type: lorawan, name: radio, bus: uart, join_eui: '0000000000000000'"
    text = f"{CONFIG.format(folder=tmp_path)}uplinks: [{uplink}, app_key_file: key}}]\n"
    file.write_text("\n".join(line for line in text.splitlines() if "sds011" not in line))
    assert main(["scan", "--simulate", "--config", str(file)]) == 0
    shown = capsys.readouterr().out
    assert ("a modem" in shown, "no driver" in shown) == (True, False)


def test_a_newcomer_sees_the_simulated_node(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--simulate", "--config", SIM]) == 0
    shown = capsys.readouterr()
    for word in ("foyer-air", "main-door", "bme280", "ld2450", "all is as configured"):
        assert word in shown.out
    assert shown.out.count("header: who is on GPIO lines cannot be asked") == 1
    assert (shown.err, "\x1b" in shown.out) == ("", False)
    code, told = ask(capsys, "--simulate", "--config", SIM)
    assert (code, told["findings"], told["snippet"]) == (0, [], "")
    assert [bus["name"] for bus in told["buses"]] == ["main", "radar", "header"]
    verdicts = {sensor["name"]: sensor["verdict"] for sensor in told["sensors"]}
    assert verdicts == {
        "foyer-air": "there",
        "main-door": "there",
        "side-door": "cannot_tell",
        "reading-room": "cannot_tell",
    }


def test_it_leaves_a_running_simulation_alone(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", "--simulate", "--config", config]) == 0
    assert not (tmp_path / "run").exists()
    assert "all is as configured" in capsys.readouterr().out


def test_a_bus_that_cannot_be_opened_is_a_finding_and_the_others_are_looked_at(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at_port(tmp_path / "port", Sds011Model()):
        code, told = ask(capsys, "--config", config)
        assert main(["scan", "--config", config]) == 1
    assert code == 1
    assert [finding["about"] for finding in told["findings"]] == ["bus main"]
    assert "cannot open /dev/i2c-77" in told["findings"][0]["evidence"]
    assert "check group i2c" in told["findings"][0]["cure"]
    seen = {sensor["name"]: sensor["verdict"] for sensor in told["sensors"]}
    assert seen == {"air": "cannot_tell", "dust": "there", "hall": "cannot_tell"}
    shown = capsys.readouterr().out
    assert "! bus main cannot be looked at" in shown
    assert "-> enable I2C" in shown


def test_another_part_at_the_port(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at_port(tmp_path / "port", Mhz19Model()):
        code, told = ask(capsys, "--config", config, "--bus", "uart")
    assert code == 1
    assert [bus["name"] for bus in told["buses"]] == ["uart"]
    [sensor] = told["sensors"]
    assert (sensor["name"], sensor["verdict"]) == ("dust", "another_part")
    [finding] = told["findings"]
    assert "set `driver: mh-z19`" in finding["cure"]


def test_a_part_that_is_not_configured_comes_with_lines_to_paste(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "w1" / "28-00000a1b2c3d").mkdir()
    words = ("--config", config, "--bus", "wire")
    code, told = ask(capsys, *words)
    assert code == 1
    added = parse(Path(config).read_text() + told["snippet"])
    assert [sensor.driver for sensor in added.sensors][-1] == "ds18b20"
    Path(config).write_text(Path(config).read_text() + told["snippet"])
    code, told = ask(capsys, *words)
    assert (code, told["findings"], told["snippet"]) == (0, [], "")


def test_a_device_by_its_path_is_the_bus_that_has_it(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at_port(tmp_path / "port", Sds011Model()):
        code, told = ask(capsys, "--config", config, "--bus", f"{tmp_path}/port")
    assert (code, told["sensors"][0]["verdict"]) == (0, "there")


def test_a_device_of_no_configuration_stands_alone(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at_port(tmp_path / "other", Sds011Model()):
        code, told = ask(capsys, "--config", config, "--bus", f"{tmp_path}/other")
    assert (code, told["sensors"]) == (0, [])
    added = parse("node: {municipality: a, name: b}\n" + told["snippet"])
    assert [root_of(added.buses, name).device for name in added.buses] == [f"{tmp_path}/other"]


def test_an_unknown_bus_is_78(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--config", config, "--bus", "no-such"]) == 78
    assert "there are: main, uart, wire, header" in capsys.readouterr().err


def test_a_faulty_or_missing_file_is_78(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--config", str(tmp_path / "none.yaml")]) == 78
    assert "no such file" in capsys.readouterr().err


def test_without_a_configuration_all_buses_of_the_computer_are_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_id = tmp_path / "dev/serial/by-id"
    by_id.mkdir(parents=True)
    (tmp_path / "dev/i2c-1").write_text("")
    (tmp_path / "sys/bus/w1/devices/w1_bus_master1").mkdir(parents=True)
    (tmp_path / "sys/bus/w1/devices/28-00000a1b2c3d").mkdir()
    monkeypatch.setattr(scan, "buses_of", lambda: buses_of(tmp_path))
    monkeypatch.setattr(scan, "DEFAULT_CONFIG", str(tmp_path / "gateway.yaml"))
    with at_port(by_id / "usb-adapter", Sds011Model()):
        code, told = ask(capsys)
    assert code == 1  # a file is no I2C bus
    assert [finding["about"] for finding in told["findings"]] == ["bus i2c-1"]
    added = parse("node: {municipality: a, name: b}\n" + told["snippet"])
    assert {sensor.driver for sensor in added.sensors} == {"sds011", "ds18b20"}
    assert main(["scan", "--bus", str(tmp_path / "sys/bus/w1/devices")]) == 0
    assert "To paste into a new configuration" in capsys.readouterr().out


def test_what_is_left_alone_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [LeftAlone("/dev/serial0", "the console of this computer")]
    monkeypatch.setattr(scan, "buses_of", lambda: ({}, left))
    monkeypatch.setattr(scan, "DEFAULT_CONFIG", str(tmp_path / "gateway.yaml"))
    assert main(["scan"]) == 0
    assert "/dev/serial0 is left alone: the console of this computer" in capsys.readouterr().out


def running(folder: Path) -> None:
    """The status document of a daemon that runs."""
    clock = SystemClock()
    log = LogStatus("log.db", "on_disk", 1, 0, 0, 0, 0, 0, None)
    told_at = ClockStatus(None, None, clock.boot_id, clock.now_ns() / 1e9)
    told = Status("0.1.0", "brandis/rathaus-01", 4711, "well", told_at, log, [], [], [])
    folder.mkdir(exist_ok=True)
    (folder / status.FILE).write_bytes(msgspec.json.encode(told))


def test_it_does_not_disturb_a_daemon_that_runs(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running(tmp_path / "run")
    assert main(["scan", "--config", config]) == 75
    told = capsys.readouterr()
    assert told.out == ""
    assert "the gateway runs (process 4711)" in told.err
    assert "-> sudo systemctl stop gateway" in told.err
    assert main(["scan", "--config", config, "--bus", "/dev/i2c-78"]) == 75
    assert main(["scan", "--config", config, "--bus", "wire"]) == 0
    assert main(["scan", "--config", config, "--bus", "header"]) == 0
    assert main(["scan", "--config", config, "--simulate"]) == 0


def test_a_daemon_of_which_nobody_knows_is_not_disturbed(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / status.FILE).write_text("{")
    assert main(["scan", "--config", config]) == 1
    assert "cannot be read" in capsys.readouterr().err


DOORS = """\
node: {municipality: brandis, name: rathaus-01}
buses:
  main: {type: i2c}
  door-a: {type: i2c-mux, parent: main, address: 0x70, channel: 0}
  door-b: {type: i2c-mux, parent: main, address: 0x70, channel: 1}
  inner: {type: i2c-mux, parent: main, address: 0x70, channel: 7}
  door-c: {type: i2c-mux, parent: inner, address: 0x71, channel: 0}
sensors:
  - {name: hall, driver: bme280, bus: main}
  - {name: a, driver: sht4x, bus: door-a}
  - {name: b, driver: sht3x, bus: door-b}
  - {name: c, driver: mcp9808, bus: door-c}
"""


def test_behind_each_channel_of_a_multiplexer_its_own_part_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "doors.yaml"
    file.write_text(DOORS)
    code, told = ask(capsys, "--simulate", "--config", str(file))
    assert {one["name"]: one["verdict"] for one in told["sensors"]} == dict.fromkeys(
        ("hall", "a", "b", "c"), "there"
    )
    assert (code, told["findings"], told["snippet"]) == (0, [], "")
