"""The file of the ledger: a line for each thing that happened, each with a CRC-32 of itself.

    gateway-airtime-1
    ["time","5f3a9c21",0,0,null,1795168800000000000] 1b7c5a60
    ["sent",1,12000000000,15000000000,370688000,370688000,1,1,0,0] 8d1f0b22

What has no end of its line is a write that a power cut has broken off: nobody relied on it yet, so
it counts as never written. Any other line that is not what was written is damage.
"""

import zlib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

MAGIC = b"gateway-airtime-1\n"
_WRONG = (ValueError, msgspec.DecodeError)


class Reckoning(msgspec.Struct, frozen=True, array_like=True, tag="time"):
    """How ledger time is reckoned in a boot (ledger_time.py)."""

    boot: str
    base_ns: int
    since_ns: int
    before_ns: int | None
    own_ns: int | None


class Exchange(msgspec.Struct, frozen=True, array_like=True, tag="sent"):
    """One uplink with all its transmissions, or several that ended long ago (`number` 0).

    It begins when it is charged, and ends before `ends_ns`, both in ledger time. `airtime_ns` is of
    all transmissions together, `longest_ns` of the longest.
    """

    number: int
    begins_ns: int
    ends_ns: int
    airtime_ns: int
    longest_ns: int
    transmissions: int
    uplinks: int = 1
    confirmed: int = 0
    joins: int = 0


class Refunded(msgspec.Struct, frozen=True, array_like=True, tag="refunded"):
    """That exchange did not take place."""

    number: int


class Heard(msgspec.Struct, frozen=True, array_like=True, tag="heard"):
    """So many downlinks came."""

    at_ns: int
    downlinks: int


class Joining(msgspec.Struct, frozen=True, array_like=True, tag="join"):
    """Since when the node wants to join, and before when it must not ask again, told at `at_ns`."""

    at_ns: int
    began_ns: int
    next_ns: int


class Level(msgspec.Struct, frozen=True, array_like=True, tag="level"):
    """What the bucket of the pace held."""

    at_ns: int
    airtime_ns: int


class Silence(msgspec.Struct, frozen=True, array_like=True, tag="silence"):
    """Until then nothing is sent, whatever the sums say; told at `at_ns`."""

    at_ns: int
    until_ns: int


Record = Reckoning | Exchange | Refunded | Heard | Joining | Level | Silence
_DECODER = msgspec.json.Decoder(Record)


class Content(NamedTuple):
    """What a file says; `damage` is "" where all of it is what was written."""

    records: list[Record]
    damage: str


def lines(records: Iterable[Record]) -> bytes:
    """As they stand in the file."""
    return b"".join(_line(msgspec.json.encode(record)) for record in records)


def parsed(content: bytes) -> Content:
    """What the file says; of a damaged one all that can be read."""
    first, *rest = content.split(b"\n")
    if not rest or first + b"\n" != MAGIC:
        return Content([], "it does not begin as it should")
    records: list[Record] = []
    bad = 0
    for line in rest[:-1]:
        try:
            records.append(_record(line))
        except _WRONG:
            bad += 1
    return Content(records, f"{bad} of {len(rest) - 1} lines are damaged" if bad else "")


def _line(text: bytes) -> bytes:
    return b"%s %08x\n" % (text, zlib.crc32(text))


def _record(line: bytes) -> Record:
    text, _, check = line.rpartition(b" ")
    if check != b"%08x" % zlib.crc32(text):
        raise ValueError("the check is wrong")
    record: Record = _DECODER.decode(text)
    return record
