"""Recognises a BME680 or BME688 by its identity and its variant; only reads."""

from drivers.asking import steady
from drivers.bus.ports import I2c
from drivers.environment.bme680 import codec
from drivers.environment.bme680.driver import Bme680Config
from drivers.probe import I2cProbe, addresses


def _says(bus: I2c, address: int, variant: int) -> str | None:
    identity = steady(bus, address, bytes([codec.CHIP_ID]), 1)
    if identity != bytes([codec.BME680_ID]):
        return None
    if steady(bus, address, bytes([codec.VARIANT]), 1) != bytes([variant]):
        return None
    return f"identity 0x{codec.BME680_ID:02x}, variant {variant}"


BME680 = I2cProbe(addresses(Bme680Config), lambda bus, address: _says(bus, address, 0))
BME688 = I2cProbe(addresses(Bme680Config), lambda bus, address: _says(bus, address, 1))
