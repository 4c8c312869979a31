"""Bosch BME280 (temperature, humidity, pressure) and BMP280 (temperature, pressure) on I2C."""

from drivers.contract import Part
from drivers.environment.bme280 import probe
from drivers.environment.bme280.driver import Bme280, Bme280Config, Bmp280
from drivers.environment.bme280.model import Bme280Model, Bmp280Model

BME280 = Part(
    "i2c",
    Bme280Config,
    Bme280,
    Bme280Model,
    "Measures the air at the sensor only: beside a warm computer it reads too warm and too dry, "
    "and after condensation too humid for hours. Sees no people.",
    probe.BME280,
)
BMP280 = Part(
    "i2c",
    Bme280Config,
    Bmp280,
    Bmp280Model,
    "Measures the air at the sensor only: beside a warm computer it reads too warm. Sees no "
    "humidity and no people.",
    probe.BMP280,
)
