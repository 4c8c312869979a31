"""Parts without a driver are recognised by what they are, not by where they stand."""

import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.people.amg8833 import probe as amg8833
from drivers.scanning import known_i2c
from tests.drivers.scanning.parts import Amg8833, Bmp180, Ds3231, Mpu6050, Ms5611


def bus_with(model: Ds3231 | Amg8833 | Ms5611 | Bmp180 | Mpu6050) -> SimulatedI2c:
    bus = SimulatedI2c()
    bus.attach(model)
    return bus


@pytest.mark.parametrize(
    ("register", "value"),
    [
        (0x00, 0x60),
        (0x01, 0x5A),
        (0x02, 0x24),
        (0x02, 0x73),
        (0x03, 0x00),
        (0x04, 0x32),
        (0x05, 0x00),
        (0x05, 0x13),
        (0x06, 0xA0),
        (0x0F, 0x18),
        (0x12, 0x41),
    ],
)
def test_a_clock_with_a_time_that_cannot_be_is_none(register: int, value: int) -> None:
    clock = Ds3231()
    assert known_i2c.ds3231(bus_with(clock), 0x68)
    clock.memory[register] = value
    assert known_i2c.ds3231(bus_with(clock), 0x68) is None


def test_a_clock_of_twelve_hours_is_one() -> None:
    clock = Ds3231()
    clock.memory[2] = 0x72  # 12 pm
    assert known_i2c.ds3231(bus_with(clock), 0x68)


@pytest.mark.parametrize(
    ("register", "value"),
    [(0x00, 0x11), (0x02, 0x02), (0x0F, 0x0F), (0x81, 0x10), (0xFF, 0x0A), (0xFF, 0x03)],
)
def test_a_thermal_image_that_cannot_be_is_none(register: int, value: int) -> None:
    image = Amg8833()
    assert amg8833.PROBE.ask(bus_with(image), 0x69)
    image.memory[register] = value
    assert amg8833.PROBE.ask(bus_with(image), 0x69) is None


def test_cold_pixels_are_negative() -> None:
    image = Amg8833()
    image.memory[0x80:0x82] = b"\xf6\x0f"  # -2.5 degrees
    assert amg8833.PROBE.ask(bus_with(image), 0x69)


def test_a_wrong_crc_of_its_memory_is_no_ms5611() -> None:
    pressure = Ms5611()
    assert known_i2c.ms5611(bus_with(pressure), 0x77)
    pressure.prom = (*pressure.prom[:7], 0x450A)
    assert known_i2c.ms5611(bus_with(pressure), 0x77) is None
    pressure.prom = (0,) * 8
    assert known_i2c.ms5611(bus_with(pressure), 0x77) is None


def test_a_bmp180_without_calibration_is_none() -> None:
    pressure = Bmp180()
    assert known_i2c.bmp180(bus_with(pressure), 0x77)
    pressure.memory[0xBE:0xC0] = b"\xff\xff"
    assert known_i2c.bmp180(bus_with(pressure), 0x77) is None
