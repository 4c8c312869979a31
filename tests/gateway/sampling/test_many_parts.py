"""All I2C parts for the air on one bus, due at once: who begins when, by a simulated clock.

Conversions and transfers take the time that they take on a wire; the test takes none.
"""

from collections import defaultdict
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from drivers import registry
from drivers.bus.sim import SimulatedI2c, Wire
from drivers.contract import I2cModel
from drivers.simulation.scene import View
from gateway.backoff import Backoff
from gateway.model import Gap, Moment, Note, Reading
from gateway.sampling.fibers import CooperativeTimebase
from gateway.sampling.grid import Grid
from gateway.sampling.sampler import Sampler
from gateway.sampling.sensor import Sensor
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000
LATE_NS = SECOND // 10
MINUTE = 60.0
PARTS: dict[str, dict[str, Any]] = {
    "bh1750": {},
    "bme280": {"address": 0x76},
    "bme680": {"address": 0x77, "burn_in_s": 0},
    "mcp9808": {},
    "scd30": {},
    "scd4x": {},
    "sgp40": {},
    "sht3x": {"address": 0x44},
    "sht4x": {"address": 0x45},
    "sps30": {},
    "tsl2591": {},
    "veml7700": {},
}


class WatchedI2c(SimulatedI2c):
    """Remembers when each address was spoken to, and what was written there."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.clock = clock
        self.spoken: dict[int, list[int]] = defaultdict(list)
        self.written: set[tuple[int, bytes]] = set()
        super().__init__(time=CooperativeTimebase(clock), wire=Wire(clock))

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        self.spoken[address].append(self.clock.now_ns())
        self.written.add((address, write))
        return super().transfer(address, write, read)


class Node:
    """One bus with all of them, once a minute each, in some light."""

    has_room = True

    def __init__(self, lux: float) -> None:
        self.clock = SimulatedClock()
        self.bus = WatchedI2c(self.clock)
        self.readings: list[Reading] = []
        self.addresses: dict[str, int] = {}
        self.sensors = [self.sensor(name, options) for name, options in PARTS.items()]
        self.bus.step(View(0.0, illuminance=lux))
        self.sampler = Sampler(self.sensors, self, self.clock)

    def sensor(self, name: str, options: dict[str, Any]) -> Sensor:
        part = registry.part(name)
        config = msgspec.convert(options, part.config)
        self.addresses[name] = config.address
        model = part.model(config)
        assert isinstance(model, I2cModel)
        self.bus.attach(model)
        driver = part.driver(self.bus, config)
        return Sensor(name, driver, MINUTE, self.clock, Grid(), Backoff(1.0, 60.0))

    def begun(self, sensor: str) -> Note | None:
        return None

    def measured_until(self, sensor: str) -> Moment | None:
        return None

    def append(self, reading: Reading) -> Reading:
        self.readings.append(reading)
        return reading

    def append_gap(self, gap: Gap) -> None:
        raise AssertionError(f"missed: {gap}")

    def note(self, note: Note) -> None:
        pass

    def run(self, until_s: float) -> None:
        while self.clock.now_ns() < until_s * SECOND:
            self.clock.sleep(min(self.sampler.sample_once(), 1.0))

    def began(self, name: str, minute: int) -> int:
        """When its reading of that minute began, in ns after the boundary."""
        boundary_ns = round(minute * MINUTE * SECOND)
        return min(at for at in self.bus.spoken[self.addresses[name]] if at >= boundary_ns) - (
            boundary_ns
        )


@pytest.fixture(params=[0.05, 300.0, 50_000.0], ids=["night", "room", "sun"])
def node(request: pytest.FixtureRequest) -> Node:
    made = Node(request.param)
    made.run(5 * MINUTE + 5)
    made.sampler.close()
    return made


def test_a_dozen_parts_that_are_due_at_once_all_begin_in_time(node: Node) -> None:
    asked = [name for name in PARTS if name != "sgp40"]  # it is polled
    late = {name: max(node.began(name, minute) for minute in range(1, 6)) for name in asked}
    assert max(late.values()) < LATE_NS, late
    assert all(sensor.measured == 6 and not sensor.failed for sensor in node.sensors)


def test_the_part_that_wants_to_be_asked_each_second_is(node: Node) -> None:
    spoken = [at for at in node.bus.spoken[0x59] if at > 10 * SECOND][:-1]
    asked = spoken[1::2] if spoken[1] - spoken[0] < SECOND // 10 else spoken[::2]
    for earlier, later in pairwise(asked):
        assert abs(later - earlier - SECOND) < LATE_NS
    assert abs((asked[-1] - asked[0]) / (len(asked) - 1) - SECOND) < SECOND // 1000


def test_what_they_say_is_what_they_say_alone(node: Node) -> None:
    """Nobody's dialogue is spoilt by those who speak in between."""
    last = {reading.sensor: reading.values for reading in node.readings}
    assert all(value is not None for values in last.values() for value in values.values()), last
    assert last["sht3x"]["temperature"] == pytest.approx(21, abs=0.1)
    assert last["mcp9808"]["temperature"] == pytest.approx(21, abs=0.1)
    assert last["scd4x"]["co2"] == pytest.approx(620, abs=1)


def test_nobody_writes_to_the_calibration_of_a_part(node: Node) -> None:
    """Forced recalibration of the SCD4x and the SCD30; the fan of the SPS30 is cleaned by none."""
    for address, command in ((0x62, "362f"), (0x61, "5204"), (0x62, "3615"), (0x69, "5607")):
        assert not [
            one for at, one in node.bus.written if at == address and one.hex()[:4] == command
        ]
