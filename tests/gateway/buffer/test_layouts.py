"""What a reading is stored as: its totals and its rank."""

import pytest

from drivers.quantities import Rank
from gateway.buffer.layouts import layout_of, with_totals
from gateway.buffer.rows import Layout


@pytest.mark.parametrize(
    ("names", "rank"),
    [
        (("temperature", "humidity"), Rank.GAUGE),
        (("temperature", "motion"), Rank.STATE),
        (("targets", "count_in"), Rank.COUNT),
        (("total_in",), Rank.COUNT),
        ((), Rank.GAUGE),
    ],
)
def test_the_highest_rank_that_is_in_it_counts(names: tuple[str, ...], rank: Rank) -> None:
    assert layout_of("hall", names, None) == Layout("hall", names, rank)


@pytest.mark.parametrize("own", Rank)
def test_a_rank_of_the_sensor_counts_more(own: Rank) -> None:
    assert layout_of("hall", ("temperature", "count_in"), own).rank is own


def test_totals_stand_behind_the_values_as_they_are_after_them() -> None:
    values = {"count_in": 2, "blind_time": 0.5, "count_out": 1.0}
    totals = {"total_in": 40}
    found = with_totals(values, totals)
    assert list(found.items()) == [*values.items(), ("total_in", 42), ("total_out", 1)]
    assert totals == {"total_in": 40}


def test_what_was_not_counted_has_no_total() -> None:
    assert with_totals({"count_in": None}, {"total_in": 40}) == {"count_in": None}
    values = {"temperature": 20.0}
    assert with_totals(values, {"total_in": 40}) is values


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_has_no_total(value: float) -> None:
    with pytest.raises(ValueError, match="not a number"):
        with_totals({"count_in": value}, {})
