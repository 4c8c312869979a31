"""A TCA9548A on the simulated wire, from its datasheet (SCPS207, 8.5.3 and 8.5.4).

One register without a number: a byte that is written to it is stored, of several the last one, and
counts after the STOP; reading gives it back. A bit of it connects a channel, any number of them at
once. Power-up and reset clear it.
"""

from collections.abc import Sequence

from drivers.bus.sim_i2c import I2cSwitch, SimulatedI2c
from drivers.timebase import Timebase

CHANNELS = 8


class Tca9548aModel(I2cSwitch):
    """Its channels are `segments`, in the time of the wire that it sits on."""

    def __init__(self, address: int, time: Timebase) -> None:
        self.address = address
        self.segments: Sequence[SimulatedI2c] = [SimulatedI2c(time=time) for _ in range(CHANNELS)]
        self._register = 0

    @property
    def connected(self) -> Sequence[SimulatedI2c]:
        return [one for bit, one in enumerate(self.segments) if self._register >> bit & 1]

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        if write:
            self._register = write[-1]
        return bytes([self._register]) * read

    def reset(self) -> None:
        """Its supply dipped, or its pin RESET was pulled low."""
        self._register = 0
