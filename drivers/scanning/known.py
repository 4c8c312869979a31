"""Parts that a scan knows and no driver reads, so that nobody is mistaken for another.

A part that gets a driver leaves this table; its probe moves beside the driver.
"""

from drivers.probe import I2cProbe, OneWireProbe, Probe, Sureness
from drivers.scanning import known_i2c

MUX = "tca9548a"

PROBES: dict[str, Probe] = {
    MUX: I2cProbe(known_i2c.MUX_ADDRESSES, known_i2c.tca9548a),
    "bmp180": I2cProbe((0x77,), known_i2c.bmp180),
    "ms5611": I2cProbe((0x76, 0x77), known_i2c.ms5611, Sureness.LIKELY),
    "vl53l0x": I2cProbe((0x29,), known_i2c.vl53l0x),
    "mpu-6050": I2cProbe((0x68, 0x69), known_i2c.mpu_6050),
    "ds3231": I2cProbe((0x68,), known_i2c.ds3231, Sureness.LIKELY),
    "ds18s20": OneWireProbe("10"),
    "ds1822": OneWireProbe("22"),
    "ds2438": OneWireProbe("26"),
    "ds2431": OneWireProbe("2d"),
    "max31850": OneWireProbe("3b"),
    "ds28ea00": OneWireProbe("42"),
}

WORDS = {
    MUX: "multiplexer TCA9548A",
    "bmp180": "BMP180 (or its elder BMP085)",
    "ms5611": "MS5611 (pressure)",
    "vl53l0x": "VL53L0X (distance)",
    "mpu-6050": "MPU-6050 or one of its family (motion)",
    "ds3231": "DS3231 (battery clock)",
    "ds18s20": "DS18S20 or DS1820",
    "ds1822": "DS1822",
    "ds2438": "DS2438",
    "ds2431": "DS2431 (memory)",
    "max31850": "MAX31850 or DS1825",
    "ds28ea00": "DS28EA00",
}
"""What they are called in sentences."""
