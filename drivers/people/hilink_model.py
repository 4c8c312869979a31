"""What Hi-Link's radars have in common at the far end of the wire: pace, and command dialogue."""

import math
import struct
from abc import abstractmethod
from typing import ClassVar

from drivers.contract import SerialModel
from drivers.simulation.scene import View

ENABLE, END = 0xFF, 0xFE
_FRAMES_KEPT = 10
_LONGEST_COMMAND = 64
_HEADER, _TAIL = b"\xfd\xfc\xfb\xfa", b"\x04\x03\x02\x01"


class HilinkModel(SerialModel):
    """10 reports a second, and none while its configuration is open."""

    baudrate = 256_000
    answers: ClassVar[dict[int, str]]
    """Status and data, as hexadecimal digits, by the word of a command."""
    unknown: ClassVar[str | None] = None
    """What it says to any other command; None = nothing."""

    def __init__(self) -> None:
        self._frames = 0
        self._configuring = False
        self._heard = b""

    @abstractmethod
    def _report(self, view: View) -> bytes:
        """One report of what it sees."""

    @abstractmethod
    def _set(self, word: int) -> None:
        """That command was obeyed."""

    def step(self, view: View) -> bytes:
        due = self._due(view.now_s)
        return b"" if self._configuring else b"".join(self._report(view) for _ in range(due))

    def receive(self, data: bytes) -> bytes:
        self._heard = (self._heard + data)[-_LONGEST_COMMAND:]
        answers = b""
        while (start := self._heard.find(_HEADER)) >= 0:
            end = self._heard.find(_TAIL, start)
            if end < 0:
                break
            answers += self._obey(self._heard[start + 6 : end])
            self._heard = self._heard[end + 4 :]
        return answers

    def _obey(self, payload: bytes) -> bytes:
        """Without open configuration the part hears nothing but the command that opens it."""
        word = int.from_bytes(payload[:2], "little")
        answer = self.answers.get(word, self.unknown)
        if answer is None or not (self._configuring or word == ENABLE):
            return b""
        self._configuring = word != END
        self._set(word)
        body = struct.pack("<H", word | 0x0100) + bytes.fromhex(answer)
        return _HEADER + struct.pack("<H", len(body)) + body + _TAIL

    def _due(self, now_s: float) -> int:
        """Reports since the last step; a stopped clock does not make up for hours."""
        frames = math.floor(now_s * 10 + 1e-6)
        due, self._frames = frames - self._frames, frames
        return min(due, _FRAMES_KEPT)
