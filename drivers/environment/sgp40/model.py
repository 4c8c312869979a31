"""A SGP40 on the wire: its heater, and a signal that falls with smell (SGP40 1.2, chapters 3, 4).

The signal rises with dry air, as far as the host has not told it, and settles within some
seconds after the heater was switched on.
"""

import math

from drivers.environment.sensirion_model import SensirionModel, on_wire
from drivers.environment.sgp40.driver import Sgp40Config
from drivers.simulation.scene import View

_CLEAN_AIR = 30_000
_PER_INDEX = -12.0
_PER_HUMIDITY = -25.0
_COLD = -4_000.0
_SETTLES_NS = 5e9

Outcome = tuple[bytes, float] | None


class Sgp40Model(SensirionModel):
    """`damaged` lets its self-test fail; `features` is its feature set."""

    def __init__(self, config: Sgp40Config | None = None) -> None:
        super().__init__()
        self.address = (config or Sgp40Config()).address
        self.serial = (0x0000, 0x0312, 0x8A4E)
        self.features = 0x3220
        self.damaged = False
        self.heated_since_ns: int | None = None
        self._view = View(0.0)

    def step(self, view: View) -> None:
        self._view = view

    def execute(self, command: str, arguments: tuple[int, ...]) -> Outcome:
        if command == "260f" and len(arguments) == 2:
            return on_wire(self._signal(*arguments)), 0.03
        return None if arguments else self._simple(command)

    def _simple(self, command: str) -> Outcome:
        if command in ("3615", "280e"):
            self.heated_since_ns = None
        if command == "280e":
            return on_wire(0x4B00 if self.damaged else 0xD400), 0.32
        answers = {"3682": self.serial, "202f": (self.features,), "3615": ()}
        return (on_wire(*answers[command]), 0.001) if command in answers else None

    def _signal(self, humidity_ticks: int, temperature_ticks: int) -> int:
        if self.heated_since_ns is None:
            self.heated_since_ns = self.now_ns
        cold = math.exp((self.heated_since_ns - self.now_ns) / _SETTLES_NS)
        smell = _PER_INDEX * (self._view.voc_index - 100)
        told = _water(humidity_ticks * 100 / 65535, temperature_ticks * 175 / 65535 - 45)
        wet = _PER_HUMIDITY * (_water(self._view.humidity, self._view.temperature) - told)
        return min(65535, max(0, round(_CLEAN_AIR + _COLD * cold + smell + wet)))


def _water(humidity: float, temperature: float) -> float:
    """g/m3 of water in the air, by the formula of Magnus."""
    saturated = 6.112 * math.exp(17.62 * temperature / (243.12 + temperature))
    return 216.7 * humidity / 100 * saturated / (273.15 + temperature)
