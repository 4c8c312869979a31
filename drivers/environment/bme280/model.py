"""A BME280 or BMP280 on the wire: registers, sleep and forced mode, timing, reset.

Written from the datasheets (BME280 DS001 4.2.3 and 5, BMP280 DS001 3.11.3 and 4). What the air is
like is turned into converter counts by a search over the datasheets' fixed-point compensation,
so a driver that uses the floating-point form is checked against the other one.
"""

import struct

from drivers.contract import I2cModel
from drivers.environment.bme280.driver import Bme280Config
from drivers.environment.bosch_model import counts_of
from drivers.simulation.scene import View

T = (27504, 26435, -1000)
P = (36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
H = (75, 370, 0, 313, -50, 30)
"""Coefficients of a real chip (BMP280 datasheet 3.12), with a negative H5."""

_CALIBRATION = struct.pack("<HhhHhhhhhhhhBB", *T, *P, 0, H[0])
_HUMIDITY_CALIBRATION = struct.pack(
    "<hBBBBb",
    H[1],
    H[2],
    H[3] >> 4 & 0xFF,
    (H[3] & 0x0F) | (H[4] & 0x0F) << 4,
    H[4] >> 4 & 0xFF,
    H[5],
)
_CONVERSION_NS = 8_000_000
_RESET_NS = 2_000_000


class Bmp280Model(I2cModel):
    """What the chip answers, register by register."""

    chip_id = 0x58

    def __init__(self, config: Bme280Config | None = None) -> None:
        self.address = (config or Bme280Config()).address
        self._registers = bytearray(256)
        self._busy_until_ns: int | None = None
        self._counts = b""
        self.step(View(0.0))
        self._reset(now_ns=-_RESET_NS)

    def step(self, view: View) -> None:
        pressure, temperature, humidity = counts_for(view.temperature, view.pressure, view.humidity)
        self.set_counts(temperature, pressure, humidity)

    def set_counts(self, temperature: int, pressure: int, humidity: int) -> None:
        """What the converter will find at the next measurement."""
        self._counts = (
            (pressure << 4).to_bytes(3, "big")
            + (temperature << 4).to_bytes(3, "big")
            + humidity.to_bytes(2, "big")
        )

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        if self._busy_until_ns is not None and now_ns >= self._busy_until_ns:
            self._finish_conversion()
        if len(write) > 1:
            for register, value in zip(write[::2], write[1::2], strict=False):
                self._write(register, value, now_ns)
        if len(write) % 2:
            self._pointer = write[-1]
        if not read:
            return b""
        first, self._pointer = self._pointer, (self._pointer + read) % 256
        return bytes(self._registers[first : first + read]).ljust(read, b"\x00")

    def _write(self, register: int, value: int, now_ns: int) -> None:
        if register == 0xE0 and value == 0xB6:
            self._reset(now_ns)
        elif register in (0xF2, 0xF4, 0xF5):
            self._registers[register] = value
            if register == 0xF4 and value & 0b11 in (0b01, 0b10):
                self._busy_until_ns = now_ns + _CONVERSION_NS
                self._registers[0xF3] = 0x08

    def _finish_conversion(self) -> None:
        converted = self._registers[0xF3] == 0x08
        self._busy_until_ns = None
        self._registers[0xF3] = 0
        if converted:
            self._convert()

    def _convert(self) -> None:
        """Latch a measurement; a channel with oversampling 0 is skipped. Then sleep."""
        control = self._registers[0xF4]
        self._registers[0xF7:0xFF] = b"\x80\x00\x00\x80\x00\x00\x80\x00"
        if control >> 2 & 0b111:
            self._registers[0xF7:0xFA] = self._counts[0:3]
        if control >> 5:
            self._registers[0xFA:0xFD] = self._counts[3:6]
        if self._registers[0xF2] & 0b111:
            self._registers[0xFD:0xFF] = self._counts[6:8]
        self._registers[0xF4] = control & 0xFC

    def _reset(self, now_ns: int) -> None:
        self._registers[:] = bytes(256)
        self._pointer = 0
        self._registers[0xD0] = self.chip_id
        self._registers[0x88 : 0x88 + len(_CALIBRATION)] = _CALIBRATION
        self._registers[0xF7:0xFF] = b"\x80\x00\x00\x80\x00\x00\x80\x00"
        self._registers[0xF3] = 0x01
        self._busy_until_ns = now_ns + _RESET_NS


class Bme280Model(Bmp280Model):
    """The same with humidity."""

    chip_id = 0x60

    def _reset(self, now_ns: int) -> None:
        super()._reset(now_ns)
        self._registers[0xE1:0xE8] = _HUMIDITY_CALIBRATION


def counts_for(temperature: float, pressure: float, humidity: float) -> tuple[int, int, int]:
    """Pressure, temperature and humidity counts that this chip would convert that air to."""
    t = counts_of(lambda counts: _t_fine(counts) * 5 / 25600, temperature, 2**20)
    t_fine = _t_fine(t)
    p = counts_of(lambda counts: -_pressure(counts, t_fine), -pressure, 2**20)
    return p, t, counts_of(lambda counts: _humidity(counts, t_fine), humidity, 2**16)


def _t_fine(counts: int) -> int:
    """32-bit form, BME280 DS001 4.2.3."""
    first = (((counts >> 3) - (T[0] << 1)) * T[1]) >> 11
    offset = (counts >> 4) - T[0]
    return first + ((((offset * offset) >> 12) * T[2]) >> 14)


def _pressure(counts: int, t_fine: int) -> float:
    """64-bit form, BME280 DS001 4.2.3; Pa."""
    p1, p2, p3, p4, p5, p6, p7, p8, p9 = P
    x = t_fine - 128000
    y = x * x * p6 + ((x * p5) << 17) + (p4 << 35)
    x = ((x * x * p3) >> 8) + ((x * p2) << 12)
    x = (((1 << 47) + x) * p1) >> 33
    p = (((1048576 - counts) << 31) - y) * 3125 // x
    p = ((p + ((p9 * (p >> 13) * (p >> 13)) >> 25) + ((p8 * p) >> 19)) >> 8) + (p7 << 4)
    return p / 256


def _humidity(counts: int, t_fine: int) -> float:
    """32-bit form, BME280 DS001 4.2.3; per cent."""
    h1, h2, h3, h4, h5, h6 = H
    x = t_fine - 76800
    scale = (((x * h6) >> 10) * (((x * h3) >> 11) + 32768) >> 10) + 2097152
    x = (((counts << 14) - (h4 << 20) - h5 * x + 16384) >> 15) * ((scale * h2 + 8192) >> 14)
    x -= ((((x >> 15) * (x >> 15)) >> 7) * h1) >> 4
    return (min(max(x, 0), 419430400) >> 12) / 1024
