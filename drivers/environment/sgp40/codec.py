"""SGP40: commands, words to values (datasheet SGP40 version 1.2, chapter 4)."""

from drivers.environment import sensirion

SERIAL = b"\x36\x82"
FEATURES = b"\x20\x2f"
SELF_TEST = b"\x28\x0e"
SELF_TEST_S = 0.320
MEASURE = b"\x26\x0f"
MEASURE_S = 0.030
HEATER_OFF = b"\x36\x15"
COMMAND_S = 0.001

SGP40 = 0x32
"""Upper byte of the feature set."""

PASSED = 0xD4
"""Upper byte of the result of the self-test."""

_VALID = range(1, 65_000)


def measure(humidity: float, temperature: float) -> bytes:
    """The command for one raw signal, corrected for air of that humidity (%) and Cel.

    Beyond 0..100 % and -45..130 Cel it is the nearest of them.
    """
    return sensirion.command(MEASURE, _ticks(humidity / 100), _ticks((temperature + 45) / 175))


def _ticks(share: float) -> int:
    return min(65535, max(0, round(share * 65535)))


def raw(word: int) -> int | None:
    """The raw signal; None for what the algorithm of the vendor does not believe."""
    return word if word in _VALID else None
