"""What the I2C parts of Sensirion have in common on the wire.

A command is one or two bytes. Each 16-bit word of an argument or an answer is followed by its
CRC-8 (SCD4x datasheet 3.12). Commands themselves carry none.
"""

import math
import struct
from collections.abc import Sequence

from drivers.environment.crc import crc8
from drivers.errors import BadData

WORD_LENGTH = 3
"""Bytes of a word on the wire, with its CRC."""


def command(code: bytes, *arguments: int) -> bytes:
    """A command with its arguments (words of 16 bits), as it stands on the wire."""
    words = [argument.to_bytes(2, "big") for argument in arguments]
    return code + b"".join(word + bytes([crc8(word)]) for word in words)


def words(answer: bytes, count: int) -> tuple[int, ...]:
    """`count` words without their CRCs. Raises BadData for another length or a wrong CRC."""
    if len(answer) != count * WORD_LENGTH:
        raise BadData(f"{len(answer)} bytes instead of {count * WORD_LENGTH}")
    found = []
    for at in range(0, len(answer), WORD_LENGTH):
        word, crc = answer[at : at + 2], answer[at + 2]
        if crc8(word) != crc:
            raise BadData(
                f"wrong CRC in word {at // WORD_LENGTH}: {answer.hex(' ')}",
                "check the cable, the pull-ups and the supply of the sensor",
            )
        found.append(int.from_bytes(word, "big"))
    return tuple(found)


def number(parts: Sequence[int]) -> int:
    """Words, highest first, as one number: a serial number."""
    whole = 0
    for part in parts:
        whole = whole << 16 | part
    return whole


def text(parts: Sequence[int]) -> str:
    """Words as ASCII up to the first NUL; what is no ASCII becomes `?`."""
    data = b"".join(part.to_bytes(2, "big") for part in parts)
    return data.partition(b"\0")[0].decode("ascii", "replace").replace("\ufffd", "?")


def floats(parts: Sequence[int]) -> tuple[float, ...]:
    """Two words each, IEEE 754 single precision; may be infinite or not a number."""
    data = b"".join(part.to_bytes(2, "big") for part in parts)
    return struct.unpack(f">{len(parts) // 2}f", data)


def temperature(word: int) -> float:
    """Cel, by the formula that the SHT3x, SHT4x and SCD4x share."""
    return -45 + 175 * word / 65535


def humidity(word: int) -> float:
    """Per cent relative humidity, by the formula that the SHT3x and SCD4x share."""
    return 100 * word / 65535


def within(value: float, lowest: float, highest: float) -> float | None:
    """None for what is outside the range of the part, and for what is no number."""
    return value if math.isfinite(value) and lowest <= value <= highest else None
