"""SHT4x: commands of one byte, words to values (datasheet SHT4x version 6, 4.3 to 4.6)."""

from drivers.environment import sensirion

MEASURE = b"\xfd"
"""High repeatability."""
MEASURE_S = 0.0083
SERIAL = b"\x89"
SERIAL_S = 0.001
RESET = b"\x94"
RESET_S = 0.001

SHT3X_STATUS = b"\xf3\x2d"
"""What a SHT3x at the same address answers."""


def values(words: tuple[int, ...]) -> tuple[float | None, float | None]:
    """Cel and per cent, humidity held to 0..100; None beyond -40..125 Cel, for both of them.

    The humidity of the formula leaves 0..100 at its ends; the datasheet says to crop it.
    """
    temperature = sensirion.within(sensirion.temperature(words[0]), -40, 125)
    humidity = min(100.0, max(0.0, -6 + 125 * words[1] / 65535))
    return temperature, None if temperature is None else humidity
