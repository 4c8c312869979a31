"""Calibrations, checks and averaging: what is understood, and each mistake with place and cure."""

from collections.abc import Callable
from datetime import date

import pytest

from gateway.config import parse
from gateway.config.conditioning import Agreement, Calibration, Check, Conditions, Term

Spoil = Callable[..., list[str]]

INTERVAL = "interval: 60"
HALL = "  - {name: hall, driver: sht4x, bus: main}\n"
DOOR = "  - name: door\n"
ROOM = "options: {line: 22}"


def calibrations(*entries: str) -> str:
    lines = "".join(f"      - {{{entry}}}\n" for entry in entries)
    return f"{INTERVAL}\n    calibrations:\n{lines.rstrip()}"


def calibration(entry: str) -> str:
    return calibrations(f"id: c1, quantity: temperature, on: 2026-10-02{entry and ', '}{entry}")


def checks(entry: str, quantity: str = "temperature") -> str:
    return f"{INTERVAL}\n    checks: {{{quantity}: {{{entry}}}}}"


def term(sensor: str, quantity: str) -> str:
    return calibration(f"terms: [{{sensor: {sensor}, quantity: {quantity}, factor: 1}}]")


def test_all_that_can_be_said(well: str) -> None:
    text = """interval: 60
    average: 10s
    calibrations:
      - {id: tsi-2026, quantity: temperature, on: 2026-10-02, until: 2027-10-02, gain: 1.02,
         offset: -0.4, terms: [{sensor: hall, quantity: humidity, factor: -0.03, reference: 50}]}
      - {id: pressure-1, quantity: pressure, on: 2026-10-02, points: [[98000, 98100]]}
    checks:
      temperature:
        range: [-10, 45]
        change_per_minute: 3
        stuck_after: 6h
        agrees_with: {sensor: hall, within: 1.5, for: 10min}
        conditions: {sensor: hall, quantity: humidity, above: 70}"""
    air = parse(well.replace(INTERVAL, text).replace(DOOR, HALL + DOOR)).sensors[0]
    assert air.average == 10
    damp = Term(sensor="hall", quantity="humidity", factor=-0.03, reference=50)
    assert air.calibrations[0] == Calibration(
        id="tsi-2026",
        quantity="temperature",
        on=date(2026, 10, 2),
        until=date(2027, 10, 2),
        gain=1.02,
        offset=-0.4,
        terms=(damp,),
    )
    assert air.calibrations[1].points == ((98000, 98100),)
    assert air.calibrations[1].linear == (1, 100)
    assert air.checks["temperature"] == Check(
        range=(-10, 45),
        change_per_minute=3,
        stuck_after=6 * 3600,
        agrees_with=Agreement(sensor="hall", within=1.5, for_=600),
        conditions=Conditions(sensor="hall", quantity="humidity", above=70),
    )


def test_without_a_line_values_are_as_the_part_says_them(well: str) -> None:
    air = parse(well).sensors[0]
    assert (air.average, air.calibrations, dict(air.checks)) == (None, (), {})


@pytest.mark.parametrize("section", ["average", "calibrations", "checks"])
def test_a_section_of_which_every_line_is_commented_out(well: str, section: str) -> None:
    assert parse(well.replace(INTERVAL, f"{INTERVAL}\n    {section}:")) == parse(well)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("average: 7s", "sensors[0].average: the interval, 60 s, is no multiple of it; divide"),
        ("average: 2min", "average: the interval, 60 s, is no multiple of it"),
        (
            "interval: 1h\n    average: 0.5",
            "average: the interval would have 7200 values; read it less often: at most 3600",
        ),
        ("interval: 0\n    average: 1s", "average: the interval, 0 s, is no multiple of it"),
        ("average: 0", "expected a time such as 500ms, 10s, 15min, 2h or 14d from 0.1 to 3600s"),
        (calibration("gain: 0"), "calibrations[0].gain: expected a number from 0.001 to 1000"),
        (calibration("gain: 1, ofset: 2"), 'ofset: unknown key; did you mean "offset"?'),
        (calibration("gain: 1").replace("2026-10-02", "2.10.2026"), "expected a date such as"),
        (calibration("gain: 1").replace("2026-10-02", "2026-13-02"), "expected a date such as"),
        (calibration("gain: 1").replace("c1", "C 1"), 'for example "c-1"'),
        (
            calibration("gain: 1, until: 2026-10-02"),
            "calibrations[0].until: not after `on`; correct one of the dates",
        ),
        (
            calibration("gain: 1, points: [[1, 2]]"),
            "calibrations[0].points: beside gain or offset; write either the points or those",
        ),
        (calibration("points: [[1, 2], [3, 4], [5, 6]]"), "expected at most 2 entries, found 3"),
        (calibration("points: [[1, 2, 3]]"), "points[0]: expected 2 entries, found 3"),
        (
            calibration("points: [[20, 21], [20, 25]]"),
            "points: what the sensor says does not rise with what is true; each point is [what",
        ),
        (calibration("points: [[20, 25], [25, 20]]"), "does not rise with what is true"),
        (
            calibrations("id: c1, quantity: pressure, on: 2026-10-02, points: [[981, 982]]"),
            "points: one of them is not possible; pressure is from 30000 to 110000 Pa: is it in",
        ),
        (
            calibrations("id: c1, quantity: co2, on: 2026-10-02, gain: 1"),
            'calibrations[0].quantity: air does not measure "co2"; of air there are: humidity,',
        ),
        (
            calibrations("id: c1, quantity: temprature, on: 2026-10-02, gain: 1"),
            'did you mean "temperature"?',
        ),
        (
            term("hal", "humidity"),
            'terms[0].sensor: no sensor is called "hal"; did you mean "hall"',
        ),
        (
            term("air", "humidity"),
            "terms[0].sensor: a sensor cannot vouch for itself; name another",
        ),
        (term("hall", "co2"), 'terms[0].quantity: hall does not measure "co2"; of hall there are'),
        (term("door", "count_in"), "terms[0].quantity: count_in is a counter, no gauge"),
        (checks("range: [45, -10]"), "range: the first is not below the second; swap them"),
        (
            checks("range: [980, 1050]", "pressure"),
            "none of it is possible; pressure is from 30000",
        ),
        (checks("range: [1]"), "range: expected 2 entries"),
        (checks("stuck_after: 100"), "stuck_after: shorter than two values take, which come each"),
        (checks("stuck_after: 100"), "come each 60 s; write 120 or more"),
        (checks("change_per_minute: 0"), "expected a number of at most 1000000000 and above 0"),
        (checks("range: [1, 2]", "co2"), 'sensors[0].checks.co2: air does not measure "co2"'),
        (checks("range: [1, 2]", "Temp"), "expected the name of a quantity such as temperature"),
        (checks("rate: 1"), "checks.temperature.rate: unknown key"),
        (
            checks("agrees_with: {sensor: air, within: 1}"),
            "agrees_with.sensor: a sensor cannot vouch for itself",
        ),
        (checks("agrees_with: {sensor: nix, within: 1}"), 'no sensor is called "nix"'),
        (
            checks("agrees_with: {sensor: hall, within: 1}", "pressure"),
            'checks.pressure.agrees_with: hall does not measure "pressure"',
        ),
        (checks("agrees_with: {sensor: hall}"), "agrees_with.within: missing; write a number"),
        (
            checks("conditions: {sensor: hall, quantity: humidity}"),
            "checks.temperature.conditions: neither above nor below; write one of them",
        ),
        (
            checks("conditions: {sensor: hall, quantity: pm1, above: 5}"),
            'conditions.quantity: hall does not measure "pm1"',
        ),
    ],
)
def test_one_mistake_is_one_fault(spoil: Spoil, new: str, said: str) -> None:
    text = new if "interval" in new else f"{INTERVAL}\n    {new}"
    (fault,) = spoil(INTERVAL, text, DOOR, HALL + DOOR)
    assert said in fault


def test_what_counts_is_not_averaged(spoil: Spoil) -> None:
    (fault,) = spoil(ROOM, f"average: 10s\n    {ROOM}")
    assert "average: this part counts, and counts are added up, never averaged; remove" in fault


def test_an_id_is_used_once_on_a_node(spoil: Spoil) -> None:
    entry = "id: c1, quantity: {}, on: 2026-10-02, gain: 1.1"
    (fault,) = spoil(INTERVAL, calibrations(entry.format("temperature"), entry.format("pressure")))
    assert 'calibrations[1].id: the calibration id "c1" is already used by sensors[0].cal' in fault
    assert "choose a new one" in fault


def test_a_quantity_has_one_calibration(spoil: Spoil) -> None:
    entry = "id: {}, quantity: temperature, on: 2026-10-02, gain: 1.1"
    (fault,) = spoil(INTERVAL, calibrations(entry.format("c1"), entry.format("c2")))
    assert "calibrations[1].quantity: temperature of air is already used by" in fault
    assert "one calibration: remove the older one" in fault


def hall(quantity: str, sensor: str, other: str, id_: str = "h1") -> str:
    return (
        "  - name: hall\n    driver: sht4x\n    bus: main\n    calibrations:\n"
        f"      - {{id: {id_}, quantity: {quantity}, on: 2026-10-02,"
        f" terms: [{{sensor: {sensor}, quantity: {other}, factor: 1}}]}}\n"
    )


def test_two_that_correct_each_other_are_a_circle(spoil: Spoil) -> None:
    more = hall("humidity", "air", "temperature")
    (fault,) = spoil(INTERVAL, term("hall", "humidity"), DOOR, more + DOOR)
    assert "a circle: " in fault
    assert "temperature of air by humidity of hall" in fault
    assert "remove one of these terms" in fault


def test_each_circle_is_a_fault(spoil: Spoil) -> None:
    """Both through the same value."""
    both = "{sensor: hall, quantity: humidity, factor: 1}, {sensor: lab, quantity: co2, factor: 1}"
    back = hall("humidity", "air", "temperature")
    lab = hall("co2", "air", "temperature", "l1").replace("hall", "lab").replace("sht4x", "scd4x")
    found = spoil(INTERVAL, calibration(f"terms: [{both}]"), DOOR, back + lab + DOOR)
    assert len(found) == 2
    assert sum("by humidity of hall" in line for line in found) == 1
    assert sum("by co2 of lab" in line for line in found) == 1


def test_across_quantities_there_is_no_circle(well: str) -> None:
    more = hall("humidity", "air", "humidity")
    text = well.replace(INTERVAL, term("hall", "temperature")).replace(DOOR, more + DOOR)
    assert len(parse(text).sensors) == 5


def test_two_may_watch_each_other(well: str) -> None:
    watch = "checks: {temperature: {agrees_with: {sensor: OTHER, within: 1}}}"
    more = HALL.replace("bus: main", f"bus: main, {watch.replace('OTHER', 'air')}")
    text = well.replace(INTERVAL, f"{INTERVAL}\n    {watch.replace('OTHER', 'hall')}")
    assert len(parse(text.replace(DOOR, more + DOOR)).sensors) == 5


def test_what_is_faulty_is_compared_with_nothing(spoil: Spoil) -> None:
    assert len(spoil(INTERVAL, "interval: 5 min\n    average: 7s")) == 1
    assert (
        len(spoil("driver: bme280", "driver: bme28", INTERVAL, checks("range: [1, 2]", "x"))) == 1
    )
    two = "      - {id: c1, quantity: co2, on: heute, gain: 1}"
    assert len(spoil(INTERVAL, f"{INTERVAL}\n    calibrations:\n{two}")) == 1
    named = checks("agrees_with: {sensor: hall, within: 1}")
    unknown = HALL.replace("sht4x", "sht9x")
    assert len(spoil(INTERVAL, named, DOOR, unknown + DOOR)) == 1
