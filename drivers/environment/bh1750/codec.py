"""BH1750FVI: opcodes and counts to illuminance (ROHM datasheet 2011.11 rev. D).

Every opcode is one byte and a transfer of its own. A result is one big-endian word.
"""

from dataclasses import dataclass

POWER_DOWN = 0x00
POWER_ON = 0x01
HIGH_RESOLUTION = 0x20
"""One measurement, 1 lx a count at the default time, then power down."""
HIGH_RESOLUTION_2 = 0x21
"""The same with 0.5 lx a count."""

DEFAULT_TIME = 69
SHORTEST_TIME = 31
LONGEST_TIME = 254
SATURATED = 0xFFFF
COUNTS_PER_LUX = 1.2
LONGEST_CONVERSION_S = 0.180
"""Of either mode with the measurement time of 69; it grows with that time."""


@dataclass(frozen=True, slots=True)
class Range:
    """How one measurement is made; `time` is the measurement time register, 31..254."""

    opcode: int
    time: int

    @property
    def counts_per_lux(self) -> float:
        halves = 2 if self.opcode == HIGH_RESOLUTION_2 else 1
        return COUNTS_PER_LUX * halves * self.time / DEFAULT_TIME

    @property
    def conversion_s(self) -> float:
        """Longest duration of the measurement."""
        return LONGEST_CONVERSION_S * self.time / DEFAULT_TIME


def measurement_time(time: int) -> tuple[int, int]:
    """The two opcodes that set the register: its upper three bits, its lower five."""
    return 0x40 | time >> 5, 0x60 | time & 0x1F


def counts(answer: bytes) -> int:
    """The word of a result."""
    return answer[0] << 8 | answer[1]


def illuminance(counts: int, within: Range) -> float | None:
    """Lux; None = saturated, or nothing has answered."""
    return None if counts == SATURATED else counts / within.counts_per_lux
