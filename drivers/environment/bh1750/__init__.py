"""ROHM BH1750FVI, an ambient light sensor on I2C."""

from drivers.contract import Part
from drivers.environment.bh1750.driver import Bh1750, Bh1750Config
from drivers.environment.bh1750.model import Bh1750Model
from drivers.environment.bh1750.probe import PROBE

PART = Part(
    "i2c",
    Bh1750Config,
    Bh1750,
    Bh1750Model,
    "Measures the light that falls on the sensor, not that of the room; behind a cover it reads "
    "too little. It cannot say who it is: another part at its address may pass for it.",
    PROBE,
)
