"""Packing values at their resolution."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Instant, Quality, StoredReading
from gateway.packing import pack, rounded, unpack


@pytest.mark.parametrize(
    ("values", "packed"),
    [
        ({"temperature": 25.0824}, "25.08"),
        ({"temperature": -0.004}, "-0.00"),
        ({"pressure": 100653.267, "humidity": 57.996}, "100653.3,58.00"),
        ({"count_in": 4, "count_out": 0, "blind_time": 0.25}, "4,0,0.2"),
        ({"temperature": None, "humidity": 50}, "null,50.00"),
        ({"motion": None}, "null"),
        (
            {"temperature": 21, "temperature_min": 20.9, "temperature_max": 21.204}
            | {"temperature_n": 60},
            "21.00,20.90,21.20,60",
        ),
        ({"targets": 1, "targets_min": 0, "targets_max": 3, "targets_n": 4}, "1,0,3,4"),
    ],
)
def test_values_are_packed_at_their_resolution(
    values: dict[str, float | None], packed: str
) -> None:
    assert pack(values) == packed


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_a_bug_of_the_driver(bad: float) -> None:
    with pytest.raises(ValueError, match="not a number"):
        pack({"temperature": bad})
    with pytest.raises(ValueError, match="not a number"):
        pack({"temperature": bad, "humidity": None})


@pytest.mark.parametrize(
    "name", ["happiness", "happiness_min", "temperature_mean", "count_in_min", "total_in_n"]
)
def test_an_unknown_quantity_is_a_bug_of_the_driver(name: str) -> None:
    with pytest.raises(KeyError):
        pack({name: 11})


@given(
    st.floats(-60, 125), st.floats(0, 100) | st.none(), st.integers(0, 2**53), st.floats(0, 86_400)
)
def test_packed_values_come_back_within_their_resolution(
    temperature: float, humidity: float | None, total: int, blind: float
) -> None:
    values = {
        "temperature": temperature,
        "humidity": humidity,
        "total_in": total,
        "blind_time": blind,
    }
    at = Instant("boot", 1, None, Quality.UNKNOWN)
    back = StoredReading(7, 1, 1, 1, "s", tuple(values), pack(values), None, at).values
    assert back == rounded(values)
    assert back["temperature"] == pytest.approx(temperature, abs=0.0051)
    assert back["humidity"] == (None if humidity is None else pytest.approx(humidity, abs=0.0051))
    assert back["total_in"] == total
    assert back["blind_time"] == pytest.approx(blind, abs=0.051)


@pytest.mark.parametrize("packed", ["", "1", "1,2,3"])
def test_other_than_as_many_numbers_is_not_unpacked(packed: str) -> None:
    assert unpack(("temperature", "humidity"), "1.00,null") == {"temperature": 1, "humidity": None}
    with pytest.raises(ValueError, match="zip"):
        unpack(("temperature", "humidity"), packed)
