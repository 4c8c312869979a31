"""What a count by hand says of a counter."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reference_count import FEW, Tally, tally, wilson

PEOPLE = st.integers(0, 10_000)
WINDOWS = st.lists(st.tuples(PEOPLE, PEOPLE), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_that_of_the_literature(
    right: int, n: int, low: float, high: float
) -> None:
    """Newcombe 1998, Statistics in Medicine 17, 857, table I, method 3."""
    assert wilson(right, n) == pytest.approx((low, high), abs=5e-5)
    mirrored = wilson(n - right, n)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=5e-5)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_itself_is_in_the_interval_and_more_people_make_it_narrower(
    case: tuple[int, int],
) -> None:
    right, n = case
    low, high = wilson(right, n)
    assert 0 <= low <= right / n <= high <= 1
    assert low < high
    more_low, more_high = wilson(4 * right, 4 * n)
    assert more_high - more_low < high - low


@pytest.mark.parametrize("n", [40, 100, 300])
@pytest.mark.parametrize("p", [0.8, 0.9, 0.95, 0.97])
def test_of_100_intervals_about_95_hold_the_truth(n: int, p: float) -> None:
    """Exactly, over all outcomes of a binomial distribution."""
    share = sum(
        comb(n, right) * p**right * (1 - p) ** (n - right)
        for right in range(n + 1)
        if wilson(right, n)[0] <= p <= wilson(right, n)[1]
    )
    assert 0.92 < share < 0.985


def test_errors_of_windows_do_not_make_up_for_each_other() -> None:
    told = tally([(10, 12), (20, 17)])
    assert told == Tally(30, 29, 5)
    assert told.error == pytest.approx(-1 / 30)
    assert told.accuracy == pytest.approx(25 / 30)
    assert told.interval == wilson(25, 30)


@given(WINDOWS)
def test_sums_alone_never_find_more_errors_than_the_windows(windows: list[tuple[int, int]]) -> None:
    each = tally(windows)
    total = tally([(sum(r for r, _ in windows), sum(n for _, n in windows))])
    assert (each.reference, each.counted) == (total.reference, total.counted)
    assert abs(total.counted - total.reference) == total.errors <= each.errors
    if each.accuracy is not None and total.accuracy is not None:
        assert 0 <= each.accuracy <= total.accuracy <= 1


@given(WINDOWS, WINDOWS)
def test_both_directions_together_hide_no_error(
    inward: list[tuple[int, int]], outward: list[tuple[int, int]]
) -> None:
    assert tally(inward) + tally(outward) == tally([*inward, *outward])


def test_more_errors_than_people_is_an_accuracy_of_zero() -> None:
    told = tally([(10, 40)])
    assert told.accuracy == 0
    assert told.interval == pytest.approx((0, 0.2775), abs=1e-4)


def test_where_nobody_passed_no_accuracy_is_told() -> None:
    told = tally([(0, 3)])
    assert (told.error, told.accuracy, told.interval) == (None, None, None)


def test_a_tally_that_contradicts_itself_is_none() -> None:
    with pytest.raises(ValueError, match="fewer errors"):
        Tally(10, 13, 2)


def test_few_are_so_few_that_seven_of_a_hundred_may_be_missed() -> None:
    low, _ = wilson(FEW, FEW)
    assert 0.92 < low < 0.93
