"""Recognises a VL53L1X by its identity; only reads.

One that is held in reset, by its XSHUT, is not seen, and one that was told another address is where
it was told to be.
"""

from drivers.asking import steady
from drivers.bus.ports import I2c
from drivers.people.vl53l1x import address, codec
from drivers.probe import I2cProbe


def _says(bus: I2c, at: int) -> str | None:
    found = steady(bus, at, codec.index(codec.IDENTITY), len(codec.VL53L1X))
    return f"identity {codec.VL53L1X.hex(' ').upper()}" if found == codec.VL53L1X else None


PROBE = I2cProbe((address.DEFAULT,), _says)
