"""Buses of type onewire, real and simulated, as a configuration names them."""

from pathlib import Path

import pytest

from drivers.bus.linux_onewire import LinuxOneWire
from drivers.bus.sim import SimulatedOneWire
from drivers.timebase import VirtualTimebase
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


EVERY_KIND = """\
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {0}}}
simulation: {{i2c_clock: {1}}}
buses:
  main: {{type: i2c, device: {0}/no-bus}}
  port: {{type: serial, device: {0}/no-port}}
  pins: {{type: gpio}}
  wire: {{type: onewire, device: {0}/sysfs}}
sensors:
  - {{name: hall, driver: bme280, bus: main}}
"""


@pytest.mark.parametrize("simulate", [False, True])
def test_drivers_wait_on_the_time_that_the_buses_are_given(tmp_path: Path, simulate: bool) -> None:
    time = VirtualTimebase()
    text = EVERY_KIND.format(tmp_path, 100_000)
    buses = Buses(parse(text), simulate, time=time)
    assert {name: port.time for name, port in buses.ports.items()} == dict.fromkeys(
        ("main", "port", "pins", "wire"), time
    )
    if simulate:
        buses.ports["port"].unplug()
    buses.close()


def test_simulated_i2c_without_a_clock_waits_for_nobody(tmp_path: Path) -> None:
    text = EVERY_KIND.format(tmp_path, "null")
    time = VirtualTimebase()
    buses = Buses(parse(text), simulate=True, time=time)
    bus = buses.ports["main"]
    bus.time.sleep(1000)
    bus.transfer(0x76, b"\xd0", 1)
    assert time.now_ns() == 0
    buses.ports["port"].unplug()
    buses.close()
