"""The MQTT uplink against a real broker, and against everything that only looks like one."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import UplinkUnavailable
from gateway.uplink import session
from gateway.uplink.contract import Outcome, Payload, Settled
from tests.gateway.uplink.links import UNROUTED, settled, uplink
from tests.mosquitto import StartMosquitto
from tests.waiting import until

pytestmark = pytest.mark.mosquitto


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_each_payload_is_acknowledged_under_its_own_token(mosquitto: StartMosquitto) -> None:
    one = uplink(mosquitto().port)
    one.connect()
    tokens = [one.send(Payload("data", b"[%d]" % number)) for number in range(5)]
    assert len(set(tokens)) == 5
    assert {answer.token for answer in settled(one, 5)} == set(tokens)
    one.close()


def test_payloads_arrive_below_the_nodes_own_topic(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    one = uplink(broker.port)
    one.connect()
    command = ["mosquitto_sub", "-p", str(broker.port), "-t", "#", "-v", "-C", "1", "-W", "10"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listener:
        until(lambda: "SUBSCRIBE" in broker.log.read_text(), broker.log.read_text)
        one.send(Payload("data", b'{"a": 1}'))
        heard, _ = listener.communicate(timeout=10)
    assert heard == 'udp/v1/brandis/rathaus-01/data {"a": 1}\n'
    one.close()


def test_two_uplinks_of_a_node_can_share_a_broker(mosquitto: StartMosquitto) -> None:
    port = mosquitto().port
    city, county = uplink(port), uplink(port, name="county", prefix="county/v1")
    city.connect()
    county.connect()
    token = city.send(Payload("data", b"[]"))
    assert settled(city, 1) == [Settled(token, Outcome.UNROUTED, UNROUTED)]
    city.close()
    county.close()


def test_the_window_is_what_the_broker_allows(mosquitto: StartMosquitto) -> None:
    one = uplink(mosquitto("allow_anonymous true\nmax_inflight_messages 3").port, window=20)
    one.connect()
    assert one.window == 3
    one.close()


def test_mqtt_3_1_1_where_it_is_configured(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    one = uplink(broker.port, protocol="3.1.1")
    one.connect()
    token = one.send(Payload("data", b"[]"))
    assert settled(one, 1) == [Settled(token)]
    assert "p2, c1" in broker.log.read_text()  # protocol level 4 in mosquitto's words
    one.close()


def test_a_refused_publish_is_told_with_its_reason(
    mosquitto: StartMosquitto, tmp_path: Path
) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic read #\n")
    acl.chmod(0o600)
    one = uplink(mosquitto(f"allow_anonymous true\nacl_file {acl}").port)
    one.connect()
    token = one.send(Payload("data", b"[]"))
    assert settled(one, 1) == [Settled(token, Outcome.FORBIDDEN, "not authorised")]
    one.close()


def test_login_with_the_password_of_a_file(
    mosquitto: StartMosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = tmp_path / "users"
    subprocess.run(["mosquitto_passwd", "-b", "-c", users, "node", "secret"], check=True)
    port = mosquitto(f"password_file {users}").port
    (tmp_path / "secret_mqtt-password").write_text("secret\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    one = uplink(port, username="node", password_file="mqtt-password")
    one.connect()
    one.close()
    (tmp_path / "secret_mqtt-password").write_text("wrong")
    with pytest.raises(UplinkUnavailable, match="refused the login") as caught:
        one.connect()
    assert "wrong" not in str(caught.value) + caught.value.hint


def test_a_missing_password_file_is_named(tmp_path: Path) -> None:
    one = uplink(1, username="node", password_file=str(tmp_path / "none"))
    with pytest.raises(UplinkUnavailable, match=r"secret file .*none"):
        one.connect()


def test_a_secret_that_is_no_text_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"hunter2\xff")
    one = uplink(1, username="node", password_file=str(tmp_path / "binary"))
    with pytest.raises(UplinkUnavailable, match="no UTF-8 text") as caught:
        one.connect()
    assert "hunter2" not in str(caught.value)


def test_a_killed_broker_is_noticed_and_left(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    one = uplink(broker.port)
    one.connect()
    broker.kill()
    assert one.wake.wait(10)
    with pytest.raises(UplinkUnavailable, match="closed the connection"):
        one.settled()
    with pytest.raises(UplinkUnavailable):
        one.send(Payload("data", b"[]"))
    one.close()
    broker.start()
    one.connect()
    assert one.settled() == []
    one.close()


def test_what_was_acknowledged_before_the_loss_still_counts(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    one = uplink(broker.port)
    one.connect()
    token = one.send(Payload("data", b"[]"))
    assert one.wake.wait(10)
    one.wake.clear()
    broker.kill()
    assert one.wake.wait(10)
    assert one.settled() == [Settled(token, Outcome.UNROUTED, UNROUTED)]
    with pytest.raises(UplinkUnavailable):
        one.settled()
    one.close()


def test_nothing_of_an_old_connection_is_sent_on_a_new_one(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    one = uplink(broker.port)
    one.connect()
    broker.kill()
    assert one.wake.wait(10)
    with pytest.raises(UplinkUnavailable):
        one.send(Payload("data", b"[]"))
    broker.start()
    one.connect()
    one.send(Payload("data", b"[]"))
    settled(one, 1)
    one.close()
    assert broker.log.read_text().count("Received PUBLISH") == 1


def test_nobody_at_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(UplinkUnavailable, match="Connection refused") as caught:
        uplink(port).connect()
    assert caught.value.hint == f"is the broker up? nc -vz 127.0.0.1 {port}"


def test_somebody_at_the_port_who_does_not_speak_mqtt(
    silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CONNECT_TIMEOUT_S", 0.2)
    one = uplink(silent_port)
    with pytest.raises(UplinkUnavailable, match="does not answer MQTT"):
        one.connect()
    one.close()


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_tls_is_never_given_up_for_a_broker_without_it(
    mosquitto: StartMosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CONNECT_TIMEOUT_S", 1)
    broker = mosquitto()
    with pytest.raises(UplinkUnavailable):
        uplink(broker.port, tls=True).connect()
    assert "CONNACK" not in broker.log.read_text()


@pytest.mark.parametrize("host", ["a" * 64, "a..b", "x" * 253])
def test_a_host_that_is_no_name_is_an_unreachable_one(host: str) -> None:
    with pytest.raises(UplinkUnavailable, match="cannot reach") as caught:
        uplink(1883, host=host).connect()
    assert "check the name in `host`" in caught.value.hint


def test_a_missing_ca_file_is_named(tmp_path: Path) -> None:
    one = uplink(8883, tls=True, ca_file=str(tmp_path / "ca.pem"))
    with pytest.raises(UplinkUnavailable, match=r"CA file .*ca\.pem"):
        one.connect()
