"""Several VL53L1X on one bus, opened by the sampler, whose waits interleave."""

from drivers.bus.sim import SimulatedI2c
from drivers.people.vl53l1x.driver import Vl53l1x, Vl53l1xConfig
from drivers.people.vl53l1x.model import Vl53l1xModel
from drivers.simulation.scene import View
from gateway.backoff import Backoff
from gateway.model import Gap, Moment, Note, Reading
from gateway.sampling.fibers import CooperativeTimebase
from gateway.sampling.grid import Grid
from gateway.sampling.sampler import Sampler
from gateway.sampling.sensor import Sensor
from tests.gateway.simulated_clock import SimulatedClock

DOORS = range(4)


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
        raise AssertionError(gap)

    def note(self, note: Note) -> None:
        pass


def test_doors_that_are_opened_at_once_wake_one_after_the_other() -> None:
    """All wake at 0x29: two at a time would be told one address, and be one for ever."""
    clock, log = SimulatedClock(), Log()
    bus = SimulatedI2c(time=CooperativeTimebase(clock))
    configs = [
        Vl53l1xConfig(mounting_height_mm=2400, address=0x30 + door, xshut=5 + door)
        for door in DOORS
    ]
    for config in configs:
        bus.attach(Vl53l1xModel(config))
    bus.step(View(0.0))
    sensors = [
        Sensor(f"door-{door}", Vl53l1x(bus, config), 60.0, clock, Grid(), Backoff(1.0, 60.0))
        for door, config in enumerate(configs)
    ]
    sampler = Sampler(sensors, log, clock)
    end_ns = clock.now_ns() + 130_000_000_000
    while clock.now_ns() < end_ns:
        clock.sleep(min(sampler.sample_once(), 0.02))
        bus.step(View(clock.now_ns() / 1e9))
    assert [sensor.failed for sensor in sensors] == [0, 0, 0, 0]
    assert sorted(reading.sensor for reading in log.readings) == sorted(
        2 * [sensor.name for sensor in sensors]
    )
    for door in DOORS:
        one = bus.at(configs[door].address)
        assert one is not None
        assert one.address == configs[door].address
    sampler.close()
