"""The I2C port on a Linux bus device, by combined `i2c_rdwr` messages.

Block reads of SMBus end at 32 bytes and chips with 16-bit registers are out of its reach, so raw
messages are the only form used.
"""

import errno
from collections.abc import Callable
from contextlib import suppress

from smbus2 import SMBus, i2c_msg

from drivers.bus.ports import I2c
from drivers.bus.resets import OpenDrain, ResetLines, no_lines
from drivers.errors import BusError, BusErrorKind, kind_of
from drivers.timebase import SystemTimebase, Timebase

_MEANING = {
    errno.EREMOTEIO: ("does not answer (NACK)", "check its wiring and address: i2cdetect -y N"),
    errno.ENXIO: ("does not answer (NACK)", "check its wiring and address: i2cdetect -y N"),
    errno.ETIMEDOUT: ("holds the bus (time-out)", "SDA or SCL is stuck low: power-cycle the part"),
    errno.EIO: ("broke off the transfer", "check cable length, pull-ups and supply"),
    errno.EAGAIN: ("lost the arbitration", "check cable length, pull-ups and supply"),
}


def i2c_error(code: int | None, address: int) -> BusError:
    """The driver error for an errno of an I2C transfer; simulated buses raise the same."""
    meaning, hint = _MEANING.get(
        code or 0, (f"failed with errno {code}", "look at the kernel log: dmesg | grep -i i2c")
    )
    return BusError(f"I2C address 0x{address:02x} {meaning}", hint, kind_of(code))


class LinuxI2c(I2c):
    """`/dev/i2c-N`, opened at the first transfer and again after the device went away.

    `make_resets` is called when a part with a reset line is there, and not before.
    """

    def __init__(
        self,
        device: str,
        time: Timebase | None = None,
        make_resets: Callable[[], OpenDrain] = no_lines,
    ) -> None:
        self.time = time or SystemTimebase()
        self.resets = ResetLines(make_resets)
        self._device = device
        self._bus: SMBus | None = None

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        messages = [i2c_msg.write(address, write)] if write or not read else []
        answer = i2c_msg.read(address, read) if read else None
        bus = self._open()
        try:
            bus.i2c_rdwr(*messages, *([answer] if answer else []))
        except OSError as error:
            self._forget_if_gone(error)
            raise i2c_error(error.errno, address) from error
        return bytes(answer) if answer else b""

    def close(self) -> None:
        bus, self._bus = self._bus, None
        self.resets.close()
        if bus:
            with suppress(OSError):  # the device is gone: nothing is left to let go of
                bus.close()

    def _open(self) -> SMBus:
        if self._bus is None:
            self.resets.hold_all()
            try:
                self._bus = SMBus(self._device)
            except OSError as error:
                raise BusError(
                    f"cannot open {self._device}: {error.strerror}",
                    "enable I2C (raspi-config, Interface Options) and check group i2c",
                    # ENXIO: the file is there and its driver is not
                    BusErrorKind.GONE if error.errno == errno.ENXIO else kind_of(error.errno),
                ) from error
        return self._bus

    def _forget_if_gone(self, error: OSError) -> None:
        if kind_of(error.errno) is BusErrorKind.GONE:
            self.close()
