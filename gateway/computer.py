"""What the computer tells of itself, read from the kernel's files below `root`.

A file that is missing or makes no sense is None, for computers differ. All of them can be read in
the sandbox of systemd/gateway.service, which makes /sys read-only but leaves it and /proc/meminfo
in sight.

Undervoltage: the driver raspberrypi-hwmon asks the firmware every 2 s whether the supply was too
weak since it asked last, and shows that as `in0_lcrit_alarm`. The older file `get_throttled` is not
read: it makes the kernel print a warning with a stack trace, newer kernels have it no more, and its
bits "since boot" are cleared by that driver.
"""

import os
from pathlib import Path

from gateway.encoding.messages import DiskHealth, MemoryHealth

_LONGEST = 8192
_SECTOR = 512
"""Bytes; of /sys/block/*/stat always (kernel, Documentation/block/stat.rst)."""
_SECTORS_WRITTEN = 6
_FIRST_CHOICE = "cpu-thermal"
_CENTIDEGREES = range(-5_000, 20_001)


class Computer:
    """Each question reads a file or two."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    @property
    def model(self) -> str:
        """As its maker calls it; "" if it does not tell."""
        for path in ("sys/firmware/devicetree/base/model", "sys/class/dmi/id/product_name"):
            name = (self._text(path) or "").strip("\0 \n")
            if name and name.isprintable():
                return name
        return ""

    @property
    def temperature(self) -> float | None:
        """Of the processor, degC; of the hottest zone on a computer that does not name it."""
        zones = [
            (self._text(f"{zone}/type"), self._number(f"{zone}/temp"))
            for zone in self._folders("sys/class/thermal", "thermal_zone*")
        ]
        told = [
            ((name or "").strip() == _FIRST_CHOICE, milli / 1000)
            for name, milli in zones
            if milli is not None and milli // 10 in _CENTIDEGREES
        ]
        return round(max(told)[1], 1) if told else None

    @property
    def undervoltage(self) -> bool | None:
        """Whether the power supply was too weak within the last 2 s; only a Raspberry Pi tells."""
        for monitor in self._folders("sys/class/hwmon", "hwmon*"):
            if (self._text(f"{monitor}/name") or "").strip() == "rpi_volt":
                alarm = self._number(f"{monitor}/in0_lcrit_alarm")
                return None if alarm is None else alarm != 0
        return None

    def disk(self, folder: Path) -> DiskHealth:
        """Of the file system that the folder is on."""
        try:
            room = os.statvfs(folder)
            device = folder.stat().st_dev
        except OSError:
            return DiskHealth(size=None, free=None, written=None)
        return DiskHealth(
            size=room.f_blocks * room.f_frsize,
            free=room.f_bavail * room.f_frsize,
            written=self._written(device),
        )

    @property
    def memory(self) -> MemoryHealth:
        """Of this process, and what others could still have."""
        return MemoryHealth(
            used=self._kilobytes("proc/self/status", "VmRSS:"),
            available=self._kilobytes("proc/meminfo", "MemAvailable:"),
        )

    def _written(self, device: int) -> int | None:
        """To the whole card: partitions wear it out together."""
        block = f"sys/dev/block/{os.major(device)}:{os.minor(device)}"
        part = self._text(f"{block}/partition") is not None
        numbers = (self._text(f"{block}/../stat" if part else f"{block}/stat") or "").split()
        sectors = _whole(numbers[_SECTORS_WRITTEN]) if len(numbers) > _SECTORS_WRITTEN else None
        return None if sectors is None else sectors * _SECTOR

    def _kilobytes(self, path: str, name: str) -> int | None:
        """Of a line such as "MemAvailable:   123456 kB"."""
        for line in (self._text(path) or "").splitlines():
            words = line.split()
            if len(words) == 3 and words[0] == name and words[2] == "kB":
                kilobytes = _whole(words[1])
                return None if kilobytes is None else kilobytes * 1024
        return None

    def _number(self, path: str) -> int | None:
        return _whole((self._text(path) or "").strip())

    def _text(self, path: str) -> str | None:
        try:
            with (self._root / path).open("rb") as file:
                return file.read(_LONGEST).decode("utf-8", "replace")
        except OSError:
            return None

    def _folders(self, within: str, pattern: str) -> list[str]:
        try:
            found = sorted((self._root / within).glob(pattern))
        except OSError:
            return []
        return [f"{within}/{folder.name}" for folder in found]


def _whole(text: str) -> int | None:
    """A whole number of the kernel, within 64 bits."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None
