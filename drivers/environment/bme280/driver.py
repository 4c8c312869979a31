"""When to send which bytes to a BME280 or BMP280: forced mode, all channels once per read.

Forced mode keeps the chip asleep between readings, which avoids the 0.5 to 2 Cel of self-heating
that continuous mode shows in a closed box.
"""

from typing import ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.environment.bme280 import codec
from drivers.environment.bosch import CELSIUS, PASCAL, read_calibration, within
from drivers.errors import BadData, BusError, WrongDevice
from drivers.quantities import HUMIDITY, PRESSURE, TEMPERATURE, Quantity

_NAMES = {codec.BME280_ID: "bme280", codec.BMP280_ID: "bmp280", 0x61: "bme680", 0x55: "bmp180"}
_ONE_TIMES_HUMIDITY = bytes([codec.CONTROL_HUMIDITY, 0b001])
_ONE_TIMES_FORCED = bytes([codec.CONTROL_MEASURE, 0b001_001_01])
_START_UP_S = 0.002
_STATUS_POLLS = 5


class Bme280Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address` is 0x76 with SDO to ground, 0x77 with SDO to supply."""

    address: Literal[0x76, 0x77] = 0x76


class Bmp280(Driver):
    """Temperature and pressure."""

    channels: ClassVar[tuple[Quantity, ...]] = (TEMPERATURE, PRESSURE)
    chip_id: ClassVar[int] = codec.BMP280_ID
    data_length: ClassVar[int] = 6

    def __init__(self, bus: I2c, config: Bme280Config) -> None:
        self._bus = bus
        self._address = config.address
        self._calibration: codec.Calibration | None = None

    def open(self) -> None:
        self._identify()
        self._write(bytes([codec.RESET, codec.RESET_COMMAND]))
        self._wait_for(codec.STATUS_COPYING, _START_UP_S)
        self._calibration = read_calibration(self._calibration_blocks, codec.calibration)
        self._configure()

    def read(self) -> Sample:
        if self._calibration is None:
            raise BusError("read before open")
        self._write(_ONE_TIMES_FORCED)
        self._wait_for(codec.STATUS_MEASURING, codec.measuring_time())
        return self._sample(codec.raw(self._registers(codec.DATA, self.data_length)))

    def close(self) -> None:
        self._calibration = None

    def _sample(self, raw: codec.Raw) -> dict[str, float | None]:
        assert self._calibration is not None
        if raw.temperature is None:
            return dict.fromkeys((quantity.name for quantity in self.channels), None)
        t_fine = codec.fine_temperature(raw.temperature, self._calibration)
        return self._compensated(raw, t_fine, self._calibration)

    def _compensated(
        self, raw: codec.Raw, t_fine: float, calibration: codec.Calibration
    ) -> dict[str, float | None]:
        return {
            "temperature": within(t_fine / 5120, CELSIUS),
            "pressure": None
            if raw.pressure is None
            else within(codec.pressure(raw.pressure, t_fine, calibration), PASCAL),
        }

    def _identify(self) -> None:
        found = self._registers(codec.CHIP_ID, 1)[0]
        if found != self.chip_id:
            name = _NAMES.get(found, "another chip")
            raise WrongDevice(
                f"{_NAMES[self.chip_id]} expected at 0x{self._address:02x}, "
                f"found {name} (id 0x{found:02x})",
                f"set `driver: {name}` for this sensor" if found in _NAMES else "look at the chip",
            )

    def _calibration_blocks(self) -> tuple[bytes, ...]:
        return (self._registers(codec.CALIBRATION, codec.CALIBRATION_LENGTH),)

    def _configure(self) -> None:
        """Filter off; forced mode needs no stand-by time."""
        self._write(bytes([codec.CONFIG, 0]))

    def _wait_for(self, busy: int, seconds: float) -> None:
        for _ in range(_STATUS_POLLS):
            self._bus.time.sleep(seconds)
            if not self._registers(codec.STATUS, 1)[0] & busy:
                return
        raise BadData("the chip stays busy", "power-cycle the sensor")

    def _registers(self, first: int, count: int) -> bytes:
        return self._bus.transfer(self._address, bytes([first]), count)

    def _write(self, register_and_value: bytes) -> None:
        self._bus.transfer(self._address, register_and_value)


class Bme280(Bmp280):
    """Temperature, pressure and humidity."""

    channels = (TEMPERATURE, PRESSURE, HUMIDITY)
    chip_id = codec.BME280_ID
    data_length = 8

    def _calibration_blocks(self) -> tuple[bytes, ...]:
        high = self._registers(codec.HUMIDITY_CALIBRATION, codec.HUMIDITY_CALIBRATION_LENGTH)
        return *super()._calibration_blocks(), high

    def _configure(self) -> None:
        """ctrl_hum takes effect with the next write to ctrl_meas, which every read does."""
        super()._configure()
        self._write(_ONE_TIMES_HUMIDITY)

    def _compensated(
        self, raw: codec.Raw, t_fine: float, calibration: codec.Calibration
    ) -> dict[str, float | None]:
        assert calibration.h is not None
        sample = super()._compensated(raw, t_fine, calibration)
        counts = raw.humidity
        sample["humidity"] = (
            None if counts is None else codec.humidity(counts, t_fine, calibration.h)
        )
        return sample
