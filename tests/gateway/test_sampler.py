"""The sampler: times, trouble, counts, and independence of the sensors on a bus."""

import logging
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.contract import Driver, Sample
from drivers.environment.bme280.driver import Bme280, Bme280Config
from drivers.environment.bme280.model import Bme280Model, Bmp280Model
from drivers.errors import BusError
from drivers.quantities import COUNT_IN, TEMPERATURE, Quantity
from gateway.backoff import Backoff
from gateway.counters import Counters
from gateway.model import Reading
from gateway.sampler import Sampler, Sensor
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000


class Gauge(Driver):
    """A part that answers what the test wants; an exception is raised."""

    channels: ClassVar[Sequence[Quantity]] = (TEMPERATURE,)

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.calls: list[str] = []

    def open(self) -> None:
        self.calls.append("open")

    def read(self) -> Sample:
        self.calls.append("read")
        answer = self.answers.pop(0) if self.answers else {"temperature": 20.0}
        if isinstance(answer, Exception):
            raise answer
        sample: Sample = answer
        return sample

    def poll(self) -> None:
        self.calls.append("poll")

    def close(self) -> None:
        self.calls.append("close")


class Counter(Gauge):
    channels = (COUNT_IN,)
    poll_every = 0.5


class Rig:
    """One bus with some drivers at it, on a clock of its own."""

    def __init__(self, *drivers: Driver, interval: float = 10.0) -> None:
        self.clock = SimulatedClock()
        self.readings: list[Reading] = []
        self.full = False
        self.sensors = [
            Sensor(
                f"s{number}",
                driver,
                interval,
                Counters(driver.channels, {"total_in": 100} if driver.poll_every else {}),
                self.clock,
                Backoff(1.0, 60.0),
            )
            for number, driver in enumerate(drivers)
        ]
        self.sampler = Sampler(self.sensors, self, self.clock)

    @property
    def has_room(self) -> bool:
        return not self.full

    def append(self, reading: Reading) -> int:
        self.readings.append(reading)
        return len(self.readings)

    def run(self, seconds: float) -> None:
        end_ns = self.clock.now_ns() + round(seconds * 1e9)
        while (wait := self.sampler.sample_once()) * 1e9 + self.clock.now_ns() < end_ns:
            self.clock.sleep(wait)
        self.clock.sleep((end_ns - self.clock.now_ns()) / 1e9)


def test_a_sensor_is_read_at_once_and_then_on_a_fixed_grid() -> None:
    rig = Rig(Gauge())
    rig.run(35)
    assert [reading.up_ns for reading in rig.readings] == [n * SECOND for n in (1, 11, 21, 31)]
    assert rig.readings[0] == Reading("s0", {"temperature": 20.0}, SECOND)


def test_times_that_were_missed_are_left_out_not_caught_up() -> None:
    rig = Rig(Gauge())
    rig.run(5)
    rig.clock.sleep(40)
    rig.run(12)
    assert [reading.up_ns for reading in rig.readings] == [n * SECOND for n in (1, 46, 51)]


def test_a_counter_carries_amounts_and_totals_over_its_interval() -> None:
    driver = Counter()
    driver.answers = [{"count_in": 2}, {"count_in": 7}]
    rig = Rig(driver)
    rig.run(20.5)
    assert rig.readings == [
        Reading("s0", {"count_in": 2, "total_in": 102}, 11 * SECOND, 10 * SECOND),
        Reading("s0", {"count_in": 5, "total_in": 107}, 21 * SECOND, 10 * SECOND),
    ]
    assert driver.calls.count("poll") > 30


def test_while_the_log_has_no_room_a_counter_is_polled_and_not_read() -> None:
    driver = Counter()
    driver.answers = [{"count_in": 7}]
    rig = Rig(driver)
    rig.full = True
    rig.run(15)
    assert rig.sensors[0].measured == 0
    assert driver.calls.count("poll") > 25
    rig.full = False
    rig.run(1)
    [reading] = rig.readings
    assert reading.values == {"count_in": 7, "total_in": 107}
    assert reading.span_ns == pytest.approx(15 * SECOND, abs=SECOND // 10)


def test_counts_of_a_time_of_trouble_are_in_the_reading_after_it() -> None:
    driver = Counter()
    driver.answers = [BusError("gone"), {"count_in": 3}]
    rig = Rig(driver)
    rig.run(40)
    assert rig.readings[0].values["count_in"] == 3
    assert rig.readings[0].span_ns > 10 * SECOND  # type: ignore[operator]


def test_trouble_is_logged_once_when_it_comes_and_once_when_it_goes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    driver = Gauge()
    driver.answers = [{"temperature": 1.0}, *[BusError("no answer", "check the wire")] * 4]
    rig = Rig(driver)
    rig.run(11)
    finding = rig.sensors[0].trouble.finding
    assert finding is not None
    assert (finding.about, finding.evidence, finding.cure) == (
        "sensor s0",
        "no answer",
        "check the wire",
    )
    assert finding.since_up_ns == 11 * SECOND
    rig.run(300)
    assert rig.sensors[0].trouble.finding is None
    assert [record.getMessage() for record in caplog.records] == [
        "sensor s0 does not measure: no answer; check the wire",
        "sensor s0 is well again",
    ]


def test_a_failed_part_is_closed_and_opened_again_with_back_off() -> None:
    driver = Gauge()
    driver.answers = [BusError("gone")] * 5
    rig = Rig(driver)
    rig.run(120)
    assert driver.calls[:4] == ["open", "read", "close", "open"]
    assert driver.calls.count("open") == 6


def test_an_absent_a_wrong_and_a_broken_part_do_not_stop_the_good_one() -> None:
    absent, wrong, broken, good = SimulatedI2c(), SimulatedI2c(), SimulatedI2c(), SimulatedI2c()
    wrong.attach(Bmp280Model())
    broken.attach(Bme280Model())
    broken.faults[0x76] = "noise"
    good.attach(Bme280Model())
    drivers = [Bme280(bus, Bme280Config()) for bus in (absent, wrong, broken, good)]
    rig = Rig(*drivers)
    rig.run(35)
    assert {reading.sensor for reading in rig.readings} == {"s3"}
    assert len(rig.readings) == 4
    evidence = [s.trouble.finding.evidence if s.trouble.finding else "" for s in rig.sensors]
    assert "does not answer" in evidence[0]
    assert "found bmp280" in evidence[1]
    assert "bme280 expected at 0x76, found" in evidence[2]
    assert evidence[3] == ""


def test_a_bug_in_a_driver_is_not_swallowed() -> None:
    driver = Gauge()
    driver.answers = [KeyError("a bug")]
    with pytest.raises(KeyError):
        Rig(driver).run(1)


def test_full_speed_serves_all_sensors_in_turn() -> None:
    rig = Rig(Gauge(), Gauge(), interval=0)
    rig.run(1e-7)
    assert len(rig.readings) > 50
    by_sensor = [reading.sensor for reading in rig.readings]
    assert abs(by_sensor.count("s0") - by_sensor.count("s1")) <= 1
