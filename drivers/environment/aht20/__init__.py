"""Aosong (ASAIR) AHT20, temperature and humidity on I2C."""

from drivers.contract import Part
from drivers.environment.aht20.driver import Aht20, Aht20Config
from drivers.environment.aht20.model import Aht20Model
from drivers.environment.aht20.probe import PROBE

PART = Part(
    "i2c",
    Aht20Config,
    Aht20,
    Aht20Model,
    "Measures the air at the sensor only: beside a warm computer it reads too warm and too dry, "
    "and after condensation too humid for hours. Sees no people.",
    PROBE,
)
