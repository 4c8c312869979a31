"""Nova SDS011 on the wire (laser dust sensor control protocol V1.3), 9600 baud.

    to the host     AA C0 | pm2.5 16, pm10 16, id 16        | sum AB     measurement, 0.1 ug/m3
                    AA C5 | command, 3 bytes of it, id 16   | sum AB     answer
    to the sensor   AA B4 | command, 12 bytes of it, id 16  | sum AB     id FF FF = whoever hears

Numbers are little-endian; `sum` is that of all bytes between the second and itself, modulo 256.
"""

import struct
from typing import NamedTuple

from drivers.environment.framing import Framing

BAUDRATE = 9600

REPORTING = 2
QUERY = 4
SLEEP = 6
FIRMWARE = 7
PERIOD = 8

ACTIVE, ON_QUERY = 0, 1
"""Values of REPORTING: speaks every second, or when asked."""

_LENGTH = 10
_LARGEST = 999.9


class Measurement(NamedTuple):
    """ug/m3; None = beyond the range of 0.0 to 999.9."""

    pm2_5: float | None
    pm10: float | None


class Answer(NamedTuple):
    """To `command`; the meaning of `data` (3 bytes) is its own."""

    command: int
    data: bytes


Frame = Measurement | Answer


def command(number: int, *data: int) -> bytes:
    """The 19 bytes of one command to whatever sensor hears it."""
    body = bytes([number, *data]).ljust(13, b"\x00") + b"\xff\xff"
    return b"\xaa\xb4" + body + bytes([sum(body) & 0xFF, 0xAB])


def parser() -> Framing[Frame]:
    """Bytes to frames, whatever stands between them."""
    return Framing(0xAA, _size, _frame)


def firmware(data: bytes) -> str:
    """The date in the answer to FIRMWARE, e.g. 2015-07-10."""
    year, month, day = data
    return f"20{year:02d}-{month:02d}-{day:02d}"


def _size(header: bytes) -> int:
    return _LENGTH if header[1:2] in (b"", b"\xc0", b"\xc5") else 0


def _frame(data: bytes) -> Frame | None:
    body = data[2:8]
    if sum(body) & 0xFF != data[8] or data[9] != 0xAB:
        return None
    if data[1] == 0xC5:
        return Answer(body[0], body[1:4])
    pm2_5, pm10 = struct.unpack_from("<HH", body)
    return Measurement(_in_range(pm2_5 / 10), _in_range(pm10 / 10))


def _in_range(value: float) -> float | None:
    return value if value <= _LARGEST else None
