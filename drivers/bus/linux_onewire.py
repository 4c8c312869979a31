"""The 1-wire port on sysfs, as the kernel's `w1` and `w1_therm` fill it.

Reading the file `w1_slave` of a thermometer is a conversion; it returns within 0.75 s, or after the
kernel's few attempts. Everybody may read it.
"""

import errno
import re
from pathlib import Path

from drivers.bus.ports import OneWire
from drivers.errors import BusError, BusErrorKind, kind_of
from drivers.timebase import SystemTimebase, Timebase

DEVICES = "/sys/bus/w1/devices"

_ID = re.compile("[0-9a-f]{2}-[0-9a-f]{12}")
_MOST_BYTES = 4096
_SUPPLY = "check its plug, its supply, and the pull-up of 4.7 kOhm between data and 3.3 V"
_MEANING = {
    errno.ENOENT: ("is not on the bus", f"{_SUPPLY}; who is there: ls {DEVICES}"),
    errno.ENODEV: ("has left the bus", _SUPPLY),
    errno.EIO: ("does not answer", _SUPPLY),
}


def onewire_error(code: int | None, device: str) -> BusError:
    """The driver error for an errno of a conversion; which device is there, the kernel knows."""
    meaning, hint = _MEANING.get(
        code or 0, (f"failed with errno {code}", "look at the kernel log: dmesg | grep -i w1")
    )
    kind = BusErrorKind.NO_ANSWER if code in _MEANING else kind_of(code)
    return BusError(f"1-wire device {device} {meaning}", hint, kind)


class LinuxOneWire(OneWire):
    """All 1-wire buses of this computer, below one folder."""

    def __init__(self, folder: str = DEVICES, time: Timebase | None = None) -> None:
        self.time = time or SystemTimebase()
        self._folder = Path(folder)

    def devices(self) -> list[str]:
        try:
            return sorted(e.name for e in self._folder.iterdir() if _ID.fullmatch(e.name))
        except OSError as error:
            raise BusError(
                f"cannot list {self._folder}: {error.strerror}",
                "switch 1-wire on: dtoverlay=w1-gpio in /boot/firmware/config.txt, and start anew",
                kind_of(error.errno),
            ) from error

    def convert(self, device: str) -> bytes:
        try:
            with (self._folder / device / "w1_slave").open("rb", buffering=0) as file:
                return file.read(_MOST_BYTES)
        except OSError as error:
            raise onewire_error(error.errno, device) from error

    def close(self) -> None:
        """Nothing is held between two conversions."""
