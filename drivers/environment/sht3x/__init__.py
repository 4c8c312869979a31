"""Sensirion SHT30, SHT31, SHT33, SHT35 and SHT85: temperature and humidity on I2C."""

from drivers.contract import Part
from drivers.environment.sht3x.driver import Sht3x, Sht3xConfig
from drivers.environment.sht3x.model import Sht3xModel
from drivers.environment.sht3x.probe import PROBE

PART = Part(
    "i2c",
    Sht3xConfig,
    Sht3x,
    Sht3xModel,
    "Measures the air at the sensor only: beside a warm computer it reads too warm and too dry, "
    "and after days above 80 % humidity too humid for a while. Sees no people.",
    PROBE,
)
