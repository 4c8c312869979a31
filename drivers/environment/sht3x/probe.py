"""Recognises a SHT3x by its status register with a right CRC; it may measure meanwhile.

Four bits of that register are always zero (SHT3x-DIS, 4.11). Reading it clears nothing. A
SHT4x refuses the command: it has none of two bytes.
"""

from drivers.bus.ports import I2c
from drivers.environment.sensirion_dialogue import Dialogue
from drivers.environment.sht3x import codec
from drivers.environment.sht3x.driver import Sht3xConfig
from drivers.probe import I2cProbe, addresses

_ALWAYS_ZERO = 0b0101_0000_0000_1100


def _says(bus: I2c, address: int) -> str | None:
    status = Dialogue(bus, address).steady(codec.STATUS, 1, codec.COMMAND_S)
    if status is None or status[0] & _ALWAYS_ZERO:
        return None
    return f"status 0x{status[0]:04x}, CRC right"


PROBE = I2cProbe(addresses(Sht3xConfig), _says)
