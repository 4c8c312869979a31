"""What one sensor may know of another."""

from gateway.model import Flag, Reading
from gateway.sampling.neighbours import FRESH_AT_LEAST_NS, Neighbours
from tests.gateway.simulated_clock import SimulatedClock

AIR = {"pressure": 98_000.0, "humidity": None, "temperature": 21.0, "temperature_flags": Flag.STUCK}


def test_a_fresh_value_is_known() -> None:
    clock = SimulatedClock()
    neighbours = Neighbours({"air": 10.0}, clock)
    assert neighbours.value("air", "pressure") is None
    neighbours.tell(Reading("air", AIR, clock.now_ns()))
    assert neighbours.value("air", "pressure") == 98_000.0


def test_what_is_bad_or_suspect_or_not_measured_is_not() -> None:
    clock = SimulatedClock()
    neighbours = Neighbours({"air": 10.0}, clock)
    neighbours.tell(Reading("air", AIR, clock.now_ns()))
    for quantity in ("humidity", "temperature", "co2"):
        assert neighbours.value("air", quantity) is None


def test_what_is_older_than_a_minute_and_three_intervals_is_not() -> None:
    clock = SimulatedClock()
    neighbours = Neighbours({"air": 10.0, "slow": 900.0}, clock)
    for sensor in ("air", "slow"):
        neighbours.tell(Reading(sensor, AIR, clock.now_ns()))
    clock.sleep(FRESH_AT_LEAST_NS / 1e9)
    assert neighbours.value("air", "pressure") == 98_000.0
    clock.sleep(0.001)
    assert neighbours.value("air", "pressure") is None
    clock.sleep(3 * 900 - 60.001)
    assert neighbours.value("slow", "pressure") == 98_000.0
    clock.sleep(0.001)
    assert neighbours.value("slow", "pressure") is None
