"""Which sensors a frame is about, and what each of them says: its layout.

The sites that are common have a well-known one, which a frame names by 6 bits, its profile: doors,
which are the first sensors of the node's list, and behind them what measures their air. Any other
layout stands in the frame itself (profile 0).
"""

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from drivers.quantities import (
    CO2,
    COUNT_IN,
    COUNT_OUT,
    HUMIDITY,
    OCCUPANCY,
    PM2_5,
    PM10,
    PRESSURE,
    QUANTITIES,
    TEMPERATURE,
    VOC_INDEX,
    Kind,
    Quantity,
)
from gateway.encoding.compact.bits import BitReader, BitWriter
from gateway.encoding.compact.rows import Row
from gateway.encoding.compact.values import told

INLINE = 0
"""The profile of a frame that holds its layout."""
STATUS = 63
"""The profile of what holds no readings."""
MOST_SENSORS = 32


class Place(NamedTuple):
    """A sensor, by its place in the node's list, and its quantities."""

    sensor: int
    quantities: tuple[Quantity, ...]

    @property
    def is_numbered(self) -> bool:
        """Whether its parts usually have numbers: they have where something is counted."""
        return any(one.kind in (Kind.COUNTER, Kind.TOTAL) for one in self.quantities)


Layout = tuple[Place, ...]

MOST_DOORS = 4
DOOR = (COUNT_IN, COUNT_OUT)
AIRS: tuple[tuple[tuple[Quantity, ...], ...], ...] = (
    (),
    ((TEMPERATURE,),),
    ((TEMPERATURE, HUMIDITY),),
    ((TEMPERATURE, HUMIDITY, CO2),),
    ((TEMPERATURE, HUMIDITY, PRESSURE),),
    ((TEMPERATURE, HUMIDITY, PRESSURE, CO2),),
    ((CO2,),),
    ((TEMPERATURE, PRESSURE),),
    ((TEMPERATURE, HUMIDITY, PRESSURE), (CO2,)),
    ((TEMPERATURE, HUMIDITY), (VOC_INDEX,)),
    ((TEMPERATURE, HUMIDITY), (PM2_5, PM10)),
    ((TEMPERATURE, HUMIDITY, CO2), (OCCUPANCY,)),
)
"""What may stand behind the doors, sensor by sensor. Profile = doors * 12 + place in here."""


def well_known(profile: int) -> Layout:
    """Raises ValueError if there is none of that number."""
    doors, air = divmod(profile, len(AIRS))
    if profile == INLINE or doors > MOST_DOORS:
        raise ValueError(f"profile {profile} is not known")
    sensors = (DOOR,) * doors + AIRS[air]
    return tuple(Place(sensor, quantities) for sensor, quantities in enumerate(sensors))


WELL_KNOWN = {profile: well_known(profile) for profile in range(1, (MOST_DOORS + 1) * len(AIRS))}


def needed(rows: Sequence[Row]) -> dict[int, set[str]]:
    """Of each sensor that has a part in any row, the quantities that it needs."""
    names: dict[int, set[str]] = {}
    for row in rows:
        for part in row.parts:
            names.setdefault(part.sensor, set()).update(part.values)
    return names


def numbered(rows: Sequence[Row]) -> set[int]:
    """Sensors of which a part has numbers: an empty one of a door has them too."""
    return {part.sensor for row in rows for part in row.parts if part.first is not None}


def inline(names: Mapping[int, Set[str]]) -> Layout:
    """Just those, in the order of sensors and codes. Raises ValueError for unknown quantities."""
    return tuple(
        Place(sensor, tuple(sorted(map(told, names[sensor]), key=lambda one: one.code)))
        for sensor in sorted(names)
    )


def covering(names: Mapping[int, Set[str]], numbers: Set[int]) -> int | None:
    """The smallest well-known profile that has all of them; doors where there are numbers."""
    able = [profile for profile, layout in WELL_KNOWN.items() if _covers(layout, names)]
    return min(able, key=lambda profile: _misfit(WELL_KNOWN[profile], numbers), default=None)


def write(bits: BitWriter, layout: Layout) -> None:
    """Of a frame that holds its layout."""
    bits.natural(2, len(layout))
    behind = 0
    for place in layout:
        bits.natural(0, place.sensor - behind)
        bits.natural(0, len(place.quantities))
        for quantity in place.quantities:
            bits.natural(4, quantity.code - 1)
        behind = place.sensor + 1


def read(bits: BitReader) -> Layout:
    """Raises ValueError for what no program writes."""
    layout: list[Place] = []
    behind = 0
    for _ in range(bits.natural(2)):
        sensor = behind + bits.natural(0)
        if sensor >= MOST_SENSORS:
            raise ValueError(f"sensor {sensor}: there are {MOST_SENSORS} at most")
        layout.append(Place(sensor, _quantities(bits)))
        behind = sensor + 1
    return tuple(layout)


def _quantities(bits: BitReader) -> tuple[Quantity, ...]:
    codes = [bits.natural(4) + 1 for _ in range(bits.natural(0))]
    unknown = [code for code in codes if code not in _BY_CODE]
    if unknown or len(set(codes)) < len(codes):
        raise ValueError(f"quantities {codes}: each is named once and must be known")
    return tuple(_BY_CODE[code] for code in codes)


def _covers(layout: Layout, names: Mapping[int, Set[str]]) -> bool:
    there = {place.sensor: {one.name for one in place.quantities} for place in layout}
    return all(wanted <= there.get(sensor, set()) for sensor, wanted in names.items()) and (
        names.keys() <= there.keys()
    )


def _misfit(layout: Layout, numbers: Set[int]) -> tuple[int, int]:
    """Sensors whose numbers would be no usual ones; what the layout has in all."""
    unusual = sum(place.is_numbered != (place.sensor in numbers) for place in layout)
    return unusual, sum(1 + len(place.quantities) for place in layout)


_BY_CODE = {one.code: one for one in QUANTITIES.values() if one.radio is not None}
