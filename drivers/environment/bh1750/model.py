"""A BH1750FVI on the wire: opcodes, power states, measurement time, conversion time.

Written from the datasheet (rev. D): after power-on it is powered down, with 0 in its data register
and a measurement time of 69. While it converts it answers with the result before. Its slowest
conversion is simulated. A transfer of more than one opcode is not acknowledged. A measurement is
obeyed without "power on" too, as drivers in the field rely on it.
"""

from drivers.contract import I2cModel
from drivers.environment.bh1750.driver import Bh1750Config
from drivers.simulation.scene import View

_MODES = {0x10: (1, 180), 0x11: (2, 180), 0x13: (1, 24), 0x20: (1, 180), 0x21: (2, 180)}
_MODES[0x23] = (1, 24)
"""Opcode to: counts double or not, milliseconds at the default measurement time."""


class Bh1750Model(I2cModel):
    """What the part answers. `floating` = the bus is driven by nobody: all ones."""

    def __init__(self, config: Bh1750Config | None = None) -> None:
        self.address = (config or Bh1750Config()).address
        self.floating = False
        self.lux = 0.0
        self.step(View(0.0))
        self.brown_out()

    def brown_out(self) -> None:
        """The supply went away for a moment: the state of power-on."""
        self._powered = False
        self._time = 69
        self._data = 0
        self._mode: int | None = None
        self._ready_ns = 0

    def step(self, view: View) -> None:
        self.lux = view.illuminance

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        if len(write) > 1:
            return None
        self._convert(now_ns)
        if write:
            self._obey(write[0], now_ns)
        if self.floating:
            return b"\xff" * read
        return (self._data.to_bytes(2, "big") * read)[:read]

    def _obey(self, opcode: int, now_ns: int) -> None:
        if opcode in (0x00, 0x01):
            self._powered = opcode == 0x01
            self._mode = None
        elif opcode == 0x07:
            self._data = 0 if self._powered else self._data
        elif opcode >> 3 == 0b01000:
            self._time = (opcode & 0b111) << 5 | self._time & 0x1F
        elif opcode >> 5 == 0b011:
            self._time = self._time & 0xE0 | opcode & 0x1F
        elif opcode in _MODES:
            self._powered, self._mode = True, opcode
            self._ready_ns = now_ns + self._conversion_ns(opcode)

    def _conversion_ns(self, opcode: int) -> int:
        return _MODES[opcode][1] * 1_000_000 * self._time // 69

    def _convert(self, now_ns: int) -> None:
        if self._mode is None or now_ns < self._ready_ns:
            return
        doubled = _MODES[self._mode][0]
        self._data = min(0xFFFF, int(self.lux * 1.2 * doubled * self._time / 69))
        if self._mode & 0x20:
            self._powered, self._mode = False, None
