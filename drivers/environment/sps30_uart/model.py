"""An SPS30 at the far end of a UART, from its datasheet 1.0 (chapters 4.1 and 5).

Idle after power-on; measuring, it has new values once a second and gives each of them once. For the
first 8 s they are too low. Cleaning, its values stand still for 10 s.
"""

import math
import re
import struct

from drivers.contract import SerialModel
from drivers.environment.sps30_uart.driver import Sps30UartConfig
from drivers.simulation.scene import View

_START_UP_S = 8
_CLEANING_S = 10
_KEPT = 128
_FRAME = re.compile(rb"\x7e([^\x7e]+)\x7e")
_WAYS = {
    0x00: ("idle", "measuring"),
    0x01: ("measuring", "idle"),
    0x10: ("idle", "asleep"),
    0x11: ("asleep", "idle"),
}
_TEXTS = {b"\x00": "product_type", b"\x03": "serial_number"}


class Sps30UartModel(SerialModel):
    """`register`: the device status. Its faults set bit 7 of every state byte."""

    baudrate = 115_200

    def __init__(self, config: Sps30UartConfig | None = None) -> None:
        self.mode = "idle"
        self.register = 0
        self.product_type = "00080000"
        self.serial_number = "0123456789ABCDEF"
        self._floats = True
        self._roused = False
        self._new = False
        self._heard = b""
        self._now_s = self._started_s = 0.0
        self._clean_s = -math.inf
        self._view = View(0.0)

    def cut_power(self) -> None:
        """For a moment."""
        self.mode = "idle"

    def step(self, view: View) -> bytes:
        if math.floor(view.now_s) > math.floor(self._now_s):
            self._new = view.now_s - self._clean_s >= _CLEANING_S
        self._now_s, self._view = view.now_s, view
        return b""

    def receive(self, data: bytes) -> bytes:
        if self.mode == "asleep":
            self._roused |= b"\xff" in data
        self._heard = (self._heard + data)[-_KEPT:]
        answers = b""
        while found := _FRAME.search(self._heard):
            self._heard = self._heard[found.end() :]
            answers += self._hear(_unstuff(found[1]))
        return answers

    def _hear(self, frame: bytes) -> bytes:
        whole = len(frame) >= 4 and len(frame) == frame[2] + 4
        if not whole or frame[-1] != 255 - sum(frame[:-1]) % 256:
            return b""
        if self.mode == "asleep" and not (self._roused and frame[1] == 0x11):
            return b""
        state, data = self._obey(frame[1], frame[3:-1])
        state |= 0x80 if self.register else 0
        body = bytes([0, frame[1], state, len(data)]) + data
        return b"\x7e" + _stuff(body + bytes([255 - sum(body) % 256])) + b"\x7e"

    def _obey(self, number: int, data: bytes) -> tuple[int, bytes]:
        if number in (0x03, 0x56) and self.mode != "measuring":
            return 0x43, b""
        if number in _WAYS:
            return self._change(number, data), b""
        if number == 0x03:
            return 0, self._measured()
        return self._tell(number, data)

    def _tell(self, number: int, data: bytes) -> tuple[int, bytes]:
        match number:
            case 0x56:
                self._clean_s = self._now_s
                return 0, b""
            case 0xD0 if data in _TEXTS:
                return 0, str(getattr(self, _TEXTS[data])).encode() + b"\0"
            case 0xD1:
                return 0, bytes([2, 2, 0, 7, 0, 2, 0])
            case 0xD2:
                return 0, self.register.to_bytes(4, "big") + b"\0"
        return 0x02, b""

    def _change(self, number: int, data: bytes) -> int:
        """From one mode to another; 43 where that way does not exist."""
        before, after = _WAYS[number]
        if self.mode != before:
            return 0x43
        if number == 0x00 and data not in (b"\x01\x03", b"\x01\x05"):
            return 0x04
        self.mode, self._roused, self._new = after, False, False
        self._floats, self._started_s = data == b"\x01\x03", self._now_s
        return 0

    def _measured(self) -> bytes:
        if not self._new:
            return b""
        self._new = False
        share = min(1.0, (self._now_s - self._started_s) / _START_UP_S)
        view = self._view
        mass = [share * pm for pm in (view.pm1, view.pm2_5, view.pm4, view.pm10)]
        values = [*mass, *(mass[0] * count for count in (6.8, 7.9, 8.0, 8.1, 8.2)), 0.5]
        if self._floats:
            return struct.pack(">10f", *values)
        return struct.pack(">10H", *(min(0xFFFF, round(value)) for value in values))


def _stuff(data: bytes) -> bytes:
    return re.sub(rb"[\x7e\x7d\x11\x13]", lambda m: bytes([0x7D, m[0][0] ^ 0x20]), data)


def _unstuff(data: bytes) -> bytes:
    return re.sub(rb"\x7d(.)", lambda m: bytes([m[1][0] ^ 0x20]), data, flags=re.DOTALL)
