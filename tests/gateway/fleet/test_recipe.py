"""docs/fleet.md: its configuration and its openssl commands, as they stand there."""

import re
import ssl
import subprocess
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.fleet import acl, load
from tests.gateway.cli.calls import CONFIG
from tests.gateway.fleet.client import NOT_AUTHORIZED, TAKEN, Client
from tests.mosquitto import StartMosquitto

pytestmark = pytest.mark.mosquitto

PROJECT = Path(__file__).parents[3]
PAGE = (PROJECT / "docs/fleet.md").read_text()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """What the openssl commands leave behind."""
    config = tmp_path / "gateway.yaml"
    config.write_text(CONFIG.format(folder=tmp_path))
    options = ["--config", str(config), "--out", str(tmp_path)]
    assert main(["fleet", "request", *options, "--csr", str(tmp_path / "rathaus-01.csr")]) == 0
    told = [
        subprocess.run(
            ["sh", "-eu", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout
        for script in blocks("sh")
    ]
    assert any("brandis/rathaus-01" in said for said in told)
    return tmp_path


def context(folder: Path, certificate: str, key: str) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=folder / "ca.crt")
    made.check_hostname = False  # it is called mqtt.example.org
    made.load_cert_chain(folder / certificate, folder / key)
    return made


def test_the_recipe_makes_a_broker_that_knows_its_fleet(
    files: Path, mosquitto: StartMosquitto
) -> None:
    (files / "fleet.acl").write_text(acl.text(load(PROJECT / "config/fleet.yaml")))
    [config] = blocks("conf")
    assert "listener 8883\n" in config
    config = config.replace("listener 8883\n", "").replace("/etc/mosquitto/certs/", f"{files}/")
    broker = mosquitto(config.replace("/etc/mosquitto/", f"{files}/"))
    own = "udp/v1/brandis/rathaus-01"
    as_node = context(files, "rathaus-01.crt", "node.key")
    as_platform = context(files, "platform.crt", "platform.key")
    with Client(broker, tls=as_node) as node, Client(broker, tls=as_platform) as platform:
        assert node.publish(f"{own}/data") in TAKEN
        assert node.publish("udp/v1/brandis/rathaus-02/data") == NOT_AUTHORIZED
        assert platform.publish(f"{own}/cmd/replay") in TAKEN
        assert platform.publish(f"{own}/data") == NOT_AUTHORIZED


def test_a_backslash_keeps_a_slash_in_a_name(files: Path) -> None:
    command = ["openssl", "req", "-in", "gw-01.csr", "-noout", "-subject", "-nameopt", "RFC2253"]
    done = subprocess.run(command, cwd=files, capture_output=True, text=True, check=True)
    assert done.stdout == "subject=CN=brandis/gw-01\n"
