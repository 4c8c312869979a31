"""Sensirion SPS30: particulate matter on I2C."""

from drivers.contract import Part
from drivers.environment.sps30.driver import Sps30, Sps30Config
from drivers.environment.sps30.model import Sps30Model
from drivers.environment.sps30.probe import PROBE

PART = Part(
    "i2c",
    Sps30Config,
    Sps30,
    Sps30Model,
    "Sees particles up to about 2.5 um with light and estimates PM4 and PM10 from them: coarse "
    "dust is missed, and fog counts as dust.",
    PROBE,
)
