"""A PMS5003 or PMS7003 at the far end of the wire, from the series data manuals V2.5.

A frame every 0.8 s; for 5 s after the fan starts all words are zero, for 25 s they are too low. The
words for standard particles are a quarter above those of the atmosphere, so whoever reads the wrong
ones is seen. Commands but wake-up are acknowledged by a frame of 8 bytes; asleep it hears only the
wake-up, after which it speaks by itself again.
"""

import math
import struct

from drivers.contract import SerialModel
from drivers.environment.dust import DustConfig
from drivers.simulation.scene import View

_FRAME_S = 0.8
_ZERO_S = 5
_SETTLED_S = 25
_KEPT = 64


class PmsModel(SerialModel):
    """`fan_stands`: all words are zero. `error`: the error byte. `ran_s`: fan and laser, in s."""

    baudrate = 9600

    def __init__(self, config: DustConfig | None = None) -> None:
        self.awake = True
        self.active = True
        self.fan_stands = False
        self.error = 0
        self.ran_s = 0.0
        self._heard = b""
        self._frames = 0
        self._now_s = 0.0
        self._awake_since_s = 0.0
        self._view = View(0.0)

    def step(self, view: View) -> bytes:
        self.ran_s += (view.now_s - self._now_s) * self.awake
        self._now_s, self._view = view.now_s, view
        frames, before = math.floor(view.now_s / _FRAME_S), self._frames
        self._frames = frames
        return self._measurement() if self.awake and self.active and frames > before else b""

    def receive(self, data: bytes) -> bytes:
        self._heard = (self._heard + data)[-_KEPT:]
        answers = b""
        while (start := self._heard.find(b"BM")) >= 0 and len(self._heard) >= start + 7:
            command = self._heard[start : start + 7]
            self._heard = self._heard[start + 7 :]
            if sum(command[:5]) == int.from_bytes(command[5:], "big"):
                answers += self._obey(command[2], command[4])
        return answers

    def _obey(self, number: int, data: int) -> bytes:
        if number == 0xE4 and data:
            self._wake()
            return b""
        if not self.awake:
            return b""
        if number == 0xE2:
            return b"" if self.active else self._measurement()
        if number == 0xE1:
            self.active = bool(data)
        elif number == 0xE4:
            self.awake = False
        return _framed(bytes([number, data]))

    def _wake(self) -> None:
        if not self.awake:
            self.awake, self.active, self._awake_since_s = True, True, self._now_s

    def _measurement(self) -> bytes:
        awake_s = self._now_s - self._awake_since_s
        share = 0.0 if awake_s < _ZERO_S or self.fan_stands else min(1.0, awake_s / _SETTLED_S)
        air = [value * share for value in (self._view.pm1, self._view.pm2_5, self._view.pm10)]
        counts = [air[0] * 200, air[0] * 60, air[0] * 12, air[1] * 1.5, air[2] / 3, air[2] / 5]
        words = [*(value * 1.25 for value in air), *air, *counts]
        return _framed(struct.pack(">12H", *map(_word, words)) + bytes([0x97, self.error]))


def _word(value: float) -> int:
    return min(0xFFFF, round(value))


def _framed(body: bytes) -> bytes:
    frame = b"BM" + struct.pack(">H", len(body) + 2) + body
    return frame + struct.pack(">H", sum(frame))
