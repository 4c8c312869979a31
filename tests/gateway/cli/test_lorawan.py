"""`gateway lorawan`, with a simulated modem and network."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from gateway.encoding.compact.javascript import generated

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, reserve: 0}}
buses:
  i2c-1: {{type: i2c}}
  modem: {{type: serial, device: /dev/ttyAMA0}}
  spare: {{type: serial, device: /dev/ttyAMA1}}
sensors:
  - {{name: air, driver: bme280, bus: i2c-1}}
uplinks:
  - {{type: lorawan, name: radio, bus: modem, join_eui: "70B3D57ED0000001", data_rate: 5,
     app_key_file: {folder}/key{more}}}
{others}
"""
SPARE = """\
  - {type: lorawan, name: spare, bus: spare, join_eui: "70B3D57ED0000001", app_key_file: key}
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    return written(tmp_path)


def written(folder: Path, more: str = "", others: str = "") -> str:
    (folder / "key").write_text("B6B53F4A168A7A88BDF7EA135CE9CFCA\n")
    file = folder / "gateway.yaml"
    file.write_text(CONFIG.format(folder=folder, more=more, others=others))
    return str(file)


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main(["lorawan", *words, "--json"])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_info_tells_what_to_register_and_sends_nothing(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = answer(capsys, "info", "--simulate", "--config", config)
    assert (code, told["fate"], told["findings"]) == (0, None, [])
    assert (told["uplink"], told["join_eui"], told["port"]) == ("radio", "70B3D57ED0000001", 10)
    assert len(told["radio"]["dev_eui"]) == 16
    assert told["radio"]["dev_addr"] is None
    assert told["radio"]["airtime"]["joins"] == 0
    assert main(["lorawan", "info", "--simulate", "--config", config]) == 0
    shown = capsys.readouterr().out
    assert told["radio"]["dev_eui"] in shown
    assert "not joined" in shown


def test_a_test_joins_waits_and_is_acknowledged(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = answer(capsys, "send-test", "--simulate", "--config", config)
    assert (code, told["fate"]) == (0, "acknowledged")
    assert told["radio"]["dev_addr"]
    airtime = told["radio"]["airtime"]
    assert (airtime["joins"], airtime["uplinks"], airtime["confirmed"]) == (1, 1, 1)


def test_a_test_without_an_acknowledgement_in_the_budget_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path, ", budget: {confirmed_per_day: 0}")
    assert main(["lorawan", "send-test", "--simulate", "--config", config]) == 75
    assert "no acknowledgement is left in today's budget" in capsys.readouterr().err


def test_the_script_has_the_names_of_this_node(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lorawan", "codec", "--config", config]) == 0
    assert capsys.readouterr().out == generated(["air"])
    assert answer(capsys, "codec", "--config", config) == (0, {"codec": generated(["air"])})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "usage: gateway lorawan WORD"),
        (["info", "--uplink", "radi"], "which uplink? there are: radio, spare"),
        (["info"], "which uplink? there are: radio, spare"),
    ],
)
def test_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    config = written(tmp_path, others=SPARE)
    assert main(["lorawan", *words, *(["--config", config] if words else [])]) == 2
    assert said in capsys.readouterr().err


def test_a_node_without_a_modem_says_where_to_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gateway.yaml"
    text = CONFIG.format(folder=tmp_path, more="", others="")
    file.write_text(text[: text.index("uplinks:")])
    assert main(["lorawan", "info", "--config", str(file)]) == 2
    assert "docs/lorawan.md" in capsys.readouterr().err


def test_a_key_that_is_missing_is_named(
    tmp_path: Path, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key").unlink()
    assert main(["lorawan", "info", "--simulate", "--config", config]) == 75
    assert f"cannot read the secret file {tmp_path}/key" in capsys.readouterr().err
