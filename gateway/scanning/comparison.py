"""What was found at the place of each sensor of the configuration."""

from collections.abc import Mapping
from typing import NamedTuple

from drivers import registry
from drivers.lorawan.families import FAMILIES
from drivers.probe import I2cProbe
from drivers.scanning import known
from drivers.scanning.found import Found, Scan
from gateway.config import Sensor
from gateway.scanning.report import Verdict

_WIRING = {
    "i2c": "check its plug, its supply and its address: docs/sensors.md has its wiring",
    "serial": "check its supply, and that TX and RX are crossed (sensor TX to gateway RX)",
    "onewire": "check its plug, VDD at 3.3 V and the pull-up of 4.7 kOhm",
}
_UNKNOWN = {
    "i2c": "two parts on one address answer so, and so do long cables: take off one after another",
    "serial": "is it the part that is configured? check its wires and keep them short",
    "onewire": "look at the device",
}


_WITHOUT_DRIVER = (
    "no driver reads that part: change it, or give it another place",
    "a modem is no sensor: take this one out, and name its port in `uplinks:` (docs/lorawan.md)",
)
"""Of a part, and of a modem."""


class Match(NamedTuple):
    """`problem` and `cure` make a finding; without a problem there is none."""

    verdict: Verdict
    evidence: str
    found: Found | None = None
    problem: str = ""
    cure: str = ""


def match(sensor: Sensor, scan: Scan | None, above: Mapping[int | None, Found]) -> Match:
    """`scan` is that of its bus, None where nobody can be asked.

    `above` is what was found, by address, on the buses that its bus is a channel of.
    """
    if scan is None:
        return Match(Verdict.CANNOT_TELL, "nobody on GPIO lines can be asked who he is")
    shared = above.get(sensor.options.address) if sensor.part.bus == "i2c" else None
    if shared is not None:
        return _shared(shared)
    here = _at_its_place(sensor, scan)
    if len(here) > 1:
        return _several(here)
    if not here:
        return _nobody(sensor, scan)
    return _judged(sensor, here[0])


def fits(driver: str, names: tuple[str, ...]) -> bool:
    """Whether that driver reads one of these parts: it may be the driver of several."""
    return driver in names or any(
        registry.part(name).driver is registry.part(driver).driver
        for name in names
        if has_driver(name)
    )


def has_driver(name: str) -> bool:
    """Whether a configuration may name it."""
    return name in registry.BUILT_IN or name in registry.names()


def words(found: Found) -> str:
    """What it is, in a sentence."""
    return " or ".join(map(_word, found.names)) or "an unknown part"


def _word(name: str) -> str:
    return FAMILIES[name].words if name in FAMILIES else known.WORDS.get(name, name)


def place(found: Found) -> str:
    """Where it is on its bus."""
    if found.address is not None:
        return f"0x{found.address:02x}"
    return found.device or (f"{found.baudrate} baud" if found.baudrate else "")


def _at_its_place(sensor: Sensor, scan: Scan) -> list[Found]:
    if sensor.part.bus == "i2c":
        return [found for found in scan.found if found.address == sensor.options.address]
    if sensor.part.bus == "serial":
        return scan.found
    if sensor.options.device is not None:
        return [found for found in scan.found if found.device == sensor.options.device]
    return [found for found in scan.found if fits(sensor.driver, found.names)]


def _judged(sensor: Sensor, found: Found) -> Match:
    told = f"{words(found)} at {place(found)}: {found.evidence}" if found.names else found.evidence
    if fits(sensor.driver, found.names):
        return Match(Verdict.THERE, told, found)
    if found.names:
        readable = [name for name in found.names if has_driver(name)]
        cure = (
            f"set `driver: {readable[0]}` for this sensor, or change the part"
            if readable
            else _WITHOUT_DRIVER[any(name in FAMILIES for name in found.names)]
        )
        return Match(Verdict.ANOTHER_PART, told, found, "is another part", cure)
    if sensor.part.probe is None:
        return Match(Verdict.CANNOT_TELL, f"{told}; a {sensor.driver} cannot be recognised", found)
    cure = _UNKNOWN[sensor.part.bus]
    return Match(Verdict.CANNOT_TELL, told, found, "is not recognised", cure)


def _nobody(sensor: Sensor, scan: Scan) -> Match:
    if scan.problem is not None:
        return Match(Verdict.CANNOT_TELL, f"its bus could not be looked at: {scan.problem}")
    probe = sensor.part.probe
    if isinstance(probe, I2cProbe) and sensor.options.address not in probe.addresses:
        return Match(Verdict.CANNOT_TELL, "the gateway gives it that address when it opens it")
    cure = _WIRING[sensor.part.bus]
    return Match(Verdict.NOT_THERE, "nobody answers at its place", None, "is not there", cure)


def _several(here: list[Found]) -> Match:
    ids = ", ".join(place(found) for found in here)
    told = f"{len(here)} may be it: {ids}"
    return Match(
        Verdict.CANNOT_TELL, told, None, "is one of several", f"set `device` to one of: {ids}"
    )


def _shared(found: Found) -> Match:
    told = f"{words(found)} answers at {place(found)} of the bus that this channel comes from"
    cure = "give one of the two another address, or put both behind channels of their own"
    return Match(Verdict.CANNOT_TELL, told, None, "shares its address", cure)
