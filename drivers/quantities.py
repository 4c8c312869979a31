"""The one table of everything a sensor can say: name, unit, resolution, range and kind.

Drivers, encodings and documentation are derived from it; nothing lists quantities a second time.
Units are UCUM codes. A counter's sample is the amount since the driver was constructed; the
gateway publishes it as the amount within the reading's interval and, where `total` names one, as
a running total that survives restarts.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How values combine over time: gauges average, counters add, states hold, totals grow."""

    GAUGE = "gauge"
    COUNTER = "counter"
    STATE = "state"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One row of the table; `resolution` is the smallest step that is stored and sent."""

    name: str
    unit: str
    resolution: float
    minimum: float
    maximum: float
    kind: Kind
    total: str | None = None

    @property
    def decimals(self) -> int:
        """Digits after the point that the resolution leaves, 0 for whole numbers."""
        _, _, fraction = f"{self.resolution:.9f}".rstrip("0").partition(".")
        return len(fraction)


TEMPERATURE = Quantity("temperature", "Cel", 0.01, -60, 125, Kind.GAUGE)
HUMIDITY = Quantity("humidity", "%", 0.01, 0, 100, Kind.GAUGE)
PRESSURE = Quantity("pressure", "Pa", 0.1, 30_000, 110_000, Kind.GAUGE)

COUNT_IN = Quantity("count_in", "1", 1, 0, 65_535, Kind.COUNTER, total="total_in")
COUNT_OUT = Quantity("count_out", "1", 1, 0, 65_535, Kind.COUNTER, total="total_out")
TOTAL_IN = Quantity("total_in", "1", 1, 0, 2**53, Kind.TOTAL)
TOTAL_OUT = Quantity("total_out", "1", 1, 0, 2**53, Kind.TOTAL)

TARGETS = Quantity("targets", "1", 1, 0, 255, Kind.STATE)
MOTION = Quantity("motion", "1", 1, 0, 1, Kind.STATE)
ACTIVATIONS = Quantity("activations", "1", 1, 0, 65_535, Kind.COUNTER)
OCCUPIED_TIME = Quantity("occupied_time", "s", 0.1, 0, 86_400, Kind.COUNTER)
BLIND_TIME = Quantity("blind_time", "s", 0.1, 0, 86_400, Kind.COUNTER)

QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        TEMPERATURE,
        HUMIDITY,
        PRESSURE,
        COUNT_IN,
        COUNT_OUT,
        TOTAL_IN,
        TOTAL_OUT,
        TARGETS,
        MOTION,
        ACTIVATIONS,
        OCCUPIED_TIME,
        BLIND_TIME,
    )
}
