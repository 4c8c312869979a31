"""An AMG8833 on the wire: registers, frames, modes, resets, averaging, and what its lens shows it.

Written from the vendor's reference specification. It never answers with NACK. Unconfirmed: that a
chip that sleeps hears nothing but PCTL, and that the row of the first pixel is at the notch.
Chosen: how fast it warms itself, and how uneven its picture is before it is stable.
"""

import math
import random
from collections.abc import Sequence

from drivers.contract import I2cModel
from drivers.people.amg8833.driver import Amg8833Config
from drivers.people.amg8833.optics import SIDE, Slab, picture, slabs
from drivers.simulation.scene import View
from drivers.simulation.world import PEOPLE_STEP_S

NOISE_K = 0.2
UNEVEN_K = 0.5
"""Sigma of what each pixel shows too much all the time."""

SELF_HEATING_K = 3.0
_WARM_UP_NS = 300e9
_STABLE_NS = 4e9
_PERIODS_NS = {0x00: 10**8, 0x20: 60 * 10**9, 0x21: 10 * 10**9}
_WAKE_NS = 50_000_000
_SLEEP = 0x10
_WRITABLE = (0x02, 0x03, *range(0x08, 0x0E))
_UNLOCKED = [0x50, 0x45, 0x57]


class Amg8833Model(I2cModel):
    """The scene's door is below the sensor, in the middle of the picture. Same seed, same bytes.

    `warm` is what lies or shines there (sun patch, radiator, hot drink), `dead` pixels always show
    the same (Cel), `cover` is the Cel of what is held before the lens, `hung` stops the frames.
    """

    step_s = PEOPLE_STEP_S

    def __init__(self, config: Amg8833Config | None = None, seed: int = 0) -> None:
        config = config or Amg8833Config()
        self.address = config.address
        self.warm: tuple[Slab, ...] = ()
        self.dead: dict[int, float] = {}
        self.cover: float | None = None
        self.hung = False
        self._keys: list[int] = []
        self._cels: list[float] = []
        self._mounting_m = config.mounting_height_mm / 1000
        self._inward = config.inward
        self._random = random.Random(seed)
        self._uneven = [self._random.gauss(0, UNEVEN_K) for _ in range(SIDE * SIDE)]
        self._view = View(0.0)
        self.brown_out(0)

    def brown_out(self, now_ns: int) -> None:
        """The supply was gone: all settings are lost and the chip warms up anew."""
        self._powered_ns = now_ns
        self._cels = []
        self._registers = bytearray(256)
        self._pointer = 0
        self._reset(now_ns)

    def step(self, view: View) -> None:
        self._view = view

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        self._measure(now_ns)
        if write:
            self._pointer, *values = write
            for value in values:
                if self._pointer == 0 or self._registers[0] != _SLEEP:
                    self._write(self._pointer, value, now_ns)
                self._pointer = self._pointer + 1 & 0xFF
        ring = self._registers * 2
        answer = bytes(ring[self._pointer : self._pointer + read])
        self._pointer = self._pointer + read & 0xFF
        return answer

    def _write(self, register: int, value: int, now_ns: int) -> None:
        if register == 0x00:
            self._set_mode(value, now_ns)
        elif (register, value) == (0x01, 0x3F):
            self._reset(now_ns)
        elif (register, value) == (0x01, 0x30):
            self._registers[0x04] = 0
        elif register == 0x05:
            self._registers[0x04] &= ~value & 0xFF
        elif register == 0x1F:
            self._keys = [*self._keys, value][-3:]
        elif register in _WRITABLE:
            self._registers[register] = value
        elif register == 0x07 and self._keys == _UNLOCKED:
            self._registers[register] = value & 0x20

    def _set_mode(self, value: int, now_ns: int) -> None:
        if value not in (_SLEEP, *_PERIODS_NS):
            return
        if self._registers[0] == _SLEEP and value != _SLEEP:
            self._began_ns, self._frames = now_ns + _WAKE_NS, 0
        self._registers[0] = value

    def _reset(self, now_ns: int) -> None:
        """Settings of power-on; what was measured stays until the next frame."""
        self._registers[:0x0E] = bytes(0x0E)
        self._keys = []
        self._began_ns, self._frames = now_ns, 0

    def _measure(self, now_ns: int) -> None:
        """Make the frame that was due last; those before it were overwritten unseen."""
        mode = self._registers[0]
        if self.hung or mode == _SLEEP:
            return
        period = 10**9 if mode == 0 and self._registers[2] & 1 else _PERIODS_NS[mode]
        frames = (now_ns - self._began_ns) // period
        if frames > self._frames:
            self._frames = frames
            self._latch(self._seen(now_ns), now_ns)

    def _latch(self, cels: list[float], now_ns: int) -> None:
        averaged = self._registers[0x07] and self._cels
        shown = _means(cels, self._cels) if averaged else cels
        self._cels = cels
        counts = [round(cel * 4) for cel in shown]
        self._registers[0x80:] = b"".join((n & 0xFFF).to_bytes(2, "little") for n in counts)
        if not 0 <= min(counts) <= max(counts) <= 320:
            self._registers[0x04] |= 0x04
        chip = round((self._view.temperature + 2 + self._own_heat(now_ns)) * 16)
        sign = 0x800 if chip < 0 else 0
        self._registers[0x0E:0x10] = (sign | abs(chip)).to_bytes(2, "little")

    def _own_heat(self, now_ns: int) -> float:
        return SELF_HEATING_K * -math.expm1(-(now_ns - self._powered_ns) / _WARM_UP_NS)

    def _seen(self, now_ns: int) -> list[float]:
        """Cel of the 64 pixels in the order of the registers."""
        unstable = 1 + 8 * math.exp(-(now_ns - self._powered_ns) / _STABLE_NS)
        even = self._own_heat(now_ns)
        return [
            self.dead.get(index, cel + even + uneven * unstable + self._random.gauss(0, NOISE_K))
            for index, (cel, uneven) in enumerate(
                zip(self._before_lens(), self._uneven, strict=True)
            )
        ]

    def _before_lens(self) -> Sequence[float]:
        floor = self._view.temperature
        if self.cover is not None:
            return [self.cover] * (SIDE * SIDE)
        bodies = [slab for body in self._view.bodies for slab in slabs(body)]
        rises = picture([*self.warm, *bodies], self._mounting_m)
        return [floor + rises[self._place(index)] for index in range(SIDE * SIDE)]

    def _place(self, index: int) -> int:
        """Which place of the door's picture the pixel looks at; its first row is at the notch."""
        row, column = divmod(index, SIDE)
        last = SIDE - 1
        along, across = {
            "notch": (last - row, column),
            "opposite": (row, last - column),
            "left": (last - column, last - row),
            "right": (column, row),
        }[self._inward]
        return along * SIDE + across


def _means(some: Sequence[float], others: Sequence[float]) -> list[float]:
    return [(one + other) / 2 for one, other in zip(some, others, strict=True)]
