"""TSL2591: registers, and counts of its two photodiodes to illuminance (ams DS000338).

Channel 0 sees visible and infrared light, channel 1 infrared only. The datasheet gives no formula
for lux; this is the one that ams published for the part (its coefficients as in Adafruit's
CircuitPython driver), two straight lines of which the larger holds: one for lamps, one for daylight
and bulbs with much infrared.
"""

import struct
from dataclasses import dataclass

COMMAND = 0xA0
"""Command bit and "normal operation"; the register number is or-ed to it."""
ENABLE = COMMAND | 0x00
CONTROL = COMMAND | 0x01
DEVICE_ID = COMMAND | 0x12
STATUS = COMMAND | 0x13
DATA = COMMAND | 0x14
DATA_LENGTH = 4

TSL2591_ID = 0x50
OFF = 0x00
ON = 0x03
"""Oscillator (PON) and converters (AEN)."""
STATUS_VALID = 0x01
"""A whole integration has ended since AEN was set."""

GAINS = (1, 25, 428, 9876)
"""By the bits 5:4 of CONTROL: low, medium, high, maximum; typical values."""
STEP_MS = 100
LONGEST_STEP_MS = 108
FULL_SCALE_OF_ONE_STEP = 36863
FULL_SCALE = 65535

LUX_PER_COUNT = 408.0
"""At gain 1 and 1 ms, behind no glass (device factor)."""
INFRARED_OF_LAMPS = 1.64
VISIBLE_OF_DAYLIGHT = 0.59
INFRARED_OF_DAYLIGHT = 0.86


@dataclass(frozen=True, slots=True)
class Range:
    """`gain` is an index of GAINS, `steps` of 100 ms are 1..6."""

    gain: int
    steps: int

    @property
    def control(self) -> int:
        """The byte for CONTROL."""
        return self.gain << 4 | self.steps - 1

    @property
    def sensitivity(self) -> int:
        """Counts grow with it: gain times milliseconds."""
        return GAINS[self.gain] * self.steps * STEP_MS

    @property
    def full_scale(self) -> int:
        """Counts at which a channel is saturated."""
        return FULL_SCALE_OF_ONE_STEP if self.steps == 1 else FULL_SCALE

    @property
    def conversion_s(self) -> float:
        """Longest duration of the integration."""
        return self.steps * LONGEST_STEP_MS / 1000


@dataclass(frozen=True, slots=True)
class Counts:
    """One result of both photodiodes."""

    all_light: int
    infrared: int

    def saturated(self, within: Range) -> bool:
        return max(self.all_light, self.infrared) >= within.full_scale


def counts(data: bytes) -> Counts:
    """From registers 14..17: two little-endian words."""
    return Counts(*struct.unpack("<HH", data))


def illuminance(counts: Counts, within: Range) -> float:
    """Lux; 0 where the noise of the dark, or infrared alone, would make it negative."""
    per_lux = within.sensitivity / LUX_PER_COUNT
    lamps = counts.all_light - INFRARED_OF_LAMPS * counts.infrared
    daylight = VISIBLE_OF_DAYLIGHT * counts.all_light - INFRARED_OF_DAYLIGHT * counts.infrared
    return max(lamps, daylight, 0.0) / per_lux
