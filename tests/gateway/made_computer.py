"""A computer made of files, as the kernel of a Raspberry Pi shows it."""

import os
from pathlib import Path

from gateway.computer import Computer

MEMINFO = """\
MemTotal:         947732 kB
MemFree:          120344 kB
MemAvailable:     612340 kB
"""
STATUS = """\
Name:\tgateway
VmHWM:\t   48120 kB
VmRSS:\t   45056 kB
"""


class MadeComputer(Computer):
    """Its files are below `root` and may be written, with or without sense."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.root = root
        self.write("sys/firmware/devicetree/base/model", "Raspberry Pi 3 Model B Plus Rev 1.3\0")
        self.write("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n")
        self.write("sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
        self.write("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
        self.write("proc/meminfo", MEMINFO)
        self.write("proc/self/status", STATUS)
        self.heat(48.312)
        self.supply(weak=False)

    def write(self, path: str, text: str | bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def heat(self, celsius: float) -> None:
        self.write("sys/class/thermal/thermal_zone0/temp", f"{round(celsius * 1000)}\n")

    def supply(self, *, weak: bool) -> None:
        self.write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", f"{int(weak)}\n")

    def card(self, folder: Path, partition_sectors: int, card_sectors: int) -> None:
        """The folder is on the second partition of a card, with so much written."""
        device = folder.stat().st_dev
        numbers = "mmcblk0/mmcblk0p2"
        self.write(f"sys/devices/{numbers}/partition", "2\n")
        self.write(f"sys/devices/{numbers}/stat", _stat(partition_sectors))
        self.write("sys/devices/mmcblk0/stat", _stat(card_sectors))
        link = self.root / f"sys/dev/block/{os.major(device)}:{os.minor(device)}"
        link.parent.mkdir(parents=True)
        link.symlink_to(f"../../devices/{numbers}")

    def empty(self) -> None:
        """Files are there and say nothing."""
        for file in self.root.rglob("*"):
            if file.is_file():
                file.write_bytes(b"")


def _stat(written: int) -> str:
    return f"  1520  430  118236  1320  9120  4410 {written:8}  58210  0  9000 59530\n"
