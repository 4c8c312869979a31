"""What a driver is told of the air around its part, by the sensors of a node."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.contract import Driver, Sample
from drivers.environment.bme280.driver import Bme280Config, Bmp280
from drivers.environment.bme280.model import Bmp280Model
from drivers.environment.scd4x.driver import Scd4x, Scd4xConfig
from drivers.environment.scd4x.model import Scd4xModel
from drivers.errors import BusError
from drivers.quantities import CO2, PRESSURE
from drivers.simulation.scene import View
from gateway.app import Node
from gateway.backoff import Backoff
from gateway.clock import SystemClock
from gateway.config import Sensor as SensorConfig
from gateway.config import parse
from gateway.model import Flag, Gap, Moment, Note, Reading
from gateway.sampling.conditioning import Conditioning
from gateway.sampling.grid import Grid
from gateway.sampling.neighbours import Neighbours
from gateway.sampling.sampler import Sampler
from gateway.sampling.sensor import Sensor
from tests.gateway.simulated_clock import SimulatedClock
from tests.waiting import until


class Listener(Driver):
    """Remembers what it was told before each read."""

    channels: ClassVar = (CO2,)
    compensated_by: ClassVar = (PRESSURE,)

    def __init__(self) -> None:
        self.calls: list[Mapping[str, float] | str] = []
        self.failure: Exception | None = None

    def open(self) -> None:
        self.calls.append("open")

    def compensate(self, air: Mapping[str, float]) -> None:
        self.calls.append(air)
        if self.failure is not None:
            raise self.failure

    def read(self) -> Sample:
        self.calls.append("read")
        return {"co2": 600.0}

    def close(self) -> None:
        self.calls.append("close")


class Log:
    has_room = True

    def __init__(self) -> None:
        self.readings: list[Reading] = []

    def begun(self, sensor: str) -> Note | None:
        return None

    def measured_until(self, sensor: str) -> Moment | None:
        return None

    def append(self, reading: Reading) -> Reading:
        self.readings.append(reading)
        return reading

    def append_gap(self, gap: Gap) -> None:
        pass

    def note(self, note: Note) -> None:
        pass


def sensor(
    name: str, driver: Driver, clock: SimulatedClock, neighbours: Neighbours, **by: str
) -> Sensor:
    config = SensorConfig(name=name, driver=name, bus="main", interval=10.0, compensation=by)
    conditioning = Conditioning(config, driver.channels, neighbours, clock)
    return Sensor(name, driver, 10.0, clock, Grid(), Backoff(1.0, 60.0), conditioning)


def pressure(clock: SimulatedClock, **values: float | None) -> Reading:
    return Reading("air", {"pressure": 95_000.0, **values}, clock.now_ns())


def test_before_each_read_it_is_told_what_is_known_and_nothing_else() -> None:
    clock, log, driver = SimulatedClock(), Log(), Listener()
    neighbours = Neighbours({"air": 10.0}, clock)
    sampler = Sampler([sensor("co2", driver, clock, neighbours, pressure="air")], log, clock)
    sampler.sample_once()
    neighbours.tell(pressure(clock, humidity=40.0))
    clock.sleep(9)
    sampler.sample_once()
    neighbours.tell(pressure(clock, pressure_flags=Flag.STUCK))
    clock.sleep(10)
    sampler.sample_once()
    told = {"pressure": 95_000.0}
    assert driver.calls == ["open", {}, "read", told, "read", {}, "read"]


def test_a_part_that_fails_while_it_is_told_is_absent() -> None:
    clock, log, driver = SimulatedClock(), Log(), Listener()
    driver.failure = BusError("gone")
    one = sensor("co2", driver, clock, Neighbours({}, clock))
    sampler = Sampler([one], log, clock)
    sampler.sample_once()
    assert driver.calls[:3] == ["open", {}, "close"]
    assert one.failed
    assert not log.readings


def test_parts_of_one_node_correct_each_other() -> None:
    """High up: the barometer tells the CO2 sensor how thin the air is."""
    clock, log, bus = SimulatedClock(), Log(), SimulatedI2c()
    co2, air = Scd4xConfig(), Bme280Config()
    bus.attach(Scd4xModel(co2))
    bus.attach(Bmp280Model(air))
    bus.step(View(0.0, pressure=90_000, co2=1000))
    neighbours = Neighbours({"co2": 10.0, "air": 10.0}, clock)
    sensors = [
        sensor("co2", Scd4x(bus, co2), clock, neighbours, pressure="air"),
        sensor("air", Bmp280(bus, air), clock, neighbours),
    ]
    sampler = Sampler(sensors, log, clock)
    for _ in range(4):
        sampler.sample_once()
        clock.sleep(10)
        bus.time.sleep(10)
    found = [one.values["co2"] for one in log.readings if one.sensor == "co2"]
    assert found == [None, 1000, 1000, 1000]
    assert neighbours.value("co2", "co2") == 1000


def test_a_node_lets_its_sensors_tell_each_other_as_configured(tmp_path: Path) -> None:
    text = f"""
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {tmp_path}}}
buffer: {{path: {tmp_path}/log.db}}
buses: {{main: {{type: i2c, simulated: true}}, more: {{type: i2c, simulated: true}}}}
sensors:
  - {{name: air, driver: bme280, bus: main, interval: 1}}
  - {{name: co2, driver: scd4x, bus: more, interval: 1, compensation: {{pressure: air}}}}
"""
    node = Node(parse(text), SystemClock())
    node.start()
    until(node.sensors["co2"].conditioning.air, node.findings)
    told = node.sensors["co2"].conditioning.air()
    assert told.keys() == {"pressure"}
    assert told["pressure"] == pytest.approx(101_325, abs=500)
    assert node.sensors["air"].conditioning.air() == {}
    node.stop()
