"""Registers of the AMG8833 and what they hold (Panasonic Grid-EYE, reference specification).

    00 PCTL   01 RST   02 FPSC   03 INTC   04 STAT   05 SCLR   07 AVE   08-0D interrupt levels
    0E-0F thermistor   10-17 interrupt map   80-FF 64 pixels, row by row

All words are little-endian with 12 bits; the other four are never set. The thermistor is
sign-magnitude in 1/16 Cel, the pixels are two's complement in 1/4 Cel: a classic mix-up.
"""

import struct

from drivers.errors import BadData

ADDRESSES = (0x68, 0x69)
FRAME_NS = 100_000_000
SIDE = 8
"""Rows, and pixels in each of them."""

PIXELS = 0x80
FRAME_LENGTH = 2 * SIDE * SIDE
STATE = 0x00
STATE_LENGTH = 16
"""Settings and thermistor, in one transfer."""

NORMAL = bytes([0x00, 0x00])
RESET = bytes([0x01, 0x3F])
TEN_FRAMES = bytes([0x02, 0x00])
NO_INTERRUPT = bytes([0x03, 0x00])
_AVERAGING, _AVERAGED, _UNLOCK = 0x07, 0x20, 0x1F

MARK = bytes([0x0C, 0x5A])
"""The hysteresis of the interrupt, which nobody uses: it is 0 after power-on."""

_MODES = (0x00, 0x10, 0x20, 0x21)
_WELL = range(-20, 101)
"""Cel that a pixel at a door may see; the part is specified for 0 to 80."""


def averaging(on: bool) -> tuple[bytes, ...]:
    """The writes that switch the moving average of two frames; 50 45 57 unlock it."""
    unlock = tuple(bytes([_UNLOCK, key]) for key in (0x50, 0x45, 0x57))
    return *unlock, bytes([_AVERAGING, _AVERAGED if on else 0]), bytes([_UNLOCK, 0x00])


def thermistor(word: int) -> float:
    """Cel of the chip from 12 bits, sign-magnitude."""
    magnitude = word & 0x7FF
    return (-magnitude if word & 0x800 else magnitude) / 16


def pixel(word: int) -> float:
    """Cel that a pixel sees from 12 bits, two's complement."""
    return ((word ^ 0x800) - 0x800) / 4


def frame(data: bytes) -> list[float]:
    """Cel of the 64 pixels. Raises BadData if bits are set that never are, or none can be true."""
    words = struct.unpack(f"<{FRAME_LENGTH // 2}H", data)
    if max(words) > 0xFFF:
        raise BadData("a pixel has more than 12 bits: no picture of an AMG8833", "another part?")
    pixels = [pixel(word) for word in words]
    if min(pixels) < _WELL[0] or max(pixels) > _WELL[-1]:
        raise BadData(
            f"pixels from {min(pixels):.0f} to {max(pixels):.0f} Cel",
            "no door is like this: check cable length, pull-ups and supply",
        )
    return pixels


def is_state(data: bytes) -> bool:
    """Whether STATE may be an AMG8833's: one of its modes, and no bit set that never is.

    The part has no identity that could be asked for.
    """
    mode, _, rate, _, status = data[:5]
    unused = (rate & ~0x01) | (status & ~0x0E) | data[6] | (data[7] & ~_AVERAGED)
    return mode in _MODES and not unused and chip_word(data) <= 0xFFF


def chip_word(data: bytes) -> int:
    """The thermistor's word in STATE: 0 before the first measurement."""
    return int.from_bytes(data[14:16], "little")


def is_set(data: bytes, averaged: bool) -> bool:
    """Whether STATE shows the settings of `open`: false after a brown-out."""
    settings = data[0], data[2], data[7], data[MARK[0]]
    return settings == (0x00, 0x00, _AVERAGED if averaged else 0x00, MARK[1])
