"""Zones whose occupancy is kept: their doors count, at the same moments."""

import pytest

from gateway.config import Zone, parse
from tests.gateway.config.conftest import Spoil

_UPLINKS = "uplinks:\n"
_SIDE = "  - name: side\n    driver: beam-pair\n"
_TWO = "{name: foyer, doors: [door, side]}"


def zones(*entries: str) -> tuple[str, str]:
    """To be put into the file."""
    lines = "".join(f"  - {entry}\n" for entry in entries)
    return _UPLINKS, f"occupancy:\n{lines}{_UPLINKS}"


def test_without_any_there_are_none(well: str) -> None:
    assert parse(well).occupancy == ()


def test_a_zone_has_doors_of_both_kinds(well: str) -> None:
    old, new = zones("{name: foyer, doors: [door], reversed: [side]}", "{name: a, doors: [side]}")
    foyer, other = parse(well.replace(old, new)).occupancy
    assert foyer == Zone(name="foyer", doors=("door",), reversed=("side",), balance_at="03:00")
    assert foyer.signs == {"door": 1, "side": -1}
    assert other.signs == {"side": 1}


@pytest.mark.parametrize(("written", "meant"), [("04:30", "04:30"), ("null", None)])
def test_the_hour(well: str, written: str, meant: str | None) -> None:
    old, new = zones(f"{{name: foyer, doors: [door], balance_at: {written}}}")
    assert parse(well.replace(old, new)).occupancy[0].balance_at == meant


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        (
            "{name: side, doors: [door]}",
            '28: occupancy[0].name: the name "side" is already used by sensors[2].name (line 19)',
        ),
        (
            "{name: foyer}",
            "28: occupancy[0]: a zone without a door; name the sensors that count who comes",
        ),
        (
            "{name: foyer, doors: [dor]}",
            'occupancy[0].doors[0]: no sensor is called "dor"; did you mean "door"?',
        ),
        (
            "{name: foyer, reversed: [air]}",
            "occupancy[0].reversed[0]: air does not count in and out; name one of: door, side",
        ),
        ("{name: foyer, doors: [room]}", "doors[0]: room does not count in and out"),
        (
            "{name: foyer, doors: [door, side], reversed: [door]}",
            "occupancy[0].reversed[0]: door is a door of this zone already; name it once",
        ),
        ("{name: foyer, doors: [door], balance_at: 3}", 'expected a time of day such as "03:00"'),
        ("{name: foyer, doors: [door], balance_at: 25:00}", 'found "25:00"'),
        ("{name: foyer, doors: [Door]}", "occupancy[0].doors[0]: expected a name of a-z"),
    ],
)
def test_one_mistake_is_one_fault_with_its_place_and_cure(
    spoil: Spoil, zone: str, said: str
) -> None:
    (fault,) = spoil(*zones(zone))
    assert said in fault


def test_two_zones_of_one_name(spoil: Spoil) -> None:
    (fault,) = spoil(*zones(_TWO, "{name: foyer, doors: [side]}"))
    assert '29: occupancy[1].name: the name "foyer" is already used by occupancy[0].name' in fault


def test_sensors_of_one_name_are_one_fault_all_the_same(spoil: Spoil) -> None:
    (fault,) = spoil("name: room", "name: air", *zones(_TWO))
    assert "sensors[3].name" in fault


def test_doors_have_the_same_interval(spoil: Spoil) -> None:
    (fault,) = spoil(_SIDE, f"{_SIDE}    interval: 30min\n", *zones(_TWO))
    assert "occupancy[0].doors[1]: the intervals differ: door 900 s, side 1800 s; give all" in fault


def test_an_interval_that_tells_no_occupancy(spoil: Spoil) -> None:
    one = "{name: foyer, doors: [side]}"
    (fault,) = spoil(_SIDE, f"{_SIDE}    interval: 2h\n", *zones(one))
    assert "which tells no occupancy; give side an interval above 0 s and up to 3600 s" in fault


def test_a_faulty_door_is_not_looked_at(spoil: Spoil) -> None:
    (fault,) = spoil("driver: ld2450", "driver: nothing-known", *zones(_TWO))
    assert "sensors[1].driver" in fault
