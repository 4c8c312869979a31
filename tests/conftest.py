"""Fixtures for every test: real peers, started for one test and ended with it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lora_packet import LoraPacket
from tests.mosquitto import Mosquitto, StartMosquitto, program


@pytest.fixture(scope="session", autouse=True)
def ctrl_c() -> None:
    """Programs hear SIGINT also where a shell that ignores it runs the tests in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[StartMosquitto]:
    """Real mosquittos, as many as the test asks for."""
    installed = program()
    brokers: list[Mosquitto] = []

    def start(config: str = "allow_anonymous true") -> Mosquitto:
        folder = tmp_path / f"mosquitto-{len(brokers)}"
        folder.mkdir()
        brokers.append(Mosquitto(installed, folder, config))
        brokers[-1].start()
        return brokers[-1]

    yield start
    for broker in brokers:
        broker.kill()


@pytest.fixture(scope="session")
def lora_packet() -> LoraPacket:
    """An independent LoRaWAN library."""
    return LoraPacket()
