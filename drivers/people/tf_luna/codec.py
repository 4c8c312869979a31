"""TF-Luna and TFmini on a serial port (Benewake, product manuals): frames of 9 bytes, 100 a second.

    frame    59 59 | distance16 cm | amplitude16 | temperature16 | sum
    command  5A | length | id | payload | sum         answered by the TF-Luna, TFmini-S and -Plus

Numbers are little-endian; a sum is the low byte of that of all bytes before it. The temperature is
that of the chip: raw / 8 - 256 degC. The first TFmini has its mode there (02 near, 07 far) and 00,
and does not know the commands.

A distance is none where the amplitude is below 100 (dark, or too far) or FFFF (overexposed).
"""

import struct
from typing import NamedTuple

from drivers.environment.framing import Framing

BAUDRATE = 115_200
FRAME_NS = 10_000_000
"""After RATE, and as delivered."""

_START = 0x59
_LENGTH = 9
_WEAKEST = 100
_OVEREXPOSED = 0xFFFF
_FORMAT_ID, _RATE_ID, _OUTPUT_ID = 0x05, 0x03, 0x07
_MODES = (0x0002, 0x0007)
_MM_PER_CM = 10


class Frame(NamedTuple):
    """One measurement as it stands on the wire; `extra` is temperature or mode."""

    distance_cm: int
    amplitude: int
    extra: int

    @property
    def distance_mm(self) -> int | None:
        """None = the part says that its distance is worth nothing."""
        return distance_mm(self.distance_cm, self.amplitude)

    @property
    def mode(self) -> int | None:
        """Of a first TFmini; None for all others."""
        return self.extra if self.extra in _MODES else None

    @property
    def temperature(self) -> float | None:
        """Of the chip, degC; None for a first TFmini."""
        return None if self.mode is not None else self.extra / 8 - 256


class Parser(Framing[Frame]):
    """Frames out of a stream that may hold anything; keeps less than one of them."""

    def __init__(self) -> None:
        super().__init__(_START, _size, _frame)


def distance_mm(distance_cm: int, amplitude: int) -> int | None:
    """None where the amplitude says that the distance is worth nothing."""
    return distance_cm * _MM_PER_CM if _WEAKEST <= amplitude < _OVEREXPOSED else None


def command(number: int, payload: bytes) -> bytes:
    """The bytes of one command."""
    body = bytes([0x5A, 4 + len(payload), number]) + payload
    return body + bytes([sum(body) & 0xFF])


FORMAT_CM = command(_FORMAT_ID, b"\x01")
RATE = command(_RATE_ID, struct.pack("<H", 100))
OUTPUT_ON = command(_OUTPUT_ID, b"\x01")


def _size(header: bytes) -> int:
    return _LENGTH if header[1:2] in (b"", b"\x59") else 0


def _frame(data: bytes) -> Frame | None:
    right = sum(data[:-1]) & 0xFF == data[-1]
    return Frame(*struct.unpack_from("<HHH", data, 2)) if right else None
