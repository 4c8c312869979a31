"""SCD30: commands, floats to values (SCD30 interface description version 1.0, chapter 1.4)."""

from drivers.environment import sensirion
from drivers.errors import BadData

FIRMWARE = b"\xd1\x00"
START = b"\x00\x10"
READY = b"\x02\x02"
READ = b"\x03\x00"
READ_WORDS = 6
INTERVAL = b"\x46\x00"
ASC = b"\x53\x06"
ALTITUDE = b"\x51\x02"
RECALIBRATE = b"\x52\x04"
RUNS_BEFORE_S = 120.0
"""It must have measured for so long before a forced recalibration (1.4.6)."""
COMMAND_S = 0.004
"""At least 3 ms between writing and reading."""

NO_PRESSURE = 0
"""Argument of START: correct by the altitude."""


def pressure_word(pascal: float) -> int | None:
    """Ambient pressure in mbar; None beyond 700 to 1400, which the part does not take."""
    return round(pascal / 100) if 70_000 <= pascal <= 140_000 else None


def taken(reference: int, found: int) -> None:
    """Whether it says that it has taken the reference. Raises BadData."""
    if found != reference:
        raise BadData(
            f"the part has not taken the reference: it says {found} ppm", "try it once more"
        )


def values(words: tuple[int, ...]) -> tuple[float | None, float | None, float | None]:
    """CO2 in ppm, Cel and per cent; None beyond 40000 ppm, -40..70 Cel or 0..100 %.

    0 ppm is what the part says before it has measured: then there is no value at all.
    """
    co2, temperature, humidity = sensirion.floats(words)
    if co2 == 0:
        return None, None, None
    return (
        sensirion.within(co2, 0, 40_000),
        sensirion.within(temperature, -40, 70),
        sensirion.within(humidity, 0, 100),
    )
