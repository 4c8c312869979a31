"""Sensirion SPS30 on its UART (datasheet 1.0, chapter 5: SHDLC), 115200 baud.

    to the sensor   7E | address, command, length, data        | check | 7E
    to the host     7E | address, command, state, length, data | check | 7E

`check` is the complement of the sum of what stands before it. Between the flags 7E, 7D, 11 and 13
are sent as 7D and the byte with its bit 5 turned. Bit 7 of `state` says that the device has a
fault, the others why a command was refused. A flag both ends a frame and begins one, so a
frame is lost only to noise within it.
"""

import math
import struct
from typing import NamedTuple

BAUDRATE = 115_200

START = 0x00
STOP = 0x01
READ = 0x03
WAKE = 0x11
TYPE = 0xD0
STATUS = 0xD2

FLOATS = b"\x01\x03"
"""Data of START: values as IEEE 754 numbers."""

PRODUCT_TYPE = b"\x00"
"""Data of TYPE."""

KEEP = b"\x00"
"""Data of STATUS: do not clear the register."""

NOT_IN_THIS_STATE = 0x43
SPS30 = "00080000"

_FLAG, _ESCAPE = 0x7E, 0x7D
_ESCAPED = {0x5E: 0x7E, 0x5D: 0x7D, 0x31: 0x11, 0x33: 0x13}
_STUFFED = {byte: bytes([_ESCAPE, code]) for code, byte in _ESCAPED.items()}
_LONGEST = 2 * (5 + 255)
_NAMES = ("pm1", "pm2_5", "pm4", "pm10")
_LARGEST = 1000
_FAULTS = {4: "its fan does not turn", 5: "its laser has failed"}


class Answer(NamedTuple):
    """To `command`; `refusal` 0 = done; `faulty`: the device has a fault."""

    command: int
    refusal: int
    faulty: bool
    data: bytes


def command(number: int, data: bytes = b"") -> bytes:
    """The bytes of one command, stuffed."""
    body = bytes([0, number, len(data)]) + data
    stuffed = b"".join(_STUFFED.get(byte, bytes([byte])) for byte in body + bytes([_check(body)]))
    return bytes([_FLAG]) + stuffed + bytes([_FLAG])


class Parser:
    """Bytes as they arrive to answers; keeps less than one longest frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Bytes kept for a frame that is not complete."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Answer]:
        """All answers that are complete with `data`."""
        *ended, rest = bytes(self._buffer + data).split(bytes([_FLAG]))
        # Too long for a frame: what follows up to the next flag fails its check.
        self._buffer = bytearray(rest if len(rest) <= _LONGEST else b"")
        answers = (_answer(stuffed) for stuffed in ended if stuffed)
        return [answer for answer in answers if answer is not None]


def values(data: bytes) -> dict[str, float | None] | None:
    """PM in ug/m3 from the data of READ; None beyond its range. None for data of another length."""
    if len(data) != 40:
        return None
    return dict(zip(_NAMES, map(_in_range, struct.unpack_from(">4f", data)), strict=True))


def product_type(data: bytes) -> str:
    """The text in the answer to TYPE."""
    return data.split(b"\0")[0].decode("ascii", "replace")


def faults(data: bytes) -> list[str]:
    """What in the answer to STATUS makes values worthless, in words."""
    register = int.from_bytes(data[:4], "big")
    return [words for bit, words in _FAULTS.items() if register >> bit & 1]


def _answer(stuffed: bytes) -> Answer | None:
    body = _unstuffed(stuffed)
    if body is None or len(body) < 5 or len(body) != 5 + body[3] or _check(body[:-1]) != body[-1]:
        return None
    return Answer(body[1], body[2] & 0x7F, body[2] > 0x7F, body[4:-1])


def _unstuffed(stuffed: bytes) -> bytes | None:
    first, *others = stuffed.split(bytes([_ESCAPE]))
    if any(part[:1] not in map(_byte, _ESCAPED) for part in others):
        return None
    return first + b"".join(_byte(_ESCAPED[part[0]]) + part[1:] for part in others)


def _byte(value: int) -> bytes:
    return bytes([value])


def _check(body: bytes) -> int:
    return ~sum(body) & 0xFF


def _in_range(value: float) -> float | None:
    return value if math.isfinite(value) and 0 <= value <= _LARGEST else None
