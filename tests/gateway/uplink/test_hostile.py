"""Whatever is at the broker's port: a clear end of the link, bounded memory, no thread left."""

import base64
import gc
import hashlib
import random
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import UplinkUnavailable
from gateway.uplink import inbox, network, session
from gateway.uplink.contract import Payload
from gateway.uplink.mqtt import MqttUplink
from tests.chaos.form import rounds
from tests.gateway.uplink.links import NODE, uplink
from tests.hostile import (
    CONNACK_5,
    CONNACK_311,
    Behave,
    Caller,
    length,
    peer,
    publish,
    resident_bytes,
)
from tests.waiting import until

DESCRIPTORS = Path("/proc/self/fd")
MB = 1_000_000
MARGIN = 40 * MB
"""More than the interpreter takes by itself meanwhile, much less than the flood."""
ROOT = f"udp/v1/{NODE}"


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    gc.collect()
    before = len(list(DESCRIPTORS.iterdir()))
    yield
    assert "mqtt" not in {thread.name for thread in threading.enumerate()}
    assert len(list(DESCRIPTORS.iterdir())) <= before


def after_connack(data: bytes, connack: bytes = CONNACK_5) -> Behave:
    def behave(caller: Caller) -> None:
        caller.level()
        caller.say(connack + data)
        caller.linger()

    return behave


def how_it_ends(one: MqttUplink) -> UplinkUnavailable:
    """Connect and wait for the end."""
    try:
        with pytest.raises(UplinkUnavailable) as caught:
            use(one)
    finally:
        one.close()
    assert caught.value.hint
    return caught.value


def use(one: MqttUplink) -> None:
    one.connect()
    while True:
        assert one.wake.wait(20)
        one.wake.clear()
        one.heard()
        one.settled()


def ending(data: bytes, **options: object) -> str:
    with peer(after_connack(data)) as there:
        return str(how_it_ends(uplink(there.port, **options)))  # type: ignore[arg-type]


def test_a_packet_that_is_announced_too_large_is_never_read() -> None:
    def behave(caller: Caller) -> None:
        caller.level()
        caller.say(CONNACK_5 + b"\x30" + length(268_435_455))
        for _ in range(268):
            caller.say(bytes(MB))

    before = resident_bytes()
    with peer(behave) as there:
        told = str(how_it_ends(uplink(there.port)))
    assert "sent what no broker may send: a packet of 268435455 bytes" in told
    assert resident_bytes() - before < MARGIN


def test_a_packet_that_trickles_is_bounded_by_its_announced_size() -> None:
    told = ending(publish("x", bytes(19_000)) + b"\x30" + length(20_001))
    assert "a packet of 20001 bytes, more than 20000" in told


def test_with_3_1_1_the_limit_is_another() -> None:
    large = publish("x", bytes(250_000), properties=b"")
    with peer(after_connack(large + b"\x30" + length(262_145), CONNACK_311)) as there:
        told = str(how_it_ends(uplink(there.port, protocol="3.1.1")))
    assert "a packet of 262145 bytes" in told


def test_messages_of_qos_2_are_not_kept() -> None:
    def behave(caller: Caller) -> None:
        caller.level()
        caller.say(CONNACK_5)
        for mid in range(1, 65_536):
            caller.say(publish(f"{ROOT}/cmd/x", bytes(10_000), qos=2, mid=mid))

    before = resident_bytes()
    with peer(behave) as there:
        told = str(how_it_ends(uplink(there.port, ("cmd/#",))))
    assert "a message of QoS 2, which was not asked for" in told
    assert resident_bytes() - before < MARGIN


@pytest.mark.parametrize("qos", [0, 1])
def test_ten_thousand_commands_are_dropped_but_for_the_first(qos: int) -> None:
    done = threading.Event()

    def behave(caller: Caller) -> None:
        caller.level()
        caller.say(CONNACK_5)
        for number in range(10_000):
            body = str(number).encode()
            caller.say(publish(f"{ROOT}/cmd/x", body, qos, 1 + number % 65_535))
        done.set()
        caller.linger()

    with peer(behave) as there:
        one = uplink(there.port, ("cmd/#",))
        one.connect()
        assert done.wait(20)
        until(lambda: one._inbox.dropped == 10_000 - inbox.ROOM, lambda: one._inbox.dropped, 20)
        assert [heard.body for heard in one.heard()] == [b"%d" % n for n in range(inbox.ROOM)]
        [finding] = one.findings()
        one.close()
    assert finding.problem == "hears more than it takes"
    assert finding.evidence.startswith("9900 messages too many")


def test_what_is_not_for_this_node_is_dropped_and_counted() -> None:
    strange = [f"{ROOT}x/cmd", ROOT, f"{ROOT}/", "udp/v1/grimma/rathaus-01/cmd", "", "cmd"]
    data = b"".join(publish(topic, b"x") for topic in strange)
    with peer(after_connack(data + publish(f"{ROOT}/cmd/x", b"mine"))) as there:
        one = uplink(there.port, ("cmd/#",))
        one.connect()
        assert one.wake.wait(10)
        assert one.heard() == [Payload("cmd/x", b"mine")]
        [finding] = one.findings()
        one.close()
    assert finding.evidence.endswith(f"{len(strange)} of other topics")


def test_a_body_that_is_too_large_is_dropped() -> None:
    bodies = publish(f"{ROOT}/cmd", bytes(16_001)) + publish(f"{ROOT}/cmd", bytes(16_000))
    with peer(after_connack(bodies)) as there:
        one = uplink(there.port, ("cmd",))
        one.connect()
        assert one.wake.wait(10)
        assert [len(heard.body) for heard in one.heard()] == [16_000]
        one.close()


def test_acknowledgements_of_what_was_never_sent() -> None:
    unknown = b"".join(b"\x40\x02" + struct.pack("!H", mid) for mid in range(1, 2000))
    with peer(after_connack(unknown + b"\x90\x04\x12\x34\x00\x87")) as there:
        one = uplink(there.port)
        one.connect()
        one.send(Payload("data", b"[]"))
        until(lambda: one._session and one._session._framing.packets > 2000, lambda: "not read")
        assert [answer.token for answer in one.settled()] in ([], [1])
        assert one.findings() == []
        one.close()


def test_a_broker_that_never_acknowledges_holds_no_more_than_the_window() -> None:
    with peer(after_connack(b"")) as there:
        one = uplink(there.port, window=3)
        one.connect()
        for _ in range(3):
            one.send(Payload("data", b"[]"))
        with pytest.raises(UplinkUnavailable, match="cannot publish"):
            one.send(Payload("data", b"[]"))
        one.close()


def test_a_broker_that_reads_nothing_is_left_in_time() -> None:
    stop = threading.Event()

    def behave(caller: Caller) -> None:
        caller.level()
        caller.say(CONNACK_5)
        stop.wait(20)

    with peer(behave) as there:
        one = uplink(there.port, window=20)
        one.connect()
        for _ in range(20):
            one.send(Payload("data", bytes(256_000)))
        with pytest.raises(UplinkUnavailable):
            one.send(Payload("data", b"[]"))
        one.close()
        stop.set()


def test_answers_that_are_never_read_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = network.opened

    def narrow(*given: Any) -> socket.socket:
        link = opened(*given)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        return link

    def behave(caller: Caller) -> None:
        caller.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        caller.level()
        caller.say(CONNACK_5)
        for _ in range(500):
            caller.say(publish("x", b"", qos=1) * 1_000)
        stop.wait(20)

    stop = threading.Event()
    monkeypatch.setattr(network, "opened", narrow)

    with peer(behave) as there:
        assert "more than it reads answers to" in str(how_it_ends(uplink(there.port)))
        stop.set()


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x30\xff\xff\xff\xff\x01",
        b"\x00\x00",
        b"\x10\x00",
        b"\x82\x00",
        b"\xc0\x00",
        b"\x50\x02\x00\x01",
        b"\x62\x02\x00\x01",
        b"\xf0\x00",
        b"\x20\x03\x00\x00\x00",
        b"\x30\x00",
        b"\x30\x02\x00\x09",
        b"\x30\x05\x00\x02\xff\xfe\x00",
        b"\x30\x05\x00\x01x\xff\xff",
        b"\x40\x01\x00",
        b"\x40\x03\x00\x01\x77",
        b"\x90\x00",
        b"\x90\x04\x00\x01\x00\x77",
        b"\xd0\x01\x00",
        b"\xe0\x02\x77\x00",
    ],
)
def test_garbage_ends_the_link(data: bytes) -> None:
    assert "sent what no broker may send" in ending(data)


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 400 Bad", b"\x20\x00", b"\x20\x01\x00", b"\x30\x00", b"\x20\x03\x00\x77\x00"],
)
def test_garbage_instead_of_an_answer(answer: bytes) -> None:
    def behave(caller: Caller) -> None:
        caller.level()
        caller.say(answer)
        caller.linger()

    with peer(behave) as there:
        assert "127.0.0.1" in str(how_it_ends(uplink(there.port)))


def test_an_answer_that_comes_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "CONNECT_TIMEOUT_S", 0.2)
    late = threading.Event()

    def behave(caller: Caller) -> None:
        caller.level()
        late.wait(20)
        caller.say(CONNACK_5)

    with peer(behave) as there:
        one = uplink(there.port)
        with pytest.raises(UplinkUnavailable, match="does not answer MQTT"):
            one.connect()
        late.set()
        with pytest.raises(UplinkUnavailable, match="not connected"):
            one.settled()
        assert one.findings() == []


GOOD = [
    publish(f"{ROOT}/cmd/x", b"{}"),
    publish(f"{ROOT}/cmd/x", b"{}", qos=1, mid=7),
    b"\x40\x02\x00\x01",
    b"\x40\x04\x00\x01\x10\x00",
    b"\x90\x04\x00\x01\x00\x01",
    b"\xd0\x00",
    b"\xe0\x02\x8e\x00",
    publish("a", b"x", properties=b"\x09\x26\x00\x01k\x00\x03abc"),
]


def mutated(chance: random.Random) -> bytes:
    data = bytearray(b"".join(chance.choices(GOOD, k=chance.randrange(1, 6))))
    for _ in range(chance.randrange(4)):
        match chance.randrange(3):
            case 0:
                data[chance.randrange(len(data))] = chance.randrange(256)
            case 1:
                del data[chance.randrange(len(data)) :]
            case _:
                data[chance.randrange(len(data)) :] = chance.randbytes(chance.randrange(30))
        data = data or bytearray(b"\x00")
    return bytes(data)


def test_whatever_comes_ends_in_nothing_but_an_unavailable_uplink() -> None:
    chance = random.Random(1)
    said: list[bytes] = []

    def behave(caller: Caller) -> None:
        caller.level()
        caller.say(CONNACK_5 + said[-1])

    with peer(behave) as there:
        one = uplink(there.port, ("cmd/#",))
        for number in range(rounds(3_000, 200_000)):
            blank = number % 5 == 0
            said.append(chance.randbytes(chance.randrange(1, 40)) if blank else mutated(chance))
            try:
                how_it_ends(one)
            except BaseException as error:
                error.add_note(f"after CONNACK: {said[-1].hex()}")
                raise
            del said[:-1]
        assert there.connections >= 3_000


def accept_websocket(caller: Caller) -> None:
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += caller.exactly(1)
    [key] = [line[19:] for line in request.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key")]
    guid = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    answer = base64.b64encode(hashlib.sha1(key.strip() + guid).digest()).decode()
    caller.say(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + f"Sec-WebSocket-Accept: {answer}\r\n\r\n".encode()
    )


def frame(data: bytes) -> bytes:
    return b"\x82\x7f" + struct.pack("!Q", len(data)) + data


def over_websocket(data: bytes) -> str:
    def behave(caller: Caller) -> None:
        accept_websocket(caller)
        caller.exactly(20)
        caller.say(data)
        for _ in range(100):
            caller.say(b"\xd0\x00" * 500_000)

    before = resident_bytes()
    with peer(behave) as there:
        told = str(how_it_ends(uplink(there.port, transport="websockets")))
    assert resident_bytes() - before < MARGIN
    return told


@pytest.mark.parametrize("opcode", [0x82, 0x80, 0x89, 0x88, 0x81])
@pytest.mark.parametrize("announced", [2**62, 2**32, 70_000])
def test_a_websocket_frame_that_does_not_end(opcode: int, announced: int) -> None:
    endless = bytes([opcode, 0x7F]) + struct.pack("!Q", announced)
    told = over_websocket(frame(CONNACK_5) + endless)
    assert "sent what no broker may send" in told


def test_a_websocket_frame_of_no_mqtt() -> None:
    assert "a packet that begins with 0x48" in over_websocket(frame(b"HTTP"))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Not Found\r\n\r\n",
        b"\x20\x02\x00\x00" * 10_000,
        b"\n" * 100_000,
        b"Connection: Upgrade\r\nSec-WebSocket-Accept\r\n\r\n",
        b"Connection: Upgrade\r\nSec-WebSocket-Accept: \xff\xfe\r\n\r\n",
        b"Connection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
        b"X: y\r\n" * 100_000,
        b"",
    ],
)
def test_an_answer_of_no_websocket(answer: bytes) -> None:
    def behave(caller: Caller) -> None:
        caller.exactly(100)
        caller.say(answer)

    with peer(behave) as there:
        told = how_it_ends(uplink(there.port, transport="websockets"))
    assert "opens no websocket" in str(told)
    assert "/mqtt" in told.hint


def test_a_greeting_that_trickles_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "CONNECT_TIMEOUT_S", 0.5)
    stop = threading.Event()

    def behave(caller: Caller) -> None:
        for _ in range(100):
            caller.say(b"x")
            stop.wait(0.05)

    with peer(behave) as there:
        assert "no answer in time" in str(how_it_ends(uplink(there.port, transport="websockets")))
        stop.set()
