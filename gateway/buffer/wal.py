"""Whether SQLite will read a write-ahead log (WAL) to its end.

A WAL is a header of 32 bytes and frames, each a page behind a header of 24 bytes. Both headers
carry the salt of the file's present use and a checksum; a frame's goes on from the one before it.
A frame that tells the size of the database ends a transaction. SQLite takes what stands behind the
first frame whose salt or checksum is wrong for what a power cut has left, and passes it over.

That is at most one transaction, as each is synced (PRAGMA synchronous = FULL). If more of them lie
behind a wrong frame, it is damage: newer pages may have been copied into the database already, and
SQLite would read pages of different age together, and rows would be missing without a trace.

Sections 4.1 and 4.2 of https://www.sqlite.org/fileformat2.html.
"""

from collections.abc import Iterator
from pathlib import Path
from struct import Struct, iter_unpack, unpack
from typing import BinaryIO

_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
_MAGICS = {0x377F0682: "<", 0x377F0683: ">"}
"""To the byte order in which checksums are computed."""

_FRAME = Struct(">II8sII")

Sum = tuple[int, int]


def is_whole(path: Path) -> bool:
    """False if the WAL at `path` is damaged. A missing one is whole. Raises OSError."""
    if not path.exists() or path.stat().st_size <= _HEADER_BYTES:
        return True
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
        magic, _, page_size = unpack(">III", header[:12])
        order = _MAGICS.get(magic)
        if order is None or not 512 <= page_size <= 65536:
            return False
        start = _checksum(header[:24], (0, 0), order)
        if start != unpack(">II", header[24:]):
            return False
        return _unread(_frames(file, header[16:24], page_size, start, order)) <= 1


def _unread(frames: Iterator[tuple[bool, bool]]) -> int:
    """Of (is good, ends a transaction): the transactions that SQLite does not read."""
    unread = broken = 0
    for good, ends in frames:
        broken = broken or not good
        unread += bool(broken and ends)
    return unread


def _frames(
    file: BinaryIO, salt: bytes, page_size: int, so_far: Sum, order: str
) -> Iterator[tuple[bool, bool]]:
    """Frames of the present use, as far as they can be told."""
    good = True
    while len(frame := file.read(_FRAME_HEADER_BYTES + page_size)) > _FRAME_HEADER_BYTES:
        _, size, its_salt, *checksum = _FRAME.unpack_from(frame)
        if good:
            so_far = _checksum(frame[:8], so_far, order)
            so_far = _checksum(frame[_FRAME_HEADER_BYTES:], so_far, order)
            good = its_salt == salt and so_far == tuple(checksum)
        if its_salt == salt:
            yield good, size > 0


def _checksum(data: bytes, so_far: Sum, order: str) -> Sum:
    """Section 4.2."""
    one, two = so_far
    for first, second in iter_unpack(f"{order}II", data[: len(data) & ~7]):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two
