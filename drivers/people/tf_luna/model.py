"""A TF-Luna (or a first TFmini) at the far end of the wire, written from Benewake's manual.

100 frames a second as delivered; commands are carried out when their sum is right, and answered
except by a first TFmini, which does not know them. Settings that were not saved are lost without
supply.
"""

import math
import struct
from typing import Literal

from drivers.contract import SerialModel
from drivers.people.tf_luna.driver import TfLunaConfig
from drivers.people.tf_luna.optics import Aim, Optics
from drivers.simulation.scene import View

FAR_MM = 900
"""Where the configuration does not tell: the other side of a door."""
FIRST_TFMINI_MODE = 0x0002
_CHIP_CELSIUS = 41.5
_FRAMES_KEPT = 100
_LONGEST_COMMAND = 64
_VERSION, _RATE, _TRIGGER, _FORMAT, _OUTPUT, _SAVE = 0x01, 0x03, 0x04, 0x05, 0x07, 0x11
_CM, _MM = 1, 6


class TfLunaModel(SerialModel):
    """Same seed, same bytes. `saves` counts writes of its flash, `optics` has faults."""

    baudrate = 115_200

    def __init__(
        self,
        config: TfLunaConfig | None = None,
        seed: int = 0,
        kind: Literal["tf-luna", "tfmini"] = "tf-luna",
        aim: Aim = "across",
    ) -> None:
        far_mm = config.far_mm if config else None
        self.optics = Optics(far_mm or FAR_MM, 0.0, aim, seed)
        self.kind = kind
        self.saves = 0
        self._view = View(0.0)
        self._frames = 0
        self._heard = b""
        self.brown_out()

    def brown_out(self) -> None:
        """Back to what was delivered."""
        self.rate, self.format, self.output = 100, _CM, True

    def step(self, view: View) -> bytes:
        self._view = view
        frames = math.floor(view.now_s * self.rate + 1e-6)
        due, self._frames = frames - self._frames, frames
        if not self.output:
            return b""
        return b"".join(self._frame() for _ in range(max(0, min(due, _FRAMES_KEPT))))

    def receive(self, data: bytes) -> bytes:
        if self.kind == "tfmini":
            return b""
        self._heard = (self._heard + data)[-_LONGEST_COMMAND:]
        answers = b""
        while len(self._heard) >= 4:
            length = self._heard[1]
            whole = self._heard[0] == 0x5A and 4 <= length <= 8
            if whole and len(self._heard) < length:
                break
            right = whole and sum(self._heard[: length - 1]) & 0xFF == self._heard[length - 1]
            answers += self._obey(self._heard[2], self._heard[3 : length - 1]) if right else b""
            self._heard = self._heard[length if right else 1 :]
        return answers

    def _obey(self, number: int, payload: bytes) -> bytes:
        value = int.from_bytes(payload, "little")
        if number == _VERSION:
            return _framed(number, b"\x09\x01\x01")
        if number == _TRIGGER:
            return self._frame() if self.rate == 0 else b""
        if number == _RATE:
            self.rate = value
        if number == _FORMAT:
            self.format = value
        if number == _OUTPUT:
            self.output = bool(value)
        if number == _SAVE:
            self.saves += 1
        return _framed(number, payload)

    def _frame(self) -> bytes:
        seen = self.optics.echo(self._view)
        distance = seen.distance_cm * (10 if self.format == _MM else 1)
        extra = round((_CHIP_CELSIUS + 256) * 8) if self.kind == "tf-luna" else FIRST_TFMINI_MODE
        body = struct.pack("<BBHHH", 0x59, 0x59, distance, seen.amplitude, extra)
        return body + bytes([sum(body) & 0xFF])


def _framed(number: int, payload: bytes) -> bytes:
    body = bytes([0x5A, 4 + len(payload), number]) + payload
    return body + bytes([sum(body) & 0xFF])
