"""Sensirion SCD40 and SCD41: CO2, temperature and humidity on I2C."""

from drivers.contract import Part
from drivers.environment.scd4x.driver import Scd4x, Scd4xConfig
from drivers.environment.scd4x.model import Scd4xModel
from drivers.environment.scd4x.probe import PROBE

PART = Part(
    "i2c",
    Scd4xConfig,
    Scd4x,
    Scd4xModel,
    "Without a calibration in fresh air its CO2 drifts over the years; with automatic calibration "
    "it reads too low in rooms that are never aired. CO2 tells how stale the air is, not how many "
    "people are there.",
    PROBE,
)
