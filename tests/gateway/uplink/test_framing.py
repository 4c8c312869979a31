"""Packets are told apart alike, however the bytes come; what no broker sends is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.uplink.framing import BrokenProtocol, Framing
from tests.hostile import length

LIMIT = 300
CONNACK = b"\x20\x03\x00\x00\x00"
HEADS = [0x30, 0x31, 0x32, 0x33, 0x38, 0x40, 0x90, 0xB0, 0xD0, 0xE0]
packets = st.builds(
    lambda head, body: bytes([head]) + length(len(body)) + body,
    st.sampled_from(HEADS),
    st.binary(max_size=LIMIT),
)


def fed(data: bytes, cuts: list[int]) -> tuple[int, str]:
    """How many packets, and what was wrong."""
    framing = Framing(LIMIT)
    ends = [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    begin = 0
    try:
        for end in ends:
            framing.feed(data[begin:end])
            begin = end
    except BrokenProtocol as error:
        return framing.packets, str(error)
    return framing.packets, ""


@given(st.lists(packets, max_size=5), st.lists(st.integers(0, 2000), max_size=9))
def test_whole_packets_are_counted(these: list[bytes], cuts: list[int]) -> None:
    assert fed(CONNACK + b"".join(these), cuts) == (1 + len(these), "")


@given(st.binary(max_size=60), st.lists(st.integers(0, 100), max_size=9))
def test_anything_is_judged_alike_however_it_comes(data: bytes, cuts: list[int]) -> None:
    assert fed(CONNACK + data, cuts) == fed(CONNACK + data, list(range(100)))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (CONNACK + b"\x30" + length(LIMIT + 1), "a packet of 301 bytes, more than 300"),
        (CONNACK + b"\x30\x80\x80\x80\x80", "a length that does not end"),
        (CONNACK + b"\x34", "a message of QoS 2, which was not asked for"),
        (CONNACK + b"\x36", "a message of QoS 2, which was not asked for"),
        (CONNACK + b"\x62", "a packet that begins with 0x62"),
        (CONNACK + b"\x41", "a packet that begins with 0x41"),
        (CONNACK + b"\xc0", "a packet that begins with 0xc0"),
        (CONNACK + b"\x20", "a CONNACK where none belongs, or none where one does"),
        (b"\x30", "a CONNACK where none belongs, or none where one does"),
        (b"\x20\x01\x00", "a CONNACK without a code"),
        (b"\x20\x00", "a CONNACK without a code"),
    ],
)
def test_what_no_broker_may_send(data: bytes, told: str) -> None:
    assert fed(data, [])[1] == told


def test_what_is_at_the_limit_may_come() -> None:
    assert fed(CONNACK + b"\x30" + length(LIMIT) + bytes(LIMIT), []) == (2, "")


@pytest.mark.parametrize("code", [0, 1, 0x84])
def test_the_code_of_the_answer(code: int) -> None:
    framing = Framing(LIMIT)
    for byte in b"\x20\x02\x01" + bytes([code]):
        framing.feed(bytes([byte]))
    assert framing.code == code
