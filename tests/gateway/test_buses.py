"""Buses of type onewire, and I2C buses with reset lines, as a configuration names them."""

from pathlib import Path

import pytest

from drivers.bus.linux_i2c import LinuxI2c
from drivers.bus.linux_onewire import LinuxOneWire
from drivers.bus.sim import SimulatedI2c, SimulatedOneWire
from drivers.errors import BusError
from drivers.people.vl53l1x.driver import Vl53l1x
from drivers.simulation.world import AIR_STEP_S, PEOPLE_STEP_S
from gateway.buses import Buses
from gateway.config import Config, parse

TEXT = """\
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {0}}}
buses:
  wire: {{type: onewire, device: {0}/sysfs}}
sensors:
  - {{name: cellar, driver: ds18b20, bus: wire}}
"""


def config(folder: Path) -> Config:
    return parse(TEXT.format(folder))


def test_a_simulated_bus_is_read_by_the_real_adapter_and_follows_the_world(tmp_path: Path) -> None:
    buses = Buses(config(tmp_path), simulate=True)
    port = buses.ports["wire"]
    assert isinstance(port, SimulatedOneWire)
    [device] = port.devices()
    assert device.startswith("28-")
    before = port.convert(device)
    assert buses.world is not None
    for _ in range(600):
        buses.world.step()
    assert port.convert(device) != before
    buses.close()


def test_a_real_bus_is_the_folder_of_the_kernel(tmp_path: Path) -> None:
    (tmp_path / "sysfs" / "28-0123456789ab").mkdir(parents=True)
    buses = Buses(config(tmp_path))
    assert type(buses.ports["wire"]) is LinuxOneWire
    assert buses.ports["wire"].devices() == ["28-0123456789ab"]
    assert buses.world is None
    buses.close()


DOORS = """\
node: {municipality: brandis, name: rathaus-01}
buses:
  doors: {type: i2c, reset_chip: 77}
  air: {type: i2c, device: /dev/i2c-3}
sensors:
  - {name: north, driver: vl53l1x, bus: doors,
     options: {mounting_height_mm: 2400, address: 0x30, xshut: 5}}
  - {name: south, driver: vl53l1x, bus: doors,
     options: {mounting_height_mm: 2300, address: 0x31, xshut: 6}}
  - {name: office, driver: bme280, bus: air}
"""


def test_two_simulated_doors_on_one_bus_wake_up_one_by_one() -> None:
    buses = Buses(parse(DOORS), simulate=True)
    port = buses.ports["doors"]
    assert isinstance(port, SimulatedI2c)
    drivers = [Vl53l1x(port, sensor.options) for sensor in parse(DOORS).sensors[:2]]
    for driver in drivers:
        driver.open()
    for driver in drivers:
        assert driver.read()["count_in"] == 0
    assert (port.step_s, buses.ports["air"].step_s) == (PEOPLE_STEP_S, AIR_STEP_S)
    assert buses.world is not None
    assert buses.world.step() == PEOPLE_STEP_S
    buses.close()


def test_reset_lines_are_those_of_the_chip_that_the_bus_names() -> None:
    buses = Buses(parse(DOORS))
    port = buses.ports["doors"]
    assert isinstance(port, LinuxI2c)
    with pytest.raises(BusError, match=r"lines \[5\]|GPIO library"):
        port.resets.hold(5)  # there is no /dev/gpiochip77
    buses.close()
