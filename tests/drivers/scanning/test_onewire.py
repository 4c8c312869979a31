"""The kernel's list of 1-wire devices, told by family."""

from pathlib import Path

from drivers.bus.linux_onewire import LinuxOneWire
from drivers.bus.sim import SimulatedOneWire
from drivers.environment.ds18b20.model import Ds18b20Model
from drivers.probe import Sureness
from drivers.scanning import onewire


def test_each_device_is_told_by_its_family(tmp_path: Path) -> None:
    bus = SimulatedOneWire(tmp_path / "w1")
    bus.attach(Ds18b20Model())
    ids = ["10-0008025a1c2d", "22-00000a1b2c3d", "3b-00000a1b2c3d", "42-00000a1b2c3d"]
    for device in (*ids, "7e-00000a1b2c3d", "00-800000000000"):
        (tmp_path / "w1" / device).mkdir()
    told = {found.device: found for found in onewire.scan(bus).found}
    names = {device: found.names for device, found in told.items()}
    assert names == {
        "28-00000a1b2c3d": ("ds18b20",),
        "10-0008025a1c2d": ("ds18s20",),
        "22-00000a1b2c3d": ("ds1822",),
        "3b-00000a1b2c3d": ("max31850",),
        "42-00000a1b2c3d": ("ds28ea00",),
        "7e-00000a1b2c3d": (),
        "00-800000000000": (),
    }
    assert told["28-00000a1b2c3d"].sureness is Sureness.CERTAIN
    assert "pull-up of 4.7 kOhm is missing" in told["00-800000000000"].evidence


def test_a_computer_without_1_wire(tmp_path: Path) -> None:
    scan = onewire.scan(LinuxOneWire(str(tmp_path / "nowhere")))
    assert scan.found == []
    assert scan.problem is not None
    assert "dtoverlay=w1-gpio" in scan.problem.hint
