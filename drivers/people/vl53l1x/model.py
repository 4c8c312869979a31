"""A VL53L1X on the wire: boot, identity, address, ranging, its interrupt, and XSHUT.

Written from the datasheet (DS12385), UM2510 and the register map of ST's full API. A measurement
takes what its registers say: two timeouts in macro periods of 2304 PLL clocks times the period of
the laser, and 14 ms beside them. What it sees is that of the middle of the measurement.
"""

import random
from collections.abc import Callable

from drivers.contract import I2cModel
from drivers.people.vl53l1x.driver import Vl53l1xConfig
from drivers.people.vl53l1x.optics import Optics
from drivers.simulation.scene import View
from drivers.simulation.world import PEOPLE_STEP_S

BOOT_NS = 1_200_000
FAST_OSCILLATOR = 0xBCCC
PLL_S = 2**30 / FAST_OSCILLATOR / 2**24 * 1e-6
OVERHEAD_S = 0.014
OSCILLATOR = 0x02F0
SIGMA_MM = 10
DROPOUT = 0.01

_POWER_ON = {
    0x0001: b"\x29",
    0x0006: FAST_OSCILLATOR.to_bytes(2, "big"),
    0x0030: b"\x11\x03",
    0x004B: b"\x0a",
    0x005E: bytes.fromhex("00040f00040d"),
    0x007F: b"\xc7\xff",
    0x00DE: OSCILLATOR.to_bytes(2, "big"),
    0x010F: b"\xea\xcc\x10",
}
_VIEWS = 8
_SINGLE, _BACK_TO_BACK, _TIMED = 0x10, 0x20, 0x40
_VALID, _SIGMA_FAIL, _SIGNAL_FAIL, _PHASE_FAIL, _NEAR, _BAD_ROI = 9, 6, 4, 5, 8, 13


class Vl53l1xModel(I2cModel):
    """What it answers; same seed, same distances.

    `ambient_kcps` is the light around, `covered_mm` what is stuck before it, `silent` = its result
    does not tell of the interrupt.
    """

    step_s = PEOPLE_STEP_S

    def __init__(self, config: Vl53l1xConfig, seed: int = 0) -> None:
        self.reset_line = config.xshut
        self.ambient_kcps = 40.0
        self.covered_mm: float | None = None
        self.dropout = DROPOUT
        self.silent = False
        self._slot = config.address
        self._optics = Optics(config)
        self._random = random.Random(seed)
        self._view = View(0.0)
        self._seen: list[View] = []
        self._held = False
        self._registers = bytearray()
        self.brown_out()

    @property
    def slot(self) -> int:
        return self._slot

    def step(self, view: View) -> None:
        self._view = view
        if len(self._seen) < _VIEWS:
            self._seen.append(view)

    def hold(self, held: bool, now_ns: int) -> None:
        """XSHUT: whoever is let go starts as after a loss of supply."""
        if held or self._held:
            self.brown_out(now_ns)
        self._held = held

    def brown_out(self, now_ns: int = -BOOT_NS) -> None:
        """Address, settings and measurement are lost; it starts at `now_ns`."""
        self._registers = bytearray(0x1000)
        for register, data in _POWER_ON.items():
            self._registers[register : register + len(data)] = data
        self._index = 0
        self._up_ns = now_ns
        self._ends_ns: int | None = None
        self._pending = False
        self._measured = 0
        self.address = 0x29

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        if self._held or now_ns - self._up_ns < BOOT_NS:
            return None
        self._live(now_ns)
        if len(write) >= 2:
            self._index = int.from_bytes(write[:2], "big") & 0xFFF
            for value in write[2:]:
                self._write(self._index, value, now_ns)
                self._index = (self._index + 1) & 0xFFF
        answer = self._registers[self._index : self._index + read]
        self._index = (self._index + read) & 0xFFF
        return bytes(answer).ljust(read, b"\x00")

    def _live(self, now_ns: int) -> None:
        self._registers[0x00E5] = 0x03
        if self._ends_ns is not None and now_ns >= self._ends_ns and not self._pending:
            self._finish(self._ends_ns)

    def _write(self, register: int, value: int, now_ns: int) -> None:
        self._registers[register] = value
        effects: dict[int, Callable[[], None]] = {
            0x0001: self._move,
            0x0030: self._show_interrupt,
            0x0031: self._show_interrupt,
            0x0086: lambda: self._clear(value),
            0x0087: lambda: self._start(value, now_ns),
        }
        if register in effects:
            effects[register]()

    def _move(self) -> None:
        self.address = self._registers[0x0001] & 0x7F

    def _clear(self, value: int) -> None:
        if value & 1:
            self._pending = False
            self._show_interrupt()

    def _show_interrupt(self) -> None:
        active_low = bool(self._registers[0x0030] & 0x10)
        high = self._pending != active_low
        self._registers[0x0031] = (self._registers[0x0031] & 0xFE) | high
        self._registers[0x0088] = 0x03 if self._pending and not self.silent else 0

    def _start(self, mode: int, now_ns: int) -> None:
        started = mode & (_SINGLE | _BACK_TO_BACK | _TIMED)
        self._ends_ns = now_ns + self._duration_ns() if started else None
        self._seen = [self._view]

    def _finish(self, at_ns: int) -> None:
        single = self._registers[0x0087] & _SINGLE
        self._result(self._seen[len(self._seen) // 2])
        self._ends_ns = None if single else at_ns + self._period_ns()
        self._seen = [self._view]
        self._pending = True
        self._show_interrupt()

    def _duration_ns(self) -> int:
        return round((OVERHEAD_S + self._range_s(0x5E, 0x60) + self._range_s(0x61, 0x63)) * 1e9)

    def _range_s(self, timeout: int, period: int) -> float:
        macro_periods = (self._registers[timeout + 1] << min(self._registers[timeout], 16)) + 1
        return macro_periods * 2304 * PLL_S * 2 * (self._registers[period] + 1)

    def _period_ns(self) -> int:
        """Of timed ranging: the inter-measurement period, if that is longer."""
        if self._registers[0x87] & _BACK_TO_BACK:
            return self._duration_ns()
        word = int.from_bytes(self._registers[0x6C:0x70], "big")
        return max(round(word / (OSCILLATOR & 0x3FF) / 1.075 * 1e6), self._duration_ns())

    def _result(self, view: View) -> None:
        centre, size = self._registers[0x7F], self._registers[0x80]
        status, distance = self._look(view, centre, size)
        self._measured = (self._measured + 1) & 0xFF
        spads = ((size >> 4) + 1) * ((size & 15) + 1)
        words = (spads * 256, 400, round(self.ambient_kcps / 8), 40, 0x0A00, distance, 400)
        self._registers[0x89:0x8C] = bytes([status, 0, self._measured])
        packed = b"".join(min(word, 0xFFFF).to_bytes(2, "big") for word in words)
        self._registers[0x8C : 0x8C + len(packed)] = packed

    def _look(self, view: View, centre: int, size: int) -> tuple[int, int]:
        """Raw status and mm."""
        cone = self._optics.cone(centre, size)
        if cone is None:
            return _BAD_ROI, 0
        seen = self.covered_mm
        if seen is None:
            seen = self._optics.nearest(view, cone)
        short, seconds = self._registers[0x4B] == 0x14, self._duration_ns() / 1e9
        if seen > self._optics.reach(cone, short, seconds, self.ambient_kcps):
            return (_SIGNAL_FAIL, _PHASE_FAIL)[self._random.random() < 0.3], 0
        if self._random.random() < self.dropout:
            return self._random.choice((_SIGMA_FAIL, _SIGNAL_FAIL)), round(seen)
        distance = max(0, round(self._random.gauss(seen, SIGMA_MM)))
        return (_VALID if distance >= 40 else _NEAR), distance
