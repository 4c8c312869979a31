"""One sensor on the wire, for verbs that ask its part themselves instead of the daemon."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import msgspec

from drivers.contract import Driver, Sample
from drivers.simulation.world import World
from drivers.timebase import Timebase
from gateway.buses import Buses
from gateway.cli.progress import shown
from gateway.clock import Clock, SystemClock
from gateway.config import Config, ConfigError, ConfigFault, Sensor, lineage
from gateway.worker import repeating

LISTEN_S = 1.0
"""A part that speaks by itself is heard this long before it is read."""

EVERY_S = 2.0
"""Between two readings: parts that measure only when they are asked warm themselves if asked
more."""


def named(loaded: Config, name: str, file: str) -> Sensor:
    """The sensor of that name. Raises ConfigError if there is none."""
    for sensor in loaded.sensors:
        if sensor.name == name:
            return sensor
    known = ", ".join(sensor.name for sensor in loaded.sensors)
    fault = ConfigFault("sensors", 0, f"no sensor {name!r}", f"known are: {known}")
    raise ConfigError(file, [fault])


class Live:
    """A part that is open, asked as the gateway asks it; each wait is shown."""

    def __init__(self, driver: Driver, time: Timebase) -> None:
        self.driver = driver
        self._time = time

    def first(self, air: Mapping[str, float]) -> Sample:
        """The first reading that has all values, or the last before they must have come."""
        self.driver.compensate(air)
        if self.driver.poll_every is not None:
            self._wait(LISTEN_S)
        sample, until_s = self.driver.read(), self.driver.first_value_s
        if None in sample.values():
            for later, _ in self.listen(until_s, "waits for values"):
                sample = {**sample, **{k: v for k, v in later.items() if v is not None}}
                if None not in sample.values():
                    break
        return sample

    def listen(self, seconds: float, what: str) -> Iterator[tuple[Sample, float]]:
        """Readings for so long, each with the seconds since the begin; some without values."""
        begin_ns = self._time.now_ns()
        end_ns = begin_ns + round(seconds * 1e9)
        with shown(what) as progress:
            while (left_ns := end_ns - self._time.now_ns()) > 0:
                self._wait(min(EVERY_S, left_ns / 1e9))
                sample = self.driver.read()
                passed_s = (self._time.now_ns() - begin_ns) / 1e9
                progress(_said(what, sample), passed_s, seconds)
                yield sample, passed_s

    def _wait(self, seconds: float) -> None:
        end_ns = self._time.now_ns() + round(seconds * 1e9)
        every_s = self.driver.poll_every
        while (left_ns := end_ns - self._time.now_ns()) > 0:
            self._time.sleep(min(every_s or seconds, left_ns / 1e9))
            if every_s is not None:
                self.driver.poll()


@contextmanager
def opened(
    loaded: Config, sensor: Sensor, simulate: bool
) -> Iterator[tuple[Live, dict[str, float]]]:
    """That sensor, and what those nearby say that its part is compensated by."""
    near = [s for s in loaded.sensors if s.name in sensor.compensation.values()]
    buses = Buses(_only(loaded, [sensor, *near]), simulate)
    with turning(buses.world, SystemClock()):
        try:
            samples = {one.name: _sample(one, buses) for one in near}
            told = {name: samples[one].get(name) for name, one in sensor.compensation.items()}
            air = {name: value for name, value in told.items() if value is not None}
            with _live(sensor, buses) as live:
                yield live, air
        finally:
            buses.close()


@contextmanager
def _live(sensor: Sensor, buses: Buses) -> Iterator[Live]:
    port = buses.ports[sensor.bus]
    driver = sensor.part.driver(port, sensor.options)
    try:
        driver.open()
        yield Live(driver, port.time)
    finally:
        driver.close()


def _sample(sensor: Sensor, buses: Buses) -> Sample:
    with _live(sensor, buses) as live:
        return live.first({})


def turning(world: World | None, clock: Clock) -> AbstractContextManager[None]:
    """The simulated world, if there is one, moves on for as long as this lasts."""
    return nullcontext() if world is None else repeating("world", world.step, clock, LISTEN_S)


def _only(loaded: Config, sensors: Sequence[Sensor]) -> Config:
    """The configuration of those alone: nothing else is opened, or simulated."""
    names = {name for sensor in sensors for name in lineage(loaded.buses, sensor.bus)}
    buses = {name: bus for name, bus in loaded.buses.items() if name in names}
    return msgspec.structs.replace(loaded, sensors=tuple(sensors), buses=buses)


def _said(what: str, sample: Sample) -> str:
    values = ", ".join(f"{name} {value:g}" for name, value in sample.items() if value is not None)
    return f"{what}: {values}" if values else what
