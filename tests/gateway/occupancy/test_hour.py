"""The hour at which nobody is there: which one was the last, and what the totals were then."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.civil import CivilTime
from gateway.model import Moment
from gateway.occupancy.balance import Counted
from gateway.occupancy.hour import Hour, Present, Seen, totals_at

SECOND = 1_000_000_000
HOUR_S = 3600
BERLIN = CivilTime("Europe/Berlin")
NOON = 1_795_176_000
"""2026-11-20T12:00:00Z."""
THREE = NOON - 10 * HOUR_S
"""03:00 in Germany of that day."""
IN_TIME_NS = 1350 * SECOND

FEW, MORE = {"door": Counted(10, 9)}, {"door": Counted(13, 9)}


@given(
    st.integers(1704067200, 1924991999),
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo"]),
)
def test_no_hour_lies_between_the_last_one_and_now(now_s: int, clock: time, zone: str) -> None:
    civil = CivilTime(zone)
    found = Hour(civil, clock).last(now_s * SECOND)
    assert found <= now_s * SECOND < civil.next_at(clock, found)


def test_an_hour_is_its_own_last_one() -> None:
    hour = Hour(BERLIN, time(3))
    assert hour.last(THREE * SECOND) == THREE * SECOND
    assert hour.last(THREE * SECOND - 1) == (THREE - 24 * HOUR_S) * SECOND
    assert hour.day(THREE * SECOND) == BERLIN.day(NOON * SECOND)


def told(
    now_s: int,
    totals: dict[str, Counted],
    seen: Seen | None,
    started_s: int = -100 * HOUR_S,
    utc_at_boot: int = THREE - HOUR_S,
) -> object:
    """At so many seconds after the hour; this boot began an hour before it."""
    up_ns = (THREE - utc_at_boot + now_s) * SECOND
    now = Present(("b2", up_ns), (THREE + now_s) * SECOND, totals)
    earlier = {"b1": THREE - 9 * HOUR_S}

    def utc_of(moment: Moment) -> int | None:
        begun = earlier.get(moment[0])
        return None if begun is None else begun * SECOND + moment[1]

    started_ns = (THREE - utc_at_boot + started_s) * SECOND
    return totals_at(THREE * SECOND, now, seen, started_ns, IN_TIME_NS, utc_of)


def at(seconds: int) -> tuple[Moment, ...]:
    """After the hour, in this boot."""
    return (("b2", (HOUR_S + seconds) * SECOND),)


def test_a_reading_in_time_closes_the_day_by_itself() -> None:
    assert told(0, MORE, None) == MORE
    assert told(1349, MORE, Seen(FEW, at(-900))) == MORE


def test_a_late_one_does_if_nobody_was_counted_since() -> None:
    assert told(5 * HOUR_S, FEW, Seen(FEW, at(-900))) == FEW
    assert told(5 * HOUR_S, MORE, Seen(FEW, at(-900))) is None
    assert told(5 * HOUR_S, MORE, None) is None


def test_what_was_counted_after_a_start_that_came_after_the_hour_is_later_than_it() -> None:
    before = Seen(FEW, (("b1", 5 * HOUR_S * SECOND),))
    assert told(5 * HOUR_S, MORE, before, started_s=4 * HOUR_S) == FEW
    assert told(5 * HOUR_S, MORE, before, started_s=-1) is None
    same_boot = Seen(FEW, at(-900))
    assert told(5 * HOUR_S, MORE, same_boot, started_s=4 * HOUR_S) == FEW


def test_what_was_counted_before_a_start_may_be_later_than_the_hour() -> None:
    for seen in (Seen(FEW, at(60)), Seen(FEW, (("b1", 10 * HOUR_S * SECOND),))):
        assert told(5 * HOUR_S, MORE, seen, started_s=4 * HOUR_S) is None
    one_too_late = Seen(FEW, (*at(-900), *at(60)))
    assert told(5 * HOUR_S, MORE, one_too_late, started_s=4 * HOUR_S) is None


def test_what_nobody_can_date_may_be_later_than_the_hour() -> None:
    seen = Seen(FEW, (("b0", 5 * SECOND),))
    assert told(5 * HOUR_S, MORE, seen, started_s=4 * HOUR_S) is None


def test_doors_that_were_never_read_tell_nothing_of_the_hour() -> None:
    assert told(5 * HOUR_S, MORE, Seen(FEW, ()), started_s=4 * HOUR_S) is None


@pytest.mark.parametrize("totals", [FEW, MORE])
def test_an_hour_that_the_clock_was_set_past_never_was(totals: dict[str, Counted]) -> None:
    """From noon to the next noon in a moment: by the time since boot the hour is before `seen`."""
    seen = Seen(FEW, (("b2", 8 * HOUR_S * SECOND),))
    now = Present(("b2", 8 * HOUR_S * SECOND + 900 * SECOND), (NOON + 900) * SECOND, totals)
    assert totals_at(THREE * SECOND, now, seen, 0, IN_TIME_NS, lambda _: None) is None
