"""Recognises a TSL2591 by its identity; only reads.

The identity is one byte, so the status register behind it speaks too: five of its bits are always
zero (DS000338).
"""

from drivers.asking import steady
from drivers.bus.ports import I2c
from drivers.environment.tsl2591 import codec
from drivers.environment.tsl2591.driver import Tsl2591Config
from drivers.probe import I2cProbe, addresses

_STATUS_BITS = 0b0011_0001


def _says(bus: I2c, address: int) -> str | None:
    found = steady(bus, address, bytes([codec.DEVICE_ID]), 2)
    if found is None or found[0] != codec.TSL2591_ID or found[1] & ~_STATUS_BITS:
        return None
    return f"identity 0x{found[0]:02x}"


PROBE = I2cProbe(addresses(Tsl2591Config), _says)
