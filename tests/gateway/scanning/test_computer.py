"""Which buses a computer has, by what stands in /dev and /sys."""

from pathlib import Path

from gateway.config import I2cBus, OneWireBus, SerialBus
from gateway.scanning import bus_of, buses_of


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_all_buses_of_a_computer(tmp_path: Path) -> None:
    for number, name in ((1, "bcm2835 (i2c@7e804000)"), (3, "i2c-gpio"), (20, "fef04500.i2c")):
        write(tmp_path / f"dev/i2c-{number}")
        write(tmp_path / f"sys/class/i2c-dev/i2c-{number}/name", f"{name}\n")
    for port in ("ttyUSB0", "ttyUSB1", "ttyAMA0"):
        write(tmp_path / "dev" / port)
    by_id = tmp_path / "dev/serial/by-id"
    by_id.mkdir(parents=True)
    for number in (0, 1):
        (by_id / f"usb-adapter-{number}").symlink_to(f"../../ttyUSB{number}")
    (tmp_path / "dev/serial0").symlink_to("ttyAMA0")
    (tmp_path / "sys/bus/w1/devices/w1_bus_master1").mkdir(parents=True)
    buses, left = buses_of(tmp_path)
    assert buses == {
        "i2c-1": I2cBus(device=f"{tmp_path}/dev/i2c-1"),
        "i2c-3": I2cBus(device=f"{tmp_path}/dev/i2c-3"),
        "uart": SerialBus(device=f"{by_id}/usb-adapter-0"),
        "uart-2": SerialBus(device=f"{by_id}/usb-adapter-1"),
        "uart-3": SerialBus(device=f"{tmp_path}/dev/serial0"),
        "wire": OneWireBus(device=f"{tmp_path}/sys/bus/w1/devices"),
    }
    assert [(Path(one.device).name, "screen" in one.why) for one in left] == [("i2c-20", True)]


def test_the_console_is_left_alone_by_whichever_name_it_goes(tmp_path: Path) -> None:
    write(tmp_path / "sys/class/tty/console/active", "tty1 ttyAMA0\n")
    write(tmp_path / "dev/ttyAMA0")
    (tmp_path / "dev/serial0").symlink_to("ttyAMA0")
    buses, left = buses_of(tmp_path)
    assert buses == {}
    assert left == [(f"{tmp_path}/dev/serial0", "the console of this computer")]


def test_a_port_that_is_there_twice_is_looked_at_once(tmp_path: Path) -> None:
    write(tmp_path / "dev/ttyUSB0")
    by_id = tmp_path / "dev/serial/by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-adapter").symlink_to("../../ttyUSB0")
    (by_id / "usb-gone").symlink_to("../../ttyUSB7")
    (tmp_path / "dev/serial0").symlink_to("ttyUSB0")
    buses, _ = buses_of(tmp_path)
    assert list(buses) == ["uart"]


def test_a_computer_without_any(tmp_path: Path) -> None:
    assert buses_of(tmp_path) == ({}, [])


def test_a_device_tells_its_kind() -> None:
    assert bus_of("/dev/i2c-3") == ("i2c-3", I2cBus(device="/dev/i2c-3"))
    assert bus_of("/dev/ttyUSB0") == ("uart", SerialBus(device="/dev/ttyUSB0"))
    assert bus_of("/sys/bus/w1/devices")[1].kind == "onewire"
