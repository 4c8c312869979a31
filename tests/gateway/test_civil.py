"""Local civil time: days and hours over changes of the clocks, in Germany and where it is odd."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.civil import CivilTime

BERLIN = CivilTime("Europe/Berlin")
ODD = (
    "Europe/Berlin",
    "Europe/Dublin",  # winter time is the exception there
    "Asia/Kathmandu",  # +05:45
    "Pacific/Chatham",  # +12:45, +13:45
    "Australia/Lord_Howe",  # half an hour of summer time
    "America/St_Johns",  # -03:30
    "Africa/Cairo",  # the change is at midnight
    "Africa/Casablanca",  # set back for Ramadan
    "America/Nuuk",  # the change is in the evening before
    "Pacific/Kiritimati",  # +14:00
)
HOUR = timedelta(hours=1)


def ns(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) * 10**9


def utc(ns_: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ns_ // 1000)


def moment(text: str) -> int:
    return ns(datetime.fromisoformat(text))


_BEGIN, _END = moment("2024-01-01T00:00:00Z"), moment("2030-12-31T00:00:00Z")
MOMENTS = st.integers(_BEGIN // 10**9, _END // 10**9).map(lambda second: utc(second * 10**9))


def last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def berlin_offset(at: datetime) -> timedelta:
    """By the directive 2000/84/EC, not by a data base."""
    summer = last_sunday(at.year, 3) <= at < last_sunday(at.year, 10)
    return 2 * HOUR if summer else HOUR


def test_every_day_of_seven_years_in_germany_has_each_time_of_day_once() -> None:
    for clock in (time(0, 0), time(2, 0), time(2, 30), time(3, 0), time(12, 0), time(23, 59)):
        at = moment("2023-12-31T23:59:00+01:00")
        for day in range(date(2024, 1, 1).toordinal(), date(2031, 1, 1).toordinal()):
            at = BERLIN.next_at(clock, at)
            assert BERLIN.day(at) == day
            shown = utc(at) + berlin_offset(utc(at))
            jumped = shown.date() == last_sunday(shown.year, 3).date() and clock.hour == 2
            assert shown.time() == (time(3, 0) if jumped else clock)
            if shown.date() == last_sunday(shown.year, 10).date() and clock.hour == 2:
                assert berlin_offset(utc(at)) == 2 * HOUR, "the first of the two"


@given(
    MOMENTS,
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    st.sampled_from(ODD),
)
def test_it_is_the_next_moment_at_which_clocks_show_it(
    now: datetime, clock: time, name: str
) -> None:
    zone, civil = ZoneInfo(name), CivilTime(name)
    found = utc(civil.next_at(clock, ns(now)))
    begin = now.replace(second=0, microsecond=0)
    assert begin < found <= now + 26 * HOUR
    shown, before = found.astimezone(zone), (found - timedelta(seconds=1)).astimezone(zone)
    if shown.time() != clock:
        wanted = datetime.combine(shown.date(), clock)
        assert before.replace(tzinfo=None) < wanted < shown.replace(tzinfo=None), "jumped over"
    minutes = range(1, (found - begin) // timedelta(minutes=1))
    between = [(begin + timedelta(minutes=one)).astimezone(zone) for one in minutes]
    assert not [one for one in between if one.time() == clock and not one.fold]


@given(
    MOMENTS,
    st.sampled_from(ODD),
)
def test_a_day_ends_where_the_local_date_changes(now: datetime, name: str) -> None:
    civil = CivilTime(name)
    assert civil.day(ns(now)) == now.astimezone(ZoneInfo(name)).date().toordinal()
    midnight = civil.next_at(time(0, 0), ns(now))
    assert civil.day(midnight) in (civil.day(ns(now)), civil.day(ns(now)) + 1)
    assert civil.day(midnight - 1) <= civil.day(midnight)


@pytest.mark.parametrize(
    ("clock", "after", "found"),
    [
        ("03:00", "2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00"),
        ("02:30", "2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00"),  # does not exist
        ("02:30", "2026-10-24T12:00:00+02:00", "2026-10-25T02:30:00+02:00"),  # the first of two
        ("02:30", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"),  # not the second
        ("02:30", "2026-10-25T02:29:59+02:00", "2026-10-25T02:30:00+02:00"),
        ("03:00", "2026-10-25T02:30:00+01:00", "2026-10-25T03:00:00+01:00"),
        ("03:00", "2026-11-20T03:00:00+01:00", "2026-11-21T03:00:00+01:00"),  # strictly after
    ],
)
def test_the_changes_of_2026_in_germany(clock: str, after: str, found: str) -> None:
    assert BERLIN.next_at(time.fromisoformat(clock), moment(after)) == moment(found)


def test_a_nanosecond_before_is_before() -> None:
    at = moment("2026-11-20T03:00:00+01:00")
    assert BERLIN.next_at(time(3), at - 1) == at


def test_a_change_at_midnight_begins_the_day() -> None:
    cairo = CivilTime("Africa/Cairo")
    found = cairo.next_at(time(0, 30), moment("2026-04-23T12:00:00+02:00"))
    assert found == moment("2026-04-24T01:00:00+03:00")
    assert cairo.day(found) == cairo.day(found - 1) + 1


def test_a_day_that_was_left_out_of_the_calendar_is_passed() -> None:
    """Samoa had no 2011-12-30: its 03:00 is the moment of the change."""
    apia = CivilTime("Pacific/Apia")
    found = [moment("2011-12-29T12:00:00-10:00")]
    for _ in range(2):
        found.append(apia.next_at(time(3), found[-1]))
    assert found[1:] == [moment("2011-12-31T00:00:00+14:00"), moment("2011-12-31T03:00:00+14:00")]


def test_days_are_numbered_one_by_one() -> None:
    noons = [moment("1970-01-01T12:00:00+01:00") + n * 86_400 * 10**9 for n in range(-400, 30_000)]
    days = [BERLIN.day(noon) for noon in noons]
    assert days[400] == 719_163
    assert all(later == earlier + 1 for earlier, later in pairwise(days))


@pytest.mark.parametrize("name", ["Europe/Brandis", "Europe", "../UTC", "/etc/localtime", "\0", ""])
def test_an_unknown_zone_says_so(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone is called"):
        CivilTime(name)
