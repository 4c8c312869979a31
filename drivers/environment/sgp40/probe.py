"""Recognises a SGP40 by its serial number and its feature set with right CRCs; its heater stays."""

from drivers.bus.ports import I2c
from drivers.environment.sensirion import number
from drivers.environment.sensirion_dialogue import Dialogue
from drivers.environment.sgp40 import codec
from drivers.environment.sgp40.driver import Sgp40Config
from drivers.probe import I2cProbe, addresses


def _says(bus: I2c, address: int) -> str | None:
    chip = Dialogue(bus, address)
    serial = chip.steady(codec.SERIAL, 3, codec.COMMAND_S)
    if serial is None:
        return None
    features = chip.steady(codec.FEATURES, 1, codec.COMMAND_S)
    if features is None or features[0] >> 8 != codec.SGP40:
        return None
    return f"feature set 0x{features[0]:04x}, serial number {number(serial):012x}, CRCs right"


PROBE = I2cProbe(addresses(Sgp40Config), _says)
