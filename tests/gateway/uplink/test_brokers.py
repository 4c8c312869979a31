"""Which broker in which version: the plan, and brokers that refuse in each of their ways."""

import socket
from typing import Any

import pytest

from gateway.config import Fallback
from gateway.errors import UplinkUnavailable
from gateway.uplink.brokers import TRY_5_AGAIN_NS, Broker, Version, Versions, brokers
from gateway.uplink.contract import Outcome, Payload, Settled
from tests.certificates import Authority, tls
from tests.gateway.simulated_clock import SimulatedClock
from tests.gateway.uplink.links import UNROUTED, configured, settled, uplink
from tests.hostile import CONNACK_5, CONNACK_311, REFUSED_5, REFUSED_311, Behave, Caller, peer
from tests.mosquitto import StartMosquitto

V5, V311 = Version.V5, Version.V311
DAY_S = TRY_5_AGAIN_NS / 1e9


def test_the_order_of_brokers_and_what_they_share() -> None:
    others = (Fallback(host="b"), Fallback(host="c", port=443, server_name="d"))
    config = configured(8884, host="a", server_name="x", fallbacks=others)
    assert brokers(config) == [
        Broker("a", 8884, "x"),
        Broker("b", 8884, "b"),
        Broker("c", 443, "d"),
    ]


def test_a_day() -> None:
    assert TRY_5_AGAIN_NS == 24 * 3600 * 1_000_000_000


def test_one_close_is_no_refusal_and_two_are() -> None:
    versions = Versions("auto")
    assert versions.version(0) is V5
    assert not versions.closed(V5)
    assert versions.version(0) is V5
    assert versions.closed(V5)
    assert versions.version(0) is V311
    versions.answered(V311, 0)
    assert versions.fell_back
    assert versions.version(TRY_5_AGAIN_NS - 1) is V311
    assert versions.version(TRY_5_AGAIN_NS) is V5


def test_closes_that_are_not_in_a_row() -> None:
    versions = Versions("auto")
    for _ in range(3):
        assert not versions.closed(V5)
        versions.failed()
    versions.closed(V5)
    versions.answered(V5, 0)
    assert not versions.closed(V5)


def test_that_3_1_1_is_closed_too_shows_that_it_was_not_the_version() -> None:
    versions = Versions("auto")
    versions.closed(V5)
    assert versions.closed(V5)
    assert not versions.closed(V311)
    assert versions.version(0) is V5
    assert not versions.closed(V5)


def test_a_broker_known_for_3_1_1_may_restart() -> None:
    versions = Versions("auto")
    assert versions.refused(V5)
    versions.answered(V311, 0)
    assert not versions.closed(V311)
    versions.failed()
    assert versions.version(1) is V311


def test_5_is_tried_again_each_day_with_one_attempt() -> None:
    versions = Versions("auto")
    versions.refused(V5)
    versions.answered(V311, 0)
    assert versions.version(TRY_5_AGAIN_NS) is V5
    assert versions.closed(V5)
    versions.answered(V311, TRY_5_AGAIN_NS)
    assert versions.version(2 * TRY_5_AGAIN_NS - 1) is V311
    versions.answered(V5, 2 * TRY_5_AGAIN_NS)
    assert not versions.fell_back


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_version_that_was_chosen_stays(protocol: str) -> None:
    versions = Versions(protocol)
    for _ in range(3):
        assert not versions.refused(Version(protocol))
        assert not versions.closed(Version(protocol))
        assert versions.version(0) == protocol
    assert not versions.fell_back


def old_broker(refusal: bytes, levels: list[int]) -> Behave:
    """Speaks 3.1.1 only, and says `refusal` to 5 before it closes."""

    def behave(caller: Caller) -> None:
        levels.append(caller.level())
        if levels[-1] == 5:
            caller.say(refusal)
        else:
            caller.say(CONNACK_311)
            caller.linger()

    return behave


@pytest.mark.parametrize("refusal", [REFUSED_5, REFUSED_311])
def test_a_broker_that_refuses_5_is_asked_in_3_1_1_at_once(refusal: bytes) -> None:
    levels: list[int] = []
    clock = SimulatedClock()
    with peer(old_broker(refusal, levels)) as there:
        one = uplink(there.port, clock=clock)
        one.connect()
        [finding] = one.findings()
        assert finding.problem == "speaks MQTT 3.1.1, where a refused publish looks like success"
        assert "enable MQTT 5" in finding.cure
        one.connect()
        assert levels == [5, 4, 4]
        clock.sleep(DAY_S)
        one.connect()
        assert levels == [5, 4, 4, 5, 4]
        one.close()
        assert one.findings() == []


def test_a_broker_that_closes_without_a_word_is_asked_in_3_1_1_the_second_time() -> None:
    levels: list[int] = []
    clock = SimulatedClock()
    with peer(old_broker(b"", levels)) as there:
        one = uplink(there.port, clock=clock)
        with pytest.raises(UplinkUnavailable, match="closed the connection: without a word"):
            one.connect()
        assert levels == [5]
        one.connect()
        assert levels == [5, 5, 4]
        clock.sleep(DAY_S)
        one.connect()
        assert levels == [5, 5, 4, 5, 4]
        one.close()


def test_a_broker_that_restarts_is_not_taken_for_an_old_one() -> None:
    levels: list[int] = []

    def behave(caller: Caller) -> None:
        levels.append(caller.level())
        if len(levels) > 1:
            caller.say(CONNACK_5)
            caller.linger()

    with peer(behave) as there:
        one = uplink(there.port)
        with pytest.raises(UplinkUnavailable):
            one.connect()
        one.connect()
        assert one.findings() == []
        one.close()
    assert levels == [5, 5]


@pytest.mark.parametrize(("protocol", "refusal"), [("5", REFUSED_5), ("3.1.1", REFUSED_311)])
def test_a_version_that_was_chosen_is_refused_in_words(protocol: str, refusal: bytes) -> None:
    def behave(caller: Caller) -> None:
        caller.level()
        caller.say(refusal)

    with peer(behave) as there:
        one = uplink(there.port, protocol=protocol)
        with pytest.raises(UplinkUnavailable, match="this version of MQTT") as caught:
            one.connect()
        assert there.connections == 1
    assert "`protocol: auto`" in caught.value.hint


def test_tls_is_never_left_whatever_the_version(mosquitto: StartMosquitto) -> None:
    heard: list[bytes] = []

    def behave(caller: Caller) -> None:
        heard.append(caller.link.recv(10))

    with peer(behave) as there:
        one = uplink(there.port, tls=True)
        for _ in range(5):
            with pytest.raises(UplinkUnavailable):
                one.connect()
    assert len(heard) == 5
    assert {first[0] for first in heard} == {0x16}


def unreachable() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.mark.mosquitto
def test_the_next_broker_is_used_at_once_and_the_first_again_later(
    mosquitto: StartMosquitto,
) -> None:
    first, second = mosquitto(), mosquitto()
    first.kill()
    fallbacks = (Fallback(host="127.0.0.1", port=second.port),)
    one = uplink(first.port, fallbacks=fallbacks)
    one.connect()
    token = one.send(Payload("data", b"[]"))
    assert [answer.token for answer in settled(one, 1)] == [token]
    [finding] = one.findings()
    assert finding.problem == "uses a fallback"
    assert f"127.0.0.1:{first.port}" in finding.evidence
    first.start()
    second.kill()
    assert one.wake.wait(10)
    with pytest.raises(UplinkUnavailable, match=f":{second.port} closed"):
        one.settled()
    one.connect()
    assert one.findings() == []
    one.close()
    assert "CONNACK" in first.log.read_text()


@pytest.mark.mosquitto
def test_each_broker_has_a_name_of_its_own_in_its_certificate(
    mosquitto: StartMosquitto, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ca = Authority(tmp_path_factory.mktemp("ca"), "county")
    first = mosquitto(tls(ca.server("a", "a.example")))
    second = mosquitto(tls(ca.server("b", "b.example")))
    fallbacks = (Fallback(host="127.0.0.1", port=second.port, server_name="b.example"),)
    options: dict[str, Any] = {"tls": True, "ca_file": str(ca.cert_file), "fallbacks": fallbacks}
    one = uplink(first.port, **options)
    one.connect()
    assert [finding.problem for finding in one.findings()] == ["uses a fallback"]
    one.close()
    one = uplink(first.port, server_name="a.example", **options)
    one.connect()
    assert one.findings() == []
    one.close()


def test_that_all_have_failed_names_each_with_its_reason() -> None:
    def refuse(caller: Caller) -> None:
        caller.level()
        caller.say(b"\x20\x03\x00\x86\x00")

    with peer(refuse) as there:
        fallbacks = (
            Fallback(host="127.0.0.1", port=there.port),
            Fallback(host=f"{'x' * 64}.test"),
        )
        port = unreachable()
        one = uplink(port, fallbacks=fallbacks)
        with pytest.raises(UplinkUnavailable) as caught:
            one.connect()
    told = str(caught.value)
    assert told == (
        f"no broker can be used: cannot reach 127.0.0.1:{port}: Connection refused; "
        f"127.0.0.1:{there.port} refused the login: wrong user name or password; "
        f"cannot reach {'x' * 64}.test:{port}: is no possible name"
    )
    assert caught.value.hint == f"is the broker up? nc -vz 127.0.0.1 {port}"


@pytest.mark.parametrize(
    ("code", "told", "cure"),
    [
        (0x95, "packet too large", "smaller `batch`"),
        (0x8E, "session taken over", "have two nodes one identity?"),
        (0x8B, "the server is shutting down", "wait"),
        (0x9C, "use another server", "`host`"),
    ],
)
def test_why_the_broker_closed_the_connection(code: int, told: str, cure: str) -> None:
    def behave(caller: Caller) -> None:
        caller.level()
        caller.say(CONNACK_5 + bytes([0xE0, 2, code, 0]))
        caller.linger()

    with peer(behave) as there:
        one = uplink(there.port)
        one.connect()
        assert one.wake.wait(10)
        with pytest.raises(UplinkUnavailable, match=f"closed the connection: {told}") as caught:
            one.settled()
        one.close()
    assert cure in caught.value.hint


@pytest.mark.mosquitto
def test_two_nodes_with_one_identity(mosquitto: StartMosquitto) -> None:
    port = mosquitto().port
    one, other = uplink(port), uplink(port)
    one.connect()
    other.connect()
    assert one.wake.wait(10)
    with pytest.raises(UplinkUnavailable, match="closed the connection"):
        one.settled()
    token = other.send(Payload("data", b"[]"))
    assert settled(other, 1) == [Settled(token, Outcome.UNROUTED, UNROUTED)]
    one.close()
    other.close()
