"""Recognises a VEML7700 by its identity; only reads.

The low byte is fixed, and so are the two highest bits of the other (Vishay 84286). A TF-Luna has
the halves of a running clock and of an error code there, and the code is 0 while it is well.
"""

from drivers.asking import steady
from drivers.bus.ports import I2c
from drivers.environment.veml7700 import codec
from drivers.environment.veml7700.driver import Veml7700Config
from drivers.probe import I2cProbe, addresses

_FIXED = 0xC0FF


def _says(bus: I2c, address: int) -> str | None:
    found = steady(bus, address, bytes([codec.DEVICE_ID]), 2)
    if found is None or codec.word(found) & _FIXED != _FIXED & 0xC000 | codec.VEML7700_ID:
        return None
    return f"identity 0x{codec.word(found):04x}"


PROBE = I2cProbe(addresses(Veml7700Config), _says)
