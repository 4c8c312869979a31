"""Quiet hours: one window from begin to end, also where clocks are changed meanwhile."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.civil import CivilTime
from gateway.config import QuietHours
from gateway.sampling.grid import Grid
from gateway.sampling.intervals import Intervals
from gateway.sampling.quiet import Quiet
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000
HOUR_S = 3600
BERLIN = CivilTime("Europe/Berlin")
NIGHT = [QuietHours(begin="20:00", end="06:00")]


def ns(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * SECOND


def windows(begin: str, hours: float, quiet: Sequence[QuietHours]) -> list[str]:
    """Where windows of 15 min end in so many hours, in local time."""
    clock = SimulatedClock(utc_at_boot_ns=ns(begin) - HOUR_S * SECOND)
    clock.sleep(HOUR_S - 1)
    grid = Grid(Quiet(quiet, BERLIN))
    grid.offset_ns = clock.utc_at_boot_ns or 0
    ends = Intervals(900, True, clock, grid, windows=True)
    ends.resume(ends.begin(clock.now_ns()))
    until_ns, told = clock.now_ns() + round(hours * 3600 * SECOND), []
    while ends.due_ns <= until_ns:
        at_ns = ends.end(ends.due_ns, ends.due_ns + 50_000_000)
        utc = datetime.fromtimestamp((at_ns + grid.offset_ns) / SECOND, UTC)
        told.append(utc.astimezone(BERLIN._zone).strftime("%d. %H:%M"))
    return told


def test_a_night_is_one_window() -> None:
    ends = windows("2026-11-23T19:10+01:00", 11.5, NIGHT)
    assert ends == [
        "23. 19:15",
        "23. 19:30",
        "23. 19:45",
        "23. 20:00",
        "24. 06:00",
        "24. 06:15",
        "24. 06:30",
    ]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 9), ("2026-10-24", 11)])
def test_a_night_in_which_clocks_are_changed_is_as_long_as_it_is(day: str, hours: int) -> None:
    offset = "+01:00" if hours == 9 else "+02:00"
    ends = windows(f"{day}T19:50{offset}", hours + 0.4, NIGHT)
    assert [end[4:] for end in ends] == ["20:00", "06:00"] + ["06:15"] * (len(ends) - 2)


def test_who_starts_at_night_begins_with_the_window_that_lasts() -> None:
    assert windows("2026-11-24T02:20+01:00", 4, NIGHT) == ["24. 06:00", "24. 06:15"]


def test_hours_that_touch_are_one() -> None:
    quiet = [QuietHours(begin="12:00", end="13:00"), QuietHours(begin="13:00", end="14:00")]
    ends = windows("2026-11-24T11:50+01:00", 2.4, quiet)
    assert ends == ["24. 12:00", "24. 13:00", "24. 14:00"]


def test_without_utc_there_are_no_quiet_hours() -> None:
    grid = Grid(Quiet(NIGHT, BERLIN))
    assert grid.out_of_quiet(123) == 123


@given(
    st.integers(ns("2024-01-01T00:00+00:00") // SECOND, ns("2030-01-01T00:00+00:00") // SECOND),
    st.integers(0, 95),
    st.integers(0, 95),
)
def test_nothing_ends_within_them_and_everything_outside_does(
    utc_s: int, begin: int, length: int
) -> None:
    start, end = (f"{n // 4 % 24:02}:{n % 4 * 15:02}" for n in (begin, begin + 1 + length % 95))
    if start == end:
        return
    quiet = Quiet([QuietHours(begin=start, end=end)], BERLIN)
    first = utc_s - utc_s % 900
    moments = [first + 900 * n for n in range(200)]
    ends = sorted({quiet(at * SECOND) // SECOND for at in moments})
    inside = [at for at in moments if quiet(at * SECOND) != at * SECOND]
    assert not set(ends) & set(inside)
    assert all(quiet(at * SECOND) == at * SECOND for at in ends)
    for a, b in pairwise(ends):
        assert b - a == 900 or any(a < at < b for at in inside)
    assert len(ends) >= 2
