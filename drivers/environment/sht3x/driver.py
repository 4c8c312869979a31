"""When to send which bytes to a SHT3x: one measurement of high repeatability per read.

The variants of the commands that stretch the clock are never used: the I2C controller of the
Raspberry Pi reads garbage from them.
"""

from typing import ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.environment.sensirion_dialogue import Dialogue
from drivers.environment.sht3x import codec
from drivers.errors import BadData, DriverError, WrongDevice
from drivers.quantities import HUMIDITY, TEMPERATURE, Quantity


class Sht3xConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address` is 0x44 with ADDR to ground, 0x45 with ADDR to supply."""

    address: Literal[0x44, 0x45] = 0x44


class Sht3x(Driver):
    """Temperature and humidity."""

    channels: ClassVar[tuple[Quantity, ...]] = (TEMPERATURE, HUMIDITY)

    def __init__(self, bus: I2c, config: Sht3xConfig) -> None:
        self._chip = Dialogue(bus, config.address)

    def open(self) -> None:
        """Another program may have left it measuring periodically, or its heater on."""
        self._identify()
        self._chip.tell(codec.BREAK, codec.COMMAND_S)
        self._chip.tell(codec.RESET, codec.RESET_S)
        [status] = self._chip.ask(codec.STATUS, 1, codec.COMMAND_S)
        if status & codec.HEATER_ON:
            raise BadData("its heater stays on after a reset", "power-cycle the sensor")

    def read(self) -> Sample:
        words = self._chip.ask(codec.MEASURE, 2, codec.MEASURE_S)
        temperature, humidity = codec.values(words)
        return {"temperature": temperature, "humidity": humidity}

    def close(self) -> None:
        """It sleeps already."""

    def _identify(self) -> None:
        try:
            self._chip.identity(codec.STATUS, 1, codec.COMMAND_S, "sht3x")
        except DriverError:
            self._look_for_sht4x()
            raise

    def _look_for_sht4x(self) -> None:
        try:
            self._chip.ask(codec.SHT4X_SERIAL, 2, codec.COMMAND_S)
        except DriverError:
            return  # no SHT4x either: the first failure is the one to tell
        raise WrongDevice(
            f"sht3x expected at 0x{self._chip.address:02x}, found sht4x",
            "set `driver: sht4x` for this sensor",
        )
