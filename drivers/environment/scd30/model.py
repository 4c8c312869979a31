"""A SCD30 on the wire: settings that survive a power cut, measurements as floats (interface 1.4).

Its CO2 is that of the pressure it assumes, from its altitude or from what the host tells it. A
forced recalibration is for good; before it has measured for 2 min it does nothing.
"""

import struct

from drivers.environment.scd30.driver import Scd30Config
from drivers.environment.sensirion_model import SensirionModel, on_wire
from drivers.simulation.scene import View

_SETTINGS = {"4600": 2, "5306": 0, "5403": 0, "5102": 0, "5204": 400}
"""Interval (s), automatic calibration, temperature offset (0.01 K), altitude (m), reference."""

_RANGES = {
    "4600": range(2, 1801),
    "5306": range(2),
    "5403": range(65536),
    "5102": range(65536),
    "5204": range(400, 2001),
    "0010": (0, *range(700, 1401)),
}

Outcome = tuple[bytes, float] | None


class Scd30Model(SensirionModel):
    """`memory` outlives a power cut, `writes` counts what was written to it.

    `measuring` is how a part comes that was in use; a new one is idle. `zeros` of the next
    measurements have no CO2 yet. `broken`: nothing is measured any more. `drift` (ppm) is what it
    reads too much, and `correction` what it takes off since it was recalibrated.
    """

    def __init__(self, config: Scd30Config | None = None) -> None:
        super().__init__()
        self.address = (config or Scd30Config()).address
        self.memory = dict(_SETTINGS)
        self.measuring = self.broken = False
        self.pressure_hpa = 0
        self.writes = self.zeros = 0
        self.drift = self.correction = 0.0
        self._due_ns = self._since_ns = 0
        self._view = View(0.0)

    def step(self, view: View) -> None:
        self._view = view

    def power_cut(self) -> None:
        """It begins again, and measures if it did before."""
        self._since_ns, self._due_ns = self.now_ns, self.now_ns + self._interval_ns
        self._answer = None

    def execute(self, command: str, arguments: tuple[int, ...]) -> Outcome:
        if len(arguments) == 1:
            return self._write(command, arguments[0])
        if arguments:
            return None
        if command in self.memory:
            return on_wire(self.memory[command]), 0.003
        return self._simple(command)

    def _write(self, command: str, value: int) -> Outcome:
        if value not in _RANGES.get(command, ()):
            return None
        self.writes += 1
        if command == "0010":
            self._due_ns = self.now_ns + self._interval_ns
            self._since_ns = self._since_ns if self.measuring else self.now_ns
            self.measuring, self.pressure_hpa = True, value
        else:
            self.memory[command] = value
            if command == "5204" and self.measuring and self.now_ns - self._since_ns >= 120e9:
                self.correction += value - self._co2()
        return b"", 0.003

    def _simple(self, command: str) -> Outcome:
        if command == "d100":
            return on_wire(0x0342), 0.003
        if command == "0202":
            return on_wire(int(self._has_new)), 0.003
        if command == "0300":
            return self._measurement()
        if command == "0104":
            self.measuring, self.writes = False, self.writes + 1
            return b"", 0.003
        if command == "d304":
            self.power_cut()
            return b"", 2.0
        return None

    @property
    def _interval_ns(self) -> int:
        return self.memory["4600"] * 1_000_000_000

    @property
    def _has_new(self) -> bool:
        return self.measuring and not self.broken and self.now_ns >= self._due_ns

    def _measurement(self) -> Outcome:
        if not self._has_new:
            return None
        passed = (self.now_ns - self._due_ns) // self._interval_ns + 1
        self._due_ns += passed * self._interval_ns
        self.zeros, zero = max(0, self.zeros - 1), self.zeros > 0
        warm = self._view.temperature - self.memory["5403"] / 100
        measured = 0.0 if zero else self._co2(), warm, self._view.humidity
        return on_wire(*struct.unpack(">6H", struct.pack(">3f", *measured))), 0.003

    def _co2(self) -> float:
        above = 1 - self.memory["5102"] / 44_330
        assumed = self.pressure_hpa * 100 or 101_325 * above**5.255
        return self._view.co2 * self._view.pressure / assumed + self.drift + self.correction
