"""The buses as a configuration names them, real and simulated, and the crowd at the simulated."""

import json
from collections import Counter
from pathlib import Path

import pytest

from drivers.bus.linux_i2c import LinuxI2c
from drivers.bus.linux_onewire import LinuxOneWire
from drivers.bus.multiplexer import MuxChannel
from drivers.bus.sim import SimulatedI2c, SimulatedOneWire
from drivers.errors import BusError
from drivers.people.vl53l1x.driver import Vl53l1x
from drivers.simulation.crowd import SCENARIOS, crowd
from drivers.simulation.world import AIR_STEP_S, PEOPLE_STEP_S
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


DOORS = """\
node: {municipality: brandis, name: rathaus-01}
buses:
  door-c: {type: i2c-mux, parent: inner, address: 0x71, channel: 0}
  inner: {type: i2c-mux, parent: main, address: 0x70, channel: 7}
  door-a: {type: i2c-mux, parent: main, address: 0x70, channel: 0}
  door-b: {type: i2c-mux, parent: main, address: 0x70, channel: 1}
  main: {type: i2c}
sensors:
  - {name: a, driver: mcp9808, bus: door-a}
  - {name: b, driver: bme280, bus: door-b}
  - {name: c, driver: mcp9808, bus: door-c}
"""


def test_every_simulated_part_is_behind_its_own_channel() -> None:
    buses = Buses(parse(DOORS), simulate=True)
    config = parse(DOORS)
    assert buses.world is not None
    buses.world.step()
    assert isinstance(buses.ports["main"], SimulatedI2c)
    for sensor in config.sensors:
        driver = sensor.part.driver(buses.ports[sensor.bus], sensor.options)
        driver.open()
        assert driver.read()["temperature"] is not None
    assert buses.ports["main"].transfer(0x70, b"", 1) == b"\x80"
    assert buses.ports["inner"].transfer(0x71, b"", 1) == b"\x01"
    buses.ports["main"].transfer(0x70, b"\x00")
    with pytest.raises(BusError):
        buses.ports["main"].transfer(0x18, b"", 1)
    buses.close()


def test_real_channels_share_the_device_of_their_wire_and_nothing_is_opened_yet() -> None:
    buses = Buses(parse(DOORS.replace("{type: i2c}", "{type: i2c, device: /dev/i2c-77}")))
    assert isinstance(buses.ports["main"], LinuxI2c)
    assert isinstance(buses.ports["door-c"], MuxChannel)
    buses.close()


def test_only_of_an_i2c_bus_the_device_is_let_go_of(tmp_path: Path) -> None:
    buses = Buses(config(tmp_path))
    buses.release("wire")()
    assert Buses(parse(DOORS)).release("main").__name__ == "close"


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


RESETS = """\
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
    buses = Buses(parse(RESETS), simulate=True)
    port = buses.ports["doors"]
    assert isinstance(port, SimulatedI2c)
    drivers = [Vl53l1x(port, sensor.options) for sensor in parse(RESETS).sensors[:2]]
    for driver in drivers:
        driver.open()
    for driver in drivers:
        assert driver.read()["count_in"] == 0
    assert (port.step_s, buses.ports["air"].step_s) == (PEOPLE_STEP_S, AIR_STEP_S)
    assert buses.world is not None
    assert buses.world.step() == PEOPLE_STEP_S
    buses.close()


def test_reset_lines_are_those_of_the_chip_that_the_bus_names() -> None:
    buses = Buses(parse(RESETS))
    port = buses.ports["doors"]
    assert isinstance(port, LinuxI2c)
    with pytest.raises(BusError, match=r"lines \[5\]|GPIO library"):
        port.resets.hold(5)  # there is no /dev/gpiochip77
    buses.close()


MODEM = """\
  modem: {{type: serial, device: /dev/ttyAMA0}}
sensors:"""
RADIO = """\
uplinks:
  - {{type: lorawan, name: radio, bus: modem, join_eui: "70B3D57ED0000001", app_key_file: key}}
"""


def test_a_modem_keeps_its_port_until_whoever_sends_through_it_lets_go(tmp_path: Path) -> None:
    """His call may last a minute, which nobody waits for at the end."""
    text = TEXT.replace("sensors:", MODEM) + RADIO
    buses = Buses(parse(text.format(tmp_path)), simulate=True)
    port = buses.ports["modem"]
    port.open(9600)
    buses.close()
    assert port.read() == b""
    port.close()
    with pytest.raises(BusError):
        port.read()
