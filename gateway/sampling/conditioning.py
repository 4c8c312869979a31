"""What a sensor at its bus needs to make readings of samples: the conditioner, and who it asks."""

from collections.abc import Sequence

from drivers.contract import Sample
from drivers.quantities import Quantity
from gateway.clock import Clock
from gateway.conditioning import Conditioned, Conditioner
from gateway.config import Sensor as SensorConfig
from gateway.model import Finding, Reading
from gateway.sampling.neighbours import Neighbours
from gateway.sampling.suspects import Suspects, due


class Conditioning:
    """Of one sensor, whose driver measures `channels`; used by its thread, but for `findings`."""

    def __init__(
        self,
        config: SensorConfig,
        channels: Sequence[Quantity],
        neighbours: Neighbours,
        clock: Clock,
    ) -> None:
        self.average = config.average
        self._config = config
        self._clock = clock
        self._neighbours = neighbours
        self._suspects = Suspects(config.name, channels, clock)
        self._conditioner = Conditioner(
            channels,
            config.calibrations,
            config.checks,
            neighbours.value,
            averages=config.average is not None,
        )

    @classmethod
    def plain(cls, name: str, channels: Sequence[Quantity], clock: Clock) -> "Conditioning":
        """Of a sensor of which nothing is configured and that has no neighbours."""
        config = SensorConfig(name=name, driver=name, bus=name)
        return cls(config, channels, Neighbours({name: config.interval_s}, clock), clock)

    @property
    def taken(self) -> int:
        """How many samples no reading carries yet."""
        return self._conditioner.taken

    def air(self) -> dict[str, float]:
        """What its driver is told before a read: values of others, where configured and known.

        What is not known is left out. The part then keeps what it was told last: the air of an hour
        ago is nearer to the truth than any default.
        """
        by = self._config.compensation
        if not by:
            return {}
        found = {name: self._neighbours.value(sensor, name) for name, sensor in by.items()}
        return {name: value for name, value in found.items() if value is not None}

    def take(self, sample: Sample, up_ns: int) -> None:
        """What the part has said at that moment."""
        self._conditioner.take(sample, up_ns)
        self._suspects.look(self._conditioner.suspicions, up_ns)

    def conclude(self) -> Conditioned:
        """The reading of what was taken."""
        return self._conditioner.conclude()

    def tell(self, reading: Reading) -> None:
        """Others may go by it."""
        self._neighbours.tell(reading)

    def findings(self, utc_ns: int | None) -> list[Finding]:
        """What is wrong with its values; `utc_ns` of now. For any thread."""
        overdue = due(self._config.name, self._config.calibrations, utc_ns, self._clock.now_ns())
        return [*self._suspects.findings(), *overdue]
