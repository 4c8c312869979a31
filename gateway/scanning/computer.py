"""Which buses this computer has, where no configuration says so.

Left alone are serial ports that the kernel writes its console to, and I2C buses of screens: who is
there answers with what the computer needs, and is no sensor.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gateway.config import Bus, I2cBus, OneWireBus, SerialBus

_SCREENS = re.compile("hdmi|ddc|aux|dp|i915|nvidia|amdgpu|radeon|smbus|fef0[49]500", re.IGNORECASE)
"""In the names of I2C adapters; the last are those of the HDMI ports of a Raspberry Pi 4."""


class LeftAlone(NamedTuple):
    """A device that is not looked at, and why."""

    device: str
    why: str


def buses_of(root: Path = Path("/")) -> tuple[dict[str, Bus], list[LeftAlone]]:
    """All buses by a name for each, and what is left alone; `root` is where /dev and /sys are."""
    left: list[LeftAlone] = []
    buses: dict[str, Bus] = dict(_i2c(root, left))
    for number, device in enumerate(_serial(root, left), 1):
        buses["uart" if number == 1 else f"uart-{number}"] = SerialBus(device=device)
    folder = root / "sys/bus/w1/devices"
    if any(folder.glob("w1_bus_master*")):
        buses["wire"] = OneWireBus(device=str(folder))
    return buses, left


def bus_of(device: str) -> tuple[str, Bus]:
    """The bus behind that path, and a name for it."""
    path = Path(device)
    if re.fullmatch("i2c-[0-9]+", path.name):
        return path.name, I2cBus(device=device)
    if "w1" in path.parts:
        return "wire", OneWireBus(device=device)
    return "uart", SerialBus(device=device)


def _i2c(root: Path, left: list[LeftAlone]) -> Iterator[tuple[str, Bus]]:
    for path in sorted(root.glob("dev/i2c-[0-9]*"), key=lambda path: int(path.name[4:])):
        told = _text(root / "sys/class/i2c-dev" / path.name / "name")
        if _SCREENS.search(told):
            left.append(LeftAlone(str(path), f"the bus of a screen or of the board ({told})"))
        else:
            yield path.name, I2cBus(device=str(path))


def _serial(root: Path, left: list[LeftAlone]) -> Iterator[str]:
    """Adapters by their ids, and the port of the header if none of them is it."""
    consoles = _text(root / "sys/class/tty/console/active").split()
    seen: set[str] = set()
    for path in (*sorted(root.glob("dev/serial/by-id/*")), root / "dev/serial0"):
        target = os.path.realpath(path)
        if target in seen or not path.exists():
            continue
        seen.add(target)
        if Path(target).name in consoles:
            left.append(LeftAlone(str(path), "the console of this computer"))
        else:
            yield str(path)


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""  # an older kernel, or a container, does not tell
