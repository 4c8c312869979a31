"""The band plan."""

import pytest

from drivers.lorawan import eu868
from drivers.lorawan.airtime import uplink_ns


def test_payloads() -> None:
    assert [rate.max_payload for rate in eu868.DATA_RATES] == [51, 51, 51, 115, 222, 222, 222, 222]


def test_the_default_channels_share_one_sub_band_of_one_percent() -> None:
    bands = {eu868.sub_band(channel) for channel in eu868.DEFAULT_CHANNELS_HZ}
    assert [band.duty_permille for band in bands] == [10]
    assert eu868.sub_band(eu868.RX2_HZ).duty_permille == 100


@pytest.mark.parametrize(
    ("frequency_hz", "permille"),
    [
        (863_000_000, 1),
        (864_999_999, 1),
        (867_999_999, 10),
        (868_000_000, 10),
        (868_700_000, 1),
        (869_649_999, 100),
        (869_700_000, 10),
    ],
)
def test_duty_cycles(frequency_hz: int, permille: int) -> None:
    assert eu868.sub_band(frequency_hz).duty_permille == permille


@pytest.mark.parametrize(
    "frequency_hz", [862_999_999, 868_600_000, 869_200_000, 869_650_000, 870_000_000]
)
def test_between_the_sub_bands_nothing_may_be_sent(frequency_hz: int) -> None:
    with pytest.raises(ValueError, match="no sub-band"):
        eu868.sub_band(frequency_hz)


def test_off_time() -> None:
    band = eu868.sub_band(868_100_000)
    assert band.off_ns(uplink_ns(11, 0)) == 1_482_752_000 * 99  # 146.8 s


@pytest.mark.parametrize("number", [-1, 8])
def test_no_such_data_rate(number: int) -> None:
    with pytest.raises(ValueError, match="0 to 7"):
        eu868.data_rate(number)
