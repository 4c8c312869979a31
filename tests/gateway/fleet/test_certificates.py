"""From `gateway fleet request` to a node that logs in with its certificate, at a real broker."""

import socket
import ssl
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.fleet import parse
from tests.gateway.cli.calls import CONFIG
from tests.gateway.fleet.authority import SERVER, Authority
from tests.gateway.fleet.brokers import WAYS, Login, Told
from tests.gateway.fleet.client import NOT_AUTHORIZED, TAKEN, Client
from tests.mosquitto import Mosquitto, StartMosquitto

pytestmark = pytest.mark.mosquitto

FLEET = parse("municipalities: {brandis: [rathaus-01, rathaus-02]}")
OWN, OTHER = "udp/v1/brandis/rathaus-01", "udp/v1/brandis/rathaus-02"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


@pytest.fixture(params=WAYS)
def told(
    request: pytest.FixtureRequest, mosquitto: StartMosquitto, tmp_path: Path, authority: Authority
) -> Told:
    def connect(broker: Mosquitto, user: str) -> Client:
        key, asked = authority.key_and_request(user)
        return Client(broker, tls=authority.context(authority.sign(asked), key))

    return WAYS[request.param](mosquitto, tmp_path, FLEET, Login(authority.listener(), connect))


def requested(folder: Path, *words: str) -> str:
    """What `gateway fleet request` writes on brandis/rathaus-01."""
    config, csr = folder / "gateway.yaml", folder / f"{len(words)}.csr"
    config.write_text(CONFIG.format(folder=folder))
    options = ["--config", str(config), "--out", str(folder), "--csr", str(csr)]
    assert main(["fleet", "request", *options, *words]) == 0
    return csr.read_text()


def test_a_node_with_a_certificate_is_who_its_name_says(
    told: Told, authority: Authority, tmp_path: Path
) -> None:
    for words in ([], ["--renew"]):
        certificate = authority.sign(requested(tmp_path, *words))
        context = authority.context(certificate, tmp_path / "node.key")
        # Another user name in CONNECT changes nothing.
        with Client(told.broker, "brandis/rathaus-02", "anything", context) as node:
            assert node.publish(f"{OWN}/data") in TAKEN
            assert node.publish(f"{OTHER}/data") == NOT_AUTHORIZED
            assert node.publish(f"{OWN}/cmd/replay") == NOT_AUTHORIZED
    assert "u'brandis/rathaus-01'" in told.broker.log.read_text()


@pytest.mark.parametrize("name", ["brandis/rathaus-77", "brandis", "brandis/rathaus-01/data"])
def test_a_certificate_of_the_ca_gives_no_rights_to_who_is_not_listed(
    told: Told, name: str
) -> None:
    with told.client(name) as client:
        topics = [f"{OWN}/data", f"udp/v1/{name}/data", f"udp/v1/{name}", f"{OWN}/live/x"]
        assert set(client.publish_all(topics).values()) == {NOT_AUTHORIZED}


def test_without_a_certificate_of_this_ca_nobody_is_let_in(
    told: Told, authority: Authority, tmp_path: Path
) -> None:
    strange = Authority(tmp_path / "strange")
    key, asked = strange.key_and_request("brandis/rathaus-01")
    own_key, own = authority.key_and_request("brandis/rathaus-01")
    for context in (
        authority.context(),
        authority.context(strange.sign(asked), key),
        authority.context(authority.sign(own, SERVER), own_key),
    ):
        assert not let_in(told.broker, context)
    assert let_in(told.broker, authority.context(authority.sign(own), own_key))


def let_in(broker: Mosquitto, context: ssl.SSLContext) -> bool:
    """Whether the broker answers to a CONNECT (MQTT 3.1.1, no client identifier)."""
    with socket.create_connection((broker.host, broker.port), timeout=10) as bare:
        try:
            with context.wrap_socket(bare, server_hostname=broker.host) as link:
                link.sendall(bytes.fromhex("100c00044d5154540402003c0000"))
                return link.recv(4) == bytes.fromhex("20020000")
        except (ssl.SSLError, ConnectionError):  # with TLS 1.3 the refusal comes behind the rest
            return False
