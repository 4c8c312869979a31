"""Sensirion SHT40, SHT41, SHT43 and SHT45: temperature and humidity on I2C."""

from drivers.contract import Part
from drivers.environment.sht4x.driver import Sht4x, Sht4xConfig
from drivers.environment.sht4x.model import Sht4xModel
from drivers.environment.sht4x.probe import PROBE

PART = Part(
    "i2c",
    Sht4xConfig,
    Sht4x,
    Sht4xModel,
    "Measures the air at the sensor only: beside a warm computer it reads too warm and too dry, "
    "and after days above 80 % humidity too humid for a while. Sees no people.",
    PROBE,
)
