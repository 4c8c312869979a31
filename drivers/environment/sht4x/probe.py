"""Recognises a SHT4x by its serial number with right CRCs. One byte is no command of a SHT3x."""

from drivers.bus.ports import I2c
from drivers.environment.sensirion import number
from drivers.environment.sensirion_dialogue import Dialogue
from drivers.environment.sht4x import codec
from drivers.environment.sht4x.driver import Sht4xConfig
from drivers.probe import I2cProbe, addresses


def _says(bus: I2c, address: int) -> str | None:
    serial = Dialogue(bus, address).steady(codec.SERIAL, 2, codec.SERIAL_S)
    return None if serial is None else f"serial number {number(serial):08x}, CRCs right"


PROBE = I2cProbe(addresses(Sht4xConfig), _says)
