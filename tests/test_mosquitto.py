"""The real broker that other tests lean on does what they expect of it."""

import socket

import pytest

from tests.mosquitto import StartMosquitto

pytestmark = pytest.mark.mosquitto


def _reachable(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_comes_back_on_the_same_port(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    assert _reachable(broker.port)
    broker.kill()
    assert not _reachable(broker.port)
    broker.start()
    assert _reachable(broker.port)


def test_two_at_once_with_configurations_of_their_own(mosquitto: StartMosquitto) -> None:
    first, second = mosquitto("persistence true"), mosquitto("allow_anonymous true")
    assert first.port != second.port
    first.stop()
    assert not _reachable(first.port)
    assert _reachable(second.port)
    assert "mosquitto version" in first.log.read_text()


def test_a_wrong_configuration_is_told(mosquitto: StartMosquitto) -> None:
    with pytest.raises(AssertionError, match="nonsense"):
        mosquitto("nonsense true")
