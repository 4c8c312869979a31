"""The demonstration: its ledger, with the embedded broker and with a real one."""

import json
import re
import subprocess
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from drivers import registry
from drivers.quantities import COUNT_IN
from gateway import config
from gateway.cli import main
from gateway.config import Config, parse
from gateway.demo import stage
from gateway.demo.ledger import Ledger, People
from gateway.demo.platform import Platform
from gateway.demo.stage import broker
from gateway.demo.view import SEES, reasons
from gateway.errors import GatewayError
from tests.mosquitto import StartMosquitto

SECONDS = "8"


def demo(*words: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, ledger and everything that was said, from a process with its output in a pipe."""
    command = [str(Path(sys.executable).parent / "gateway"), "demo", "--seconds", SECONDS, "--json"]
    ended = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
    ledger: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return ended.returncode, ledger, ended.stdout


def test_the_embedded_broker_and_an_outage_lose_nothing() -> None:
    code, ledger, said = demo()
    assert code == 0, said
    assert ledger["measured"] == ledger["accepted"] == ledger["delivered"] > 50
    assert ledger["lost"] == 0
    people = ledger["people"]
    assert people["in"] + people["out"] > 0
    assert people["arrived"] == people["by_sensor"]
    assert set(people["by_sensor"]) == {"door-beam", "door-laser", "hall-radar"}
    assert all(sum(counted) > 0 for counted in people["by_sensor"].values())
    assert 2 < ledger["outage_s"] < 4
    assert "BROKER OUT OF REACH" in said
    assert "\x1b" not in said


@pytest.mark.mosquitto
def test_a_real_broker_with_a_login(mosquitto: StartMosquitto, tmp_path: Path) -> None:
    users = tmp_path / "users"
    subprocess.run(["mosquitto_passwd", "-b", "-c", users, "me", "secret"], check=True)
    port = mosquitto(f"password_file {users}").port
    code, ledger, said = demo("--broker", f"mqtt://me:secret@127.0.0.1:{port}", "--seed", "2")
    assert (code, ledger["lost"]) == (0, 0), said
    assert "secret" not in said


def test_a_lost_reading_ends_in_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Forgetful(Platform):
        @property
        def delivered(self) -> int:
            self.seen.pop(next((i for i in self.seen if i.endswith(":3")), ""), None)
            return super().delivered

    monkeypatch.setattr(stage, "Platform", Forgetful)
    monkeypatch.setattr(stage, "DRAIN_S", 5.0)
    monkeypatch.setattr(stage, "SETTLE_S", 1.5)
    assert main(["demo", "--seconds", "2", "--json"]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["lost"] == 1


def test_the_show_is_over_when_everything_is_delivered_and_on_disk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Readings go out before their commit."""

    def slowly(text: str, name: str) -> Config:
        return parse(text.replace("commit_every: 1s", "commit_every: 8s"), name)

    monkeypatch.setattr(config, "parse", slowly)
    monkeypatch.setattr(stage, "SETTLE_S", 1.5)
    assert main(["demo", "--seconds", "2", "--json"]) == 0
    ledger = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert ledger["measured"] == ledger["accepted"] == ledger["delivered"] > 10


@pytest.mark.parametrize(
    ("lost", "counted", "arrived", "balanced"),
    [
        (0, (3, 2), (3, 2), True),
        (0, (4, 1), (4, 1), True),
        (1, (3, 2), (3, 2), False),
        (0, (3, 2), (3, 1), False),
        (0, (3, 2), (4, 2), False),
    ],
)
def test_the_ledger_balances_if_all_that_was_counted_has_arrived_right_or_wrong(
    lost: int, counted: tuple[int, int], arrived: tuple[int, int], balanced: bool
) -> None:
    people = People(3, 2, *counted, {"door-beam": counted}, {"door-beam": arrived})
    assert Ledger(9, 9, 9 - lost, lost, 0, people, 3.0).balanced is balanced


def test_a_counter_that_is_wrong_says_what_it_cannot_see() -> None:
    people = People(3, 2, 2, 2, {"beam": (2, 2), "radar": (3, 2)}, {})
    [told] = reasons(people, {"beam": "beam-pair", "radar": "ld2450"})
    assert told == "beam: two side by side are one to a beam, and a trolley breaks it too"


def test_every_counter_of_the_demonstration_has_a_reason() -> None:
    named = re.findall(r"driver: ([\w-]+)", files("gateway.demo").joinpath("node.yaml").read_text())
    drivers: dict[str, Any] = {name: registry.part(name).driver for name in named}
    assert {name for name in named if COUNT_IN in drivers[name].channels} == set(SEES)


def test_what_arrives_twice_is_counted_once() -> None:
    platform = Platform.__new__(Platform)
    platform.seen, platform.counts = Counter(), Counter()
    message = paho.MQTTMessage()
    message.payload = b'[{"id": "a:1:1", "sensor": "beam", "values": {"count_in": 2}}]'
    for _ in range(2):
        platform._on_message(paho.Client(CallbackAPIVersion.VERSION2), None, message)
    assert platform.counted("beam") == (2, 0)


def test_duplicates_are_told_and_counted_once() -> None:
    platform = Platform.__new__(Platform)
    platform.seen = Counter(["a:1:1", "a:1:2", "a:1:2"])
    assert (platform.delivered, platform.duplicates) == (2, 1)


def test_gap_records_are_no_readings() -> None:
    platform = Platform.__new__(Platform)
    platform.seen = Counter()
    message = paho.MQTTMessage()
    message.payload = (
        b'[{"id": "a:1:1", "sensor": "a", "values": {}}, {"id": "a:1:2", "gap": "not_measured"}]'
    )
    platform._on_message(paho.Client(CallbackAPIVersion.VERSION2), None, message)
    assert platform.delivered == 1


def test_the_address_of_a_broker() -> None:
    assert broker("mqtt://broker.example") == ("broker.example", 1883, None, None)
    assert broker("mqtt://me:pw@10.0.0.1:1884") == ("10.0.0.1", 1884, "me", "pw")


@pytest.mark.parametrize(
    "url", ["broker.example", "http://broker.example", "mqtt://", "mqtt://h:x"]
)
def test_what_is_no_address_of_a_broker(url: str) -> None:
    with pytest.raises(GatewayError, match="not the address of a broker"):
        broker(url)


def test_a_broker_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--broker", "mqtt://127.0.0.1:1"]) == 75
    assert "check --broker, or leave it out" in capsys.readouterr().err


def test_without_the_embedded_broker_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] == "amqtt"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "amqtt", None)
    assert main(["demo", "--seconds", "2"]) == 1
    told = capsys.readouterr().err
    assert "the embedded broker is not installed" in told
    assert "partheland-gateway[demo]" in told
