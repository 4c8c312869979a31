"""Sensirion SGP40: volatile organic compounds on I2C, with the VOC index."""

from drivers.contract import Part
from drivers.environment.sgp40.driver import Sgp40, Sgp40Config
from drivers.environment.sgp40.model import Sgp40Model
from drivers.environment.sgp40.probe import PROBE

PART = Part(
    "i2c",
    Sgp40Config,
    Sgp40,
    Sgp40Model,
    "Tells how the smell of a room compares with its last day, not which substance it is nor how "
    "much of it: what smells always becomes usual, and rooms cannot be compared.",
    PROBE,
)
