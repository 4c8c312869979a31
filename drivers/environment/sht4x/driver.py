"""When to send which bytes to a SHT4x: one measurement of high repeatability per read.

The part sleeps between measurements and does not warm itself. Its heater is never used.
"""

from typing import ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.environment.sensirion_dialogue import Dialogue
from drivers.environment.sht4x import codec
from drivers.errors import DriverError, WrongDevice
from drivers.quantities import HUMIDITY, TEMPERATURE, Quantity


class Sht4xConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address` is printed in the order code: A is 0x44, B 0x45, C 0x46."""

    address: Literal[0x44, 0x45, 0x46] = 0x44


class Sht4x(Driver):
    """Temperature and humidity."""

    channels: ClassVar[tuple[Quantity, ...]] = (TEMPERATURE, HUMIDITY)

    def __init__(self, bus: I2c, config: Sht4xConfig) -> None:
        self._chip = Dialogue(bus, config.address)

    def open(self) -> None:
        """The reset ends a heater that another program has left on."""
        try:
            self._chip.identity(codec.SERIAL, 2, codec.SERIAL_S, "sht4x")
        except DriverError:
            self._look_for_sht3x()
            raise
        self._chip.tell(codec.RESET, codec.RESET_S)

    def read(self) -> Sample:
        words = self._chip.ask(codec.MEASURE, 2, codec.MEASURE_S)
        temperature, humidity = codec.values(words)
        return {"temperature": temperature, "humidity": humidity}

    def close(self) -> None:
        """It sleeps already."""

    def _look_for_sht3x(self) -> None:
        try:
            self._chip.ask(codec.SHT3X_STATUS, 1, codec.SERIAL_S)
        except DriverError:
            return  # no SHT3x either: the first failure is the one to tell
        raise WrongDevice(
            f"sht4x expected at 0x{self._chip.address:02x}, found sht3x",
            "set `driver: sht3x` for this sensor",
        )
