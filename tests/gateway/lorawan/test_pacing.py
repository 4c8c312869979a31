"""How large frames are, and how long rows."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lorawan.airtime import uplink_ns
from gateway.lorawan import pacing

LONGEST = (51, 51, 51, 115, 222, 222)


class Earning:
    """A day's budget at an even rate."""

    def __init__(self, budget_s: float) -> None:
        self._rate = budget_s / pacing.DAY_S

    def spacing_s(self, payload_bytes: int, data_rate: int) -> float:
        return uplink_ns(payload_bytes, data_rate) / 1e9 / self._rate


@given(st.integers(0, 5), st.integers(1, 51), st.floats(1, 300), st.sampled_from([900, 3600]))
def test_the_largest_frame_that_is_earned_in_a_row(
    data_rate: int, news: int, budget_s: float, interval_s: int
) -> None:
    earning, most = Earning(budget_s), LONGEST[data_rate]
    size = pacing.room(earning, news, interval_s, most, data_rate)
    assert news <= size <= most
    if earning.spacing_s(news, data_rate) > interval_s:
        assert size == most
    else:
        assert earning.spacing_s(size, data_rate) <= interval_s
        assert size == most or earning.spacing_s(size + 1, data_rate) > interval_s


@pytest.mark.parametrize(
    ("data_rate", "expected"), [(5, 900), (4, 900), (3, 900), (2, 1800), (1, 3600), (0, 7200)]
)
def test_rows_become_longer_when_the_network_lowers_the_data_rate(
    data_rate: int, expected: int
) -> None:
    """With 30 s a day, 8 bytes a row, each told twice."""
    length_s = pacing.interval_s(Earning(30), 900, 8, LONGEST[data_rate], data_rate, 2)
    assert length_s == expected


@pytest.mark.parametrize(
    ("row_bytes", "known_s", "expected"),
    [(18, 0, 8_640), (13, 0, 7_200), (13, 8_640, 8_640), (4, 8_640, 7_200)],
)
def test_rows_become_shorter_again_only_where_that_is_worth_it(
    row_bytes: float, known_s: int, expected: int
) -> None:
    """At DR0: else they would change with each frame that is learnt of."""
    assert pacing.interval_s(Earning(30), 720, row_bytes, 51, 0, 2, known_s) == expected


@given(st.integers(0, 5), st.floats(1, 600), st.floats(4, 60), st.integers(1, 4))
def test_a_row_and_its_repeats_are_earned_in_its_interval(
    data_rate: int, budget_s: float, row_bytes: float, repeats: int
) -> None:
    earning, most = Earning(budget_s), LONGEST[data_rate]
    length_s = pacing.interval_s(earning, 900, row_bytes, most, data_rate, repeats)
    assert pacing.DAY_S % length_s == 0
    assert length_s % 900 == 0
    told = repeats * row_bytes
    frames = max(1.0, told / (most - pacing.HEAD))
    size = min(most, pacing.HEAD + math.ceil(told))
    airtime_s = pacing.DAY_S / length_s * frames * uplink_ns(size, data_rate) / 1e9
    assert length_s == pacing.DAY_S or airtime_s <= budget_s * 1.0001
