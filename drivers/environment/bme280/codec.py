"""BME280 and BMP280: registers to values (datasheets BST-BME280-DS001 4.2, BST-BMP280-DS001 3.11).

Compensation is the datasheets' double-precision form. H4 and H5 are 12-bit two's complement
numbers that share register E5; reading them without their sign ruins the humidity of every chip
with a negative coefficient.
"""

import struct
from dataclasses import dataclass
from typing import NamedTuple

CHIP_ID = 0xD0
RESET = 0xE0
CONTROL_HUMIDITY = 0xF2
STATUS = 0xF3
CONTROL_MEASURE = 0xF4
CONFIG = 0xF5
DATA = 0xF7
CALIBRATION = 0x88
CALIBRATION_LENGTH = 26
HUMIDITY_CALIBRATION = 0xE1
HUMIDITY_CALIBRATION_LENGTH = 7

BME280_ID = 0x60
BMP280_ID = 0x58
BMP280_SAMPLE_IDS = (0x56, 0x57)
"""Of parts from before mass production."""
RESET_COMMAND = 0xB6
STATUS_MEASURING = 0x08
STATUS_COPYING = 0x01

SKIPPED_20_BIT = 0x80000
SKIPPED_16_BIT = 0x8000


@dataclass(frozen=True, slots=True)
class Calibration:
    """The factory coefficients; `h` is empty for a BMP280."""

    t: tuple[int, int, int]
    p: tuple[int, int, int, int, int, int, int, int, int]
    h: tuple[int, int, int, int, int, int] | None = None


class Raw(NamedTuple):
    """Converter counts of one measurement; None = skipped, or never measured."""

    temperature: int | None
    pressure: int | None
    humidity: int | None = None


def calibration(low: bytes, high: bytes = b"") -> Calibration:
    """From registers 88..A1 (26 bytes) and, for a BME280, E1..E7 (7 bytes)."""
    words = struct.unpack_from("<HhhHhhhhhhhh", low)
    if not high:
        return Calibration(words[:3], words[3:])
    h2, h3, e4, e5, e6, h6 = struct.unpack("<hBbBbb", high)
    return Calibration(
        words[:3], words[3:], (low[25], h2, h3, e4 << 4 | e5 & 0x0F, e6 << 4 | e5 >> 4, h6)
    )


def raw(data: bytes) -> Raw:
    """From one burst of F7..FC (BMP280, 6 bytes) or F7..FE (BME280, 8 bytes)."""
    pressure = data[0] << 12 | data[1] << 4 | data[2] >> 4
    temperature = data[3] << 12 | data[4] << 4 | data[5] >> 4
    humidity = data[6] << 8 | data[7] if len(data) > 6 else SKIPPED_16_BIT
    return Raw(
        None if temperature == SKIPPED_20_BIT else temperature,
        None if pressure == SKIPPED_20_BIT else pressure,
        None if humidity == SKIPPED_16_BIT else humidity,
    )


def fine_temperature(counts: int, calibration: Calibration) -> float:
    """`t_fine`, which the other compensations need; temperature in Cel is `t_fine / 5120`."""
    t1, t2, t3 = calibration.t
    offset = counts / 131072 - t1 / 8192
    return (counts / 16384 - t1 / 1024) * t2 + offset * offset * t3


def pressure(counts: int, t_fine: float, calibration: Calibration) -> float | None:
    """Pa; None where the coefficients would divide by zero."""
    p1, p2, p3, p4, p5, p6, p7, p8, p9 = calibration.p
    x = t_fine / 2 - 64000
    y = x * x * p6 / 32768 + x * p5 * 2
    y = y / 4 + p4 * 65536
    x = (1 + (p3 * x * x / 524288 + p2 * x) / 524288 / 32768) * p1
    if x == 0:
        return None
    p = (1048576 - counts - y / 4096) * 6250 / x
    return p + (p9 * p * p / 2147483648 + p * p8 / 32768 + p7) / 16


def humidity(counts: int, t_fine: float, coefficients: tuple[int, ...]) -> float:
    """Per cent relative humidity, held to 0..100 as the datasheet does."""
    h1, h2, h3, h4, h5, h6 = coefficients
    h = t_fine - 76800
    h = (counts - (h4 * 64 + h5 / 16384 * h)) * (
        h2 / 65536 * (1 + h6 / 67108864 * h * (1 + h3 / 67108864 * h))
    )
    return min(100.0, max(0.0, h * (1 - h1 * h / 524288)))


def measuring_time(oversampling: int = 1) -> float:
    """Longest duration of one forced measurement of all channels, in seconds (DS001 9.1)."""
    return (1.25 + 3 * 2.3 * oversampling + 2 * 0.575) / 1000
