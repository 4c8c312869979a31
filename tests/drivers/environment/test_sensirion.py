"""CRC and words of Sensirion: the vendor's vectors, seen by the codecs and by the models."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bus.sim import SimulatedI2c
from drivers.environment import sensirion, sensirion_model
from drivers.environment.crc import crc8
from drivers.environment.sensirion_dialogue import Dialogue
from drivers.environment.sht3x.model import Sht3xModel
from drivers.errors import BadData, BusError, WrongDevice
from tests.chaos.form import rounds

CRCS = {
    0xBEEF: 0x92, 0x0000: 0x81, 0x0001: 0xB0, 0x0002: 0xE3, 0xFFFF: 0xAC, 0x6666: 0x93, 0x8000:
    0xA2, 0x01F4: 0x33, 0x6667: 0xA2, 0x5EB9: 0x3C, 0x01E0: 0xB4, 0x7FCE: 0x7B, 0x43DB: 0xCB,
    0x8C2E: 0x8F, 0x41D9: 0x70, 0xE7FF: 0xF5, 0x4243: 0xBF, 0x3A1B: 0x74, 0xD400: 0xC6, 0x0300:
    0xAC, 0x0500: 0xF6, 0xF896: 0x31, 0x9F07: 0xC2, 0x3BBE: 0x89, 0x0912: 0x63, 0x8006: 0x04,
    0x8010: 0xE1, 0x72B0: 0xDC, 0x0342: 0xF3, 0xABAB: 0x72,
}  # fmt: skip
"""Datasheets of SCD4x, SGP40 and SPS30, and one of a second vendor (TI HDC302x, SNAU265C)."""


@pytest.mark.parametrize(("word", "crc"), CRCS.items())
def test_crc_vectors(word: int, crc: int) -> None:
    data = word.to_bytes(2, "big")
    assert crc8(data) == sensirion_model.crc(data) == crc
    assert sensirion.words(data + bytes([crc]), 1) == (word,)


@given(st.binary(max_size=64))
def test_both_forms_of_the_crc_agree(data: bytes) -> None:
    assert crc8(data) == sensirion_model.crc(data)


@given(st.lists(st.integers(0, 65535), max_size=20))
def test_words_of_a_model_are_words_of_the_codec(words: list[int]) -> None:
    assert sensirion.words(sensirion_model.on_wire(*words), len(words)) == tuple(words)
    assert sensirion.command(b"", *words) == sensirion_model.on_wire(*words)


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=6), st.data())
def test_no_flipped_bit_passes(words: list[int], data: st.DataObject) -> None:
    wire = bytearray(sensirion_model.on_wire(*words))
    wire[data.draw(st.integers(0, len(wire) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BadData, match="wrong CRC in word"):
        sensirion.words(bytes(wire), len(words))


@pytest.mark.parametrize("answer", [b"", b"\xbe\xef", b"\xbe\xef\x92\xbe"])
def test_another_length_is_refused(answer: bytes) -> None:
    with pytest.raises(BadData, match=f"{len(answer)} bytes instead of 3"):
        sensirion.words(answer, 1)


def test_words_of_anything_are_words_or_bad_data() -> None:
    chance = random.Random(5)
    for _ in range(rounds(5_000, 1_000_000)):
        count = chance.randrange(8)
        answer = chance.randbytes(chance.choice((count * 3, chance.randrange(40))))
        try:
            words = sensirion.words(answer, count)
        except BadData:
            continue
        assert sensirion_model.on_wire(*words) == answer


def test_text_and_numbers() -> None:
    assert sensirion.text((0x3030, 0x3038, 0x3030, 0x3030)) == "00080000"
    assert sensirion.text((0x4142, 0x4300, 0x4444)) == "ABC"
    assert sensirion.text((0xFFFF, 0x4100)) == "??A"
    assert sensirion.number((0xF896, 0x9F07, 0x3BBE)) == 273325796834238


def test_what_is_no_number_is_no_value() -> None:
    nan, infinite, small = sensirion.floats((0x7FC0, 0, 0x7F80, 0, 0x3F80, 0))
    assert sensirion.within(nan, 0, 10) is None
    assert sensirion.within(infinite, 0, 10) is None
    assert sensirion.within(small, 0, 10) == 1.0
    assert sensirion.within(10.1, 0, 10) is None


@pytest.fixture
def bus() -> SimulatedI2c:
    bus = SimulatedI2c()
    bus.attach(Sht3xModel())
    return bus


def test_a_busy_model_acknowledges_nothing(bus: SimulatedI2c) -> None:
    bus.transfer(0x44, b"\x24\x00")
    with pytest.raises(BusError):
        bus.transfer(0x44, b"", 6)
    with pytest.raises(BusError):
        bus.transfer(0x44, b"\xf3\x2d")
    bus.time.sleep(0.0155)
    assert len(bus.transfer(0x44, b"", 6)) == 6


def test_a_model_says_an_answer_once_and_nothing_without_a_command(bus: SimulatedI2c) -> None:
    with pytest.raises(BusError):
        bus.transfer(0x44, b"", 3)
    bus.transfer(0x44, b"\xf3\x2d")
    assert bus.transfer(0x44, b"", 5) == bytes.fromhex("8010e1ffff")
    with pytest.raises(BusError):
        bus.transfer(0x44, b"", 3)


@pytest.mark.parametrize("write", ["2401", "24", "2400beef92", "2400beef93", "2400be"])
def test_a_model_refuses_what_the_part_does_not_know(bus: SimulatedI2c, write: str) -> None:
    with pytest.raises(BusError):
        bus.transfer(0x44, bytes.fromhex(write))


class Answering(SimulatedI2c):
    """Something that answers to everything, each time with the next of its answers."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__()
        self.answers = list(answers)

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        return self.answers.pop(0) if read else b""


def test_the_same_wrong_identity_twice_is_another_part() -> None:
    dialogue = Dialogue(Answering(b"\x01\x02\x03", b"\x01\x02\x03"), 0x62)
    with pytest.raises(WrongDevice, match=r"scd4x expected at 0x62, .* answers 01 02 03") as caught:
        dialogue.identity(b"\x36\x82", 1, 0.001, "scd4x")
    assert "`driver`" in caught.value.hint


def test_two_wrong_identities_are_noise() -> None:
    dialogue = Dialogue(Answering(b"\x01\x02\x03", b"\x01\x02\x04"), 0x62)
    with pytest.raises(BadData, match="wrong CRC"):
        dialogue.identity(b"\x36\x82", 1, 0.001, "scd4x")


def test_one_wrong_identity_is_asked_again() -> None:
    dialogue = Dialogue(Answering(b"\x01\x02\x03", b"\xbe\xef\x92"), 0x62)
    assert dialogue.identity(b"\x36\x82", 1, 0.001, "scd4x") == (0xBEEF,)
