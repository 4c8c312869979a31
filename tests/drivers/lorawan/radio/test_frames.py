"""Frames: published vectors, and what is built is read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lorawan.radio import frames
from drivers.lorawan.radio.frames import Data, JoinAccept, JoinRequest, Kind
from drivers.lorawan.radio.security import session_keys

ONES, TWOS = b"\x01" * 16, b"\x02" * 16
APP_KEY = bytes.fromhex("B6B53F4A168A7A88BDF7EA135CE9CFCA")
DEV_NONCE = 0xCC85
ACCEPT = JoinAccept(0x000001, 0x000013, 0x26012E43, rx1_offset=0, rx2_data_rate=3, rx_delay_s=1)
NWK_SKEY = bytes.fromhex("c7cf91ac1aac8be5ff44163941ffcfd7")
APP_SKEY = bytes.fromhex("ccfb94975c521d4b2d87d4fda9c2ced6")
VECTORS = [
    (
        "400403020180010001a694642615d6c3b582",
        Data(True, False, 0x01020304, 1, adr=True, port=1, payload=b"hello"),
        (TWOS, ONES),
    ),
    (
        "400403020103000002030501" + "6a3798f5" + "b64dc039",
        Data(
            True, False, 0x01020304, 0, fopts=bytes.fromhex("020305"), port=1, payload=b"\1\2\3\4"
        ),
        (ONES, ONES),
    ),
    (
        "40040302010000000069369eee6aa508",
        Data(True, False, 0x01020304, 0, port=0, payload=bytes.fromhex("020305")),
        (ONES, ONES),
    ),
    (
        "40F17DBE4900020001954378762B11FF0D",
        Data(True, False, 0x49BE7DF1, 2, port=1, payload=b"test"),
        (
            bytes.fromhex("44024241ed4ce9a68c6a8bc055233fd3"),
            bytes.fromhex("ec925802ae430ca77fd3dd73cb2cc588"),
        ),
    ),
    (
        "80432e012600000002b08bc534a1c8386488",
        Data(True, True, 0x26012E43, 0, port=2, payload=b"\1\2\3\4\5"),
        (NWK_SKEY, APP_SKEY),
    ),
    (
        "60432e01262000000a1ba42625b3d7",
        Data(False, False, 0x26012E43, 0, ack=True, port=10, payload=b"\1\2"),
        (NWK_SKEY, APP_SKEY),
    ),
]


@pytest.mark.parametrize(("phy", "frame", "keys"), VECTORS)
def test_a_published_data_frame_is_built_and_read(
    phy: str, frame: Data, keys: tuple[bytes, bytes]
) -> None:
    assert frames.build(frame, *keys) == bytes.fromhex(phy)
    assert frames.read(bytes.fromhex(phy), frame.counter, *keys) == frame


@pytest.mark.parametrize(
    ("phy", "request_"),
    [
        (
            "00DC0000D07ED5B3701E6FEDF57CEEAF0085CC587FE913",
            JoinRequest("70B3D57ED00000DC", "00AFEE7CF5ED6F1E", DEV_NONCE),
        ),
        (
            "00010000d07ed5b37030051c000ba3040085ccc415bfca",
            JoinRequest("70B3D57ED0000001", "0004A30B001C0530", DEV_NONCE),
        ),
    ],
)
def test_a_published_join_request_is_built_and_read(phy: str, request_: JoinRequest) -> None:
    assert frames.build_join_request(request_, APP_KEY) == bytes.fromhex(phy)
    assert frames.read_join_request(bytes.fromhex(phy)) == request_
    assert frames.is_of(bytes.fromhex(phy), APP_KEY)
    assert not frames.is_of(bytes.fromhex(phy), ONES)


def test_a_published_join_accept_is_built_and_read_and_gives_the_keys() -> None:
    phy = bytes.fromhex("20f9cf790e6e40c22f4240f50c0efa1e17")
    assert frames.build_join_accept(ACCEPT, APP_KEY) == phy
    assert frames.read_join_accept(phy, APP_KEY) == ACCEPT
    keys = session_keys(APP_KEY, ACCEPT.app_nonce, ACCEPT.net_id, DEV_NONCE)
    assert keys == (NWK_SKEY, APP_SKEY)


def test_a_join_accept_without_a_delay_means_one_second() -> None:
    phy = frames.build_join_accept(ACCEPT._replace(rx_delay_s=0), APP_KEY)
    assert frames.read_join_accept(phy, APP_KEY).rx_delay_s == 1


def test_a_join_accept_of_another_key_is_refused() -> None:
    with pytest.raises(ValueError, match="wrong MIC"):
        frames.read_join_accept(frames.build_join_accept(ACCEPT, APP_KEY), ONES)


KEYS = st.binary(min_size=16, max_size=16)
ADDRESSES = st.integers(0, 2**32 - 1)


@st.composite
def data(draw: st.DrawFn) -> Data:
    uplink = draw(st.booleans())
    port = draw(st.none() | st.integers(0, 255))
    return Data(
        uplink=uplink,
        confirmed=draw(st.booleans()),
        dev_addr=draw(ADDRESSES),
        counter=draw(ADDRESSES),
        adr=draw(st.booleans()),
        adr_ack_request=uplink and draw(st.booleans()),
        ack=draw(st.booleans()),
        pending=not uplink and draw(st.booleans()),
        fopts=b"" if port == 0 else draw(st.binary(max_size=15)),
        port=port,
        payload=b"" if port is None else draw(st.binary(max_size=222)),
    )


@given(data(), KEYS, KEYS)
def test_what_is_built_is_read_again(frame: Data, nwk_skey: bytes, app_skey: bytes) -> None:
    phy = frames.build(frame, nwk_skey, app_skey)
    assert frames.read(phy, frame.counter, nwk_skey, app_skey) == frame
    assert frames.header(phy).counter == frame.counter & 0xFFFF


@given(data(), KEYS, KEYS, st.data())
def test_a_bit_that_is_flipped_anywhere_is_noticed(
    frame: Data, nwk_skey: bytes, app_skey: bytes, chance: st.DataObject
) -> None:
    phy = bytearray(frames.build(frame, nwk_skey, app_skey))
    bit = chance.draw(st.integers(0, 8 * len(phy) - 1))
    phy[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ValueError, match=r"."):
        frames.read(bytes(phy), frame.counter, nwk_skey, app_skey)


@given(data(), KEYS, KEYS)
def test_the_upper_half_of_the_counter_is_guarded_too(
    frame: Data, nwk_skey: bytes, app_skey: bytes
) -> None:
    phy = frames.build(frame, nwk_skey, app_skey)
    with pytest.raises(ValueError, match="wrong MIC"):
        frames.read(phy, (frame.counter + 0x10000) % 2**32, nwk_skey, app_skey)


@given(st.binary(max_size=64))
def test_any_bytes_are_a_frame_or_a_value_error(phy: bytes) -> None:
    for reading in (
        frames.kind,
        frames.header,
        frames.read_join_request,
        lambda phy: frames.read_join_accept(phy, APP_KEY),
        lambda phy: frames.read(phy, 0, ONES, TWOS),
    ):
        try:
            reading(phy)
        except ValueError:
            continue


@given(
    st.builds(
        JoinAccept,
        st.integers(0, 2**24 - 1),
        st.integers(0, 2**24 - 1),
        ADDRESSES,
        st.integers(0, 7),
        st.integers(0, 15),
        st.integers(1, 15),
        st.lists(st.integers(1, 2**24 - 1).map(lambda unit: unit * 100), max_size=5).map(tuple),
    ),
    KEYS,
)
def test_a_join_accept_is_read_again(accept: JoinAccept, app_key: bytes) -> None:
    assert frames.read_join_accept(frames.build_join_accept(accept, app_key), app_key) == accept


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (Data(True, False, 1, 0, fopts=b"\2" * 16), "FOpts"),
        (Data(True, False, 1, 0, fopts=b"\2", port=0), "FOpts"),
        (Data(True, False, 1, 0, payload=b"\2"), "port"),
    ],
)
def test_what_no_frame_can_hold_is_refused(frame: Data, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        frames.build(frame, ONES, TWOS)


@pytest.mark.parametrize(
    ("phy", "why"),
    [
        ("", "empty"),
        ("41", "MHDR"),
        ("c0", "is not a valid Kind|no valid|Kind"),
        ("400403020105000001020304", "12 bytes"),
        ("4004030201010000" + "02" + "00" + "01020304", "beside port 0"),
        ("0000", "JOIN_REQUEST is no data"),
    ],
)
def test_what_is_no_data_frame_is_told(phy: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        frames.header(bytes.fromhex(phy))


@pytest.mark.parametrize(
    ("expected", "lower", "whole"),
    [
        (0, 0, 0),
        (10, 9, None),
        (10, 10, 10),
        (10, 10 + 16_383, 10 + 16_383),
        (10, 10 + 16_384, None),
        (0xFFFF, 0x0000, 0x10000),
        (0x1FFFE, 0x0001, 0x20001),
        (0xFFFFFFFF, 0xFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF, 0x0000, None),
    ],
)
def test_a_counter_goes_on_over_its_lower_half(
    expected: int, lower: int, whole: int | None
) -> None:
    assert frames.full_counter(expected, lower) == whole


def test_the_kinds_are_those_of_the_specification() -> None:
    assert [frames.kind(bytes([number << 5])) for number in range(6)] == list(Kind)
