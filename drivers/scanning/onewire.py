"""What is on the 1-wire pins: the list of the kernel, which has read each id with its CRC."""

from drivers.bus.ports import OneWire
from drivers.errors import BusError
from drivers.probe import Sureness
from drivers.scanning import order
from drivers.scanning.found import Found, Scan

_NOISE = "00"
"""The family of ids that the kernel makes of a line without a pull-up."""


def scan(bus: OneWire) -> Scan:
    """All devices; nothing is sent, so that nobody is disturbed."""
    try:
        devices = bus.devices()
    except BusError as error:
        return Scan(problem=error)
    families = {probe.family: names for names, probe in order.onewire()}
    return Scan([_found(device, families) for device in devices])


def _found(device: str, families: dict[str, tuple[str, ...]]) -> Found:
    family = device[:2]
    if family == _NOISE:
        told = "no device: noise on a line whose pull-up of 4.7 kOhm is missing"
        return Found((), told, device=device)
    names = families.get(family, ())
    sureness = Sureness.CERTAIN if names else None
    return Found(names, f"family {family}", sureness, device=device)
