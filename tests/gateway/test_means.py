"""Means by the rule of their quantity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import Mean
from gateway.means import mean


def test_north_is_between_north_west_and_north_east() -> None:
    assert mean(Mean.CIRCULAR, [350, 20], [1, 1]) == pytest.approx(5)
    assert mean(Mean.CIRCULAR, [350, 350, 20], [1, 1, 2]) == pytest.approx(5)


def test_directions_that_cancel_out_have_no_mean() -> None:
    assert mean(Mean.CIRCULAR, [0, 120, 240], [1, 1, 1]) is None


def test_a_level_averages_by_its_energy() -> None:
    assert mean(Mean.ENERGETIC, [60, 70], [1, 1]) == pytest.approx(67.404, abs=0.001)


def test_no_level_overflows() -> None:
    assert mean(Mean.ENERGETIC, [10_000, 0], [1, 1]) == pytest.approx(10_000 - 3.0103)


def test_what_spans_decades_averages_by_its_logarithm() -> None:
    assert mean(Mean.GEOMETRIC, [1_000, 100_000], [1, 1]) == pytest.approx(10_000)
    assert mean(Mean.GEOMETRIC, [0, 100], [1, 1]) == 0


@given(
    st.sampled_from(Mean),
    st.floats(1, 359).map(lambda value: round(value, 3)),
    st.lists(st.floats(0.1, 100), min_size=1, max_size=20),
)
def test_the_mean_of_one_value_is_that_value(
    kind: Mean, value: float, weights: list[float]
) -> None:
    assert mean(kind, [value] * len(weights), weights) == pytest.approx(value)


@given(
    st.sampled_from([Mean.ARITHMETIC, Mean.ENERGETIC, Mean.GEOMETRIC]),
    st.lists(st.floats(1, 100), min_size=2, max_size=20),
)
def test_means_of_parts_make_the_mean_of_all(kind: Mean, values: list[float]) -> None:
    """Not of directions: how long their mean was is not kept."""
    left, right = values[:1], values[1:]
    parts = [mean(kind, part, [1] * len(part)) or 0 for part in (left, right)]
    whole = mean(kind, values, [1] * len(values))
    assert mean(kind, parts, [len(left), len(right)]) == pytest.approx(whole)
