"""A SCD4x on the wire: idle, measuring or powered down, its settings (SCD4x 1.3, chapter 3).

It warms itself by 4 K. Its CO2 is that of the pressure it assumes, from its altitude or from what
the host tells it: in thinner air it reads too little. What a forced recalibration has found it
keeps without power, until a factory reset.
"""

from typing import Literal

from drivers.environment.scd4x.driver import Scd4xConfig
from drivers.environment.sensirion_model import SensirionModel, on_wire, steps
from drivers.simulation.scene import View

_INTERVALS_S = {"21b1": 5.0, "21ac": 30.0}
_GET = {
    "2318": "offset",
    "2322": "altitude",
    "2313": "asc",
    "233f": "target",
    "2340": "initial",
    "234b": "standard",
}
_SET = {
    "241d": "offset",
    "2427": "altitude",
    "2416": "asc",
    "243a": "target",
    "2445": "initial",
    "244e": "standard",
}
_WHEN_NEW = {
    "offset": 1498,
    "altitude": 0,
    "asc": 1,
    "target": 400,
    "initial": 44,
    "standard": 156,
    "pressure": 0,
}
_OWN_HEAT_K = 4.0
_RUNS_BEFORE_NS = 180e9

Outcome = tuple[bytes, float] | None


class Scd4xModel(SensirionModel):
    """`stored` is its non-volatile memory, `persisted` how often that was written.

    `zeros` of the next measurements have no CO2 yet. `drift` (ppm) is what it reads too much, and
    `correction` what it takes off since it was recalibrated, which it was `recalibrated` times.
    """

    def __init__(self, config: Scd4xConfig | None = None) -> None:
        super().__init__()
        self.address = (config or Scd4xConfig()).address
        self.state: Literal["idle", "measuring", "down"] = "idle"
        self.variant = 0x1440
        self.drift = self.correction = self.recalibrated = 0
        self.zeros = self.persisted = 0
        self.stored = dict(_WHEN_NEW)
        self.settings = dict(_WHEN_NEW)
        self._interval_ns = self._due_ns = self._since_ns = self._ran_ns = 0
        self._single: bool | None = None
        """A measurement on demand waits to be read: with CO2, or without."""
        self._view = View(0.0)

    def step(self, view: View) -> None:
        self._view = view

    def brown_out(self) -> None:
        """The supply fails for a moment: idle, with the settings of its memory."""
        self.state = "idle"
        self.settings = dict(self.stored)
        self._single, self._ran_ns = None, 0

    def execute(self, command: str, arguments: tuple[int, ...]) -> Outcome:
        if self.state == "down":
            self._wake(command)
            return None
        if command == "e000" and len(arguments) == 1:
            self.settings["pressure"] = arguments[0]
            return b"", 0.001
        if not arguments and command in ("ec05", "e4b8", "3f86"):
            return self._anytime(command)
        return None if self.state == "measuring" else self._idle(command, arguments)

    def _wake(self, command: str) -> None:
        """Never acknowledged."""
        if command == "36f6":
            self.state = "idle"
            self._busy_until_ns = self.now_ns + 30_000_000

    def _anytime(self, command: str) -> Outcome:
        if command == "3f86":
            self._ran_ns = self.now_ns - self._since_ns if self.state == "measuring" else 0
            self.state = "idle"
            return b"", 0.5
        if command == "e4b8":
            return on_wire(0x8006 if self._has_new else 0x8000), 0.001
        return self._measurement()

    @property
    def _has_new(self) -> bool:
        return self._single is not None or (
            self.state == "measuring" and self.now_ns >= self._due_ns
        )

    def _measurement(self) -> Outcome:
        if not self._has_new:
            return None
        with_co2 = self._single is not False
        self._single = None
        if self._interval_ns:
            passed = (self.now_ns - self._due_ns) // self._interval_ns + 1
            self._due_ns += max(0, passed) * self._interval_ns
        self.zeros, zero = max(0, self.zeros - 1), self.zeros > 0
        return on_wire(0 if zero or not with_co2 else self._co2(), *self._air()), 0.001

    def _co2(self) -> int:
        altitude = self.settings["altitude"]
        assumed = self.settings["pressure"] * 100 or 101_325 * (1 - altitude / 44_330) ** 5.255
        seen = self._view.co2 * self._view.pressure / assumed
        return min(40_000, max(0, round(seen) + self.drift + self.correction))

    def _air(self) -> tuple[int, int]:
        offset = self.settings["offset"] * 175 / 65535
        warm = self._view.temperature + _OWN_HEAT_K - offset
        return steps(warm, -45, 175), steps(self._view.humidity, 0, 100)

    def _idle(self, command: str, arguments: tuple[int, ...]) -> Outcome:
        if command in _SET and len(arguments) == 1:
            self.settings[_SET[command]] = arguments[0]
            return b"", 0.001
        if command == "362f" and len(arguments) == 1:
            return on_wire(self._recalibrate(arguments[0])), 0.4
        if arguments:
            return None
        if command in _GET:
            return on_wire(self.settings[_GET[command]]), 0.001
        return self._start(command) or self._maintain(command)

    def _recalibrate(self, reference: int) -> int:
        """FFFF unless it has measured for 3 min up to the stop (3.8.1)."""
        if self._ran_ns < _RUNS_BEFORE_NS:
            return 0xFFFF
        moved = reference - self._co2()
        self.correction, self.recalibrated = self.correction + moved, self.recalibrated + 1
        return 0x8000 + moved

    def _start(self, command: str) -> Outcome:
        if command in _INTERVALS_S:
            self._interval_ns = round(_INTERVALS_S[command] * 1e9)
            self._since_ns, self._due_ns = self.now_ns, self.now_ns + self._interval_ns
            self.state, self._single = "measuring", None
            return b"", 0.0
        if command in ("219d", "2196"):
            self._single = command == "219d"
            return b"", 5.0 if command == "219d" else 0.05
        return None

    def _maintain(self, command: str) -> Outcome:
        answers = {"3682": (0xF896, 0x9F07, 0x3BBE), "202f": (self.variant,), "3639": (0,)}
        if command in answers:
            return on_wire(*answers[command]), 10.0 if command == "3639" else 0.001
        if command == "36e0":
            self.state = "down"
            return b"", 0.001
        return self._remember(command)

    def _remember(self, command: str) -> Outcome:
        if command == "3615":
            self.stored, self.persisted = dict(self.settings, pressure=0), self.persisted + 1
            return b"", 0.8
        if command == "3632":
            self.stored, self.persisted = dict(_WHEN_NEW), self.persisted + 1
            self.correction = 0
        if command in ("3646", "3632"):
            self.settings = dict(self.stored)
            return b"", 0.03 if command == "3646" else 1.2
        return None
