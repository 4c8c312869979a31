"""Sensirion SCD30: CO2, temperature and humidity on I2C."""

from drivers.contract import Part
from drivers.environment.scd30.driver import Scd30, Scd30Config
from drivers.environment.scd30.model import Scd30Model
from drivers.environment.scd30.probe import PROBE

PART = Part(
    "i2c",
    Scd30Config,
    Scd30,
    Scd30Model,
    "Without a calibration in fresh air its CO2 drifts over the years; with automatic calibration "
    "it reads too low in rooms that are never aired. CO2 tells how stale the air is, not how many "
    "people are there.",
    PROBE,
)
