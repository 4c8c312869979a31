"""An MCP9808 on the wire: register pointer, shutdown, conversions, alert flags.

Written from the datasheet (DS25095A). It is awake after power-on with 0 in its temperature register
and all limits 0, so its alert flags are set in any warmth. A conversion begins when it wakes up and
is repeated; the result stays in shutdown.
"""

from drivers.contract import I2cModel
from drivers.environment.mcp9808.driver import Mcp9808Config
from drivers.simulation.scene import View

_CONVERSION_NS = (30_000_000, 65_000_000, 130_000_000, 250_000_000)
_CONFIG, _UPPER, _LOWER, _CRITICAL, _TEMPERATURE, _RESOLUTION = 1, 2, 3, 4, 5, 8


class Mcp9808Model(I2cModel):
    """What the part answers, register by register."""

    def __init__(self, config: Mcp9808Config | None = None) -> None:
        self.address = (config or Mcp9808Config()).address
        self.celsius = 0.0
        self.step(View(0.0))
        self.brown_out()
        self._ready_ns: int | None = _CONVERSION_NS[3]

    def brown_out(self, now_ns: int = 0) -> None:
        """The supply went away for a moment: the state of power-on."""
        self._words = [0x001D, 0, 0, 0, 0, 0, 0x0054, 0x0400, 0x0003]
        self._pointer = 0
        self._ready_ns = now_ns + _CONVERSION_NS[3]

    def step(self, view: View) -> None:
        self.celsius = view.temperature

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        if self._ready_ns is not None and now_ns >= self._ready_ns:
            self._words[_TEMPERATURE] = self._converted()
        if write:
            self._pointer = min(write[0] & 0x0F, 8)
            self._set(write[1:], now_ns)
        size = 1 if self._pointer == _RESOLUTION else 2
        return (self._words[self._pointer].to_bytes(size, "big") + bytes(read))[:read]

    def _set(self, data: bytes, now_ns: int) -> None:
        if self._pointer == _RESOLUTION and data:
            self._words[_RESOLUTION] = data[0] & 0b11
        elif self._pointer in (_CONFIG, _UPPER, _LOWER, _CRITICAL) and len(data) == 2:
            was_off = self._words[_CONFIG] & 0x0100
            self._words[self._pointer] = int.from_bytes(data, "big")
            if self._words[_CONFIG] & 0x0100:
                self._ready_ns = None
            elif was_off:
                self._ready_ns = now_ns + _CONVERSION_NS[self._words[_RESOLUTION]]

    def _converted(self) -> int:
        """Two's complement in steps of the resolution, below the three flags."""
        step = 8 >> self._words[_RESOLUTION]
        sixteenths = round(self.celsius * 16 / step) * step
        critical, upper, lower = (_signed(self._words[at]) for at in (_CRITICAL, _UPPER, _LOWER))
        flags = (sixteenths >= critical) << 15 | (sixteenths > upper) << 14
        return flags | (sixteenths < lower) << 13 | sixteenths & 0x1FFF


def _signed(limit: int) -> int:
    """A limit register in sixteenths."""
    return (limit & 0x1FFF) - (0x2000 if limit & 0x1000 else 0)
