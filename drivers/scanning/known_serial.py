"""How parts on a serial port that have no driver are heard; nothing is sent."""

import re

from drivers.environment.framing import Framing

_LD2410_REPORT = re.compile(
    b"\xf4\xf3\xf2\xf1(?P<length>..)(?P<payload>[\x01\x02]\xaa.{9,60}?\x55\x00)\xf8\xf7\xf6\xf5",
    re.DOTALL,
)


def tf_luna(data: bytes) -> str | None:
    """TF-Luna and TFmini: nine bytes, 59 59 and the sum of the first eight; a hundred a second."""
    frames = Framing(0x59, _tf_luna_size, _tf_luna_frame).feed(data)
    return f"speaks, frames with right sums: {len(frames)}" if len(frames) >= 2 else None


def ld2410(data: bytes) -> str | None:
    """LD2410: header, length, a payload that ends with 55 00, tail (Hi-Link, serial protocol)."""
    whole = [
        found
        for found in _LD2410_REPORT.finditer(data)
        if int.from_bytes(found["length"], "little") == len(found["payload"])
    ]
    return f"speaks, reports: {len(whole)}" if len(whole) >= 2 else None


def _tf_luna_size(header: bytes) -> int:
    return 9 if header[1:2] in (b"", b"\x59") else 0


def _tf_luna_frame(data: bytes) -> bytes | None:
    return data if sum(data[:8]) & 0xFF == data[8] else None
