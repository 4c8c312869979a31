"""A SPS30 on the wire: idle, measuring or asleep, fan and laser (SPS30 datasheet, 4 and 6)."""

import math
import struct
from typing import Literal

from drivers.environment.sensirion_model import SensirionModel, on_wire
from drivers.environment.sps30.driver import Sps30Config
from drivers.simulation.scene import View

_FORMATS = {0x0300: "float", 0x0500: "integer"}
_PERIOD_NS = 1_000_000_000
_CLEANING_NS = 10_000_000_000
_WAKE_WINDOW_NS = 100_000_000
_SETTLES_NS = 5e9

Outcome = tuple[bytes, float] | None


def _ascii(text: str, count: int) -> tuple[int, ...]:
    """Words of a text that ends with NUL."""
    return struct.unpack(f">{count}H", text.encode().ljust(count * 2, b"\0"))


class Sps30Model(SensirionModel):
    """`status` is its register; `cleanings` and `writes` count what shortens its life.

    `product` is its type.
    """

    def __init__(self, config: Sps30Config | None = None) -> None:
        super().__init__()
        self.address = (config or Sps30Config()).address
        self.state: Literal["idle", "measuring", "asleep"] = "idle"
        self.product = "00080000"
        self.firmware = 0x0202
        self.status = self.cleanings = self.writes = self.starts = 0
        self.cleaning_interval_s = 604_800
        self._format = ""
        self._started_ns = self._due_ns = 0
        self._called_ns: int | None = None
        self._view = View(0.0)

    def step(self, view: View) -> None:
        self._view = view

    def brown_out(self) -> None:
        """The supply fails for a moment."""
        self.state = "idle"

    def execute(self, command: str, arguments: tuple[int, ...]) -> Outcome:
        if self.state == "asleep":
            return self._wake(command)
        if arguments:
            return self._with_arguments(command, arguments)
        return self._mode(command) or self._measured(command) or self._about(command)

    def _wake(self, command: str) -> Outcome:
        """The first call wakes the interface and is not heard, the second within 100 ms is."""
        called_ns, self._called_ns = self._called_ns, self.now_ns
        if command != "1103" or called_ns is None or self.now_ns - called_ns > _WAKE_WINDOW_NS:
            return None
        self.state, self._called_ns = "idle", None
        return b"", 0.005

    def _with_arguments(self, command: str, arguments: tuple[int, ...]) -> Outcome:
        if command == "8004" and len(arguments) == 2:
            self.cleaning_interval_s = arguments[0] << 16 | arguments[1]
            self.writes += 1
            return b"", 0.02
        if command != "0010" or arguments[0] not in _FORMATS or self.state != "idle":
            return None
        self.state, self._format = "measuring", _FORMATS[arguments[0]]
        self.starts += 1
        self._started_ns, self._due_ns = self.now_ns, self.now_ns + _PERIOD_NS
        return b"", 0.02

    def _mode(self, command: str) -> Outcome:
        if command == "0104":
            self.state = "idle"
            return b"", 0.02
        if command == "1001" and self.state == "idle":
            self.state = "asleep"
            return b"", 0.005
        if command == "5607" and self.state == "measuring":
            self.cleanings += 1
            self._due_ns = self.now_ns + _CLEANING_NS
            return b"", 0.005
        if command == "d304":
            self.state = "idle"
            return b"", 0.1
        return None

    @property
    def _has_new(self) -> bool:
        return self.state == "measuring" and self.now_ns >= self._due_ns

    def _measured(self, command: str) -> Outcome:
        if command == "0202":
            return on_wire(int(self._has_new)), 0.0
        if command != "0300" or not self._has_new:
            return None
        self._due_ns += ((self.now_ns - self._due_ns) // _PERIOD_NS + 1) * _PERIOD_NS
        return on_wire(*self._words()), 0.0

    def _words(self) -> tuple[int, ...]:
        """Four masses, five numbers of particles per cm3, and their typical size in um."""
        settled = 1 - math.exp((self._started_ns - self.now_ns) / _SETTLES_NS)
        view = self._view
        masses = [value * settled for value in (view.pm1, view.pm2_5, view.pm4, view.pm10)]
        numbers = [masses[0] * share for share in (5.9, 6.8, 6.95, 6.97, 6.98)]
        if self._format == "integer":
            return tuple(min(65535, round(value)) for value in (*masses, *numbers, 540))
        return struct.unpack(">20H", struct.pack(">10f", *masses, *numbers, 0.54))

    def _about(self, command: str) -> Outcome:
        words = {
            "d002": _ascii(self.product, 4),
            "d033": _ascii("3A51C0E9B27F4D60", 16),
            "d100": (self.firmware,),
            "d206": (self.status >> 16, self.status & 0xFFFF),
            "8004": (self.cleaning_interval_s >> 16, self.cleaning_interval_s & 0xFFFF),
            "d210": (),
        }
        if command == "d210":
            self.status = 0
        seconds = 0.005 if command in ("8004", "d210") else 0.0
        return (on_wire(*words[command]), seconds) if command in words else None
