"""Small counts are carried on: exact by the day, never small, the same for nobody and for few."""

from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.privacy.carrying import Carrying, Counted, Settled, Window, is_settled_after
from tests.gateway.privacy.windows import (
    BERLIN,
    DAY_NS,
    QUARTER_NS,
    SUMMER_NS,
    WINTER_NS,
    Counts,
    amounts,
    begins,
    by_day,
    settled,
    some_days,
    stream,
    truth,
)

K = 3
MIDNIGHT_NS = WINTER_NS + 10 * DAY_NS + 3600 * 10**9
"""Of a day in November; the first of its 96 windows begins there."""
QUANTITIES = ("count_in", "count_out", "blind_time")


def full_days(days: int) -> list[Counts]:
    """Nobody, so that what was left goes out."""
    return [Counts(0, 0)] * (96 * days)


def values(out: list[Settled], quantity: str = "count_in") -> dict[int, float]:
    """What went out, by the window with which it did."""
    return {at: one[quantity].value for at, one in enumerate(out) if quantity in one}


def test_what_is_closed_goes_out_when_the_next_closes() -> None:
    day = [Counts(n, 0) for n in (5, 0, 2, 1, 0, 4)]
    out = settled(stream(MIDNIGHT_NS, day))
    assert values(out) == {3: 5, 5: 3}
    one = out[5]["count_in"]
    assert (one.since[1], one.until[1]) == (MIDNIGHT_NS + QUARTER_NS, MIDNIGHT_NS + 4 * QUARTER_NS)
    assert (one.total, one.measured_ns) == (8, 3 * QUARTER_NS)


def test_at_the_end_of_the_day_all_that_is_left_goes_out_together() -> None:
    day = [Counts(5, 0)] + [Counts(0, 0)] * 94 + [Counts(2, 0)]
    out = settled(stream(MIDNIGHT_NS, [*day, *day]))
    assert values(out) == {95: 7, 191: 7}
    assert values(out, "count_out") == {95: 0, 191: 0}
    assert out[95]["count_in"].since[1] == MIDNIGHT_NS
    assert out[95]["count_in"].until[1] == MIDNIGHT_NS + DAY_NS


def test_a_last_window_that_closes_takes_the_one_before_along() -> None:
    day = [Counts(5, 0)] + [Counts(0, 0)] * 94 + [Counts(9, 0)]
    assert values(settled(stream(MIDNIGHT_NS, day))) == {95: 14}


def test_a_day_without_its_last_window_goes_out_with_the_next_and_not_with_its_counts() -> None:
    day = [Counts(1, 0)] * 95 + [None] + [Counts(4, 0)] + [Counts(0, 0)] * 95
    out = settled(stream(MIDNIGHT_NS, day))
    assert list(values(out).items())[-2:] == [(95, 5), (190, 4)]


def test_days_of_one_window_each_behind_a_day_without_an_end_wait_for_one_another() -> None:
    days = [Counts(7, 0), *[None] * 95, Counts(8, 0, steps=96), Counts(9, 0, steps=96)]
    out = settled(stream(MIDNIGHT_NS, [*days, Counts(0, 0)]))
    assert values(out) == {1: 7, 2: 8, 3: 9}


def test_a_null_adds_nothing_and_of_nulls_there_is_nothing() -> None:
    day = [Counts(None, 2)] * 96
    out = settled(stream(MIDNIGHT_NS, day))
    assert values(out) == {}
    assert sum(values(out, "count_out").values()) == 192
    some = settled(stream(MIDNIGHT_NS, [Counts(2, 0), Counts(None, 0), *full_days(1)[2:]]))
    assert values(some) == {95: 2}


def test_a_time_closes_with_a_count_that_lies_wholly_in_it() -> None:
    """That of a window with the last of three people would tell of that window alone."""
    day = [(0, 2, 1.0), (3, 0, 2.0), (0, 1, 4.0), (3, 0, 8.0), (3, 0, 16.0)]
    out = settled(stream(MIDNIGHT_NS, [Counts(*one) for one in day]))
    assert values(out) == {3: 3, 4: 3}
    assert values(out, "blind_time") == {3: 3.0, 4: 12.0}
    assert out[4]["blind_time"].measured_ns == 2 * QUARTER_NS


def test_without_counts_times_go_out_at_the_end_of_the_day() -> None:
    windows = [one._replace(counts={}) for one in stream(MIDNIGHT_NS, [Counts(9, 9, 1.5)] * 96)]
    assert values(settled(windows), "blind_time") == {95: 144.0}


def test_a_window_that_nobody_dated_is_of_another_day() -> None:
    undated = Window(("b", 0), ("b", 1), ("b", 0), ("b", 0), {"count_in": Counted(1)}, {})
    dated = undated._replace(day=("", 5), end_day=("", 5))
    assert values(settled([undated, undated, dated, dated])) == {2: 2}


@given(begins, some_days)
@settings(deadline=None, max_examples=150)
def test_the_sum_of_each_day_is_exact(begin_ns: int, days: list[Counts | None]) -> None:
    windows = stream(begin_ns, [*days, *full_days(2)])
    out = settled(windows)
    last = BERLIN.day(windows[-1].since[1])
    for quantity in QUANTITIES:
        told, true = by_day(amounts(out, quantity)), truth(windows, quantity)
        assert {day: n for day, n in told.items() if day < last} == {
            day: n for day, n in true.items() if day < last
        }


@given(begins, some_days, st.integers(2, 6))
@settings(deadline=None, max_examples=100)
def test_no_amount_is_small_but_that_of_a_whole_day(
    begin_ns: int, days: list[Counts | None], small_below: int
) -> None:
    windows = stream(begin_ns, days)
    for quantity in ("count_in", "count_out"):
        told, true = amounts(settled(windows, small_below), quantity), truth(windows, quantity)
        for one in told:
            day = BERLIN.day(one.since[1])
            assert one.value >= small_below or one.value == true[day]


@given(begins, some_days)
@settings(deadline=None, max_examples=100)
def test_each_time_is_of_as_many_people_as_are_not_small(
    begin_ns: int, days: list[Counts | None]
) -> None:
    windows = stream(begin_ns, days)
    for one in amounts(settled(windows), "blind_time"):
        inside = [w for w in windows if one.since[1] <= w.since[1] < one.until[1]]
        most = max(
            sum(w.counts[name].value or 0 for w in inside) for name in ("count_in", "count_out")
        )
        day = {w.day for w in inside}
        told = [w for w in windows if w.day in day and w.times["blind_time"].value is not None]
        whole = all(w in inside for w in told)
        assert most >= K or whole


@given(begins, some_days)
@settings(deadline=None, max_examples=100)
def test_spans_follow_each_other_and_are_of_one_day(
    begin_ns: int, days: list[Counts | None]
) -> None:
    windows = stream(begin_ns, days)
    out = settled(windows)
    for quantity in QUANTITIES:
        told = amounts(out, quantity)
        assert all(one.until[1] <= after.since[1] for one, after in pairwise(told))
        for one in told:
            inside = {w.day for w in windows if one.since[1] <= w.since[1] < one.until[1]}
            assert len(inside) == 1
    totals = [one.total or 0 for one in amounts(out, "count_in")]
    counted = amounts(out, "count_in")
    assert all(b - a >= one.value for (a, b), one in zip(pairwise(totals), counted[1:]))  # noqa: B905


@given(begins, some_days, st.data())
@settings(deadline=None, max_examples=150)
def test_nobody_and_few_look_the_same_until_their_amount_closes(
    begin_ns: int, days: list[Counts | None], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, max(0, len(days) - 1)))
    assume(days and days[at] is not None)
    few = data.draw(st.integers(1, K - 1))
    nobody, some = (
        stream(begin_ns, [*days[:at], days[at]._replace(count_in=n), *days[at + 1 :]])  # type: ignore[union-attr]
        for n in (0, few)
    )
    one, other = settled(nobody), settled(some)
    begins_ns = begin_ns + sum(1 if c is None else c.steps for c in days[:at]) * QUARTER_NS
    closes = _closing(some, begins_ns)
    hidden = [{**s, "count_in": s["count_in"]._replace(total=0)} if "count_in" in s else s
              for s in one[:closes]]  # fmt: skip
    seen = [{**s, "count_in": s["count_in"]._replace(total=0)} if "count_in" in s else s
            for s in other[:closes]]  # fmt: skip
    assert hidden == seen


def _closing(windows: list[Window], at_ns: int) -> int:
    """With which window the amount closes that the one at that time is in, or its day ends."""
    open_, day = 0.0, None
    for number, one in enumerate(windows):
        if one.day != day:
            if one.since[1] > at_ns:
                return number
            open_, day = 0.0, one.day
        open_ += one.counts["count_in"].value or 0
        if one.since[1] >= at_ns and (open_ >= K or one.ends_day):
            return number
        if open_ >= K:
            open_ = 0.0
    return len(windows)


@given(begins, some_days)
@settings(deadline=None, max_examples=100)
def test_behind_a_settled_window_one_may_begin_anew(
    begin_ns: int, days: list[Counts | None]
) -> None:
    check_beginnings(stream(begin_ns, days))


def test_nor_does_one_begin_behind_a_day_that_waits() -> None:
    days = [Counts(7, 0), *[None] * 95, Counts(8, 0, steps=96), Counts(9, 0, steps=96)]
    check_beginnings(stream(MIDNIGHT_NS, [*days, Counts(0, 0), Counts(5, 0)]))


def check_beginnings(windows: list[Window]) -> None:
    out = settled(windows)
    for at, (before, one) in enumerate(pairwise(windows)):
        if is_settled_after(before, one):
            assert settled(windows[at + 2 :]) == out[at + 2 :]


def test_days_are_those_of_local_clocks() -> None:
    """Of 23 hours when clocks are set forward, of 25 when they are set back."""
    for begin_ns, quarters in ((SUMMER_NS + DAY_NS + 3600 * 10**9, 92), (WINTER_NS + DAY_NS, 100)):
        out = settled(stream(begin_ns, [Counts(1, 0)] * 110))
        first = BERLIN.day(begin_ns)
        assert by_day(amounts(out, "count_in"))[first] == quarters


def test_a_machine_begins_with_nothing() -> None:
    assert Carrying(K).take(stream(MIDNIGHT_NS, [Counts(2, None)])[0]) == {}
