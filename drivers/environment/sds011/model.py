"""An SDS011 at the far end of the wire, from the vendor's control protocol V1.3.

Reports once a second while it works; its first 20 s after the fan starts read too low. Asleep it
hears, but loses the first command; any command wakes it, as known from the field.
"""

import math
import struct

from drivers.contract import SerialModel
from drivers.environment.dust import DustConfig
from drivers.simulation.scene import View

_ID = b"\xa1\x60"
_SETTLED_S = 20
_KEPT = 76


class Sds011Model(SerialModel):
    """`reporting`: 0 by itself, 1 on query. `period`: minutes. `loses`: commands after sleep."""

    baudrate = 9600

    def __init__(self, config: DustConfig | None = None) -> None:
        self.reporting = 0
        self.period = 0
        self.working = True
        self.loses = 1
        self.ran_s = 0.0
        """How long fan and laser have run."""
        self._left_to_lose = 0
        self._heard = b""
        self._now_s = 0.0
        self._works_since_s = 0.0
        self._pm2_5 = self._pm10 = 0

    def step(self, view: View) -> bytes:
        second, before = math.floor(view.now_s), math.floor(self._now_s)
        self.ran_s += (view.now_s - self._now_s) * self.working
        self._now_s = view.now_s
        share = min(1.0, (view.now_s - self._works_since_s) / _SETTLED_S)
        self._pm2_5 = min(0xFFFF, round(view.pm2_5 * share * 10))
        self._pm10 = min(0xFFFF, round(view.pm10 * share * 10))
        speaks = self.working and self.reporting == 0 and second > before
        return self._measurement() if speaks else b""

    def receive(self, data: bytes) -> bytes:
        self._heard = (self._heard + data)[-_KEPT:]
        answers = b""
        while (start := self._heard.find(b"\xaa\xb4")) >= 0 and len(self._heard) >= start + 19:
            answers += self._hear(self._heard[start + 2 : start + 19])
            self._heard = self._heard[start + 19 :]
        return answers

    def _hear(self, rest: bytes) -> bytes:
        if rest[16] != 0xAB or rest[15] != sum(rest[:15]) % 256:
            return b""
        if self._left_to_lose:
            self._left_to_lose -= 1
            return b""
        if not self.working:
            self.working, self._works_since_s = True, self._now_s
        return self._obey(rest[0], rest[1], rest[2])

    def _obey(self, number: int, writes: int, value: int) -> bytes:
        if number == 4:
            return self._measurement()
        if number == 7:
            return self._frame(0xC5, b"\x07\x0f\x07\x0a" + _ID)
        if number == 5:
            return self._frame(0xC5, b"\x05\x00\x00\x00" + _ID)
        if number not in (2, 6, 8):
            return b""
        if writes:
            self._set(number, value)
        now = {2: self.reporting, 6: int(self.working), 8: self.period}[number]
        return self._frame(0xC5, bytes([number, writes, now, 0]) + _ID)

    def _set(self, number: int, value: int) -> None:
        if number == 2:
            self.reporting = value
        elif number == 8:
            self.period = value
        elif value == 0:
            self.working, self._left_to_lose = False, self.loses

    def _measurement(self) -> bytes:
        return self._frame(0xC0, struct.pack("<HH", self._pm2_5, self._pm10) + _ID)

    def _frame(self, kind: int, body: bytes) -> bytes:
        return bytes([0xAA, kind]) + body + bytes([sum(body) % 256, 0xAB])
