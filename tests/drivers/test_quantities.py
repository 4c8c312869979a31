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
