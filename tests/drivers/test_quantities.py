"""The one table of quantities: consistent in itself, and complete."""

import re

import pytest

from drivers import quantities
from drivers.quantities import QUANTITIES, Kind, Quantity

ALL = sorted(QUANTITIES.values(), key=lambda quantity: quantity.name)
UCUM = {"1", "%", "Cel", "Pa", "s", "[ppm]", "ug/m3", "lx", "Ohm", "dB[SPL]", "m/s", "deg"}


def test_every_quantity_of_the_module_is_in_the_table_under_its_name() -> None:
    defined = [value for value in vars(quantities).values() if isinstance(value, Quantity)]
    assert {quantity.name: quantity for quantity in defined} == QUANTITIES
    assert len(defined) == len(QUANTITIES)


@pytest.mark.parametrize("quantity", ALL, ids=lambda quantity: quantity.name)
def test_a_row_is_consistent(quantity: Quantity) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", quantity.name)
    assert quantity.unit in UCUM
    assert quantity.minimum < quantity.maximum
    assert 0 < quantity.resolution <= quantity.maximum - quantity.minimum
    assert round(quantity.resolution, quantity.decimals) == quantity.resolution
    if quantity.kind in (Kind.COUNTER, Kind.TOTAL):
        assert quantity.minimum == 0


@pytest.mark.parametrize("quantity", ALL, ids=lambda quantity: quantity.name)
def test_a_total_is_named_by_one_counter_of_its_unit_and_resolution(quantity: Quantity) -> None:
    counters = [row for row in ALL if row.total == quantity.name]
    if quantity.kind is not Kind.TOTAL:
        assert counters == []
        return
    (counter,) = counters
    assert counter.kind is Kind.COUNTER
    assert (counter.unit, counter.resolution) == (quantity.unit, quantity.resolution)
    assert quantity.maximum == 2**53


def test_totals_that_are_named_exist() -> None:
    assert {row.total for row in ALL if row.total} <= set(QUANTITIES)


@pytest.mark.parametrize(
    ("resolution", "decimals"),
    [(1, 0), (10, 0), (0.5, 1), (0.1, 1), (0.25, 2), (0.01, 2), (1e-6, 6), (100.0, 0)],
)
def test_decimals_of_a_resolution(resolution: float, decimals: int) -> None:
    assert Quantity("x", "1", resolution, 0, 1000, Kind.GAUGE).decimals == decimals


CODES = {
    "temperature": 1,
    "humidity": 2,
    "pressure": 3,
    "co2": 4,
    "gas_resistance": 5,
    "voc_raw": 6,
    "voc_index": 7,
    "pm1": 8,
    "pm2_5": 9,
    "pm4": 10,
    "pm10": 11,
    "illuminance": 12,
    "sound_level": 13,
    "wind_speed": 14,
    "wind_direction": 15,
    "count_in": 16,
    "count_out": 17,
    "total_in": 18,
    "total_out": 19,
    "targets": 20,
    "motion": 21,
    "activations": 22,
    "occupied_time": 23,
    "blind_time": 24,
    "occupancy": 25,
    "occupancy_drift": 26,
}
"""Published: more may come, none changes, and of one that is gone the code stays here."""


def test_codes_are_for_ever() -> None:
    assert {quantity.name: quantity.code for quantity in ALL if quantity.radio} == CODES
    assert len(set(CODES.values())) == len(CODES)


@pytest.mark.parametrize("quantity", ALL, ids=lambda quantity: quantity.name)
def test_steps_on_the_radio_are_steps_of_the_resolution(quantity: Quantity) -> None:
    radio = quantity.radio
    assert radio is not None
    times = radio.resolution / quantity.resolution
    assert times >= 1
    assert round(times) == pytest.approx(times)
    if radio.low is not None:
        assert quantity.minimum <= radio.low < quantity.maximum
        assert round(radio.low / radio.resolution) * radio.resolution == radio.low


def test_what_stands_beside_a_quantity_is_not_told_over_the_radio() -> None:
    for suffix in ("_min", "_n", "_raw", "_flags"):
        row = quantities.quantity(f"temperature{suffix}")
        assert (row.code, row.radio) == (0, None)
