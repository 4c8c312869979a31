"""MCP9808: registers to values (Microchip DS25095A, chapter 5).

All registers but the resolution are big-endian words. The temperature is 13 bits of two's
complement, 1/16 Cel each, under three alert flags: whoever reads the word as it stands gets
thousands of degrees as soon as a limit is passed.
"""

CONFIG = 0x01
CRITICAL_LIMIT = 0x04
TEMPERATURE = 0x05
MANUFACTURER_ID = 0x06
DEVICE_ID = 0x07
RESOLUTION = 0x08

MICROCHIP = 0x0054
MCP9808_ID = 0x04
"""The high byte of the identity; the low byte is the revision."""
AWAKE = 0x0000
SHUT_DOWN = 0x0100
FINEST = 0x03
"""1/16 Cel."""
HIGHEST_LIMIT = 0x07D0
"""125 Cel as a limit. After power-on the limit is 0, which tells that there was a power-on."""

CONVERSION_S = 0.250
"""Typical, at the finest resolution."""


def word(data: bytes) -> int:
    """A register of 16 bits."""
    return data[0] << 8 | data[1]


def write(register: int, value: int) -> bytes:
    """What sets a register of 16 bits."""
    return bytes([register, value >> 8, value & 0xFF])


def temperature(word: int) -> float | None:
    """Cel; None outside the part's -40 to 125."""
    celsius = ((word & 0x1FFF ^ 0x1000) - 0x1000) / 16
    return celsius if -40 <= celsius <= 125 else None
