"""The serial adapter on a pseudo-terminal: absent, busy, gone and back, never waiting."""

import fcntl
import os
import select
import struct
import termios
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.bus.linux_serial import LinuxSerial
from drivers.errors import BusError
from drivers.timebase import SystemTimebase, VirtualTimebase
from tests.drivers.bus.arrival import arrived

TCGETS2 = 0x802C542A


class Wire:
    """A pseudo-terminal whose near end is linked under a path that stays."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.far_end = -1
        self.plug()

    def plug(self) -> None:
        self.far_end, near_end = os.openpty()
        tty.setraw(near_end)
        os.set_blocking(self.far_end, False)
        self.path.symlink_to(os.ttyname(near_end))
        os.close(near_end)

    def unplug(self) -> None:
        if self.far_end >= 0:
            os.close(self.far_end)
            self.far_end = -1
            self.path.unlink()

    def send(self, data: bytes) -> bytes:
        return data[: os.write(self.far_end, data)]


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    wire = Wire(tmp_path / "clock-radar")
    yield wire
    wire.unplug()


@pytest.fixture
def port(wire: Wire) -> Iterator[LinuxSerial]:
    port = LinuxSerial(str(wire.path))
    yield port
    port.close()


def test_bytes_pass_both_ways_at_256000_baud(wire: Wire, port: LinuxSerial) -> None:
    port.open(256000)
    assert port._tty is not None
    settings = fcntl.ioctl(port._tty.fileno(), TCGETS2, bytes(64))
    assert struct.unpack_from("II", settings, 36) == (256000, 256000)
    every_byte = bytes(range(256))
    wire.send(every_byte)
    assert arrived(port, 256) == every_byte
    port.write(every_byte[::-1])
    assert os.read(wire.far_end, 4096) == every_byte[::-1]


def test_read_of_nothing_never_waits(port: LinuxSerial, monkeypatch: pytest.MonkeyPatch) -> None:
    port.open(9600)
    timeouts: list[float | None] = []

    def noted(*args: Any) -> Any:
        timeouts.append(args[3])
        return original(*args)

    original = select.select
    monkeypatch.setattr(select, "select", noted)
    assert port.read() == b""
    assert timeouts == [0]


def test_one_read_takes_all_that_has_arrived(wire: Wire, port: LinuxSerial) -> None:
    port.open(256000)
    sent = wire.send(bytes(9000))
    assert len(sent) > 4096
    time.sleep(0.02)
    assert port.read() == sent
    assert port.read() == b""


def test_open_starts_with_empty_buffers(wire: Wire, port: LinuxSerial) -> None:
    port.open(9600)
    wire.send(b"old")
    assert arrived(port, 3) == b"old"
    wire.send(b"stale")
    time.sleep(0.01)
    port.open(9600)
    wire.send(b"new")
    assert arrived(port, 3) == b"new"


def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    missing = tmp_path / "ttyUSB0"
    with pytest.raises(BusError, match=r"cannot open .*ttyUSB0") as caught:
        LinuxSerial(str(missing)).open(9600)
    assert caught.value.hint.endswith(f"ls -l {missing}")


def test_a_path_that_is_no_tty(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/null")):
        with pytest.raises(BusError, match="cannot open"):
            LinuxSerial(str(path)).open(9600)


def test_a_busy_port_says_who_may_have_it(wire: Wire, port: LinuxSerial) -> None:
    port.open(9600)
    other = LinuxSerial(str(wire.path))
    with pytest.raises(BusError) as caught:
        other.open(9600)
    assert "systemctl stop" in caught.value.hint
    port.close()
    other.open(9600)
    other.close()


def test_lock_in_the_name_of_an_absent_port_is_not_a_busy_port(tmp_path: Path) -> None:
    with pytest.raises(BusError) as caught:
        LinuxSerial(str(tmp_path / "block-adapter")).open(9600)
    assert "systemctl" not in caught.value.hint


@pytest.mark.parametrize("use", [LinuxSerial.read, lambda port: port.write(b"x")])
def test_a_port_that_goes_and_comes_back_under_its_path(
    wire: Wire, port: LinuxSerial, use: Callable[[LinuxSerial], object]
) -> None:
    port.open(9600)
    wire.unplug()
    with pytest.raises(BusError, match="went away"):
        use(port)
    with pytest.raises(BusError, match="is not open"):
        port.read()
    with pytest.raises(BusError, match="cannot open"):
        port.open(9600)
    wire.plug()
    port.open(9600)
    wire.send(b"back")
    assert arrived(port, 4) == b"back"


def test_use_before_open_and_closing_twice(port: LinuxSerial) -> None:
    for use in (port.read, lambda: port.write(b"x")):
        with pytest.raises(BusError, match="is not open"):
            use()
    port.close()
    port.open(9600)
    port.close()
    port.close()
    with pytest.raises(BusError, match="is not open"):
        port.read()


def test_a_device_that_dies_while_it_is_opened_is_a_bus_error(
    port: LinuxSerial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_: object) -> None:
        raise termios.error(5, "Input/output error")

    monkeypatch.setattr(termios, "tcflush", dead)
    with pytest.raises(BusError, match="cannot open"):
        port.open(9600)


def test_time_is_the_machines_unless_given(wire: Wire) -> None:
    assert isinstance(LinuxSerial("x").time, SystemTimebase)
    virtual = VirtualTimebase()
    assert LinuxSerial("x", virtual).time is virtual
