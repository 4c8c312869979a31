"""TLS that fails, each way with its own words, against real brokers; never a connection without."""

import re
import socket
import ssl
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import UplinkUnavailable
from gateway.uplink.contract import Payload
from tests.certificates import DAY, Authority, Files, self_signed, tls
from tests.gateway.simulated_clock import SimulatedClock
from tests.gateway.uplink.links import uplink
from tests.mosquitto import StartMosquitto

pytestmark = pytest.mark.mosquitto
NOW_NS = 1_795_176_000 * 1_000_000_000


@pytest.fixture
def ca(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca", "county")


def connected(port: int, ca: Authority, **options: Any) -> None:
    one = uplink(port, tls=True, **{"ca_file": str(ca.cert_file), **options})
    try:
        one.connect()
        one.send(Payload("data", b"[]"))
    finally:
        one.close()


def refusal(port: int, ca: Authority, **options: Any) -> tuple[str, str]:
    with pytest.raises(UplinkUnavailable) as caught:
        connected(port, ca, **options)
    return str(caught.value).removeprefix(f"127.0.0.1:{port}: "), caught.value.hint


def test_a_good_certificate(mosquitto: StartMosquitto, ca: Authority) -> None:
    connected(mosquitto(tls(ca.server("good", "127.0.0.1"))).port, ca)


def test_by_another_name_than_the_address(mosquitto: StartMosquitto, ca: Authority) -> None:
    port = mosquitto(tls(ca.server("good", "mqtt.example.org"))).port
    connected(port, ca, server_name="mqtt.example.org")
    told, cure = refusal(port, ca)
    assert told == "its certificate is for another name than 127.0.0.1"
    assert "`server_name`" in cure
    told, _ = refusal(port, ca, server_name="mqtt2.example.org")
    assert told == "its certificate is for another name than mqtt2.example.org"


def test_a_name_that_cannot_be_one(mosquitto: StartMosquitto, ca: Authority) -> None:
    port = mosquitto(tls(ca.server("good", "127.0.0.1"))).port
    told, cure = refusal(port, ca, server_name="a..b")
    assert told == "a..b cannot be the name of a server"
    assert "`server_name`" in cure


def test_a_ca_that_is_not_trusted(mosquitto: StartMosquitto, ca: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other", "other")
    port = mosquitto(tls(ca.server("good", "127.0.0.1"))).port
    told, cure = refusal(port, other)
    assert told == "its certificate is signed by a CA that is not trusted here"
    assert "`ca_file`" in cure
    assert refusal(port, ca, ca_file=None) == (told, cure)


def test_a_certificate_that_has_expired(mosquitto: StartMosquitto, ca: Authority) -> None:
    port = mosquitto(tls(ca.server("old", "127.0.0.1", since=-9 * DAY, until=-DAY))).port
    told, cure = refusal(port, ca)
    assert told.startswith("its certificate has expired: this node's clock says 20")
    assert "tell its operator" in cure


def test_a_certificate_that_is_not_valid_yet_is_a_fault_of_the_clock(
    mosquitto: StartMosquitto, ca: Authority
) -> None:
    port = mosquitto(tls(ca.server("new", "127.0.0.1", since=DAY))).port
    one = uplink(port, clock=SimulatedClock(), tls=True, ca_file=str(ca.cert_file))
    with pytest.raises(UplinkUnavailable, match="not valid yet") as caught:
        one.connect()
    assert caught.value.hint == "this node's clock is behind: gateway clock"
    vouched = SimulatedClock(utc_at_boot_ns=NOW_NS)
    one = uplink(port, clock=vouched, tls=True, ca_file=str(ca.cert_file))
    with pytest.raises(UplinkUnavailable, match="and test vouches for that") as caught:
        one.connect()
    assert "operator" in caught.value.hint


def test_an_expired_certificate_on_a_clock_that_nobody_vouches_for(
    mosquitto: StartMosquitto, ca: Authority
) -> None:
    port = mosquitto(tls(ca.server("old", "127.0.0.1", since=-9 * DAY, until=-DAY))).port
    one = uplink(port, clock=SimulatedClock(), tls=True, ca_file=str(ca.cert_file))
    with pytest.raises(UplinkUnavailable, match="has expired") as caught:
        one.connect()
    assert caught.value.hint.startswith("is this node's clock right? gateway clock")


def test_a_certificate_that_is_self_signed(
    mosquitto: StartMosquitto, ca: Authority, tmp_path: Path
) -> None:
    files = self_signed(tmp_path, "127.0.0.1")
    port = mosquitto(tls(files)).port
    told, cure = refusal(port, ca)
    assert told == "its certificate is self-signed, so nobody vouches for it"
    assert "`ca_file`" in cure
    connected(port, ca, ca_file=str(files.cert))


def test_a_certificate_of_a_client_is_none_of_a_server(
    mosquitto: StartMosquitto, ca: Authority
) -> None:
    told, _ = refusal(mosquitto(tls(ca.client("node"))).port, ca)
    assert told == "its certificate is not one for servers"


def test_a_broker_without_tls_is_not_connected_to(mosquitto: StartMosquitto, ca: Authority) -> None:
    broker = mosquitto()
    told, cure = refusal(broker.port, ca)
    assert told in ("it does not answer to TLS: nobody speaks it there", "it answers without TLS")
    assert "TLS is never given up" in cure
    assert "CONNACK" not in broker.log.read_text()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x20\x02\x00\x00", b""])
def test_whatever_a_plain_port_answers(ca: Authority, answer: bytes) -> None:
    heard = bytearray()

    def serve(server: socket.socket) -> None:
        link, _ = server.accept()
        with link:
            heard.extend(link.recv(10_000))
            link.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        serving = threading.Thread(target=serve, args=(server,))
        serving.start()
        told, _ = refusal(port, ca)
        serving.join()
    assert "TLS" in told
    assert heard[0] == 0x16  # a handshake, and nothing else
    assert b"MQTT" not in heard


@pytest.fixture
def careful(mosquitto: StartMosquitto, ca: Authority) -> int:
    """The port of a broker that wants a certificate of each client."""
    needs = f"cafile {ca.cert_file}\nrequire_certificate true"
    return mosquitto(tls(ca.server("good", "127.0.0.1"), needs)).port


def shown(files: Files) -> dict[str, str]:
    return {"cert_file": str(files.cert), "key_file": str(files.key)}


def test_a_certificate_of_this_node(careful: int, ca: Authority, tmp_path: Path) -> None:
    files = ca.client("node")
    connected(careful, ca, **shown(files))
    both = tmp_path / "both.pem"
    both.write_bytes(files.cert.read_bytes() + files.key.read_bytes())
    connected(careful, ca, cert_file=str(both))


def test_a_certificate_that_systemd_hands_over(
    careful: int, ca: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = ca.client("node")
    files.cert.rename(tmp_path / "secret_node.pem")
    files.key.rename(tmp_path / "secret_node.key")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    connected(careful, ca, cert_file="node.pem", key_file="node.key")


def test_a_broker_that_requires_a_certificate_of_this_node(careful: int, ca: Authority) -> None:
    told, cure = refusal(careful, ca)
    assert told == "it requires a certificate of this node, and there is none"
    assert "`cert_file`" in cure


def test_a_broker_that_refuses_the_certificate_of_this_node(
    careful: int, ca: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other", "other")
    told, cure = refusal(careful, ca, **shown(other.client("node")))
    assert told == "it refuses this node's certificate"
    assert "`cert_file`" in cure


def test_a_certificate_of_this_node_that_has_expired(careful: int, ca: Authority) -> None:
    files = ca.client("node", since=-9 * DAY, until=-DAY)
    told, cure = refusal(careful, ca, **shown(files))
    assert re.fullmatch(
        f"it refuses this node's certificate {files.cert}, which has expired on 20.*Z", told
    )
    assert cure == "put a new one there"


def test_a_certificate_of_this_node_that_is_not_valid_yet(careful: int, ca: Authority) -> None:
    told, cure = refusal(careful, ca, **shown(ca.client("node", since=DAY)))
    assert "which is not valid before 20" in told
    assert "gateway clock" in cure


def test_tls_1_2_refuses_alike(mosquitto: StartMosquitto, ca: Authority) -> None:
    needs = f"cafile {ca.cert_file}\nrequire_certificate true\ntls_version tlsv1.2"
    port = mosquitto(tls(ca.server("good", "127.0.0.1"), needs)).port
    told, _ = refusal(port, ca)
    assert told == "it requires a certificate of this node, and there is none"


def test_a_broker_that_is_too_old(mosquitto: StartMosquitto, ca: Authority) -> None:
    files = ca.server("good", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.cert, files.key)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1

    def serve(server: socket.socket) -> None:
        link, _ = server.accept()
        with link, pytest.raises(ssl.SSLError):
            context.wrap_socket(link, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=serve, args=(server,))
        serving.start()
        told, cure = refusal(server.getsockname()[1], ca)
        serving.join()
    assert told == "it speaks only TLS that is too old"
    assert "1.2" in cure


@pytest.mark.parametrize("content", [None, "no key"])
def test_files_that_are_no_certificates(ca: Authority, tmp_path: Path, content: str | None) -> None:
    files = ca.client("node")
    key = tmp_path / "key.pem"
    if content is not None:
        key.write_text(content)
    told, cure = refusal(1, ca, cert_file=str(files.cert), key_file=str(key))
    assert told.startswith(f"cannot use the certificate {files.cert} with the key {key}: ")
    assert "belong together" in cure


def test_a_key_of_another_certificate(ca: Authority) -> None:
    one, other = ca.client("one"), ca.client("other")
    told, _ = refusal(1, ca, cert_file=str(one.cert), key_file=str(other.key))
    assert "KEY_VALUES_MISMATCH" in told


def test_a_key_with_a_password_is_not_asked_for(ca: Authority, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    files = ca.client("node")
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"hunter2")
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    files.key.write_bytes(key.private_bytes(pem, pkcs8, locked))
    told, cure = refusal(1, ca, **shown(files))
    assert "cannot use the certificate" in told
    assert "without a password" in cure


def findings(port: int, ca: Authority, **options: Any) -> list[str]:
    one = uplink(port, tls=True, ca_file=str(ca.cert_file), **options)
    one.connect()
    found = [finding.problem for finding in one.findings()]
    one.close()
    return found


@pytest.mark.parametrize(
    ("since", "until", "soon"),
    [
        (-300 * DAY, 31 * DAY, False),
        (-300 * DAY, 29 * DAY, True),
        (-74 * DAY, 16 * DAY, False),
        (-76 * DAY, 14 * DAY, True),
        (timedelta(hours=-2), timedelta(hours=22), False),
    ],
)
def test_a_certificate_that_ends_soon_is_a_finding(
    mosquitto: StartMosquitto, ca: Authority, since: timedelta, until: timedelta, soon: bool
) -> None:
    port = mosquitto(tls(ca.server("server", "127.0.0.1", since=since, until=until))).port
    found = findings(port, ca, **shown(ca.client("node", since=since, until=until)))
    told = ["has a broker whose certificate ends soon", "has a certificate that ends soon"]
    assert found == (told if soon else [])


def test_alpn(mosquitto: StartMosquitto, ca: Authority) -> None:
    files = ca.server("good", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.cert, files.key)
    context.set_alpn_protocols(["mqtt"])
    chosen: list[str | None] = []

    def serve(server: socket.socket) -> None:
        link, _ = server.accept()
        with context.wrap_socket(link, server_side=True) as encrypted:
            chosen.append(encrypted.selected_alpn_protocol())

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=serve, args=(server,))
        serving.start()
        refusal(server.getsockname()[1], ca, alpn=("mqtt",))
        serving.join()
    assert chosen == ["mqtt"]
