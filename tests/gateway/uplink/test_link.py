"""What an uplink hears, sends and finds, with a real broker and with one made up for it."""

import socket
import struct
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SystemClock
from gateway.errors import UplinkUnavailable
from gateway.uplink.brokers import Version, brokers
from gateway.uplink.contract import Outcome, Payload, Settled
from gateway.uplink.options import Options
from gateway.uplink.session import Session
from tests.gateway.simulated_clock import SimulatedClock
from tests.gateway.uplink.links import NODE, configured, settled, uplink
from tests.hostile import Behave, Caller, length, peer
from tests.mosquitto import Mosquitto, StartMosquitto, free_port
from tests.waiting import until

pytestmark = pytest.mark.mosquitto
ROOT = f"udp/v1/{NODE}"


def publish(broker: Mosquitto, topic: str, body: str, *more: str) -> None:
    command = ["mosquitto_pub", "-p", str(broker.port), "-t", topic, "-m", body, "-q", "1", *more]
    subprocess.run(command, check=True, timeout=20)


def heard(one: Any, count: int) -> list[Payload]:
    got: list[Payload] = []

    def enough() -> bool:
        got.extend(one.heard())
        return len(got) >= count

    until(enough, lambda: got, 10)
    return got


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_commands_are_heard_below_the_nodes_own_topic(
    mosquitto: StartMosquitto, protocol: str
) -> None:
    broker = mosquitto()
    publish(broker, f"{ROOT}/ack", "kept", "-r")
    one = uplink(broker.port, ("cmd/#", "ack"), protocol=protocol)
    one.connect()
    assert heard(one, 1) == [Payload("ack", b"kept", retain=True)]
    publish(broker, f"{ROOT}/data", "not asked for")
    publish(broker, f"{ROOT}/cmd/interval", '{"s": 1}')
    assert heard(one, 1) == [Payload("cmd/interval", b'{"s": 1}')]
    assert one.heard() == []
    assert one.findings() == []
    one.close()


def test_a_subscription_that_is_refused_is_a_finding(
    mosquitto: StartMosquitto, tmp_path: Path
) -> None:
    def behave(caller: Caller) -> None:
        caller.level()
        caller.say(b"\x20\x03\x00\x00\x00")
        _, body = caller.packet()
        caller.say(b"\x90\x05" + body[:2] + b"\x00\x87\x01")
        caller.linger()

    with peer(behave) as there:
        one = uplink(there.port, ("cmd/#", "ack"))
        one.connect()
        until(one.findings, lambda: "nothing", 10)
        [finding] = one.findings()
        one.close()
    assert finding.problem == "may not subscribe"
    assert finding.evidence == f"{ROOT}/cmd/#"
    assert "ACL" in finding.cure


def test_that_nobody_subscribes_is_a_finding_after_ten_minutes(mosquitto: StartMosquitto) -> None:
    broker, clock = mosquitto(), SimulatedClock()
    one = uplink(broker.port, clock=clock)
    one.connect()
    for _ in range(2):
        token = one.send(Payload("data", b"[]"))
        assert settled(one, 1)[0][:2] == (token, Outcome.UNROUTED)
        clock.sleep(300)
    assert one.findings() == []
    clock.sleep(1)
    [finding] = one.findings()
    assert finding.problem == "delivers to nobody"
    since = finding.since_up_ns
    clock.sleep(100)
    assert one.findings()[0].since_up_ns == since
    with subprocess.Popen(
        ["mosquitto_sub", "-p", str(broker.port), "-t", "#", "-C", "1", "-W", "10"],
        stdout=subprocess.DEVNULL,
    ):
        until(lambda: "SUBSCRIBE" in broker.log.read_text(), broker.log.read_text)
        token = one.send(Payload("data", b"[]"))
        assert settled(one, 1) == [Settled(token)]
    assert one.findings() == []
    one.close()


def test_a_retained_message_is_kept(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    one = uplink(broker.port)
    one.connect()
    one.send(Payload("state", b"well", retain=True))
    settled(one, 1)
    one.close()
    command = ["mosquitto_sub", "-p", str(broker.port), "-t", "#", "-v", "-C", "1", "-W", "10"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    assert told == f"{ROOT}/state well\n"


def test_a_will_is_held_back_and_a_goodbye_takes_it_away(mosquitto: StartMosquitto) -> None:
    seen: dict[int, bytes] = {}

    def behave(caller: Caller) -> None:
        first, body = caller.packet()
        seen[first] = body
        caller.say(b"\x20\x03\x00\x00\x00")
        first, body = caller.packet()
        seen[first] = body

    with peer(behave) as there:
        one = uplink(there.port)
        one.connect(Payload("state", b"gone", retain=True))
        one.close()
    connect = seen[0x10]
    assert connect[7] == 0b0010_1110  # retained, QoS 1, with a will, clean start
    assert b"\x05\x18" + struct.pack("!I", 30) in connect
    assert b"\x11" + struct.pack("!I", 30) in connect  # else the will would not wait
    will = f"{ROOT}/state".encode()
    assert struct.pack("!H", len(will)) + will + b"\x00\x04gone" in connect
    assert 0xE0 in seen


def test_the_will_of_a_node_that_is_gone(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    one = uplink(broker.port, protocol="3.1.1")  # which cannot hold it back
    one.connect(Payload("state", b"gone"))
    command = ["mosquitto_sub", "-p", str(broker.port), "-t", "#", "-v", "-C", "1", "-W", "10"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listener:
        until(lambda: "SUBSCRIBE" in broker.log.read_text(), broker.log.read_text)
        assert one._session is not None
        one._session._client.cut()
        told, _ = listener.communicate(timeout=20)
    assert told == f"{ROOT}/state gone\n"
    one.close()


def answering(properties: bytes, then: Behave | None = None) -> Behave:
    def behave(caller: Caller) -> None:
        caller.level()
        caller.say(b"\x20" + length(3 + len(properties)) + b"\x00\x00" + length(len(properties)))
        caller.say(properties)
        (then or Caller.linger)(caller)

    return behave


def test_the_largest_packet_that_the_broker_takes() -> None:
    got: list[int] = []

    def then(caller: Caller) -> None:
        first, body = caller.packet()
        got.append(2 + 1 + len(body))
        assert first == 0x32
        caller.linger()

    with peer(answering(b"\x27" + struct.pack("!I", 2_000), then)) as there:
        one = uplink(there.port)
        one.connect()
        assert 1_000 < one.max_body < 2_000
        topic = "t" * 64
        token = one.send(Payload(topic, bytes(one.max_body)))
        refused = one.send(Payload("data", bytes(one.max_body + 1)))
        [answer] = settled(one, 1)
        assert answer.token == refused != token
        assert answer.outcome is Outcome.REFUSED
        until(lambda: got, lambda: "no message")
        one.close()
    assert 1_990 <= got[0] <= 2_000


def test_a_payload_that_is_above_the_brokers_limit_is_refused_alone(
    mosquitto: StartMosquitto,
) -> None:
    """mosquitto does not announce this limit, and answers with a code that no PUBACK may have."""
    one = uplink(mosquitto("allow_anonymous true\nmessage_size_limit 1000").port)
    one.connect()
    large = one.send(Payload("data", bytes(250_000)))
    assert settled(one, 1) == [Settled(large, Outcome.REFUSED, "packet too large")]
    small = one.send(Payload("data", bytes(1_000)))
    assert settled(one, 1)[0].token == small
    one.close()


def test_a_broker_that_takes_next_to_nothing() -> None:
    few = pytest.raises(UplinkUnavailable, match="packets of 200 bytes at most")
    with peer(answering(b"\x27" + struct.pack("!I", 200))) as there, few as caught:
        uplink(there.port).connect()
    assert "limit" in caught.value.hint


def test_a_broker_of_qos_0() -> None:
    useless = pytest.raises(UplinkUnavailable, match="QoS 0 only")
    with peer(answering(b"\x24\x00")) as there, useless as caught:
        uplink(there.port).connect()
    assert "maximum QoS" in caught.value.hint


def test_a_broker_that_keeps_nothing() -> None:
    first_bytes: list[int] = []

    def then(caller: Caller) -> None:
        first_bytes.append(caller.packet()[0])
        caller.linger()

    with peer(answering(b"\x25\x00", then)) as there:
        one = uplink(there.port)
        one.connect()
        one.send(Payload("state", b"well", retain=True))
        [finding] = one.findings()
        until(lambda: first_bytes, lambda: "no message")
        one.close()
    assert finding.problem == "has a broker that keeps nothing"
    assert first_bytes == [0x32]  # not retained, which the broker would refuse


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (0x00, Outcome.TAKEN),
        (0x10, Outcome.UNROUTED),
        (0x80, Outcome.FAILED),
        (0x83, Outcome.FAILED),
        (0x87, Outcome.FORBIDDEN),
        (0x90, Outcome.FORBIDDEN),
        (0x91, Outcome.FAILED),
        (0x95, Outcome.REFUSED),
        (0x96, Outcome.FAILED),
        (0x97, Outcome.FORBIDDEN),
        (0x99, Outcome.REFUSED),
    ],
)
def test_what_became_of_a_payload(code: int, outcome: Outcome) -> None:
    def then(caller: Caller) -> None:
        _, body = caller.packet()
        at = 2 + struct.unpack("!H", body[:2])[0]
        caller.say(b"\x40\x04" + body[at : at + 2] + bytes([code, 0]))
        caller.linger()

    with peer(answering(b"", then)) as there:
        one = uplink(there.port)
        one.connect()
        token = one.send(Payload("data", b"[]"))
        [answer] = settled(one, 1)
        assert answer[:2] == (token, outcome)
        assert bool(answer.reason) == bool(code)
        one.close()


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("encrypted", [False, True])
def test_through_websockets(mosquitto: StartMosquitto, tmp_path: Path, encrypted: bool) -> None:
    from tests.certificates import Authority, tls

    ca = Authority(tmp_path / "ca", "county")
    lines = tls(ca.server("good", "127.0.0.1")) if encrypted else "allow_anonymous true"
    port = free_port()
    # mosquitto starts only if there is a listener without websockets too.
    lines = f"allow_anonymous true\nlistener {port} 127.0.0.1\nprotocol websockets\n{lines}"
    broker = mosquitto(lines)
    until(lambda: accepts(port), broker.log.read_text)
    options: dict[str, Any] = {"tls": True, "ca_file": str(ca.cert_file)} if encrypted else {}
    one = uplink(port, ("cmd",), transport="websockets", **options)
    one.connect()
    for _ in range(20):
        one.send(Payload("data", bytes(10_000)))
    assert len(settled(one, 20)) == 20
    one.send(Payload("cmd", b"x" * 15_000))
    assert [len(got.body) for got in heard(one, 1)] == [15_000]
    one.close()


def test_a_session_for_a_consumer_keeps_what_came_meanwhile(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    config = configured(broker.port)
    got: list[Payload] = []

    def session() -> Session:
        options = Options("audit", window=5, largest=300_000, kept_s=3600)
        [where] = brokers(config)
        wake = threading.Event()
        return Session(config, where, Version.V5, options, SystemClock(), wake, got.append)

    first = session()
    assert not first.present
    first.subscribe([f"{ROOT}/data"])
    until(lambda: "SUBACK" in broker.log.read_text(), broker.log.read_text)
    first.close()
    publish(broker, f"{ROOT}/data", "while it was away")
    second = session()
    until(lambda: got, broker.log.read_text)
    assert second.present
    assert got == [Payload(f"{ROOT}/data", b"while it was away")]
    second.check()
    second.close()


def test_a_consumer_that_fails_ends_the_session_before_the_message_is_acknowledged(
    mosquitto: StartMosquitto,
) -> None:
    broker = mosquitto()
    config = configured(broker.port)
    wake = threading.Event()

    def fail(_: Payload) -> None:
        raise OSError("the disk is full")

    options = Options("audit", window=5)
    [where] = brokers(config)
    one = Session(config, where, Version.V5, options, SystemClock(), wake, fail)
    one.subscribe(["#"])
    until(lambda: "SUBACK" in broker.log.read_text(), broker.log.read_text)
    publish(broker, "x", "y")
    assert wake.wait(10)
    with pytest.raises(UplinkUnavailable, match="could not be taken: OSError"):
        one.check()
    one.close()
    assert "Received PUBACK from audit" not in broker.log.read_text()


@pytest.mark.parametrize(
    ("host", "tls", "clear"),
    [("127.0.0.1", False, False), ("mqtt.example", False, True), ("mqtt.example", True, False)],
)
def test_a_password_in_clear_is_a_finding(
    tmp_path: Path, host: str, tls: bool, clear: bool
) -> None:
    from gateway.uplink.observer import Observer, State
    from gateway.uplink.tls import Identity

    config = configured(1883, host=host, tls=tls, username="u", password_file="/x")
    [where] = brokers(config)
    state = State(
        where,
        fell_back=False,
        first=None,
        server=None,
        own=Identity(None, None),
        retains=True,
        denied=(),
        dropped=0,
        strange=0,
    )
    found = Observer(config, SimulatedClock()).findings(state)
    assert [one.problem for one in found] == (["sends its password in clear"] if clear else [])
