"""When to send which bytes to a VEML7700: look once, then measure in the range that fits.

A read is a look and, if it was too dark or too bright, a measurement. Both are the application
note's flow chart (84323, fig. 24) with its steps taken at once:

    look               gain 1/8, 100 ms: 0.54 lx a count
    above 10000     -> gain 1/8, 25 ms: up to 140 klx
    100 and less    -> gain 2 (which is for less than 100 lx) and the shortest time that gives 1000
                       counts, 800 ms at most: counts grow in proportion with gain and time

So a read is at most two integrations and 1.1 s. The part is shut down between reads and wakes up
for 2.5 ms; power saving, which would stretch the integrations, is switched off at `open`. It has no
"ready" bit: the settings are read back after the wait, as after a brown-out they are others.
"""

from typing import ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.environment.veml7700 import codec
from drivers.errors import BadData, WrongDevice
from drivers.quantities import ILLUMINANCE, Quantity

_LOOK = codec.Range(0.125, 100)
_BRIGHT = codec.Range(0.125, 25)
_DARK = tuple(codec.Range(2, milliseconds) for milliseconds in (100, 200, 400, 800))
_DARK_COUNTS = 100
_BRIGHT_COUNTS = 10_000
_WANTED_COUNTS = 1_000
_WAKE_UP_S = 0.0025
_SLOWEST = 1.2
"""The datasheet gives no tolerance of the times; this is a cautious guess."""


class Veml7700Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The part has one address only, which it shares with the TF-Luna."""

    address: Literal[0x10] = 0x10


class Veml7700(Driver):
    """Illuminance."""

    channels: ClassVar[tuple[Quantity, ...]] = (ILLUMINANCE,)

    def __init__(self, bus: I2c, config: Veml7700Config) -> None:
        self._bus = bus
        self._address = config.address

    def open(self) -> None:
        found = self._word(codec.DEVICE_ID)
        if found & 0xFF != codec.VEML7700_ID:
            raise WrongDevice(
                f"veml7700 expected at 0x{self._address:02x}, "
                f"found another chip (id 0x{found:04x})",
                "a TF-Luna has this address too: look at the chip",
            )
        self._set(codec.CONFIGURATION, codec.SHUT_DOWN)
        self._set(codec.POWER_SAVING, 0)

    def read(self) -> Sample:
        counts = self._counts(_LOOK)
        within = _fitting(counts)
        if within != _LOOK:
            counts = self._counts(within)
        return {ILLUMINANCE.name: codec.illuminance(counts, within)}

    def close(self) -> None:
        """The part is shut down since the last read."""

    def _counts(self, within: codec.Range) -> int:
        self._set(codec.CONFIGURATION, within.configuration)
        self._bus.time.sleep(_WAKE_UP_S + within.milliseconds / 1000 * _SLOWEST)
        counts = self._word(codec.AMBIENT_LIGHT)
        if self._word(codec.CONFIGURATION) != within.configuration:
            raise BadData("the part has lost its settings", "check the supply of the sensor")
        self._set(codec.CONFIGURATION, codec.SHUT_DOWN)
        return counts

    def _word(self, code: int) -> int:
        return codec.word(self._bus.transfer(self._address, bytes([code]), 2))

    def _set(self, code: int, value: int) -> None:
        self._bus.transfer(self._address, codec.command(code, value))


def _fitting(look: int) -> codec.Range:
    """The range for light that gave so many counts at the look."""
    if look > _BRIGHT_COUNTS:
        return _BRIGHT
    if look > _DARK_COUNTS:
        return _LOOK
    for within in _DARK:
        if look * _LOOK.lux_per_count >= _WANTED_COUNTS * within.lux_per_count:
            return within
    return _DARK[-1]
