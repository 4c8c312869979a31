"""The I2C adapter up to the edge of the kernel: its messages, its errors, its device file."""

import errno
from pathlib import Path
from typing import Any

import pytest
from smbus2 import i2c_msg

from drivers.bus import linux_i2c
from drivers.bus.linux_i2c import LinuxI2c, i2c_error
from drivers.errors import BusError, BusErrorKind
from drivers.timebase import SystemTimebase, VirtualTimebase

READ = 1


class Kernel:
    """Stands where smbus2 opens the device: notes messages, fills in answers, fails on order."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.closed = 0
        self.transfers: list[list[tuple[int, int, bytes]]] = []
        self.answer = b""
        self.failures: list[int] = []
        self.close_fails = False

    def __call__(self, device: str) -> "Kernel":
        self.opened.append(device)
        return self

    def i2c_rdwr(self, *messages: i2c_msg) -> None:
        self.transfers.append([(m.addr, m.flags, bytes(m)) for m in messages])
        if self.failures:
            code = self.failures.pop(0)
            raise OSError(code, "failed")
        for message in messages:
            if message.flags & READ:
                for i, byte in enumerate(self.answer[: message.len]):
                    message.buf[i] = bytes([byte])

    def close(self) -> None:
        self.closed += 1
        if self.close_fails:
            raise OSError(errno.EBADF, "bad file descriptor")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    monkeypatch.setattr(linux_i2c, "SMBus", kernel)
    return kernel


def test_write_then_read_is_one_transfer_of_two_messages(kernel: Kernel) -> None:
    kernel.answer = b"\x60"
    assert LinuxI2c("/dev/i2c-1").transfer(0x76, b"\xd0", 1) == b"\x60"
    assert kernel.opened == ["/dev/i2c-1"]
    assert kernel.transfers == [[(0x76, 0, b"\xd0"), (0x76, READ, b"\x00")]]


def test_write_alone_is_one_message(kernel: Kernel) -> None:
    assert LinuxI2c("/dev/i2c-1").transfer(0x62, b"\x36\x82") == b""
    assert kernel.transfers == [[(0x62, 0, b"\x36\x82")]]


def test_neither_is_a_message_of_no_bytes_which_only_the_address_answers(kernel: Kernel) -> None:
    assert LinuxI2c("/dev/i2c-1").transfer(0x62, b"") == b""
    assert kernel.transfers == [[(0x62, 0, b"")]]
    kernel.failures = [errno.EREMOTEIO]
    with pytest.raises(BusError) as failed:
        LinuxI2c("/dev/i2c-1").transfer(0x62, b"")
    assert failed.value.kind is BusErrorKind.NO_ANSWER


def test_read_alone_is_one_message(kernel: Kernel) -> None:
    kernel.answer = b"\xbe\xef\x92"
    assert LinuxI2c("/dev/i2c-1").transfer(0x62, b"", 3) == b"\xbe\xef\x92"
    assert kernel.transfers == [[(0x62, READ, bytes(3))]]


def test_reads_longer_than_an_smbus_block_are_one_message(kernel: Kernel) -> None:
    kernel.answer = bytes(range(128))
    assert LinuxI2c("/dev/i2c-1").transfer(0x69, b"\x80", 128) == bytes(range(128))
    assert [len(data) for _, _, data in kernel.transfers[0]] == [1, 128]


def test_zero_bytes_are_data_like_all_others(kernel: Kernel) -> None:
    kernel.answer = b"\x00\x00"
    assert LinuxI2c("/dev/i2c-1").transfer(0x29, b"\x00\x00", 2) == b"\x00\x00"
    assert kernel.transfers[0][0] == (0x29, 0, b"\x00\x00")


def test_the_device_is_opened_once_at_the_first_transfer(kernel: Kernel) -> None:
    bus = LinuxI2c("/dev/i2c-1")
    assert kernel.opened == []
    bus.transfer(0x76, b"\xd0", 1)
    bus.transfer(0x77, b"\xd0", 1)
    assert len(kernel.opened) == 1
    bus.close()
    bus.close()
    assert kernel.closed == 1
    bus.transfer(0x76, b"\xd0", 1)
    assert len(kernel.opened) == 2


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        (errno.EREMOTEIO, "does not answer", "i2cdetect -y"),
        (errno.ENXIO, "does not answer", "i2cdetect -y"),
        (errno.ETIMEDOUT, "time-out", "stuck low"),
        (errno.EIO, "broke off", "pull-ups"),
        (errno.EINVAL, "errno 22", "dmesg"),
    ],
)
def test_errors_say_what_happened_and_what_to_look_at(
    kernel: Kernel, code: int, message: str, hint: str
) -> None:
    bus = LinuxI2c("/dev/i2c-1")
    kernel.failures = [code]
    with pytest.raises(BusError, match=f"0x76 .*{message}") as caught:
        bus.transfer(0x76, b"\xd0", 1)
    assert hint in caught.value.hint
    kernel.answer = b"\x60"
    assert bus.transfer(0x76, b"\xd0", 1) == b"\x60"
    assert len(kernel.opened) == 1


def test_an_error_without_errno_is_still_said() -> None:
    assert "errno None" in str(i2c_error(None, 0x10))


@pytest.mark.parametrize("code", [errno.ENODEV, errno.EBADF])
@pytest.mark.parametrize("close_fails", [False, True])
def test_a_bus_that_went_away_is_opened_again(kernel: Kernel, code: int, close_fails: bool) -> None:
    bus = LinuxI2c("/dev/i2c-7")
    kernel.failures, kernel.close_fails = [code], close_fails
    with pytest.raises(BusError, match=f"errno {code}"):
        bus.transfer(0x76, b"\xd0", 1)
    bus.transfer(0x76, b"\xd0", 1)
    assert kernel.opened == ["/dev/i2c-7"] * 2


def test_a_missing_device_file_is_a_bus_error(tmp_path: Path) -> None:
    bus = LinuxI2c(str(tmp_path / "i2c-1"))
    for _ in range(2):
        with pytest.raises(BusError, match=r"cannot open .*i2c-1: No such file") as caught:
            bus.transfer(0x76, b"\xd0", 1)
        assert "raspi-config" in caught.value.hint
    bus.close()


def test_a_file_that_is_no_i2c_bus_is_a_bus_error(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/null")):
        bus: Any = LinuxI2c(str(path))
        with pytest.raises(BusError):
            bus.transfer(0x76, b"\xd0", 1)
        bus.close()


def test_time_is_the_machines_unless_given() -> None:
    assert isinstance(LinuxI2c("/dev/i2c-1").time, SystemTimebase)
    virtual = VirtualTimebase()
    assert LinuxI2c("/dev/i2c-1", virtual).time is virtual
