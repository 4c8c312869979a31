"""Recognises an MCP9808 by the identities of its maker and of itself; only reads."""

from drivers.asking import steady
from drivers.bus.ports import I2c
from drivers.environment.mcp9808 import codec
from drivers.environment.mcp9808.driver import Mcp9808Config
from drivers.probe import I2cProbe, addresses


def _says(bus: I2c, address: int) -> str | None:
    maker = steady(bus, address, bytes([codec.MANUFACTURER_ID]), 2)
    if maker is None or codec.word(maker) != codec.MICROCHIP:
        return None
    device = steady(bus, address, bytes([codec.DEVICE_ID]), 2)
    if device is None or device[0] != codec.MCP9808_ID:
        return None
    return f"maker 0x{codec.word(maker):04x}, identity 0x{codec.word(device):04x}"


PROBE = I2cProbe(addresses(Mcp9808Config), _says)
