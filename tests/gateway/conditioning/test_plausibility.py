"""Range, rate and standstill, each against its theory told in another way."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import ILLUMINANCE, PRESSURE, TEMPERATURE, WIND_DIRECTION, Quantity
from gateway.conditioning.plausibility import Range, Rate, Stuck
from gateway.conditioning.value import Judge, Value
from gateway.model import Flag

SECOND = 1_000_000_000
Course = Sequence[tuple[float, float]]
"""Seconds since the value before, and the value."""


def values(course: Course) -> list[Value]:
    found, at_ns = [], 5 * SECOND
    for seconds, value in course:
        at_ns += round(seconds * SECOND)
        found.append(Value(value, value, at_ns))
    return found


def flagged(judge: Judge, course: Course) -> list[bool]:
    return [judge.suspicion(value) is not None for value in values(course)]


COURSES = st.lists(
    st.tuples(
        st.sampled_from([1.0, 10.0, 59.0, 60.0, 61.0, 600.0, 4000.0]),
        st.sampled_from([20.0, 20.01, 20.02, 20.5, 21.0, 21.5, 25.0, 60.0]),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("limits", "value", "evidence"),
    [
        ((-10, 45), -10, None),
        ((-10, 45), 45, None),
        ((-10, 45), 45.01, "it says 45.01 Cel, plausible is -10 to 45.00 Cel"),
        ((-10, 45), -10.01, "it says -10.01 Cel, plausible is -10 to 45.00 Cel"),
        (None, 125, None),
        (None, -60.5, "it says -60.50 Cel, plausible is -60 to 125.00 Cel"),
        ((-100, 200), 130, "it says 130.00 Cel, plausible is -60 to 125.00 Cel"),
    ],
)
def test_range(limits: tuple[float, float] | None, value: float, evidence: str | None) -> None:
    found = Range(TEMPERATURE, limits).suspicion(Value(0.0, value, 1))
    assert (found and found.evidence) == evidence
    assert found is None or found.flag is Flag.RANGE


def test_the_range_is_that_of_the_corrected_value() -> None:
    assert Range(TEMPERATURE, (0, 30)).suspicion(Value(31.0, 29.0, 1)) is None


def test_a_spike_is_flagged_and_what_follows_is_not() -> None:
    course = [(10, 20.0), (10, 20.1), (10, 60.0), (10, 20.2), (10, 20.1)]
    assert flagged(Rate(TEMPERATURE, 1), course) == [False, False, True, False, False]


def test_a_step_that_stays_is_flagged_once() -> None:
    course = [(10, 20.0), *[(10.0, 60.0)] * 5, *[(10.0, 20.0)] * 5]
    found = flagged(Rate(TEMPERATURE, 1), course)
    assert [index for index, one in enumerate(found) if one] == [1, 6]


def test_values_that_jump_about_are_flagged_each() -> None:
    course = [(10.0, 20.0 + 10 * n * n) for n in range(6)]
    assert flagged(Rate(TEMPERATURE, 1), course) == [False, *[True] * 5]


def test_after_a_pause_more_change_is_plausible() -> None:
    assert flagged(Rate(TEMPERATURE, 1), [(1, 20.0), (600, 30.0)]) == [False, False]
    assert flagged(Rate(TEMPERATURE, 1), [(1, 20.0), (600, 30.1)]) == [False, True]
    assert flagged(Rate(TEMPERATURE, 1), [(1, 20.0), (1, 21.0)]) == [False, False]


def test_a_direction_changes_the_shorter_way_round() -> None:
    assert flagged(Rate(WIND_DIRECTION, 30), [(1, 350), (1, 10), (1, 340), (1, 100)]) == [
        *[False] * 3,
        True,
    ]


@given(COURSES, st.sampled_from([0.4, 1.0, 5.0]))
def test_rate_is_what_its_theory_says(course: Course, limit: float) -> None:
    """Each value against all that were plausible before, of which the last counts."""
    seen = values(course)
    plausible: list[int] = []
    for index, value in enumerate(seen):
        candidates = {*plausible[-1:], index - 1} - {-1}
        fits = [
            abs(value.raw - seen[one].raw)
            <= limit * max(60.0, (value.at_ns - seen[one].at_ns) / SECOND) / 60
            for one in candidates
        ]
        if not candidates or any(fits):
            plausible.append(index)
    expected = [index not in plausible for index in range(len(seen))]
    assert flagged(Rate(TEMPERATURE, limit), course) == expected


HOUR = 3600.0


def test_what_stands_still_is_flagged_until_it_moves() -> None:
    course = [*[(HOUR, 20.0)] * 9, (HOUR, 20.02), (HOUR, 20.02)]
    judge = Stuck(TEMPERATURE, 6 * HOUR)
    assert flagged(judge, course) == [*[False] * 6, *[True] * 3, False, False]


def test_noise_of_one_resolution_is_no_movement() -> None:
    course = [(HOUR, 20.0 + (n % 2) * 0.01) for n in range(9)]
    assert flagged(Stuck(TEMPERATURE, 6 * HOUR), course)[-1]
    course = [(HOUR, 98_000.0 + (n % 2) * 0.2) for n in range(9)]
    assert not flagged(Stuck(PRESSURE, 6 * HOUR), course)[-1]


def test_what_nobody_has_looked_at_is_no_evidence() -> None:
    course = [(HOUR, 20.0), (4 * HOUR, 20.0), (2 * HOUR, 20.0), (2 * HOUR, 20.0)]
    assert flagged(Stuck(TEMPERATURE, 6 * HOUR), course) == [False] * 4
    assert flagged(Stuck(TEMPERATURE, 6 * HOUR), [*course, (2 * HOUR, 20.0)])[-1]


def test_a_night_is_dark_without_a_limit_and_suspect_with_one() -> None:
    night = [(60.0, 0.0)] * 700
    assert not any(flagged(Range(ILLUMINANCE, None), night))
    found = Stuck(ILLUMINANCE, 6 * HOUR)
    assert [found.suspicion(value) for value in values(night)][-1] is not None


@given(COURSES)
def test_stuck_means_that_it_has_stood_still_while_it_was_watched(course: Course) -> None:
    after_s, quantity = 1200.0, TEMPERATURE
    seen = values(course)
    for index, found in enumerate(flagged(Stuck(quantity, after_s), course)):
        since = _watched_still_since(seen[: index + 1], quantity, after_s)
        still_s = (seen[index].at_ns - since.at_ns) / SECOND
        assert not found or still_s >= after_s
        same_s = _same_since_s(seen[: index + 1], after_s)
        assert found or same_s < after_s


def _watched_still_since(seen: Sequence[Value], quantity: Quantity, after_s: float) -> Value:
    """The earliest value from which on all are near the newest, and none is missing."""
    oldest = seen[-1]
    for earlier in reversed(seen[:-1]):
        far = abs(earlier.raw - seen[-1].raw) > 2.1 * quantity.resolution
        if far or oldest.at_ns - earlier.at_ns > after_s / 2 * SECOND:
            break
        oldest = earlier
    return oldest


def _same_since_s(seen: Sequence[Value], after_s: float) -> float:
    """For how long the very same value has stood, but for the time to the one before it."""
    same = [seen[-1]]
    for earlier in reversed(seen[:-1]):
        if earlier.raw != seen[-1].raw:
            break
        if same[-1].at_ns - earlier.at_ns > after_s / 2 * SECOND:
            break
        same.append(earlier)
    return (same[0].at_ns - same[-1].at_ns) / SECOND
