"""ams TSL2591, an ambient light sensor with two photodiodes on I2C."""

from drivers.contract import Part
from drivers.environment.tsl2591.driver import Tsl2591, Tsl2591Config
from drivers.environment.tsl2591.model import Tsl2591Model
from drivers.environment.tsl2591.probe import PROBE

PART = Part(
    "i2c",
    Tsl2591Config,
    Tsl2591,
    Tsl2591Model,
    "Measures the light that falls on the sensor, not that of the room. Direct sun, and lamps with "
    "much infrared, saturate it or read too little.",
    PROBE,
)
