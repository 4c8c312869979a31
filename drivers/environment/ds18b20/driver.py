"""When to ask the kernel for a conversion of a DS18B20: once per read.

The kernel has done the rest: it found the device, and starts, awaits and fetches each conversion.
"""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from drivers.bus.ports import OneWire
from drivers.contract import Driver, Sample
from drivers.environment.ds18b20 import codec
from drivers.errors import BusError, WrongDevice
from drivers.quantities import TEMPERATURE, Quantity

_FAMILY = "28-"
_NONE = (
    "check its plug, VDD at 3.3 V and the pull-up of 4.7 kOhm; which pin is 1-wire stands in "
    "/boot/firmware/config.txt (dtoverlay=w1-gpio: GPIO 4)"
)

DeviceId = Annotated[
    str,
    Meta(
        pattern="^28-[0-9a-f]{12}$",
        extra={"plain": "an id such as 28-0123456789ab (ls /sys/bus/w1/devices)"},
    ),
]


class Ds18b20Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`device`: its id, as in /sys/bus/w1/devices; null = the only one that is there."""

    device: DeviceId | None = None


class Ds18b20(Driver):
    """Temperature."""

    channels: ClassVar[tuple[Quantity, ...]] = (TEMPERATURE,)

    def __init__(self, bus: OneWire, config: Ds18b20Config) -> None:
        self._bus = bus
        self._wanted = config.device
        self._device: str | None = None

    def open(self) -> None:
        there = [device for device in self._bus.devices() if device.startswith(_FAMILY)]
        if self._wanted is None and len(there) > 1:
            raise WrongDevice(
                f"there are {len(there)} DS18B20", f"set `device` to one of: {', '.join(there)}"
            )
        if not there or self._wanted not in (None, *there):
            raise self._absent(there)
        self._device = self._wanted or there[0]

    def read(self) -> Sample:
        if self._device is None:
            raise BusError("read before open")
        return {"temperature": codec.temperature(self._bus.convert(self._device))}

    def close(self) -> None:
        self._device = None

    def _absent(self, there: list[str]) -> BusError:
        hint = f"there are: {', '.join(there)}" if there else _NONE
        return BusError(f"{self._wanted or 'a DS18B20'} is not on the bus", hint)
