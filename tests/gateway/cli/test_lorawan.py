"""`gateway lorawan` with a modem on a simulated serial bus, in real time: a join takes 5 s."""

import json
from pathlib import Path

import pytest

from gateway.cli import main

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}}}
buffer: {{path: {folder}/log.db, reserve: 0}}
buses:
  header: {{type: serial, device: /dev/serial0, simulated: true}}
  i2c-1: {{type: i2c, simulated: true}}
sensors: [{{name: hall, driver: bme280, bus: i2c-1}}]
uplinks:
  - type: lorawan
    name: radio
    bus: header
    modem: lora-e5
    data_rate: 5
    join_eui: "70B3D57ED0000001"
    app_key_file: {folder}/app-key
"""
APP_KEY = "B6B53F4A168A7A88BDF7EA135CE9CFCA"


@pytest.fixture
def config(tmp_path: Path) -> str:
    key = tmp_path / "app-key"
    key.write_text(APP_KEY)
    key.chmod(0o600)
    path = tmp_path / "gateway.yaml"
    path.write_text(CONFIG.format(folder=tmp_path))
    return str(path)


def test_it_joins_waits_for_the_air_and_is_acknowledged(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lorawan", "send-test", "--json", "--config", config]) == 0
    shown = capsys.readouterr()
    told = json.loads(shown.out)
    assert told["fate"] == "acknowledged"
    assert told["findings"] == []
    radio = told["radio"]
    assert (radio["family"], radio["dev_eui"]) == ("lora-e5", "0004A30B001C0530")
    assert (radio["dev_addr"], radio["data_rate"], radio["room"]) == ("26000001", 5, 222)
    assert APP_KEY not in shown.out + shown.err
