"""AHT20: bytes to values (AHT20 Product Manual V1.1, chapters 5.3, 5.4 and 6).

One answer holds all: the status, 20 bits of humidity, 20 bits of temperature, highest bit first,
and a CRC-8 over these six bytes; it is the CRC of Sensirion's words. Traps: the two numbers share
byte 3, and of the status only bits 7 and 3 are documented. A note of the manual wants bit 4 too,
and the undocumented registers 1B, 1C and 1E written where it is not set. Some parts never set it
(espressif/esp-iot-solution, pull request 612), so it is not looked at. Nothing is written to those
registers: unconfirmed what they hold, and whether a wrong value there could be undone.
"""

from dataclasses import dataclass

from drivers.environment.crc import crc8
from drivers.errors import BadData

INITIALISE = bytes([0xBE, 0x08, 0x00])
MEASURE = bytes([0xAC, 0x33, 0x00])
RESET = bytes([0xBA])
ANSWER_LENGTH = 7

POWER_UP_S = 0.1
"""V1.1; 0.04 in V1.0."""
RESET_S = 0.02
"""The longest time by the manual."""
INITIALISE_S = 0.01
MEASURE_S = 0.08
"""The manual does not say whether that is the longest time: the busy bit decides."""

_BUSY = 0x80
_CALIBRATED = 0x08
_FULL_SCALE = 2**20
_LOWEST = 52429
_HIGHEST = 707789


@dataclass(frozen=True, slots=True)
class Measurement:
    """The status and the converter counts (20 bits each) of one answer."""

    status: int
    humidity: int
    temperature: int


def is_busy(status: int) -> bool:
    """Whether a measurement is under way."""
    return bool(status & _BUSY)


def is_calibrated(status: int) -> bool:
    """Whether the part has loaded its calibration."""
    return bool(status & _CALIBRATED)


def measurement(answer: bytes) -> Measurement:
    """From the 7 bytes of an answer. Raises BadData for a wrong CRC."""
    if crc8(answer[:6]) != answer[6]:
        raise BadData(
            f"wrong CRC: {answer.hex(' ')}",
            "an AHT10 has no CRC: look at the print on the part; else check cable and pull-ups",
        )
    return Measurement(
        answer[0],
        answer[1] << 12 | answer[2] << 4 | answer[3] >> 4,
        (answer[3] & 0x0F) << 16 | answer[4] << 8 | answer[5],
    )


def temperature(counts: int) -> float | None:
    """Cel; None outside -40 to 85, where the part does not measure (0 counts would be -50)."""
    return counts / _FULL_SCALE * 200 - 50 if _LOWEST <= counts <= _HIGHEST else None


def humidity(counts: int) -> float | None:
    """Per cent relative humidity; None for 0 counts.

    No air is that dry. Unconfirmed: that only a part that has not measured says 0 counts, as an
    AHT10 does after its start (enjoyneering/AHT10, issue 2).
    """
    return counts / _FULL_SCALE * 100 if counts else None
