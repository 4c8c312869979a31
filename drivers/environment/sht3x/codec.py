"""SHT3x: commands of two bytes, words to values (datasheet SHT3x-DIS version 7, 4.3 to 4.13)."""

from drivers.environment import sensirion

MEASURE = b"\x24\x00"
"""Once, high repeatability, without stretching the clock."""
MEASURE_S = 0.0155
BREAK = b"\x30\x93"
RESET = b"\x30\xa2"
RESET_S = 0.0015
STATUS = b"\xf3\x2d"
COMMAND_S = 0.001

HEATER_ON = 1 << 13
RESET_DETECTED = 1 << 4
COMMAND_REFUSED = 1 << 1
CRC_REFUSED = 1 << 0

SHT4X_SERIAL = b"\x89"
"""What a SHT4x at the same address answers."""


def values(words: tuple[int, ...]) -> tuple[float | None, float | None]:
    """Cel and per cent; None beyond -40..125 Cel, for both of them."""
    temperature = sensirion.within(sensirion.temperature(words[0]), -40, 125)
    return temperature, None if temperature is None else sensirion.humidity(words[1])
