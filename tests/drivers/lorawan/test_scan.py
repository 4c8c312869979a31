"""A scan names the modem on a serial port, asks it nothing that it would keep, and says so."""

import pytest

from drivers.lorawan.families import FAMILIES
from drivers.probe import Sureness
from drivers.scanning import serial
from gateway.scanning import comparison
from tests.drivers.lorawan.far_end import FarEnd
from tests.drivers.lorawan.scripts import SPEECH

NAMES = sorted(FAMILIES)


@pytest.mark.parametrize("name", NAMES)
def test_a_modem_is_found_at_its_speed(name: str) -> None:
    script = SPEECH[name].script()
    speed = FAMILIES[name].baudrate
    port = FarEnd(lambda command: script(command) if port.baudrate == speed else ["\x00\xfe\x80"])
    [found] = serial.scan(port).found
    assert found.names == (name,)
    assert found.baudrate == speed
    assert found.sureness is Sureness.CERTAIN
    assert found.evidence.startswith("says ")
    assert script.written == []
    assert not any(word in " ".join(port.asked).upper() for word in ("JOIN", "SEND", "TX", "SAVE"))


@pytest.mark.parametrize("name", NAMES)
def test_a_modem_that_talks_by_itself_is_found_all_the_same(name: str) -> None:
    script = SPEECH[name].script()
    speed = FAMILIES[name].baudrate
    port = FarEnd(lambda command: script(command) if port.baudrate == speed else [])
    for second in range(20):
        port.say(*((float(second), line) for line in ("JoinRequest NbTrials= 72", "txDone")))
    [found] = serial.scan(port).found
    assert found.names == (name,)


@pytest.mark.parametrize("header", [b"\xaa\xb4", b"\xff\x01", b"BM", b"Z", b"\x7e", b"\xfd\xfc"])
def test_no_question_is_a_command_of_a_sensor(header: bytes) -> None:
    for family in FAMILIES.values():
        written = bytearray()
        port = FarEnd({})
        port.open(family.baudrate)
        port.write = written.extend  # type: ignore[assignment, method-assign]
        assert family.probe.ask is not None
        assert family.probe.ask(port) is None
        assert header not in written


def test_a_modem_in_the_place_of_a_sensor_is_told_as_one() -> None:
    port = FarEnd(SPEECH["lora-e5"].script())
    [found] = serial.scan(port).found
    assert comparison.words(found) == "Seeed LoRa-E5 (LoRaWAN modem)"
