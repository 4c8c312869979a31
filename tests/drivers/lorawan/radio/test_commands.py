"""MAC commands: bytes of the specification's examples, and all that is packed is read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lorawan.radio import commands as mac

DOWN = [
    ("021401", mac.LinkCheckAns(20, 1)),
    ("0351070001", mac.LinkADRReq(power=1, data_rate=5, mask=7, transmissions=1, mask_control=0)),
    ("0407", mac.DutyCycleReq(7)),
    ("0503d2ad84", mac.RXParamSetupReq(3, 0, 0, 8_695_250)),
    ("06", mac.DevStatusReq()),
    ("0703184f8450", mac.NewChannelReq(3, 8_671_000, 0, 5)),
    ("0805", mac.RXTimingSetupReq(5)),
    ("0d0102030480", mac.DeviceTimeAns(0x04030201, 128)),
]
UP = [
    ("02", mac.LinkCheckReq()),
    ("0307", mac.LinkADRAns(7)),
    ("04", mac.DutyCycleAns()),
    ("0507", mac.RXParamSetupAns(7)),
    ("06ff3b", mac.DevStatusAns(255, 0x3B)),
    ("0703", mac.NewChannelAns(3)),
    ("08", mac.RXTimingSetupAns()),
    ("0d", mac.DeviceTimeReq()),
]


@pytest.mark.parametrize(("bytes_", "command"), DOWN)
def test_downward(bytes_: str, command: mac.Downward) -> None:
    assert mac.pack(command).hex() == bytes_
    assert mac.read_down(bytes.fromhex(bytes_)) == ([command], b"")


@pytest.mark.parametrize(("bytes_", "command"), UP)
def test_upward(bytes_: str, command: mac.Upward) -> None:
    assert mac.pack(command).hex() == bytes_
    assert mac.read_up(bytes.fromhex(bytes_)) == ([command], b"")


def test_several_follow_each_other_and_the_rest_is_told() -> None:
    known, rest = mac.read_down(bytes.fromhex("06" + "0407" + "ff0102"))
    assert known == [mac.DevStatusReq(), mac.DutyCycleReq(7)]
    assert rest == bytes.fromhex("ff0102")


def test_one_that_is_cut_off_is_not_read() -> None:
    assert mac.read_down(bytes.fromhex("06" + "035107")) == (
        [mac.DevStatusReq()],
        bytes.fromhex("035107"),
    )


@given(st.binary(max_size=60))
def test_any_bytes_are_read_to_the_last_one_that_is_known(data: bytes) -> None:
    for read in (mac.read_down, mac.read_up):
        known, rest = read(data)
        packed = b"".join(mac.pack(command) for command in known)
        assert packed + rest == data


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit 4 bits"):
        mac.pack(mac.LinkADRReq(data_rate=16))
