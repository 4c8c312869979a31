"""A VEML7700 on the wire: words, shutdown, wake-up, integration, power saving, non-linearity.

Written from the datasheet (84286) and the application note (84323). An integration begins 2.5 ms
after the part is switched on or set otherwise, and is repeated; a result stays until the next one,
also in shutdown. With power saving there is a pause before each. Bright light gives too few counts:
the note's polynomial, solved for what it corrects.
"""

from drivers.contract import I2cModel
from drivers.environment.veml7700.driver import Veml7700Config
from drivers.simulation.scene import View

_GAINS = (1.0, 2.0, 0.125, 0.25)
_TIMES_MS = {0b1100: 25, 0b1000: 50, 0b0000: 100, 0b0001: 200, 0b0010: 400, 0b0011: 800}
_PAUSES_MS = (500, 1000, 2000, 4000)
_WAKE_UP_NS = 2_500_000
_SLOW_PERCENT = 118
"""Integrations of this part take so long."""
_BRIGHTEST_READING = 24_000.0


class Veml7700Model(I2cModel):
    """What the part answers, command by command."""

    def __init__(self, config: Veml7700Config | None = None) -> None:
        self.address = (config or Veml7700Config()).address
        self.lux = 0.0
        self.step(View(0.0))
        self.brown_out()

    def brown_out(self) -> None:
        """The supply went away for a moment: the state of power-on, which is shut down."""
        self._words = [0x0001, 0, 0, 0, 0, 0, 0, 0xC481]
        self._settings = 0x0001
        self._ready_ns: int | None = None

    def step(self, view: View) -> None:
        self.lux = view.illuminance

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        if not write or write[0] > 0x07:
            return bytes(read)
        self._integrate(now_ns)
        if len(write) == 3 and write[0] <= 0x03:
            self._set(write[0], write[1] | write[2] << 8, now_ns)
        return self._words[write[0]].to_bytes(2, "little")[:read]

    def _set(self, code: int, value: int, now_ns: int) -> None:
        self._words[code] = value
        if self._words[0] & 1:
            self._ready_ns = None
        elif code == 0:
            self._begin(now_ns + _WAKE_UP_NS)

    def _begin(self, now_ns: int) -> None:
        self._settings = self._words[0]
        self._ready_ns = now_ns + self._integration_ns

    @property
    def _milliseconds(self) -> int:
        """Of the integration under way."""
        return _TIMES_MS.get(self._settings >> 6 & 0b1111, 100)

    @property
    def _integration_ns(self) -> int:
        saving = self._words[3]
        pause = _PAUSES_MS[saving >> 1 & 0b11] if saving & 1 else 0
        return (self._milliseconds * _SLOW_PERCENT // 100 + pause) * 1_000_000

    def _integrate(self, now_ns: int) -> None:
        if self._ready_ns is not None and now_ns >= self._ready_ns:
            self._words[4] = self.counts()
            self._begin(now_ns)

    def counts(self) -> int:
        """In this light with these settings."""
        gain = _GAINS[self._settings >> 11 & 0b11]
        return min(0xFFFF, round(_reading(self.lux) * gain * self._milliseconds / (0.0042 * 1600)))


def _reading(lux: float) -> float:
    """What the part makes of this light: `lux` above 100 lx is the polynomial of it."""
    if lux <= 100:
        return lux
    low, high = 0.0, _BRIGHTEST_READING
    while high - low > 0.001:
        middle = (low + high) / 2
        low, high = (middle, high) if _polynomial(middle) < lux else (low, middle)
    return low


def _polynomial(x: float) -> float:
    return 6.0135e-13 * x**4 - 9.3924e-9 * x**3 + 8.1488e-5 * x**2 + 1.0023 * x
