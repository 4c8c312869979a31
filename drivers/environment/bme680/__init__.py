"""Bosch BME680 and BME688 (temperature, humidity, pressure, gas) on I2C.

One driver serves both: which one it is stands in the chip.
"""

from drivers.contract import Part
from drivers.environment.bme680 import probe
from drivers.environment.bme680.driver import Bme680, Bme680Config
from drivers.environment.bme680.model import Bme680Model, Bme688Model

LIMITS = (
    "Measures the air at the sensor only: beside a warm computer it reads too warm and too dry. "
    "Gas resistance has no absolute meaning and cannot tell one gas from another: compare it with "
    "that of the same sensor before."
)

BME680 = Part("i2c", Bme680Config, Bme680, Bme680Model, LIMITS, probe.BME680)
BME688 = Part("i2c", Bme680Config, Bme680, Bme688Model, LIMITS, probe.BME688)
