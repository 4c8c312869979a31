"""A BME680 or BME688 on the wire: registers, forced mode, timing, hot plate, reset.

Written from the datasheet (BST-BME680-DS001) in its floating-point forms, so a driver that uses the
integer forms is checked against the other ones. Gas resistance follows the VOC of the air. The
plate gets as hot as the register and the factory coefficients make it (`plate_celsius`), and is
stable at 150 to 450 Cel for 20 ms or more. A measurement under way is finished before another.
"""

from drivers.contract import I2cModel
from drivers.environment.bme680.driver import Bme680Config
from drivers.environment.bosch_model import counts_of
from drivers.simulation.scene import View

LOW = bytes.fromhex("0097670300418feed65800a61884ff331e000086f526f61e00")
HIGH = bytes.fromhex("3ff02d002d14789c5b6698d6e2120000")
"""Coefficients of a real chip, with negative P2, P4, H7, GH1 and GH2 among them."""

T1, T2, T3 = 26203, 26519, 3
P = (36673, -10514, 88, 6310, -124, 30, 51, -2682, -2522, 30)
H = (720, 1023, 0, 45, 20, 120, -100)
GH1, GH2, GH3 = -30, -10600, 18
RES_HEAT_VAL, RES_HEAT_RANGE = 40, 1

_K1 = (0, 0, 0, 0, 0, -1, 0, -0.8, 0, 0, -0.2, -0.5, 0, -1, 0, 0)
_K2 = (0, 0, 0, 0, 0.1, 0.7, 0, -0.8, -0.1, 0, 0, 0, 0, 0, 0, 0)
_CONVERSION_NS = 11_000_000
_RESET_NS = 5_000_000
_EMPTY_FIELD = bytes(2) + b"\x80\x00\x00\x80\x00\x00\x80\x00" + bytes(7)


class Bme680Model(I2cModel):
    """What the chip answers. `gas_ohm` is what the plate will be; `stable` = False never heats."""

    variant = 0

    def __init__(self, config: Bme680Config | None = None) -> None:
        self.address = (config or Bme680Config()).address
        self.stable = True
        self.sw_err = 0
        self.step(View(0.0))
        self.brown_out()

    def brown_out(self) -> None:
        """The supply went away for a moment: the state of power-on."""
        registers = bytearray(256)
        registers[0xD0], registers[0xF0] = 0x61, self.variant
        registers[0x89:0xA2] = LOW
        registers[0xE1:0xF0] = HIGH[:15]
        registers[0x00], registers[0x02] = RES_HEAT_VAL, RES_HEAT_RANGE << 4
        registers[0x04] = self.sw_err << 4 & 0xF0
        registers[0x1D:0x2E] = _EMPTY_FIELD
        self._registers = registers
        self._pointer = 0
        self._ready_ns: int | None = None
        self._deaf_until_ns = 0

    def step(self, view: View) -> None:
        self.ambient_celsius = view.temperature
        self.gas_ohm = 5e6 / max(view.voc_index, 1.0)
        self._counts = counts_for(view.temperature, view.pressure, view.humidity)

    @property
    def plate_celsius(self) -> float:
        """How hot the register makes the plate (DS001 3.3.5, solved for the temperature)."""
        ratio = (4 + RES_HEAT_RANGE) / 4 * (1 + RES_HEAT_VAL * 0.002)
        heated = (self._registers[0x5A] / 3.4 + 25) * ratio
        cold = heated - GH3 / 1024 * self.ambient_celsius
        return (cold / (GH1 / 16 + 49) - 1) / (GH2 / 32768 * 0.0005 + 0.00235)

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        if now_ns < self._deaf_until_ns:
            return None
        if self._ready_ns is not None and now_ns >= self._ready_ns:
            self._convert()
        for register, value in zip(write[::2], write[1::2], strict=False):
            self._write(register, value, now_ns)
        if len(write) % 2:
            self._pointer = write[-1]
        first, self._pointer = self._pointer, (self._pointer + read) % 256
        return bytes(self._registers[first : first + read]).ljust(read, b"\x00")

    def _write(self, register: int, value: int, now_ns: int) -> None:
        if register == 0xE0 and value == 0xB6:
            self.brown_out()
            self._deaf_until_ns = now_ns + _RESET_NS
        elif 0x50 <= register <= 0x75:
            self._registers[register] = value
            if register == 0x74 and value & 0b11 == 0b01 and self._ready_ns is None:
                self._registers[0x1D] = 0x20 | (0x40 if self._heats else 0)
                self._ready_ns = now_ns + _CONVERSION_NS + self._heater_ms * 1_000_000

    @property
    def _heats(self) -> bool:
        runs = self._registers[0x71] & (0x20 if self.variant else 0x10)
        return bool(runs) and not self._registers[0x70] & 0x08

    @property
    def _heater_ms(self) -> int:
        wait = self._registers[0x64]
        return (wait & 0x3F) << 2 * (wait >> 6) if self._heats else 0

    def _convert(self) -> None:
        """Latch a measurement; a channel with oversampling 0 is skipped. Then sleep."""
        temperature, pressure, humidity = self._counts
        control = self._registers[0x74]
        field = bytearray(_EMPTY_FIELD)
        field[0] = 0x80
        if control >> 2 & 0b111:
            field[2:5] = (pressure << 4).to_bytes(3, "big")
        if control >> 5:
            field[5:8] = (temperature << 4).to_bytes(3, "big")
        if self._registers[0x72] & 0b111:
            field[8:10] = humidity.to_bytes(2, "big")
        if self._heats:
            at = 15 if self.variant else 13
            field[at : at + 2] = self._gas()
        self._registers[0x1D:0x2E] = field
        self._registers[0x74] = control & 0xFC
        self._ready_ns = None

    def _gas(self) -> bytes:
        """The first range in which the converter has room, and its counts."""
        hot = self.stable and 150 <= self.plate_celsius <= 450 and self._heater_ms >= 20
        for gas_range in range(16):
            counts = self.gas_counts(gas_range)
            if 0 <= counts < 1024:
                break
        flags = 0x20 | (0x10 if hot else 0)
        counts = min(1023, max(0, counts))
        return bytes([counts >> 2, (counts & 0b11) << 6 | flags | gas_range])

    def gas_counts(self, gas_range: int) -> int:
        """What `gas_ohm` is in that range."""
        x = (1340 + 5 * self.sw_err) * (1 + _K1[gas_range] / 100)
        y = (1 + _K2[gas_range] / 100) * 0.000000125 * (1 << gas_range) * self.gas_ohm
        return round((1 / y - 1) * x + 512)


class Bme688Model(Bme680Model):
    """The variant with the gas result elsewhere."""

    variant = 1

    def gas_counts(self, gas_range: int) -> int:
        return round((1e6 * (262144 >> gas_range) / self.gas_ohm - 4096) / 3 + 512)


def counts_for(temperature: float, pressure: float, humidity: float) -> tuple[int, int, int]:
    """Temperature, pressure and humidity counts that this chip would convert that air to."""
    t = counts_of(_celsius, temperature, 2**20)
    celsius = _celsius(t)
    p = counts_of(lambda counts: -_pressure(counts, celsius), -pressure, 2**20)
    return t, p, counts_of(lambda counts: _humidity(counts, celsius), humidity, 2**16)


def _celsius(counts: int) -> float:
    offset = counts / 131072 - T1 / 8192
    return ((counts / 16384 - T1 / 1024) * T2 + offset * offset * T3 * 16) / 5120


def _pressure(counts: int, celsius: float) -> float:
    """Pa."""
    p1, p2, p3, p4, p5, p6, p7, p8, p9, p10 = P
    x = celsius * 2560 - 64000
    y = (x * x * p6 / 131072 + x * p5 * 2) / 4 + p4 * 65536
    x = (1 + (p3 * x * x / 16384 + p2 * x) / 524288 / 32768) * p1
    p = (1048576 - counts - y / 4096) * 6250 / x
    powers = p9 * p * p / 2147483648 + p * p8 / 32768 + (p / 256) ** 3 * p10 / 131072
    return p + (powers + p7 * 128) / 16


def _humidity(counts: int, celsius: float) -> float:
    h1, h2, h3, h4, h5, h6, h7 = H
    x = counts - (h1 * 16 + h3 / 2 * celsius)
    x *= h2 / 262144 * (1 + h4 / 16384 * celsius + h5 / 1048576 * celsius * celsius)
    return x + (h6 / 16384 + h7 / 2097152 * celsius) * x * x
