"""Cumulative counters of a driver to interval amounts."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import BLIND_TIME, COUNT_IN, COUNT_OUT, MOTION
from gateway.sampling.counters import Counters

CHANNELS = (COUNT_IN, COUNT_OUT, BLIND_TIME, MOTION)


def test_a_reading_carries_its_own_amount() -> None:
    counters = Counters(CHANNELS)
    first = {"count_in": 4, "count_out": 3, "blind_time": 1.5, "motion": 1}
    assert counters.values(first) == first
    counters.carried(first)
    assert counters.values({"count_in": 6, "count_out": 3, "blind_time": 2.0, "motion": 0}) == {
        "count_in": 2,
        "count_out": 0,
        "blind_time": 0.5,
        "motion": 0,
    }


def test_only_counters_have_amounts_and_asking_for_them_carries_nothing() -> None:
    counters = Counters(CHANNELS)
    sample = {"count_in": 4, "count_out": None, "motion": 1}
    assert counters.amounts(sample) == counters.amounts(sample) == {"count_in": 4}


def test_what_was_not_stored_is_carried_by_the_next_reading() -> None:
    counters = Counters([COUNT_IN])
    counters.values({"count_in": 2})
    assert counters.values({"count_in": 5})["count_in"] == 5


def test_a_bad_counter_stays_bad_and_changes_nothing() -> None:
    counters = Counters([COUNT_IN])
    counters.carried({"count_in": 2})
    assert counters.values({"count_in": None}) == {"count_in": None}
    counters.carried({"count_in": None})
    assert counters.values({"count_in": 3}) == {"count_in": 1}


def test_a_sensor_that_does_not_count_is_left_alone() -> None:
    counters = Counters([MOTION])
    assert not counters
    assert counters.values({"motion": 1}) == {"motion": 1}


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=50))
def test_amounts_add_up_to_the_truth_however_many_readings_are_lost(
    steps: list[tuple[int, bool]],
) -> None:
    counters = Counters([COUNT_IN])
    truth = carried = 0
    for people, stored in [*steps, (0, True)]:
        truth += people
        sample = {"count_in": truth}
        values = counters.values(sample)
        if stored:
            counters.carried(sample)
            carried += int(values["count_in"] or 0)
    assert carried == truth
