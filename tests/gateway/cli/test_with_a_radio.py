"""Verbs on a node that has a LoRaWAN uplink, alone or beside a broker."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway import config, status
from gateway.app import Node
from gateway.cli import main
from gateway.clock import SystemClock

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, commit_every: 10s, reserve: 0}}
buses:
  i2c-1: {{type: i2c, simulated: true}}
  modem: {{type: serial, device: /dev/ttyAMA0, simulated: true}}
sensors:
  - {{name: air, driver: bme280, bus: i2c-1}}
uplinks:
{broker}  - {{type: lorawan, name: radio, bus: modem, join_eui: "70B3D57ED0000001",
     app_key_file: {folder}/key, modem: rak3172{more}}}
"""
CITY = "  - {type: mqtt, name: city, host: no-such-broker.test, tls: false}\n"


@pytest.fixture(params=["alone", "beside a broker"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    beside = request.param != "alone"
    path = tmp_path / "gateway.yaml"
    (tmp_path / "key").write_text("B6B53F4A168A7A88BDF7EA135CE9CFCA")
    broker, more = (CITY, ", fallback_for: city") if beside else ("", "")
    path.write_text(CONFIG.format(folder=tmp_path, broker=broker, more=more))
    return path


@pytest.fixture
def beside(file: Path) -> bool:
    return "city" in file.read_text()


@pytest.fixture
def node(file: Path) -> Iterator[Node]:
    """A node that nobody has started: its threads do nothing yet."""
    node = Node(config.load(file), SystemClock())
    yield node
    node.ways.all[-1].close()
    node.log.close()
    node.buses.close()


def told(file: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any, str]:
    """Exit code, document, and what is shown."""
    capsys.readouterr()
    code = main([*words, "--config", str(file), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert main([*words, "--config", str(file)]) == code
    return code, document, " ".join(capsys.readouterr().out.split())


def test_status_tells_the_radio_by_itself(
    node: Node, file: Path, beside: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    node.sensors["air"].run(node.log)
    node.sensors["air"].run(node.log)
    status.write(status.status(node), Path(node.config.node.runtime_dir))
    code, document, shown = told(file, capsys, "status")
    assert (code, document["findings"]) == (0, [])
    *others, radio = document["uplinks"]
    assert (radio["name"], radio["state"]) == ("radio", "disconnected")
    assert radio["radio"]["wanted"] is not beside
    assert radio["radio"]["link"]["family"] is None
    assert radio["radio"]["link"]["airtime"]["left_day_s"] == 30
    assert [one["radio"] for one in others] == [None] * beside
    assert "none has answered" in shown
    assert ("stands by" in shown) is beside
    assert "0.0 s, 30.0 s left" in shown


def test_status_of_a_node_without_a_radio_has_no_table_of_radios(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "gateway.yaml"
    whole = CONFIG.format(folder=tmp_path, broker=CITY, more="")
    path.write_text(whole[: whole.index("  - {type: lorawan")])
    node = Node(config.load(path), SystemClock())
    status.write(status.status(node), Path(node.config.node.runtime_dir))
    node.log.close()
    node.buses.close()
    assert "airtime" not in told(path, capsys, "status")[2]


def test_buffer_show_tells_how_far_the_radio_is(
    node: Node, file: Path, beside: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    node.sensors["air"].run(node.log)
    node.sensors["air"].run(node.log)
    node.log.commit()
    code, document, shown = told(file, capsys, "buffer", "show")
    assert code == 0
    assert [one["name"] for one in document["uplinks"]] == ["city", "radio"][not beside :]
    assert "radio" in shown


def test_audit_asks_the_broker_and_never_the_radio(
    file: Path, beside: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "--config", str(file), "--for", "1s"]) in (1, 75)
    said = capsys.readouterr().err
    assert ("no-such-broker.test" in said) is beside
    assert ("there are: none" in said) is not beside
    assert main(["audit", "--config", str(file), "--uplink", "radio", "--for", "1s"]) == 1
    assert "which uplink? there are: " in capsys.readouterr().err


def test_doctor_looks_at_its_bus_and_its_key(
    file: Path, beside: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["doctor", "--config", str(file), "--json"])
    checks = {one["name"]: one for one in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["uplink radio key"]["verdict"] == "well"
    assert checks["bus modem"]["verdict"] == "well"
    assert ("uplink city name" in checks) is beside
    assert "B6B53F" not in str(checks)
