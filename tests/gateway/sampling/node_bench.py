"""Sensors of one bus with their conditioning, on a simulated clock, and what reached the log."""

from collections.abc import Sequence
from typing import Any, ClassVar

from drivers.contract import Driver, Sample
from drivers.quantities import TEMPERATURE, Quantity
from gateway.backoff import Backoff
from gateway.config import Sensor as SensorConfig
from gateway.model import Gap, Moment, Note, Reading
from gateway.sampling.conditioning import Conditioning
from gateway.sampling.grid import Grid
from gateway.sampling.neighbours import Neighbours
from gateway.sampling.sampler import Sampler
from gateway.sampling.sensor import Sensor
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000


class Scripted(Driver):
    """A thermometer that answers what the test wants; an exception is raised.

    Without an answer it says 20, and a thousandth more with each reading. `taken` has what it said,
    and when.
    """

    channels: ClassVar[Sequence[Quantity]] = (TEMPERATURE,)

    def __init__(self, clock: SimulatedClock) -> None:
        self.answers: list[Any] = []
        self.broken: Exception | None = None
        self.taken: list[tuple[int, float]] = []
        self._clock = clock

    def open(self) -> None:
        if self.broken is not None:
            raise self.broken

    def read(self) -> Sample:
        answer = self.answers.pop(0) if self.answers else self.broken
        if isinstance(answer, Exception):
            raise answer
        value = 20 + len(self.taken) / 1000 if answer is None else answer
        self.taken.append((self._clock.now_ns(), value))
        return {"temperature": value}

    def close(self) -> None:
        """Nothing is held."""


class Bench:
    """Sensors as configured, each with its driver; a log that keeps what it is given."""

    def __init__(
        self,
        *sensors: tuple[SensorConfig, Driver],
        clock: SimulatedClock,
        until: Moment | None = None,
    ) -> None:
        self.clock = clock
        self.grid = Grid()
        self.stream: list[Reading | Gap] = []
        self.full = False
        self._until = until
        self.neighbours = Neighbours({own.name: own.interval_s for own, _ in sensors}, clock)
        self.sensors = {own.name: self._sensor(own, driver) for own, driver in sensors}
        self.sampler = Sampler(list(self.sensors.values()), self, clock)

    def _sensor(self, config: SensorConfig, driver: Driver) -> Sensor:
        return Sensor(
            config.name,
            driver,
            config.interval_s,
            self.clock,
            self.grid,
            Backoff(1.0, 5.0),
            Conditioning(config, driver.channels, self.neighbours, self.clock),
        )

    @property
    def has_room(self) -> bool:
        return not self.full

    def of(self, sensor: str) -> list[Reading]:
        """The readings of that sensor."""
        found = [one for one in self.stream if isinstance(one, Reading)]
        return [one for one in found if one.sensor == sensor]

    @property
    def gaps(self) -> list[Gap]:
        return [one for one in self.stream if isinstance(one, Gap)]

    def begun(self, sensor: str) -> Note | None:
        return None

    def measured_until(self, sensor: str) -> Moment | None:
        return self._until

    def append(self, reading: Reading) -> Reading:
        self.stream.append(reading)
        return reading

    def append_gap(self, gap: Gap) -> None:
        self.stream.append(gap)

    def note(self, note: Note) -> None:
        raise AssertionError("nothing here counts")

    def run(self, seconds: float) -> None:
        end_ns = self.clock.now_ns() + round(seconds * 1e9)
        while (wait := self.sampler.sample_once()) * 1e9 + self.clock.now_ns() < end_ns:
            self.clock.sleep(wait)
        self.clock.sleep((end_ns - self.clock.now_ns()) / 1e9)


def configured(name: str = "s0", **fields: Any) -> SensorConfig:
    """As the configuration would say it; driver and bus are the test's."""
    return SensorConfig(name=name, driver="scripted", bus="bench", **fields)
