"""Corrections: they pass through their points, can be inverted, and say what they lack."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.quantities import CO2, TEMPERATURE, WIND_DIRECTION, Quantity
from gateway.conditioning import Others
from gateway.conditioning.correction import Correction
from gateway.config.conditioning import Calibration, Term
from gateway.model import Flag

DAY = date(2026, 10, 2)
CO2_VALUES = st.floats(0, 40_000)


def nobody(*_: object) -> None:
    """No neighbour has anything to rely on."""


def correction(
    own: Calibration, quantity: Quantity = TEMPERATURE, others: Others = nobody
) -> Correction:
    return Correction(own, quantity, others)


def linear(gain: float | None, offset: float | None, *terms: Term) -> Calibration:
    return Calibration(
        id="c1", quantity="temperature", on=DAY, gain=gain, offset=offset, terms=terms
    )


def through(*points: tuple[float, float]) -> Calibration:
    return Calibration(id="c1", quantity="co2", on=DAY, points=points)


@given(st.tuples(CO2_VALUES, CO2_VALUES), st.tuples(CO2_VALUES, CO2_VALUES))
def test_two_points_are_both_met(one: tuple[float, float], other: tuple[float, float]) -> None:
    assume(abs(one[0] - other[0]) > 1)
    made = correction(through(one, other), CO2)
    for raw, true in (one, other):
        assert made.corrected(raw).value == pytest.approx(true, rel=1e-9, abs=1e-3)


@given(CO2_VALUES, CO2_VALUES, CO2_VALUES)
def test_one_point_is_an_offset(raw: float, true: float, other: float) -> None:
    made = correction(through((raw, true)), CO2)
    assert made.corrected(other).value - other == pytest.approx(true - raw, abs=1e-6)


@given(st.floats(0.001, 1000), st.floats(-1e4, 1e4), st.floats(-60, 125))
def test_a_correction_can_be_inverted(gain: float, offset: float, raw: float) -> None:
    corrected = correction(linear(gain, offset)).corrected(raw)
    assert corrected.compensated
    assert (corrected.value - offset) / gain == pytest.approx(raw, rel=1e-6, abs=1e-3 / gain)


@given(st.floats(-60, 125))
def test_what_is_left_out_changes_nothing(raw: float) -> None:
    assert correction(linear(None, None)).corrected(raw).value == raw


DAMP = Term(sensor="other", quantity="humidity", factor=-0.03, reference=50)
COLD = Term(sensor="roof", quantity="temperature", factor=0.5)


def test_terms_are_added_to_what_the_part_says() -> None:
    asked: list[tuple[str, str, Flag]] = []

    def others(sensor: str, quantity: str, despite: Flag) -> float:
        asked.append((sensor, quantity, despite))
        return {"humidity": 70.0, "temperature": -4.0}[quantity]

    value, compensated = correction(linear(2, 1, DAMP, COLD), others=others).corrected(20)
    assert value == pytest.approx(2 * 20 + 1 - 0.03 * (70 - 50) + 0.5 * -4)
    assert compensated
    assert asked == [("other", "humidity", Flag(0)), ("roof", "temperature", Flag(0))]


def test_a_term_that_nobody_knows_is_left_out_and_said_to_be() -> None:
    def others(sensor: str, quantity: str, despite: Flag) -> float | None:
        return None if sensor == "roof" else 70.0

    value, compensated = correction(linear(None, None, DAMP, COLD), others=others).corrected(20)
    assert value == pytest.approx(20 - 0.6)
    assert not compensated


@given(st.floats(0, 360), st.floats(-360, 360))
def test_a_direction_stays_one(raw: float, offset: float) -> None:
    value = correction(linear(None, offset), WIND_DIRECTION).corrected(raw).value
    assert 0 <= value < 360 or value == pytest.approx(360)
    turned = (value - raw - offset) / 360
    assert turned == pytest.approx(round(turned), abs=1e-9)
