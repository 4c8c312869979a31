"""SPS30 on I2C: commands, floats to values (datasheet SPS30 version 1.0 of 2020, 4 and 6)."""

from typing import NamedTuple

from drivers.environment import sensirion

WAKE = b"\x11\x03"
PRODUCT_TYPE = b"\xd0\x02"
PRODUCT_TYPE_WORDS = 4
SPS30 = "00080000"
VERSION = b"\xd1\x00"
STOP = b"\x01\x04"
START = sensirion.command(b"\x00\x10", 0x0300)
"""With values as floats."""
READY = b"\x02\x02"
READ = b"\x03\x00"
READ_WORDS = 20
STATUS = b"\xd2\x06"
COMMAND_S = 0.005
MODE_S = 0.020
"""What a start or a stop takes."""

STATUS_SINCE = (2, 2)
"""The first firmware that has STATUS."""


class Status(NamedTuple):
    """What the part says of itself. `speed`: the fan is too slow or too fast at the moment."""

    fan: bool
    laser: bool
    speed: bool


def version(word: int) -> tuple[int, int]:
    """Firmware, major and minor."""
    return word >> 8, word & 0xFF


def status(words: tuple[int, ...]) -> Status:
    """From the two words of the device status register."""
    register = sensirion.number(words)
    return Status(bool(register >> 4 & 1), bool(register >> 5 & 1), bool(register >> 21 & 1))


def values(words: tuple[int, ...]) -> tuple[float | None, ...]:
    """PM1, PM2.5, PM4 and PM10 in ug/m3; None beyond 0..1000."""
    return tuple(sensirion.within(value, 0, 1000) for value in sensirion.floats(words)[:4])
