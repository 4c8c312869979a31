"""Time zones and times of day: taken where they exist, else a fault with an example."""

import zoneinfo

import msgspec
import pytest

from gateway.config import ConfigError, TimeOfDay, parse
from tests.gateway.config.conftest import Spoil

_NAME = "  name: rathaus-01\n"


def test_without_a_line_it_is_that_of_germany(well: str) -> None:
    assert parse(well).node.timezone == "Europe/Berlin"


def test_another_is_taken(well: str) -> None:
    text = well.replace(_NAME, f"{_NAME}  timezone: Europe/Lisbon\n")
    assert parse(text).node.timezone == "Europe/Lisbon"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Europe/Berln", 'no time zone is called "Europe/Berln"; did you mean "Europe/Berlin"?'),
        ("Berlin", 'no time zone is called "Berlin"; did you mean "Europe/Berlin"?'),
        ("europe/berlin", 'is called "europe/berlin"; did you mean "Europe/Berlin"?'),
        ("Qqqqqqqqqq", 'write an IANA name such as "Europe/Berlin"'),
        ("../../etc/passwd", 'expected an IANA time zone such as "Europe/Berlin"'),
        ("Mitteleuropäische Zeit", 'expected an IANA time zone such as "Europe/Berlin"'),
        ("1", 'expected an IANA time zone such as "Europe/Berlin", found 1'),
    ],
)
def test_what_is_none_is_a_fault_with_an_example(spoil: Spoil, written: str, said: str) -> None:
    (fault,) = spoil(_NAME, f"{_NAME}  timezone: {written}\n")
    assert "node.timezone" in fault
    assert said in fault


@pytest.mark.parametrize("written", ["00:00", "03:00", "19:59", "23:59"])
def test_a_time_of_day_is_taken(written: str) -> None:
    assert msgspec.convert(written, TimeOfDay) == written


@pytest.mark.parametrize("written", ["24:00", "3:00", "03:60", "03:00:00", "0300", ""])
def test_what_is_no_time_of_day_is_not(written: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(written, TimeOfDay)


def test_the_zones_are_those_of_the_package_where_the_system_has_none(
    well: str,
) -> None:
    zoneinfo.ZoneInfo.clear_cache()
    zoneinfo.reset_tzpath(to=())
    try:
        assert parse(well.replace(_NAME, f"{_NAME}  timezone: Europe/Vienna\n"))
        with pytest.raises(ConfigError, match="did you mean"):
            parse(well.replace(_NAME, f"{_NAME}  timezone: Europe/Viena\n"))
    finally:
        zoneinfo.ZoneInfo.clear_cache()
        zoneinfo.reset_tzpath()
