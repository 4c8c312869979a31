"""Times that a person says and is told, in civil time of the node's place."""

from collections.abc import Iterator
from datetime import datetime
from time import tzset

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.count_times import LocalTimes, length_ns, span
from gateway.config import Sensor
from gateway.errors import WrongUsage
from gateway.model import rfc3339

S = 10**9
THERE = LocalTimes("Europe/Berlin")
WINTER, SUMMER = "2026-11-20T12:00:00+00:00", "2026-07-20T12:00:00+00:00"


@pytest.fixture(autouse=True, scope="module")
def the_computer_takes_itself_to_be_elsewhere() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Kathmandu")
        tzset()
        yield
    tzset()


def utc_ns(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * S


@pytest.mark.parametrize(
    ("now", "text", "utc"),
    [
        (WINTER, "10:15", "2026-11-20T09:15:00Z"),
        (SUMMER, "10:15", "2026-07-20T08:15:00Z"),
        (SUMMER, "10:15:30", "2026-07-20T08:15:30Z"),
        ("2026-07-20T22:30:00+00:00", "00:15", "2026-07-20T22:15:00Z"),  # it is the 21st there
        ("2026-03-29T12:00:00+00:00", "01:45", "2026-03-29T00:45:00Z"),  # the clocks went at 2
        ("2026-03-29T12:00:00+00:00", "03:15", "2026-03-29T01:15:00Z"),
        (WINTER, "2026-07-20T10:15:00+02:00", "2026-07-20T08:15:00Z"),
        (WINTER, "2026-07-20T08:15:00Z", "2026-07-20T08:15:00Z"),
    ],
)
def test_a_time_of_this_day_is_local(now: str, text: str, utc: str) -> None:
    assert rfc3339(THERE.told(text, utc_ns(now))) == utc


@pytest.mark.parametrize(
    ("now", "text"),
    [("2026-10-25T12:00:00+00:00", "02:15"), ("2026-03-29T12:00:00+00:00", "02:15")],
)
def test_a_time_that_comes_twice_or_never_is_asked_for_in_utc(now: str, text: str) -> None:
    with pytest.raises(WrongUsage, match="twice or never") as caught:
        THERE.told(text, utc_ns(now))
    day = now[:10]
    assert f"{day}T00:15:00Z" in caught.value.hint
    assert f"{day}T01:15:00Z" in caught.value.hint


@given(st.integers(1_577_836_800, 1_893_456_000))
def test_what_is_told_is_understood(seconds: int) -> None:
    at_ns = seconds * S
    text = THERE.clock_time(at_ns, at_ns)
    try:
        assert THERE.told(text, at_ns) == at_ns
    except WrongUsage as asked:
        assert rfc3339(at_ns) in asked.hint  # noqa: PT017 - of some hours of the year


def test_another_day_is_told_with_its_date() -> None:
    now_ns = utc_ns(WINTER)
    assert THERE.clock_time(now_ns, now_ns) == "13:00"
    assert THERE.clock_time(now_ns - 86_400 * S, now_ns) == "2026-11-19 13:00"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(900, "15 min"), (3600, "1 h"), (5400, "90 min"), (90, "90 s"), (0.5, "0.5 s")],
)
def test_a_length_as_people_say_it(seconds: float, text: str) -> None:
    assert span(round(seconds * S)) == text


def test_a_sensor_that_is_read_as_often_as_can_be_has_no_windows() -> None:
    door = Sensor(name="door", driver="beam-pair", bus="header")
    assert length_ns(door) == 60 * S
    with pytest.raises(WrongUsage, match="door has no windows"):
        length_ns(Sensor(name="door", driver="beam-pair", bus="header", interval=0))
