"""The buses as a configuration names them, real and simulated, and the crowd at the simulated."""

import json
from collections import Counter
from pathlib import Path

from drivers.bus.linux_onewire import LinuxOneWire
from drivers.bus.sim import SimulatedOneWire
from drivers.simulation.crowd import SCENARIOS, crowd
from gateway.buses import Buses
from gateway.config import Config, parse

TEXT = """\
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {0}}}
buses:
  wire: {{type: onewire, device: {0}/sysfs}}
sensors:
  - {{name: cellar, driver: ds18b20, bus: wire}}
"""


def config(folder: Path, more: str = "") -> Config:
    return parse(TEXT.format(folder) + more)


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


def test_the_truth_file_has_who_went_through_of_the_crowd_that_is_named(tmp_path: Path) -> None:
    """Of 20 people some turn back; they have walked too, but not through."""
    truth = tmp_path / "truth"
    crowd_of = f"simulation: {{scenario: turn-backs, seed: 3, people: 20, truth_file: {truth}}}"
    buses = Buses(config(tmp_path, crowd_of), simulate=True)
    assert buses.world is not None
    while not buses.world.scene.empty:
        buses.world.scene.step(1.0)
    buses.close()
    expected = Counter(walk.direction for walk in crowd(SCENARIOS["turn-backs"], 3, 20))
    assert expected.pop(None) > 3
    told = truth.read_text().splitlines()
    assert Counter(json.loads(line)["direction"] for line in told) == expected
