"""What the log says of windows that somebody has counted."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Gap, Instant, Quality, Reason, StoredGap, StoredReading
from gateway.reference_count import Found, Passages, Problem, Window, found, neighbours, split

S = 10**9
LENGTH = 900 * S
TEN = 1_795_168_800 * S
"""2026-11-20T10:00:00Z."""
FIRST, SECOND = split(Window(TEN, TEN + 2 * LENGTH), LENGTH)


def instant(utc_ns: int | None, quality: Quality = Quality.SYNCED) -> Instant:
    return Instant("b00t", (utc_ns or TEN) - TEN + 10**15, utc_ns, quality)


def reading(
    begin_ns: int | None, end_ns: int | None, values: str = "3,2,0.0", **more: Any
) -> StoredReading:
    quality = more.get("quality", Quality.SYNCED)
    names = ("count_in", "count_out", "blind_time")
    since, at = instant(begin_ns, quality), instant(end_ns, quality)
    sensor = more.get("sensor", "door")
    return StoredReading(1, 5, 5, more.get("merged", 1), sensor, names, values, since, at)


def gap(reason: Reason, begin_ns: int | None, end_ns: int, sensor: str = "door") -> StoredGap:
    until = ("b00t", 0)
    since = None if begin_ns is None else instant(begin_ns)
    return StoredGap(1, 6, Gap(reason, sensor, None, 0, None, until), since, instant(end_ns))


def judged(*entries: StoredReading | StoredGap) -> Found:
    return found([FIRST, SECOND], entries, "door")


WHOLE = [reading(*FIRST), reading(*SECOND, "4,1,0.0")]


def test_each_window_has_the_counts_of_its_reading() -> None:
    told = judged(reading(*FIRST, "9,9,0.0", sensor="gate"), *WHOLE)
    assert told == Found({FIRST: Passages(3, 2), SECOND: Passages(4, 1)}, [])
    assert told.missing == []


@given(st.integers(-LENGTH, LENGTH), st.integers(-LENGTH, LENGTH))
def test_only_a_reading_of_exactly_this_time_counts(begin: int, end: int) -> None:
    off = reading(FIRST.begin_ns + begin, FIRST.end_ns + end)
    exact = abs(begin) <= S and abs(end) <= S
    assert (FIRST in judged(off).counts) == exact
    assert bool([one for one in judged(off, WHOLE[1]).missing if one[0] == FIRST]) != exact


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (reading(FIRST.begin_ns, FIRST.end_ns + 20 * S), Problem.OTHER_SPAN),
        (reading(FIRST.begin_ns, SECOND.end_ns, merged=2), Problem.OTHER_SPAN),
        (reading(None, None, quality=Quality.UNKNOWN), Problem.UNDATED),
        (reading(*FIRST, "null,2,0.0"), Problem.BAD),
        (reading(TEN - LENGTH, TEN), Problem.ABSENT),
    ],
)
def test_a_window_without_counts_is_missing_and_it_is_said_why(
    entry: StoredReading, problem: Problem
) -> None:
    told = judged(entry)
    assert FIRST not in told.counts
    assert told.missing[0] == (FIRST, problem)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (reading(*FIRST, quality=Quality.ESTIMATED), Problem.ESTIMATED),
        (reading(*FIRST, "3,2,5.0"), "the sensor could see for 99.4 % of it only"),
        (reading(*FIRST, "3,2,0.1"), "the sensor could see for 99.9 % of it only"),
        (reading(*FIRST, "3,2,9000.0"), "the sensor could see for 0.0 % of it only"),
        (reading(*FIRST, "3,2,null"), "the sensor does not say how long it could not see"),
    ],
)
def test_what_is_doubtful_is_said_and_counts(entry: StoredReading, words: str) -> None:
    told = judged(entry, WHOLE[1])
    assert told.problems == [(FIRST, words)]
    assert told.counts[FIRST] == Passages(3, 2)
    assert told.missing == []


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (gap(Reason.NOT_MEASURED, TEN + 60 * S, TEN + 90 * S), True),
        (gap(Reason.UNCLEAN_STOP, TEN + 60 * S, TEN + 90 * S, ""), True),
        (gap(Reason.STORE_DAMAGED, None, TEN + 90 * S, ""), True),
        (gap(Reason.NOT_MEASURED, TEN + 60 * S, TEN + 90 * S, "gate"), False),
        (gap(Reason.REFUSED, TEN + 60 * S, TEN + 90 * S, ""), False),
        (gap(Reason.THINNED, TEN + 60 * S, TEN + 90 * S, ""), False),
        (gap(Reason.NOT_MEASURED, TEN - LENGTH, TEN), False),
    ],
)
def test_a_gap_in_a_window_is_said(one: StoredGap, said: bool) -> None:
    told = judged(*WHOLE, one)
    assert told.problems == ([(FIRST, Problem.GAP)] if said else [])
    assert told.missing == []


@given(st.integers(0, 4 * 10**18), st.integers(1, 86_400).map(lambda s: s * S))
def test_the_nearest_boundaries_are_around_it(utc_ns: int, length: int) -> None:
    before, after = neighbours(utc_ns, length)
    assert before <= utc_ns < after == before + length
    assert before % length == 0


@given(st.integers(1, 50), st.integers(1, 86_400).map(lambda s: s * S))
def test_windows_follow_each_other(number: int, length: int) -> None:
    told = split(Window(0, number * length), length)
    assert len(told) == number
    assert [one.begin_ns for one in told] == [0, *(one.end_ns for one in told[:-1])]
    assert told[-1].end_ns == number * length
