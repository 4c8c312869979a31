"""A SHT3x on the wire: single and periodic measurements, status, heater (SHT3x-DIS, 2.2 and 4)."""

from drivers.environment.sensirion_model import SensirionModel, on_wire, steps
from drivers.environment.sht3x.driver import Sht3xConfig
from drivers.simulation.scene import View

_SINGLE = {"2400": 0.0155, "240b": 0.0065, "2416": 0.0045}
_PERIODS_S = {"20": 2.0, "21": 1.0, "22": 0.5, "23": 0.25, "27": 0.1}
_PERIODIC = {
    "2032", "2024", "202f", "2130", "2126", "212d", "2236", "2220", "222b",
    "2334", "2322", "2329", "2737", "2721", "272a",
}  # fmt: skip
_AFTER_RESET = 0x8010
_HEATER = 0x2000
_REFUSED = 0x0002


class Sht3xModel(SensirionModel):
    """`status` is its register; `counts` are what the next measurement finds."""

    def __init__(self, config: Sht3xConfig | None = None) -> None:
        super().__init__()
        self.address = (config or Sht3xConfig()).address
        self.serial = (0x2C6A, 0x90E1)
        self.status = _AFTER_RESET
        self.counts = (0, 0)
        self._period_ns: int | None = None
        self._taken_ns = 0
        self.step(View(0.0))

    def step(self, view: View) -> None:
        self.counts = steps(view.temperature, -45, 175), steps(view.humidity, 0, 100)

    def execute(self, command: str, arguments: tuple[int, ...]) -> tuple[bytes, float] | None:
        done = None if arguments else self._carry_out(command)
        self.status = self.status & ~_REFUSED | (_REFUSED if done is None else 0)
        return done

    def _carry_out(self, command: str) -> tuple[bytes, float] | None:
        if command == "f32d":
            return on_wire(self.status), 0.0
        if command == "3093":
            self._period_ns = None
            return b"", 0.001
        if command == "e000":
            return self._fetch()
        return None if self._period_ns else self._idle(command)

    def _idle(self, command: str) -> tuple[bytes, float] | None:
        """What it takes only while it does not measure periodically."""
        if command in _SINGLE:
            return on_wire(*self.counts), _SINGLE[command]
        if command in _PERIODIC:
            self._period_ns = round(_PERIODS_S[command[:2]] * 1e9)
            self._taken_ns = self.now_ns
            return b"", 0.001
        if command == "3780":
            return on_wire(*self.serial), 0.001
        return self._set(command)

    def _set(self, command: str) -> tuple[bytes, float] | None:
        after = {
            "30a2": _AFTER_RESET,
            "3041": self.status & ~0x8C10,
            "306d": self.status | _HEATER,
            "3066": self.status & ~_HEATER,
        }
        if command not in after:
            return None
        self.status = after[command]
        return b"", 0.0015 if command == "30a2" else 0.001

    def _fetch(self) -> tuple[bytes, float] | None:
        """The newest periodic measurement, once."""
        if self._period_ns is None or self.now_ns - self._taken_ns < self._period_ns:
            return None
        self._taken_ns = self.now_ns
        return on_wire(*self.counts), 0.0
