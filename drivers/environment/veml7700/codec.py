"""VEML7700: commands, and counts to illuminance (Vishay 84286 rev. 1.7, application note 84323).

Every command is one byte with a little-endian word. At low gain the part reads too little in bright
light; the application note's polynomial puts it right. Its text begins with that at 1000 lx, its
figure at 100 lx: from 100 lx on, the seam is 1 % of the value instead of 7.5 %.
"""

from dataclasses import dataclass

CONFIGURATION = 0x00
POWER_SAVING = 0x03
AMBIENT_LIGHT = 0x04
DEVICE_ID = 0x07

VEML7700_ID = 0x81
"""The low byte of the identity; the high byte is that of the package."""
SHUT_DOWN = 0x0001
SATURATED = 0xFFFF

LUX_PER_COUNT = 0.0042
"""At gain 2 and 800 ms. Before rev. 1.7 the datasheet said 0.0036, which was wrong."""
LINEAR_LX = 100.0
HIGHEST_LX = 140_000.0
CORRECTION = (6.0135e-13, -9.3924e-9, 8.1488e-5, 1.0023, 0.0)
"""Of the fourth power of the uncorrected lux first."""

_GAIN_BITS = {1: 0b00, 2: 0b01, 0.125: 0b10, 0.25: 0b11}
_TIME_BITS = {25: 0b1100, 50: 0b1000, 100: 0b0000, 200: 0b0001, 400: 0b0010, 800: 0b0011}


@dataclass(frozen=True, slots=True)
class Range:
    """`gain` is 0.125, 0.25, 1 or 2; `milliseconds` 25, 50, 100, 200, 400 or 800."""

    gain: float
    milliseconds: int

    @property
    def configuration(self) -> int:
        """The word for CONFIGURATION, switched on."""
        return _GAIN_BITS[self.gain] << 11 | _TIME_BITS[self.milliseconds] << 6

    @property
    def lux_per_count(self) -> float:
        return LUX_PER_COUNT * (2 / self.gain) * (800 / self.milliseconds)


def word(data: bytes) -> int:
    """The answer to a command."""
    return data[0] | data[1] << 8


def command(code: int, value: int) -> bytes:
    """What sets a register."""
    return bytes([code, value & 0xFF, value >> 8])


def illuminance(counts: int, within: Range) -> float | None:
    """Lux; None = saturated, or beyond the part's 140 klx."""
    lux = counts * within.lux_per_count
    if lux > LINEAR_LX:
        lux = corrected(lux)
    return None if counts == SATURATED or lux > HIGHEST_LX else lux


def corrected(lux: float) -> float:
    """The polynomial of the application note, for gains 1/8 and 1/4."""
    value = 0.0
    for coefficient in CORRECTION:
        value = value * lux + coefficient
    return value
