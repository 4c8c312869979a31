"""Whether SQLite will read a write-ahead log (WAL) to its end.

A WAL is a header of 32 bytes and frames, each a page behind a header of 24 bytes. Both headers
carry the salt of the file's present use and a checksum; a frame's goes on from the one before it.
A frame that tells the size of the database ends a transaction. SQLite takes what stands behind the
first frame whose salt or checksum is wrong for what a power cut has left, and passes it over.

That is at most one transaction, as each is synced (PRAGMA synchronous = FULL). If one lies behind a
wrong frame and another goes on from it, it is damage: newer pages may have been copied into the
database already, and SQLite would read pages of different age together, and rows would be missing
without a trace. Transactions that do not go on from one another are what a full disk has left: each
was written, could not be synced, and was begun anew at the same place.

Sections 4.1 and 4.2 of https://www.sqlite.org/fileformat2.html.
"""

import errno
from collections.abc import Iterator
from pathlib import Path
from struct import Struct, iter_unpack, unpack
from typing import BinaryIO, NamedTuple

_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
_MAGICS = {0x377F0682: "<", 0x377F0683: ">"}
"""To the byte order in which checksums are computed."""

_FRAME = Struct(">II8sII")

Sum = tuple[int, int]


def is_whole(path: Path) -> bool:
    """False if the WAL at `path` is damaged. A missing one is whole. Raises OSError."""
    if not path.exists() or path.stat().st_size <= _HEADER_BYTES:
        return True
    try:
        return _is_whole(path)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return False


def _is_whole(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
        magic, _, page_size = unpack(">III", header[:12])
        order = _MAGICS.get(magic)
        if order is None or not 512 <= page_size <= 65536:
            return False
        start = _checksum(header[:24], (0, 0), order)
        if start != unpack(">II", header[24:]):
            return False
        return not _has_lost(_frames(file, header[16:24], page_size, start, order))


def _has_lost(frames: Iterator["_Read"]) -> bool:
    """Whether a transaction that SQLite does not read was followed by another one."""
    broken = followed = False
    for frame in frames:
        broken = broken or not frame.good
        followed = followed and frame.goes_on
        if broken and frame.ends:
            if followed:
                return True
            followed = True
    return False


class _Read(NamedTuple):
    """`good`: SQLite reads it; `goes_on`: from the frame before, if only one of its parts is wrong.

    `ends`: with it a transaction ends.
    """

    good: bool
    goes_on: bool
    ends: bool


def _frames(file: BinaryIO, salt: bytes, page_size: int, start: Sum, order: str) -> Iterator[_Read]:
    """Frames of the present use, as far as they can be told."""
    good, told, computed = True, start, start
    while len(frame := file.read(_FRAME_HEADER_BYTES + page_size)) > _FRAME_HEADER_BYTES:
        _, size, its_salt, *checksum = _FRAME.unpack_from(frame)
        sums = {before: _frame_checksum(frame, before, order) for before in {told, computed}}
        told, computed = (checksum[0], checksum[1]), sums[told]
        goes_on = told in sums.values()
        good = good and goes_on and its_salt == salt
        if its_salt == salt:
            yield _Read(good, goes_on, size > 0)


def _frame_checksum(frame: bytes, before: Sum, order: str) -> Sum:
    return _checksum(frame[_FRAME_HEADER_BYTES:], _checksum(frame[:8], before, order), order)


def _checksum(data: bytes, so_far: Sum, order: str) -> Sum:
    """Section 4.2."""
    one, two = so_far
    for first, second in iter_unpack(f"{order}II", data[: len(data) & ~7]):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two
