"""Recognises a BME280 or BMP280 by its identity; only reads.

The identity is one byte, so the status register speaks too: six of its bits are always zero
(DS001 5.4.4), which they are in no part that answers every register alike.
"""

from drivers.asking import steady
from drivers.bus.ports import I2c
from drivers.environment.bme280 import codec
from drivers.environment.bme280.driver import Bme280Config
from drivers.probe import I2cProbe, addresses

_STATUS_BITS = codec.STATUS_MEASURING | codec.STATUS_COPYING


def _says(bus: I2c, address: int, identities: tuple[int, ...]) -> str | None:
    found = steady(bus, address, bytes([codec.CHIP_ID]), 1)
    if found is None or found[0] not in identities:
        return None
    status = steady(bus, address, bytes([codec.STATUS]), 1)
    if status is None or status[0] & ~_STATUS_BITS:
        return None
    return f"identity 0x{found[0]:02x}"


BME280 = I2cProbe(
    addresses(Bme280Config), lambda bus, address: _says(bus, address, (codec.BME280_ID,))
)
BMP280 = I2cProbe(
    addresses(Bme280Config),
    lambda bus, address: _says(bus, address, (codec.BMP280_ID, *codec.BMP280_SAMPLE_IDS)),
)
