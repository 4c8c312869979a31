"""The one table of everything a sensor can say: name, unit, resolution, range and kind.

Drivers, encodings and documentation are derived from it; nothing lists quantities a second time.
Units are UCUM codes. A counter's sample is the amount since the driver was constructed; the
gateway publishes it as the amount within the reading's interval and, where `total` names one, as
a running total that survives restarts.
"""

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from functools import lru_cache, partial


class Kind(StrEnum):
    """How values combine over time: gauges average, counters add, states hold, totals grow."""

    GAUGE = "gauge"
    COUNTER = "counter"
    STATE = "state"
    TOTAL = "total"


class Mean(StrEnum):
    """How gauges average: by value, by angle (degrees), by energy (decibels), by logarithm."""

    ARITHMETIC = "arithmetic"
    CIRCULAR = "circular"
    ENERGETIC = "energetic"
    GEOMETRIC = "geometric"


class Rank(IntEnum):
    """What is kept longest when room runs out: the lowest goes first, alarms never."""

    DIAGNOSTIC = 0
    GAUGE = 1
    STATE = 2
    COUNT = 3
    ALARM = 4


_RANKS = {
    Kind.GAUGE: Rank.GAUGE,
    Kind.STATE: Rank.STATE,
    Kind.COUNTER: Rank.COUNT,
    Kind.TOTAL: Rank.COUNT,
}


@dataclass(frozen=True, slots=True)
class Radio:
    """How a quantity is told where each bit counts; part of a wire format (docs/lorawan-format.md).

    In steps of `resolution`. What stands by itself has `bits` bits from `low` on, and outside of
    them an escape; without `low` it is short for small numbers and grows with them, `bits` = where
    it begins to. What follows another value is told as its difference, `change` likewise.
    """

    resolution: float
    low: float | None = None
    bits: int = 3
    change: int = 0


@dataclass(frozen=True, slots=True)
class Quantity:
    """One row of the table; `resolution` is the smallest step that is stored and sent.

    `own_rank` is for a quantity that is worth more or less than others of its kind; what is
    `about_people` is nowhere finer than the reporting window (docs/privacy.md). `code` names it in
    the compact encoding: it is never changed, and never given to another. Without `radio` it is not
    told there.
    """

    name: str
    unit: str
    resolution: float
    minimum: float
    maximum: float
    kind: Kind
    code: int = 0
    radio: Radio | None = None
    total: str | None = None
    own_rank: Rank | None = None
    mean: Mean = Mean.ARITHMETIC
    about_people: bool = False

    @property
    def rank(self) -> Rank:
        """How long it is kept when room runs out."""
        return _RANKS[self.kind] if self.own_rank is None else self.own_rank

    @property
    def decimals(self) -> int:
        """Digits after the point that the resolution leaves, 0 for whole numbers."""
        _, _, fraction = f"{self.resolution:.9f}".rstrip("0").partition(".")
        return len(fraction)


TEMPERATURE = Quantity("temperature", "Cel", 0.01, -60, 125, Kind.GAUGE, 1, Radio(0.1, 10, 8))
HUMIDITY = Quantity("humidity", "%", 0.01, 0, 100, Kind.GAUGE, 2, Radio(1, 0, 7))
PRESSURE = Quantity("pressure", "Pa", 0.1, 30_000, 110_000, Kind.GAUGE, 3, Radio(10, 94_000, 10, 1))
CO2 = Quantity("co2", "[ppm]", 1, 0, 40_000, Kind.GAUGE, 4, Radio(10, 350, 8, 1))
GAS_RESISTANCE = Quantity(
    "gas_resistance", "Ohm", 1, 0, 10**9, Kind.GAUGE, 5, Radio(100, None, 9, 4), mean=Mean.GEOMETRIC
)
VOC_RAW = Quantity("voc_raw", "1", 1, 0, 65_535, Kind.GAUGE, 6, Radio(1, None, 13, 4))
VOC_INDEX = Quantity("voc_index", "1", 1, 0, 500, Kind.GAUGE, 7, Radio(1, None, 6, 2))
PM1 = Quantity("pm1", "ug/m3", 0.1, 0, 10_000, Kind.GAUGE, 8, Radio(0.5, None, 3, 1))
PM2_5 = Quantity("pm2_5", "ug/m3", 0.1, 0, 10_000, Kind.GAUGE, 9, Radio(0.5, None, 3, 1))
PM4 = Quantity("pm4", "ug/m3", 0.1, 0, 10_000, Kind.GAUGE, 10, Radio(0.5, None, 4, 1))
PM10 = Quantity("pm10", "ug/m3", 0.1, 0, 10_000, Kind.GAUGE, 11, Radio(0.5, None, 4, 1))
ILLUMINANCE = Quantity("illuminance", "lx", 0.01, 0, 200_000, Kind.GAUGE, 12, Radio(1, None, 6, 4))
SOUND_LEVEL = Quantity(
    "sound_level", "dB[SPL]", 0.1, 0, 140, Kind.GAUGE, 13, Radio(0.5, 30, 7, 1), mean=Mean.ENERGETIC
)
WIND_SPEED = Quantity("wind_speed", "m/s", 0.1, 0, 75, Kind.GAUGE, 14, Radio(0.1, None, 4, 2))
WIND_DIRECTION = Quantity(
    "wind_direction", "deg", 1, 0, 360, Kind.GAUGE, 15, Radio(5, 0, 7, 2), mean=Mean.CIRCULAR
)

_of_people = partial(Quantity, about_people=True)

COUNT_IN = _of_people("count_in", "1", 1, 0, 65_535, Kind.COUNTER, 16, Radio(1), total="total_in")
COUNT_OUT = _of_people(
    "count_out", "1", 1, 0, 65_535, Kind.COUNTER, 17, Radio(1), total="total_out"
)
TOTAL_IN = _of_people("total_in", "1", 1, 0, 2**53, Kind.TOTAL, 18, Radio(1, None, 12, 3))
TOTAL_OUT = _of_people("total_out", "1", 1, 0, 2**53, Kind.TOTAL, 19, Radio(1, None, 12, 3))

TARGETS = _of_people("targets", "1", 1, 0, 255, Kind.STATE, 20, Radio(1, None, 0))
MOTION = _of_people("motion", "1", 1, 0, 1, Kind.STATE, 21, Radio(1, None, 0))
ACTIVATIONS = _of_people("activations", "1", 1, 0, 65_535, Kind.COUNTER, 22, Radio(1))
OCCUPIED_TIME = _of_people(
    "occupied_time", "s", 0.1, 0, 86_400, Kind.COUNTER, 23, Radio(0.1, None, 6)
)
BLIND_TIME = _of_people("blind_time", "s", 0.1, 0, 86_400, Kind.COUNTER, 24, Radio(0.1, None, 6))
"""Also of people: whoever stands in a beam makes it blind."""

OCCUPANCY = _of_people("occupancy", "1", 1, 0, 65_535, Kind.STATE, 25, Radio(1, None, 2))
OCCUPANCY_DRIFT = _of_people(
    "occupancy_drift", "1", 1, -65_535, 65_535, Kind.STATE, 26, Radio(1, None, 2)
)

QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        TEMPERATURE,
        HUMIDITY,
        PRESSURE,
        CO2,
        GAS_RESISTANCE,
        VOC_RAW,
        VOC_INDEX,
        PM1,
        PM2_5,
        PM4,
        PM10,
        ILLUMINANCE,
        SOUND_LEVEL,
        WIND_SPEED,
        WIND_DIRECTION,
        COUNT_IN,
        COUNT_OUT,
        TOTAL_IN,
        TOTAL_OUT,
        TARGETS,
        MOTION,
        ACTIVATIONS,
        OCCUPIED_TIME,
        BLIND_TIME,
        OCCUPANCY,
        OCCUPANCY_DRIFT,
    )
}

THINNED = ("_min", "_max", "_n")
"""What stands beside the mean of a gauge (or the last of a state) made of several values."""
RAW = "_raw"
"""A value as the part has said it, beside the corrected one."""
FLAGS = "_flags"
"""What is suspect about the value beside it: bits, see gateway/model.py."""


@lru_cache(maxsize=1024)
def quantity(name: str) -> Quantity:
    """The row of the table, also for `temperature_min`, `_max`, `_n`, `_raw` and `_flags`.

    Raises KeyError.
    """
    if name in QUANTITIES:
        return QUANTITIES[name]
    base, _, suffix = name.rpartition("_")
    whole = QUANTITIES.get(base)
    if f"_{suffix}" not in (*THINNED, RAW, FLAGS) or whole is None:
        raise KeyError(name)
    if whole.kind not in (Kind.GAUGE, Kind.STATE):
        raise KeyError(name)
    if suffix in ("n", "flags"):
        beside = replace(whole, unit="1", resolution=1, minimum=0, maximum=2**53)
    else:
        beside = whole
    return replace(beside, name=name, code=0, radio=None)
