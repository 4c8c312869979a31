"""Cumulative counters of a driver to interval amounts and running totals."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import BLIND_TIME, COUNT_IN, COUNT_OUT, MOTION
from gateway.counters import Counters

CHANNELS = (COUNT_IN, COUNT_OUT, BLIND_TIME, MOTION)


def test_a_reading_carries_its_own_amount_and_the_total() -> None:
    counters = Counters(CHANNELS, {"total_in": 100, "total_out": 50})
    first = {"count_in": 4, "count_out": 3, "blind_time": 1.5, "motion": 1}
    values = counters.values(first)
    assert values == {**first, "total_in": 104, "total_out": 53}
    counters.carried(first, values)
    assert counters.values({"count_in": 6, "count_out": 3, "blind_time": 2.0, "motion": 0}) == {
        "count_in": 2,
        "count_out": 0,
        "blind_time": 0.5,
        "motion": 0,
        "total_in": 106,
        "total_out": 53,
    }


def test_what_was_not_stored_is_carried_by_the_next_reading() -> None:
    counters = Counters([COUNT_IN], {})
    counters.values({"count_in": 2})
    assert counters.values({"count_in": 5})["count_in"] == 5


def test_a_bad_counter_stays_bad_and_changes_nothing() -> None:
    counters = Counters([COUNT_IN], {"total_in": 7})
    values = counters.values({"count_in": None})
    assert values == {"count_in": None}
    counters.carried({"count_in": None}, values)
    assert counters.values({"count_in": 1})["total_in"] == 8


def test_a_sensor_that_does_not_count_is_left_alone() -> None:
    counters = Counters([MOTION], {})
    assert not counters
    assert counters.values({"motion": 1}) == {"motion": 1}


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=50))
def test_amounts_add_up_to_the_total_however_many_readings_are_lost(
    steps: list[tuple[int, bool]],
) -> None:
    counters = Counters([COUNT_IN], {"total_in": 1000})
    truth = carried = 0
    for people, stored in [*steps, (0, True)]:
        truth += people
        sample = {"count_in": truth}
        values = counters.values(sample)
        if stored:
            counters.carried(sample, values)
            carried += int(values["count_in"] or 0)
            assert values["total_in"] == 1000 + carried
    assert carried == truth
