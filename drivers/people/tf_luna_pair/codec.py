"""TF-Luna on I2C (Benewake, product manual): registers of one byte, several at a stretch.

    00 distance16 cm   02 amplitude16   04 temperature16 (0.01 degC)   06 ticks16 ms   08 error16
    23 mode (0 continuous, 1 triggered)   26 frames16 a second
    3C signature "LUNA" (unconfirmed)

Numbers are little-endian. 20 saves, 22 moves the address, 29 restores: none of them is written, nor
is 25, which turns the part on or off: sources differ on which of 0 and 1 is on. The
ticks are a clock of the part: they stand still where nothing is measured. A distance is none where
the amplitude is below 100 (dark, or too far) or FFFF (overexposed), as on its serial port.
"""

import struct
from typing import NamedTuple

MEASUREMENT = 0x00
MEASUREMENT_LENGTH = 8
MODE = 0x23
RATE = 0x26
SIGNATURE = 0x3C
LUNA = b"LUNA"

SETTINGS: tuple[tuple[int, bytes], ...] = (
    (MODE, b"\x00"),
    (RATE, struct.pack("<H", 100)),
)
"""Registers and what they have to hold; lost with the supply unless somebody saves them."""

_WEAKEST = 100
_OVEREXPOSED = 0xFFFF


class Measurement(NamedTuple):
    """`distance_mm` None = the part says that it is worth nothing."""

    distance_mm: int | None
    ticks: int


def measurement(data: bytes) -> Measurement:
    """From MEASUREMENT_LENGTH bytes."""
    distance, amplitude, _, ticks = struct.unpack("<HHHH", data)
    valid = _WEAKEST <= amplitude < _OVEREXPOSED
    return Measurement(distance * 10 if valid else None, ticks)
