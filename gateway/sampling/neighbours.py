"""The newest values of all sensors of a node, for those that are corrected or judged by others."""

from collections.abc import Mapping

from drivers.quantities import FLAGS
from gateway.clock import Clock
from gateway.model import Flag, Reading

FRESH_INTERVALS = 3
FRESH_AT_LEAST_NS = 60_000_000_000
_NOTHING = Flag(0)


class Neighbours:
    """`intervals` in seconds by sensor. Each sensor is told of by one thread, asked for by any."""

    def __init__(self, intervals: Mapping[str, float], clock: Clock) -> None:
        self._fresh_ns = {
            name: max(FRESH_AT_LEAST_NS, round(seconds * FRESH_INTERVALS * 1e9))
            for name, seconds in intervals.items()
        }
        self._newest: dict[str, Reading] = {}
        self._clock = clock

    def tell(self, reading: Reading) -> None:
        """The newest reading of its sensor."""
        self._newest[reading.sensor] = reading

    def value(self, sensor: str, quantity: str, despite: Flag = _NOTHING) -> float | None:
        """What that sensor says; None if nothing, nothing of late, or nothing to rely on.

        It is relied on if nothing is suspect about it, or only what `despite` names.
        """
        reading = self._newest.get(sensor)
        if reading is None or int(reading.values.get(quantity + FLAGS) or 0) & ~despite:
            return None
        if self._clock.now_ns() - reading.up_ns > self._fresh_ns[sensor]:
            return None
        return reading.values.get(quantity)
