"""BME680 and BME688: registers to values and heater settings (BST-BME680-DS001 3.3 and 5.3).

Compensation is Bosch's integer form. Three traps: H1 and H2 share register E2, H1 in its low and
H2 in its high nibble; `range_sw_err` is signed; the BME688 has its gas result in other registers
and another formula.
"""

import struct
from dataclasses import dataclass
from typing import NamedTuple

CHIP_ID = 0xD0
VARIANT = 0xF0
RESET = 0xE0
LOW_CALIBRATION = 0x89
LOW_CALIBRATION_LENGTH = 25
HIGH_CALIBRATION = 0xE1
HIGH_CALIBRATION_LENGTH = 16
HEATER_CALIBRATION = 0x00
HEATER_CALIBRATION_LENGTH = 5
FIELD = 0x1D
FIELD_LENGTH = 17
HEATER_RESISTANCE = 0x5A
HEATER_TIME = 0x64
CONTROL_HEATER = 0x70
CONTROL_GAS = 0x71
CONTROL_HUMIDITY = 0x72
CONTROL_MEASURE = 0x74
CONFIG = 0x75

BME680_ID = 0x61
RESET_COMMAND = 0xB6
HEATER_OFF = 0x08
RUN_GAS = (0x10, 0x20)
"""By variant: 0 is a BME680, 1 a BME688."""

_NEW_DATA, _GAS_MEASURING, _MEASURING = 0x80, 0x40, 0x20
_GAS_VALID, _HEATER_STABLE = 0x20, 0x10
_SKIPPED = 0x80000

_GAS_RANGE_1 = {5: 2126008810, 7: 2130303777, 10: 2143188679, 11: 2136746228, 13: 2126008810}
_GAS_RANGE_1_OTHERWISE = 2147483647
_GAS_RANGE_2 = (
    *(4096000000, 2048000000, 1024000000, 512000000, 255744255, 127110228, 64000000, 32258064),
    *(16016016, 8000000, 4000000, 2000000, 1000000, 500000, 250000, 125000),
)


class Calibration(NamedTuple):
    """The factory coefficients, by the datasheet's names."""

    t: tuple[int, int, int]
    p: tuple[int, int, int, int, int, int, int, int, int, int]
    h: tuple[int, int, int, int, int, int, int]
    gh: tuple[int, int, int]
    res_heat_val: int
    res_heat_range: int
    range_sw_err: int


@dataclass(frozen=True, slots=True)
class Raw:
    """One result: converter counts, and whether the gas was measured with a hot plate."""

    done: bool
    temperature: int
    pressure: int
    humidity: int
    gas: int
    gas_range: int
    gas_good: bool

    @property
    def skipped(self) -> bool:
        """Whether temperature, on which the others depend, was not measured."""
        return self.temperature == _SKIPPED


def calibration(low: bytes, high: bytes, heater: bytes) -> Calibration:
    """From registers 89..A1, E1..F0 and 00..04."""
    (t2, t3, p1, p2, p3, p4, p5, p7, p6, p8, p9, p10, e1, e2, e3, *rest) = struct.unpack(
        "<xhbxHhbxhhbbxxhhBxBBBbbbBbHhbbxx", low + high
    )
    h3, h4, h5, h6, h7, t1, gh2, gh1, gh3 = rest
    h1, h2 = e3 << 4 | e2 & 0x0F, e1 << 4 | e2 >> 4
    res_heat_val, sw_err = struct.unpack("<b3xb", heater)
    return Calibration(
        (t1, t2, t3),
        (p1, p2, p3, p4, p5, p6, p7, p8, p9, p10),
        (h1, h2, h3, h4, h5, h6, h7),
        (gh1, gh2, gh3),
        res_heat_val,
        heater[2] >> 4 & 0b11,
        sw_err >> 4,
    )


def raw(field: bytes, variant: int) -> Raw:
    """From one burst of 1D..2D."""
    gas = field[15:17] if variant else field[13:15]
    status = field[0] & (_NEW_DATA | _GAS_MEASURING | _MEASURING)
    return Raw(
        status == _NEW_DATA,
        field[5] << 12 | field[6] << 4 | field[7] >> 4,
        field[2] << 12 | field[3] << 4 | field[4] >> 4,
        field[8] << 8 | field[9],
        gas[0] << 2 | gas[1] >> 6,
        gas[1] & 0x0F,
        gas[1] & (_GAS_VALID | _HEATER_STABLE) == _GAS_VALID | _HEATER_STABLE,
    )


def fine_temperature(counts: int, calibration: Calibration) -> int:
    """`t_fine`, which the other compensations need."""
    t1, t2, t3 = calibration.t
    offset = (counts >> 3) - (t1 << 1)
    return (offset * t2 >> 11) + (((offset >> 1) * (offset >> 1) >> 12) * (t3 << 4) >> 14)


def centicelsius(t_fine: int) -> int:
    """Temperature in 0.01 Cel."""
    return (t_fine * 5 + 128) >> 8


def pressure(counts: int, t_fine: int, calibration: Calibration) -> int | None:
    """Pa; None where the coefficients would divide by zero."""
    p1, p2, p3, p4, p5, p6, p7, p8, p9, p10 = calibration.p
    x = (t_fine >> 1) - 64000
    y = (((x >> 2) * (x >> 2) >> 11) * p6 >> 2) + (x * p5 << 1)
    y = (y >> 2) + (p4 << 16)
    x = ((((x >> 2) * (x >> 2) >> 13) * (p3 << 5) >> 3) + (p2 * x >> 1)) >> 18
    x = (32768 + x) * p1 >> 15
    if x == 0:
        return None
    p = (1048576 - counts - (y >> 12)) * 3125
    p = (p // x) << 1 if p >= 1 << 31 else (p << 1) // x
    x = p9 * ((p >> 3) * (p >> 3) >> 13) >> 12
    y = (p >> 2) * p8 >> 13
    z = (p >> 8) * (p >> 8) * (p >> 8) * p10 >> 17
    return p + ((x + y + z + (p7 << 7)) >> 4)


def humidity(counts: int, t_fine: int, calibration: Calibration) -> float:
    """Per cent relative humidity, held to 0..100 as Bosch does."""
    h1, h2, h3, h4, h5, h6, h7 = calibration.h
    t = centicelsius(t_fine)
    x = counts - h1 * 16 - (t * h3 // 100 >> 1)
    scale = h2 * (t * h4 // 100 + (t * (t * h5 // 100) >> 6) // 100 + 16384) >> 10
    x *= scale
    y = (h6 << 7) + t * h7 // 100 >> 4
    y = y * ((x >> 14) * (x >> 14) >> 10) >> 1
    return min(100.0, max(0.0, ((x + y >> 10) * 1000 >> 12) / 1000))


def gas_resistance_680(counts: int, gas_range: int, calibration: Calibration) -> float:
    """Ohm."""
    factor = _GAS_RANGE_1.get(gas_range, _GAS_RANGE_1_OTHERWISE)
    x = (1340 + 5 * calibration.range_sw_err) * factor >> 16
    y = (counts << 15) - 16777216 + x
    return ((_GAS_RANGE_2[gas_range] * x >> 9) + (y >> 1)) / y


def gas_resistance_688(counts: int, gas_range: int) -> float:
    """Ohm."""
    return 1e6 * (262144 >> gas_range) / (4096 + 3 * (counts - 512))


def heater_resistance(celsius: int, ambient_centicelsius: int, calibration: Calibration) -> int:
    """The byte for HEATER_RESISTANCE that heats the plate to `celsius` (200..400).

    Ambient goes in as 0.01 Cel and is divided by 10 (DS001 3.3.5). Bosch's API divides whole Cel
    by 1000, which loses it: 4 to 12 Cel of the plate.
    """
    gh1, gh2, gh3 = calibration.gh
    x = ambient_centicelsius * gh3 / 10 * 256
    x += (gh1 + 784) * (((gh2 + 154009) * celsius * 5 / 100 + 3276800) / 10) / 2
    x /= (calibration.res_heat_range + 4) * (131 * calibration.res_heat_val + 65536)
    return min(255, max(0, round((x - 250) * 0.34)))


def heater_time(milliseconds: int) -> int:
    """The byte for HEATER_TIME, 1..4032 ms: six bits, and four to the power of the upper two."""
    factor = 0
    while milliseconds > 0x3F:
        milliseconds, factor = milliseconds // 4, factor + 1
    return factor << 6 | milliseconds


def measuring_time(heater_ms: int = 0) -> float:
    """Longest duration of one forced measurement, oversampling 1, in seconds (Bosch's API)."""
    return (3 * 1.963 + 9 * 0.477 + 1 + heater_ms) / 1000
