"""Vishay VEML7700, an ambient light sensor on I2C."""

from drivers.contract import Part
from drivers.environment.veml7700.driver import Veml7700, Veml7700Config
from drivers.environment.veml7700.model import Veml7700Model
from drivers.environment.veml7700.probe import PROBE

PART = Part(
    "i2c",
    Veml7700Config,
    Veml7700,
    Veml7700Model,
    "Measures the light that falls on the sensor, not that of the room; behind a cover it reads "
    "too little. It is least exact in direct sun.",
    PROBE,
)
