"""MCP9808: words of the datasheet's form, the driver on the simulated bus, and its faults."""

import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.environment.mcp9808 import PART, codec
from drivers.environment.mcp9808.driver import Mcp9808, Mcp9808Config
from drivers.environment.mcp9808.model import Mcp9808Model
from drivers.errors import BadData, BusError, WrongDevice
from drivers.simulation.scene import View
from tests.chaos import form
from tests.drivers.environment import spoilt


@pytest.fixture
def chip() -> Mcp9808Model:
    return Mcp9808Model()


@pytest.fixture
def bus(chip: Mcp9808Model) -> SimulatedI2c:
    bus = SimulatedI2c()
    bus.attach(chip)
    return bus


@pytest.fixture
def driver(bus: SimulatedI2c) -> Mcp9808:
    driver = Mcp9808(bus, Mcp9808Config())
    driver.open()
    return driver


@pytest.mark.parametrize(
    ("word", "celsius"),
    [
        (0x0194, 25.25),
        (0x0000, 0),
        (0x0001, 0.0625),
        (0x1FFF, -0.0625),
        (0x1D80, -40),
        (0x07D0, 125),
    ],
)
@pytest.mark.parametrize("flags", [0x0000, 0xC000, 0x2000, 0xE000])
def test_temperature_stands_under_the_alert_flags(word: int, celsius: float, flags: int) -> None:
    assert codec.temperature(word | flags) == celsius


@pytest.mark.parametrize("word", [0x1D7F, 0x07D1, 0x0FFF, 0x1000])
def test_outside_the_range_of_the_part_is_no_value(word: int) -> None:
    assert codec.temperature(word) is None


@pytest.mark.parametrize("celsius", [-40, -7.5, -0.06, 0, 21.3, 85, 125])
def test_driver_reads_the_air(bus: SimulatedI2c, driver: Mcp9808, celsius: float) -> None:
    bus.step(View(0.0, temperature=celsius))
    assert driver.read() == {"temperature": pytest.approx(celsius, abs=0.032)}


def test_each_read_is_a_new_conversion(bus: SimulatedI2c, driver: Mcp9808) -> None:
    for celsius in (21, -10, 30):
        bus.step(View(0.0, temperature=celsius))
        assert driver.read()["temperature"] == celsius


def test_it_is_shut_down_between_reads(bus: SimulatedI2c, driver: Mcp9808) -> None:
    assert bus.transfer(0x18, b"\x01", 2) == b"\x01\x00"
    driver.read()
    assert bus.transfer(0x18, b"\x01", 2) == b"\x01\x00"


def test_a_coarse_resolution_is_made_fine(bus: SimulatedI2c) -> None:
    bus.transfer(0x18, b"\x08\x00")
    driver = Mcp9808(bus, Mcp9808Config())
    driver.open()
    bus.step(View(0.0, temperature=20.0625))
    assert driver.read()["temperature"] == 20.0625


def test_a_brown_out_is_not_0_celsius(
    bus: SimulatedI2c, chip: Mcp9808Model, driver: Mcp9808
) -> None:
    chip.brown_out(bus.time.now_ns())
    with pytest.raises(BadData, match="lost its settings"):
        driver.read()
    driver.open()
    assert driver.read()["temperature"] == 21


@pytest.mark.parametrize("register", [0x06, 0x07])
def test_another_chip_is_refused(bus: SimulatedI2c, chip: Mcp9808Model, register: int) -> None:
    chip._words[register] = 0x3333
    with pytest.raises(WrongDevice, match="found another chip") as caught:
        Mcp9808(bus, Mcp9808Config()).open()
    assert caught.value.hint


def test_unplugged_and_plugged_in_again(bus: SimulatedI2c, driver: Mcp9808) -> None:
    bus.detach(0x18)
    with pytest.raises(BusError, match="0x18 does not answer"):
        driver.read()
    bus.attach(Mcp9808Model())
    driver.open()
    assert driver.read()["temperature"] == 21


def test_spoilt_answers_end_in_samples_or_driver_errors() -> None:
    well, failed = spoilt.survives(PART, form.rounds(5_000, 1_000_000))
    assert well > 0 < failed
