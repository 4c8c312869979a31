"""Winsen MH-Z19B and MH-Z19C on the wire (user manuals V1.6 and V1.0), 9600 baud.

    to the sensor   FF 01 | command, 5 bytes of it | check
    to the host     FF command | 6 bytes            | check

`check` is the negative sum of the bytes between the first and itself. ABC ("automatic baseline
correction") takes the lowest value of each 24 h for 400 ppm. That its state can be asked for (7D,
byte 7 of the answer) stands in no manual.
"""

from typing import NamedTuple

from drivers.environment.framing import Framing

BAUDRATE = 9600

READ = 0x86
ABC = 0x79
ABC_STATE = 0x7D
ZERO_POINT = 0x87

_ON, _OFF = 0xA0, 0x00
_LENGTH = 9
_ANSWERS = (READ, ABC, ABC_STATE)
_LARGEST = 10_000


class Answer(NamedTuple):
    """To `command`; `data` is 6 bytes."""

    command: int
    data: bytes


def command(number: int, *data: int) -> bytes:
    """The 9 bytes of one command."""
    body = bytes([0x01, number, *data]).ljust(7, b"\x00")
    return b"\xff" + body + bytes([_check(body)])


def set_abc(on: bool) -> bytes:
    """The command that switches automatic baseline correction."""
    return command(ABC, _ON if on else _OFF)


def parser() -> Framing[Answer]:
    """Bytes to answers, whatever stands between them. An echo of a command is none."""
    return Framing(0xFF, _size, _frame)


def co2(answer: Answer) -> float | None:
    """Ppm in an answer to READ; None beyond the largest range of the part, and for 0."""
    ppm = int.from_bytes(answer.data[:2], "big")
    return float(ppm) if 0 < ppm <= _LARGEST else None


def abc(answer: Answer) -> bool:
    """Whether the answer to ABC_STATE says that it is on."""
    return answer.data[5] == 1


def _size(header: bytes) -> int:
    return _LENGTH if not header[1:] or header[1] in _ANSWERS else 0


def _frame(data: bytes) -> Answer | None:
    return Answer(data[1], data[2:8]) if _check(data[1:8]) == data[8] else None


def _check(body: bytes) -> int:
    return -sum(body) & 0xFF
