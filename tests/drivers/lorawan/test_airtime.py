"""Time on air against published tables and independent implementations."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lorawan.airtime import JOIN_REQUEST_BYTES, airtime_ns, symbol_time_ns, uplink_ns
from drivers.lorawan.eu868 import DATA_RATES, data_rate

LENGTHS = (12, 13, 17, 23, 24, 29, 33, 64, 128, 235)
REFERENCE_MS = (
    "1155.072 1155.072 1318.912 1482.752 1482.752 1646.592 1810.432 2793.472 4923.392 8364.032",
    "577.536 577.536 659.456 823.296 823.296 905.216 987.136 1560.576 2707.456 4673.536",
    "288.768 288.768 329.728 370.688 370.688 411.648 452.608 698.368 1230.848 2131.968",
    "144.384 164.864 164.864 205.824 205.824 226.304 246.784 390.144 676.864 1168.384",
    "82.432 82.432 92.672 113.152 113.152 123.392 133.632 215.552 379.392 655.872",
    "41.216 46.336 51.456 61.696 61.696 66.816 71.936 118.016 215.296 368.896",
    "20.608 23.168 25.728 30.848 30.848 33.408 35.968 59.008 107.648 184.448",
)
"""By the length of the frame (bytes), DR0 to DR6."""

OTHERS_MS = [  # of other calculators: frame (bytes), data rate, ms
    (14, 5, "46.336"),
    (16, 5, "51.456"),
    (25, 5, "61.696"),
    (14, 4, "82.432"),
    (15, 4, "92.672"),
    (25, 4, "113.152"),
    (14, 1, "659.456"),
    (25, 1, "823.296"),
    (14, 6, "23.168"),
    (16, 6, "25.728"),
    (25, 6, "30.848"),
    (13, 3, "164.864"),
    (10, 5, "41.216"),
    (10, 1, "577.536"),
]


@pytest.mark.parametrize("rate", range(7))
def test_the_reference_table(rate: int) -> None:
    told = [airtime_ns(length, rate) for length in LENGTHS]
    assert told == [_ns(ms) for ms in REFERENCE_MS[rate].split()]


@pytest.mark.parametrize(("length", "rate", "ms"), OTHERS_MS)
def test_other_calculators_agree(length: int, rate: int, ms: str) -> None:
    assert airtime_ns(length, rate) == _ns(ms)


@given(length=st.integers(0, 255), rate=st.integers(0, 6), crc=st.booleans())
def test_every_length_by_the_formula_as_it_is_published(length: int, rate: int, crc: bool) -> None:
    spreading, bandwidth, _, _ = data_rate(rate)
    assert spreading is not None
    symbol_s = Fraction(2**spreading, bandwidth)
    optimised = symbol_s > Fraction(16, 1000)
    groups = ceil(
        Fraction(8 * length - 4 * spreading + 28 + 16 * crc, 4 * (spreading - 2 * optimised))
    )
    symbols = 8 + Fraction(425, 100) + 8 + max(groups * 5, 0)
    assert airtime_ns(length, rate, crc=crc) == symbols * symbol_s * 10**9


def test_fsk_at_50_kbit_s() -> None:
    assert airtime_ns(24, 7) == (5 + 3 + 1 + 24 + 2) * 160_000


def test_an_uplink_is_thirteen_bytes_longer_than_its_payload() -> None:
    assert [uplink_ns(11, rate) for rate in range(8)] == [airtime_ns(24, rate) for rate in range(8)]
    assert airtime_ns(JOIN_REQUEST_BYTES, 0) == _ns("1482.752")


@pytest.mark.parametrize(("length", "rate"), [(-1, 0), (256, 0), (12, -1), (12, 8)])
def test_no_such_frame(length: int, rate: int) -> None:
    with pytest.raises(ValueError, match="not"):
        airtime_ns(length, rate)


def test_fsk_has_no_symbols() -> None:
    with pytest.raises(ValueError, match="FSK"):
        symbol_time_ns(DATA_RATES[7])


def _ns(ms: str) -> int:
    return int(Fraction(ms) * 10**6)
