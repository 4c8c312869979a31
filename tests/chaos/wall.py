"""The wall clock of a daemon, as wrong as a test wants it (wall.c)."""

import mmap
import os
import struct
import time
from pathlib import Path

from tests.chaos.preload import library

_WALL = struct.Struct("=qq")


class Wall:
    """Its clock is true and vouched for until something else is said."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "wall"
        self._path.write_bytes(_WALL.pack(0, 1))
        with self._path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _WALL.size)

    def env(self) -> dict[str, str]:
        """What a process with this clock has in its environment besides."""
        preload = f"{library('wall')} {os.environ.get('LD_PRELOAD', '')}".strip()
        return {"LD_PRELOAD": preload, "GATEWAY_WALL": str(self._path)}

    def set(self, ahead_s: float, *, synchronised: bool) -> None:
        """So far ahead of the true time, from now on; does the kernel vouch for it?"""
        _WALL.pack_into(self._shared, 0, round(ahead_s * 1e9), int(synchronised))

    def forget(self, *, synchronised: bool = False) -> None:
        """As at a first boot: it counts from 1970."""
        self.set(-time.time(), synchronised=synchronised)


def true_utc_at_boot_s() -> float:
    """UTC minus the time since boot, by the clock of the test."""
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
