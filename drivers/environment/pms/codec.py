"""Plantower PMS5003 and PMS7003 on the wire (series data manuals V2.5), 9600 baud.

    to the host     42 4D | 00 1C | 13 words                        | sum16     measurement
                    42 4D | 00 04 | command, data                   | sum16     answer
    to the sensor   42 4D | command, data16                         | sum16

Numbers are big-endian; `sum16` adds all bytes before it. The words: PM1, PM2.5, PM10 of "standard
particles" (for calibration in a factory), the same of the atmosphere, six counts of particles
larger than 0.3, 0.5, 1, 2.5, 5 and 10 um in 0.1 l, then a version byte and an error byte.
"""

import struct
from typing import NamedTuple

from drivers.environment.framing import Framing

BAUDRATE = 9600

MODE = 0xE1
READ = 0xE2
"""A measurement, in passive mode."""
SLEEP = 0xE4

_MEASUREMENT, _ANSWER = 28, 4
_LARGEST = 1000
"""ug/m3; the manual promises 0 to 500 and a maximum of at least 1000."""


class Measurement(NamedTuple):
    """`standard` and `atmospheric`: PM1, PM2.5, PM10 in ug/m3. `counts` per 0.1 l."""

    standard: tuple[int, ...]
    atmospheric: tuple[int, ...]
    counts: tuple[int, ...]
    version: int
    error: int


class Answer(NamedTuple):
    """The part has taken `command` with `data`."""

    command: int
    data: int


Frame = Measurement | Answer


def command(number: int, data: int) -> bytes:
    """The 7 bytes of one command."""
    body = struct.pack(">2sBH", b"BM", number, data)
    return body + struct.pack(">H", sum(body))


def parser() -> Framing[Frame]:
    """Bytes to frames, whatever stands between them."""
    return Framing(0x42, _size, _frame)


def values(measurement: Measurement) -> dict[str, float | None]:
    """PM in the atmosphere, ug/m3; None beyond the range, and all None where the part is not well.

    It is not well by its error byte, or when nothing at all has passed the beam: no room is that
    clean, so the fan stands or has just started.
    """
    well = not measurement.error and any((*measurement.atmospheric, *measurement.counts))
    return {
        name: float(value) if well and value <= _LARGEST else None
        for name, value in zip(("pm1", "pm2_5", "pm10"), measurement.atmospheric, strict=True)
    }


def _size(header: bytes) -> int:
    """Other lengths are other parts of the family, which have other words."""
    if not b"BM".startswith(header[:2]):
        return 0
    if len(header) < 4:
        return 4
    length = int.from_bytes(header[2:4], "big")
    return 4 + length if length in (_MEASUREMENT, _ANSWER) else 0


def _frame(data: bytes) -> Frame | None:
    if int.from_bytes(data[-2:], "big") != sum(data[:-2]):
        return None
    if len(data) == 4 + _ANSWER:
        return Answer(data[4], data[5])
    words = struct.unpack(">12H", data[4:28])
    return Measurement(words[:3], words[3:6], words[6:], data[28], data[29])
