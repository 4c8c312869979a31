"""The 1-wire adapter on folders made like sysfs, and on files that fail as devices do."""

import errno
from pathlib import Path

import pytest

from drivers.bus.linux_onewire import LinuxOneWire, onewire_error
from drivers.errors import BusError
from drivers.timebase import SystemTimebase, VirtualTimebase

DEVICE = "28-0123456789ab"


def test_only_devices_are_listed(tmp_path: Path) -> None:
    for name in ("w1_bus_master1", "28-ffffffffffff", DEVICE, "28-0123456789ab.new", "00-1"):
        (tmp_path / name).mkdir()
    assert LinuxOneWire(str(tmp_path)).devices() == [DEVICE, "28-ffffffffffff"]


def test_what_the_kernel_says_is_passed_as_it_is(tmp_path: Path) -> None:
    (tmp_path / DEVICE).mkdir()
    (tmp_path / DEVICE / "w1_slave").write_bytes(b"anything\xff")
    port = LinuxOneWire(str(tmp_path))
    assert port.convert(DEVICE) == b"anything\xff"
    port.close()
    port.close()


def test_an_endless_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / DEVICE).mkdir()
    (tmp_path / DEVICE / "w1_slave").symlink_to("/dev/zero")
    assert len(LinuxOneWire(str(tmp_path)).convert(DEVICE)) == 4096


def test_without_the_overlay_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BusError, match="cannot list") as caught:
        LinuxOneWire(str(tmp_path / "devices")).devices()
    assert "dtoverlay=w1-gpio" in caught.value.hint


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BusError, match=f"{DEVICE} is not on the bus"):
        LinuxOneWire(str(tmp_path)).convert(DEVICE)


def test_a_device_that_fails_in_the_read(tmp_path: Path) -> None:
    """Address 0 of a process cannot be read: the kernel says EIO, as for a silent device."""
    (tmp_path / DEVICE).mkdir()
    (tmp_path / DEVICE / "w1_slave").symlink_to("/proc/self/mem")
    with pytest.raises(BusError, match=f"{DEVICE} does not answer") as caught:
        LinuxOneWire(str(tmp_path)).convert(DEVICE)
    assert "4.7 kOhm" in caught.value.hint


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENODEV, "has left the bus"), (errno.EISDIR, "failed with errno 21"), (None, "None")],
)
def test_other_errors_of_the_kernel(code: int | None, words: str) -> None:
    assert words in str(onewire_error(code, DEVICE))
    assert onewire_error(code, DEVICE).hint


def test_time_is_the_machines_unless_given(tmp_path: Path) -> None:
    assert isinstance(LinuxOneWire().time, SystemTimebase)
    virtual = VirtualTimebase()
    assert LinuxOneWire(str(tmp_path), virtual).time is virtual
