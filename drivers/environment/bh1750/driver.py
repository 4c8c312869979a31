"""When to send which bytes to a BH1750: one measurement on demand, in the range that fits.

One-time mode powers the part down after each result. A read begins in high resolution mode 2 with
the default measurement time: 0.42 lx a count, up to 27 klx. Then the light decides:

    saturated          -> mode 1, shortest time: 1.9 lx a count, up to 121 klx (sun)
    below 100 lx       -> mode 2, longest time: 0.11 lx a count (dusk)
    anything between   -> that was it

So a read is at most two measurements and 0.85 s. Each sends all settings again: after a brown-out
the next one is right. FFFF is both "saturated" and what a bus says that nobody drives, hence None.
"""

from typing import ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.environment.bh1750 import codec
from drivers.errors import BadData
from drivers.quantities import ILLUMINANCE, Quantity

_USUAL = codec.Range(codec.HIGH_RESOLUTION_2, codec.DEFAULT_TIME)
_SUN = codec.Range(codec.HIGH_RESOLUTION, codec.SHORTEST_TIME)
_DUSK = codec.Range(codec.HIGH_RESOLUTION_2, codec.LONGEST_TIME)
_DUSK_LX = 100.0


class Bh1750Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address` is 0x23 with ADDR to ground or open, 0x5C with ADDR to supply."""

    address: Literal[0x23, 0x5C] = 0x23


class Bh1750(Driver):
    """Illuminance."""

    channels: ClassVar[tuple[Quantity, ...]] = (ILLUMINANCE,)

    def __init__(self, bus: I2c, config: Bh1750Config) -> None:
        self._bus = bus
        self._address = config.address

    def open(self) -> None:
        """The part has no identity: all there is to see is whether something drives the bus."""
        if self._counts(_SUN) == codec.SATURATED:
            raise BadData(
                f"BH1750 at 0x{self._address:02x} answers FFFF: no sensor, or light beyond 121 klx",
                "shade the sensor; if it says so still, power-cycle it and check its wiring",
            )

    def read(self) -> Sample:
        lux = codec.illuminance(self._counts(_USUAL), _USUAL)
        if lux is None:
            lux = codec.illuminance(self._counts(_SUN), _SUN)
        elif lux < _DUSK_LX:
            lux = codec.illuminance(self._counts(_DUSK), _DUSK)
        return {ILLUMINANCE.name: lux}

    def close(self) -> None:
        """The part has powered down by itself."""

    def _counts(self, within: codec.Range) -> int:
        opcodes = (codec.POWER_ON, *codec.measurement_time(within.time), within.opcode)
        for opcode in opcodes:
            self._bus.transfer(self._address, bytes([opcode]))
        self._bus.time.sleep(within.conversion_s)
        return codec.counts(self._bus.transfer(self._address, b"", 2))
