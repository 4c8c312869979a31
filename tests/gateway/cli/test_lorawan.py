"""`gateway lorawan`, with a simulated modem and network."""

import json
from pathlib import Path
from typing import Any

import pytest

from drivers.bus.sim import SimulatedSerial
from drivers.lorawan.contract import Fate, Joined, Sent
from gateway import config as configuration
from gateway.cli import main
from gateway.cli.lorawan import _answer, _chosen, _join
from gateway.encoding.compact.javascript import generated
from gateway.lorawan import Radio, link
from tests.gateway.lorawan.asked import OWN, Node, waits
from tests.gateway.simulated_clock import SimulatedClock

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


def test_a_simulated_modem_leaves_no_trace_with_the_node(
    tmp_path: Path, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither in the ledger and session of the real one, nor in the links of a daemon that runs."""
    before = sorted(tmp_path.rglob("*"))
    assert answer(capsys, "join", "--simulate", "--config", config)[0] == 0
    assert sorted(tmp_path.rglob("*")) == before


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


def test_a_modem_that_does_not_ask_is_asked_again_after_a_while(tmp_path: Path) -> None:
    """Three times, and never at once."""
    node = Node(tmp_path, lambda: Joined(refusal=Sent(Fate.BUSY)))
    node.link.open()
    _join(node.link)
    assert [round(one) > 0 for one in waits(node.modem.times)] == [True, True]
    assert node.joins == 0
    node.modem.answer = lambda: Joined(OWN)
    _join(node.link)
    assert node.link.session == OWN


def test_what_is_wrong_with_the_ledger_is_a_finding(tmp_path: Path, config: str) -> None:
    """The verb writes it anew, so nobody else will say it."""
    (tmp_path / "airtime").write_text("rubbish")
    node = Node(tmp_path, Joined)
    told = _answer(node.link, _chosen(configuration.load(config), None), None)
    assert [one.problem for one in told.findings] == ["has lost a part of its airtime's account"]


def test_a_session_that_cannot_be_read_tells_of_earlier_uplinks(
    tmp_path: Path, config: str
) -> None:
    """Else a card that has lost both files would have a new budget with each of them."""
    loaded = configuration.load(config)
    uplink = _chosen(loaded, None)
    (tmp_path / "lorawan-radio.json").write_text("{")
    port = SimulatedSerial(tmp_path / "modem.tty")
    own = link(Radio(loaded, uplink, SimulatedClock(), port))
    assert [one.problem for one in own.ledger.findings()] == [
        "has lost a part of its airtime's account"
    ]
    assert own.ledger.wait_s(11, 3) > 0
    port.close()
