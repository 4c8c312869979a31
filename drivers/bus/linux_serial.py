"""The serial port on a Linux tty, which may go away and come back under the same path."""

import errno
import termios
from contextlib import suppress
from itertools import islice

import serial

from drivers.bus.ports import Serial
from drivers.errors import BusError, BusErrorKind, kind_of
from drivers.timebase import SystemTimebase, Timebase

CHUNK = 4096
"""Bytes taken at once: the line discipline of a tty holds no more."""

_MOST_CHUNKS = 20
"""A tty that nobody has read keeps 64 KiB behind its line discipline."""


class LinuxSerial(Serial):
    """A tty by its path; prefer `/dev/serial/by-id/...`, which survives renumbering."""

    def __init__(self, device: str, time: Timebase | None = None) -> None:
        self.time = time or SystemTimebase()
        self._device = device
        self._tty: serial.Serial | None = None

    def open(self, baudrate: int) -> None:
        self.close()
        try:
            self._tty = serial.Serial(
                self._device, baudrate, timeout=0, write_timeout=1, exclusive=True
            )
            self._tty.reset_input_buffer()
        except (serial.SerialException, OSError, ValueError, termios.error) as error:
            self.close()
            raise self._unopened(error) from error

    def read(self) -> bytes:
        try:
            tty = self._opened()
            chunks = iter(lambda: tty.read(CHUNK), b"")
            return b"".join(islice(chunks, _MOST_CHUNKS))
        except (serial.SerialException, OSError, TypeError) as error:
            raise self._gone(error) from error

    def write(self, data: bytes) -> None:
        try:
            self._opened().write(data)
        except (serial.SerialException, OSError) as error:
            raise self._gone(error) from error

    def close(self) -> None:
        tty, self._tty = self._tty, None
        if tty is not None:
            with suppress(OSError):  # the device is gone: nothing is left to let go of
                tty.close()

    def _opened(self) -> serial.Serial:
        if self._tty is None:
            raise BusError(f"{self._device} is not open")
        return self._tty

    def _unopened(self, error: Exception) -> BusError:
        if getattr(error, "errno", None) in (errno.EWOULDBLOCK, errno.EBUSY):
            hint = "another program (the daemon?) uses it: systemctl stop gateway"
        else:
            hint = f"look whether it is there and whose it is: ls -l {self._device}"
        kind = kind_of(getattr(error, "errno", None))
        if (
            kind is not BusErrorKind.GONE
        ):  # a port in use is EAGAIN, which elsewhere is a broken wire
            kind = BusErrorKind.OTHER
        return BusError(f"cannot open {self._device}: {_reason(error)}", hint, kind)

    def _gone(self, error: Exception) -> BusError:
        self.close()
        reason = f"{self._device} went away: {_reason(error)}"
        return BusError(reason, "check its USB plug", BusErrorKind.GONE)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
