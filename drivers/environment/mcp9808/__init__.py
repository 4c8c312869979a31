"""Microchip MCP9808, a thermometer on I2C."""

from drivers.contract import Part
from drivers.environment.mcp9808.driver import Mcp9808, Mcp9808Config
from drivers.environment.mcp9808.model import Mcp9808Model
from drivers.environment.mcp9808.probe import PROBE

PART = Part(
    "i2c",
    Mcp9808Config,
    Mcp9808,
    Mcp9808Model,
    "Measures the temperature of its own board: beside a warm computer it reads too warm.",
    PROBE,
)
