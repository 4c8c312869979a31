"""Buses of type onewire, real and simulated, as a configuration names them."""

from pathlib import Path

from drivers.bus.linux_onewire import LinuxOneWire
from drivers.bus.sim import SimulatedOneWire
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
