"""What a failure of the wire says, whichever bus it is of."""

import errno
import os
from pathlib import Path

import pytest

from drivers.bus.linux_i2c import LinuxI2c, i2c_error
from drivers.bus.linux_onewire import LinuxOneWire, onewire_error
from drivers.bus.linux_serial import LinuxSerial
from drivers.bus.sim import SimulatedI2c
from drivers.errors import BusError, BusErrorKind, kind_of


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.EREMOTEIO, BusErrorKind.NO_ANSWER),
        (errno.ENXIO, BusErrorKind.NO_ANSWER),
        (errno.ETIMEDOUT, BusErrorKind.TIMEOUT),
        (errno.EIO, BusErrorKind.BROKEN_OFF),
        (errno.EAGAIN, BusErrorKind.BROKEN_OFF),
        (errno.ENODEV, BusErrorKind.GONE),
        (errno.EBADF, BusErrorKind.GONE),
        (errno.ENOENT, BusErrorKind.GONE),
        (errno.EINVAL, BusErrorKind.OTHER),
        (None, BusErrorKind.OTHER),
    ],
)
def test_an_i2c_transfer_fails_in_kinds(code: int | None, kind: BusErrorKind) -> None:
    assert kind_of(code) is i2c_error(code, 0x76).kind is kind


def test_a_device_file_that_is_not_there_is_gone_whatever_the_bus(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent")
    with pytest.raises(BusError) as i2c:
        LinuxI2c(absent).transfer(0x76, b"\0")
    with pytest.raises(BusError) as serial:
        LinuxSerial(absent).open(9600)
    with pytest.raises(BusError) as onewire:
        LinuxOneWire(absent).devices()
    assert {error.value.kind for error in (i2c, serial, onewire)} == {BusErrorKind.GONE}


def test_a_serial_port_that_goes_away_in_use_is_gone() -> None:
    far, near = os.openpty()
    port = LinuxSerial(os.ttyname(near))
    port.open(9600)
    os.close(near)
    os.close(far)
    with pytest.raises(BusError) as caught:
        port.read()
    assert caught.value.kind is BusErrorKind.GONE
    with pytest.raises(BusError) as again:
        port.read()
    assert again.value.kind is BusErrorKind.OTHER  # a mistake of its driver's


def test_a_port_in_use_is_not_gone() -> None:
    far, near = os.openpty()
    first, second = LinuxSerial(os.ttyname(near)), LinuxSerial(os.ttyname(near))
    first.open(9600)
    try:
        with pytest.raises(BusError) as caught:
            second.open(9600)
    finally:
        first.close()
        os.close(near)
        os.close(far)
    assert caught.value.kind is BusErrorKind.OTHER


def test_a_1_wire_device_that_left_is_one_part() -> None:
    for code in (errno.ENOENT, errno.ENODEV, errno.EIO):
        assert onewire_error(code, "28-0").kind is BusErrorKind.NO_ANSWER


def test_what_a_driver_says_of_its_own_is_of_no_kind() -> None:
    assert BusError("read before open").kind is BusErrorKind.OTHER


def test_simulated_chips_fail_in_the_same_kinds() -> None:
    bus = SimulatedI2c()
    with pytest.raises(BusError) as caught:
        bus.transfer(0x76, b"\0")
    assert caught.value.kind is BusErrorKind.NO_ANSWER
