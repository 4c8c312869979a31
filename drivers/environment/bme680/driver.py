"""When to send which bytes to a BME680 or BME688: air first, then the hot plate.

A read is two forced measurements, 0.18 s together:

    1. temperature, pressure, humidity with the heater off: nothing warms the air but the air
    2. the heater is set for its target by the temperature just measured, waits its time, and gas is
       measured; only the gas of this one counts

Gas without both bits "valid" and "heater stable" is None. So is the gas of the burn-in, in which
the fresh plate drifts (5 to 30 min; 48 h for a new sensor). Burn-in begins when the part is found
without the settings that this driver left, so when it lost its power; a fault of the bus does not
begin it again. A part that loses them between reads has to be opened again.
"""

from typing import Annotated, ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.environment.bme680 import codec
from drivers.environment.bosch import CELSIUS, PASCAL, read_calibration, within
from drivers.errors import BadData, BusError, WrongDevice
from drivers.quantities import GAS_RESISTANCE, HUMIDITY, PRESSURE, TEMPERATURE, Quantity

_NAMES = {0x60: "bme280", 0x58: "bmp280", 0x55: "bmp180"}
_ONE_TIMES_FORCED = 0b001_001_01
_ONE_TIMES = 0b001
_START_UP_S = 0.010
_FIELD_POLLS = 5
_POLL_S = 0.005


class Bme680Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address` is 0x76 with SDO to ground, 0x77 with SDO to supply.

    The hot plate is heated to `heater_celsius` for `heater_ms`. In the first `burn_in_s` seconds
    after power-on there is no gas resistance.
    """

    address: Literal[0x76, 0x77] = 0x76
    heater_celsius: Annotated[int, msgspec.Meta(ge=200, le=400)] = 320
    heater_ms: Annotated[int, msgspec.Meta(ge=20, le=4032)] = 150
    burn_in_s: Annotated[float, msgspec.Meta(ge=0, le=172_800)] = 300.0


class Bme680(Driver):
    """Temperature, pressure, humidity and gas resistance; both variants."""

    channels: ClassVar[tuple[Quantity, ...]] = (TEMPERATURE, PRESSURE, HUMIDITY, GAS_RESISTANCE)

    def __init__(self, bus: I2c, config: Bme680Config) -> None:
        self._bus = bus
        self._config = config
        self._heater_time = codec.heater_time(config.heater_ms)
        self._calibration: codec.Calibration | None = None
        self._variant = 0
        self._burnt_in_ns: int | None = None

    def open(self) -> None:
        self._identify()
        if self._burnt_in_ns is None or not self._kept_settings():
            self._burnt_in_ns = self._bus.time.now_ns() + round(self._config.burn_in_s * 1e9)
        self._set(codec.RESET, codec.RESET_COMMAND)
        self._bus.time.sleep(_START_UP_S)
        self._set(codec.CONFIG, 0)
        self._set(codec.HEATER_TIME, self._heater_time)
        self._calibration = read_calibration(self._calibration_blocks, codec.calibration)

    def read(self) -> Sample:
        if self._calibration is None:
            raise BusError("read before open")
        if not self._kept_settings():
            raise BadData("the part has lost its settings", "check the supply of the sensor")
        air = self._measure_air()
        if air.skipped:
            return dict.fromkeys((quantity.name for quantity in self.channels), None)
        t_fine = codec.fine_temperature(air.temperature, self._calibration)
        gas = self._measure_gas(codec.centicelsius(t_fine), self._calibration)
        return {
            "temperature": within(codec.centicelsius(t_fine) / 100, CELSIUS),
            "pressure": within(codec.pressure(air.pressure, t_fine, self._calibration), PASCAL),
            "humidity": codec.humidity(air.humidity, t_fine, self._calibration),
            "gas_resistance": self._gas_resistance(gas, self._calibration),
        }

    def close(self) -> None:
        self._calibration = None

    def _identify(self) -> None:
        found = self._registers(codec.CHIP_ID, 1)[0]
        if found != codec.BME680_ID:
            name = _NAMES.get(found, "another chip")
            raise WrongDevice(
                f"bme680 expected at 0x{self._config.address:02x}, found {name} (id 0x{found:02x})",
                f"set `driver: {name}` for this sensor" if found in _NAMES else "look at the chip",
            )
        self._variant = self._registers(codec.VARIANT, 1)[0]
        if self._variant >= len(codec.RUN_GAS):
            raise WrongDevice(
                f"bme680 of unknown variant 0x{self._variant:02x}",
                "known are 0 (BME680) and 1 (BME688): look at the chip",
            )

    def _kept_settings(self) -> bool:
        return self._registers(codec.HEATER_TIME, 1)[0] == self._heater_time

    def _calibration_blocks(self) -> tuple[bytes, bytes, bytes]:
        return (
            self._registers(codec.LOW_CALIBRATION, codec.LOW_CALIBRATION_LENGTH),
            self._registers(codec.HIGH_CALIBRATION, codec.HIGH_CALIBRATION_LENGTH),
            self._registers(codec.HEATER_CALIBRATION, codec.HEATER_CALIBRATION_LENGTH),
        )

    def _measure_air(self) -> codec.Raw:
        self._set(codec.CONTROL_HEATER, codec.HEATER_OFF)
        self._set(codec.CONTROL_GAS, 0)
        return self._measure(codec.measuring_time())

    def _measure_gas(self, ambient: int, calibration: codec.Calibration) -> codec.Raw:
        resistance = codec.heater_resistance(self._config.heater_celsius, ambient, calibration)
        self._set(codec.HEATER_RESISTANCE, resistance)
        self._set(codec.CONTROL_HEATER, 0)
        self._set(codec.CONTROL_GAS, codec.RUN_GAS[self._variant])
        return self._measure(codec.measuring_time(self._config.heater_ms))

    def _measure(self, seconds: float) -> codec.Raw:
        self._set(codec.CONTROL_HUMIDITY, _ONE_TIMES)
        self._set(codec.CONTROL_MEASURE, _ONE_TIMES_FORCED)
        self._bus.time.sleep(seconds)
        for _ in range(_FIELD_POLLS):
            raw = codec.raw(self._registers(codec.FIELD, codec.FIELD_LENGTH), self._variant)
            if raw.done:
                return raw
            self._bus.time.sleep(_POLL_S)
        raise BadData("the measurement does not end", "power-cycle the sensor")

    def _gas_resistance(self, raw: codec.Raw, calibration: codec.Calibration) -> float | None:
        assert self._burnt_in_ns is not None
        if not raw.gas_good or self._bus.time.now_ns() < self._burnt_in_ns:
            return None
        if self._variant:
            return codec.gas_resistance_688(raw.gas, raw.gas_range)
        return codec.gas_resistance_680(raw.gas, raw.gas_range, calibration)

    def _registers(self, first: int, count: int) -> bytes:
        return self._bus.transfer(self._config.address, bytes([first]), count)

    def _set(self, register: int, value: int) -> None:
        self._bus.transfer(self._config.address, bytes([register, value]))
