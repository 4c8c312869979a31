"""SCD4x: commands, words to values (datasheet SCD4x version 1.3, chapter 3)."""

from drivers.environment import sensirion
from drivers.errors import BadData

WAKE = b"\x36\xf6"
WAKE_S = 0.030
STOP = b"\x3f\x86"
STOP_S = 0.500
SERIAL = b"\x36\x82"
VARIANT = b"\x20\x2f"
NAMES = {0: "SCD40", 1: "SCD41"}
"""By the highest four bits of VARIANT."""
READY = b"\xe4\xb8"
READ = b"\xec\x05"
COMMAND_S = 0.001
RECALIBRATE = b"\x36\x2f"
RECALIBRATE_S = 0.400
RUNS_BEFORE_S = 180.0
"""It must have measured for so long before a forced recalibration (3.8.1)."""

START = {"periodic": b"\x21\xb1", "low_power": b"\x21\xac"}
INTERVAL_S = {"periodic": 5.0, "low_power": 30.0}

SET_OFFSET, GET_OFFSET = b"\x24\x1d", b"\x23\x18"
SET_ALTITUDE, GET_ALTITUDE = b"\x24\x27", b"\x23\x22"
SET_PRESSURE = b"\xe0\x00"
SET_ASC, GET_ASC = b"\x24\x16", b"\x23\x13"


def is_ready(word: int) -> bool:
    """Whether there is a measurement that was not read; the upper five bits say other things."""
    return word & 0x07FF != 0


def values(words: tuple[int, ...]) -> tuple[float | None, float | None, float | None]:
    """CO2 in ppm, Cel and per cent; None beyond 40000 ppm or -10..60 Cel.

    0 ppm is what the part says before it has measured: then there is no value at all.
    """
    if words[0] == 0:
        return None, None, None
    temperature = sensirion.within(sensirion.temperature(words[1]), -10, 60)
    humidity = None if temperature is None else sensirion.humidity(words[2])
    return sensirion.within(words[0], 1, 40_000), temperature, humidity


def pressure_word(pascal: float) -> int | None:
    """Ambient pressure in hPa; None beyond 700 to 1200, which the part does not take."""
    return round(pascal / 100) if 70_000 <= pascal <= 120_000 else None


def correction(word: int) -> int:
    """By how many ppm a forced recalibration has moved the values. Raises BadData if it failed."""
    if word == 0xFFFF:
        raise BadData(
            "the part says that the recalibration has failed",
            "let it measure for 3 min in air that does not change, in the mode it is used in",
        )
    return word - 0x8000


def offset_word(kelvin: float) -> int:
    """What is taken off the measured temperature, as the part wants it."""
    return round(kelvin * 65535 / 175)
