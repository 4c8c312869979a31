"""Reads the rows of an SQLite file without SQLite, for a file too damaged for it.

SQLite finds a row from the root of its table downwards, so one unreadable page can hide every row.
But the rows lie as cells on the leaf pages of their table, and a leaf can be read alone: it begins
with the byte 0x0D, the number of its cells and a pointer to each (section 1.6). A cell is the
length of its payload, the rowid and the payload, a record: a header with one serial type for each
column, which tells type and length, then the values (section 2.1). A payload too long for the leaf
continues on a chain of overflow pages. What is newer than the file lies in the write-ahead log
(WAL) beside it, each page in a frame behind a header with its number (section 4.1).

So every page is read by itself, and believed as far as it makes sense. The length of a payload is
redundant while its record lies on one page, so a wrong one does not lose the row.

Sections are those of https://www.sqlite.org/fileformat2.html. Taken for granted is what Python's
sqlite3 writes: text in UTF-8, no bytes reserved at the end of a page. Rows above 1 MiB are skipped,
and rows with a record header above 127 bytes, which takes more than 40 columns.
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property, lru_cache, partial
from itertools import islice
from pathlib import Path
from struct import Struct, error
from typing import BinaryIO, NamedTuple

Value = int | float | str | bytes | None


class Cell(NamedTuple):
    """A row: its rowid and the values stored for its columns.

    An INTEGER PRIMARY KEY is stored as None, its value is the rowid. A column added to the table
    after the row was written is missing at the end.
    """

    rowid: int
    values: tuple[Value, ...]


def cells(path: Path, page_size: int = 4096) -> Iterator[Cell]:
    """Every readable cell of every table in the database `path`, then in its WAL, `path`-wal.

    Among them are older versions of rows, deleted rows, rows never committed, and from damaged
    pages rows that never were: a checksum in the row must tell the genuine ones. `page_size`, in
    bytes, counts when neither file tells its own. Unreadable parts are skipped, a missing file has
    no cells. Raises OSError when a file is there but may not be opened.
    """
    with _opened(path) as database_file, _opened(Path(f"{path}-wal")) as wal_file:
        size = _page_size(database_file, wal_file) or page_size
        assert size in _PAGE_SIZES
        database = _Blocks(database_file, size)
        wal = _Blocks(wal_file, size, _WAL_HEADER, _FRAME_HEADER)
        chains = _Chains(database, wal)
        for number, page in enumerate(database, 1):
            yield from _leaf(number, page, chains)
        for frame in wal:
            yield from _leaf(int.from_bytes(frame[:4]), frame[_FRAME_HEADER:], chains)


_PAGE_SIZES = {1 << n for n in range(9, 17)}
_WAL_MAGICS = {b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"}
_WAL_HEADER, _FRAME_HEADER = 32, 24
_U16 = Struct(">H")
_GARBAGE = (IndexError, ValueError, error)
_READ_BYTES = 1 << 16
_PAYLOAD_LIMIT = 1 << 20
_INDEX_LIMIT = 100_000
"""Frames of the WAL in which overflow pages are found; an index of about 10 MB."""

_LOST = {errno.ENOENT, errno.EIO, errno.EUCLEAN, errno.EBADMSG}
"""There is no file, or its file system is damaged; any other error a person can put right."""


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as failure:
        if failure.errno not in _LOST:
            raise
        return Path(os.devnull).open("rb")


def _page_size(database: BinaryIO, wal: BinaryIO) -> int | None:
    """Believed beside bytes that are the same in every file. Sections 1.3 and 4.1."""
    header = _read(database, 24, 0)
    size = int.from_bytes(header[16:18])
    if size in {1, *_PAGE_SIZES} and header[21:24] == b"\x40\x20\x20":
        return 65536 if size == 1 else size
    header = _read(wal, 12, 0)
    size = int.from_bytes(header[8:])
    return size if size in _PAGE_SIZES and header[:4] in _WAL_MAGICS else None


def _read(file: BinaryIO, size: int, offset: int) -> bytes:
    """As far as it can be read."""
    try:
        return os.pread(file.fileno(), size, offset)
    except OSError:
        return b""


class _Blocks:
    """A file as blocks from the byte `start` on, each a `header` of so many bytes and a page."""

    def __init__(self, file: BinaryIO, page_size: int, start: int = 0, header: int = 0) -> None:
        self.page_size = page_size
        self._file, self._start, self._size = file, start, header + page_size
        self._bytes = max(0, os.fstat(file.fileno()).st_size - start)

    def read(self, index: int, count: int = 1) -> bytes:
        """Cut short where it cannot be read."""
        return _read(self._file, count * self._size, self._start + index * self._size)

    def __iter__(self) -> Iterator[bytes]:
        """Reads many at a time, and each by itself where some cannot be read."""
        count, many = -(-self._bytes // self._size), _READ_BYTES // self.page_size
        for first in range(0, count, many):
            data = self.read(first, many)
            if len(data) == min(many * self._size, self._bytes - first * self._size):
                yield from (data[at : at + self._size] for at in range(0, len(data), self._size))
            else:
                yield from map(self.read, range(first, min(first + many, count)))


def _leaf(number: int, page: bytes, chains: "_Chains") -> Iterator[Cell]:
    """The cells of a table's leaf; none of other pages. Section 1.6."""
    start = 100 if number == 1 else 0  # the first page begins with the header of the database
    if len(page) < start + 8 or page[start] != 0x0D:
        return
    (count,) = _U16.unpack_from(page, start + 3)
    end = min(start + 8 + 2 * count, len(page) & ~1)
    for (pointer,) in _U16.iter_unpack(page[start + 8 : end]):
        try:
            size, at = _varint(page, pointer)
            rowid, at = _varint(page, at)
            if size <= chains.page_size - 35:
                yield Cell(rowid, _record(page, at))
            elif size <= _PAYLOAD_LIMIT:
                yield from chains.cells(rowid, page, at, size)
        except _GARBAGE:
            continue


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A signed number of 64 bits in 1 to 9 bytes, and where they end. Section 1.6."""
    value, ninth = 0, at + 8
    while at < ninth:
        byte = data[at]
        at += 1
        if byte < 0x80:
            return value << 7 | byte, at
        value = value << 7 | byte & 0x7F
    value = value << 8 | data[at]
    return value - (value >> 63 << 64), at + 1


def _record(data: bytes, at: int) -> tuple[Value, ...]:
    """Section 2.1; whatever lies behind the record does not matter."""
    body = at + data[at]
    fields, conversions = _format(data[at:body])
    values = list(fields.unpack_from(data, body))
    for column, convert in conversions:
        values[column] = convert(values[column])
    return tuple(values)


_Convert = Callable[[bytes], Value]
_integer: _Convert = partial(int.from_bytes, byteorder="big", signed=True)
_CODES = ("0s", "b", "h", "3s", "i", "6s", "q", "d", "0s", "0s")
"""By serial type, in the codes of struct; 10 and 11 are not used in files. Section 2.1."""

_CONVERSIONS: dict[int, _Convert] = {
    0: lambda _: None,
    3: _integer,
    5: _integer,
    8: lambda _: 0,
    9: lambda _: 1,
}


@lru_cache(4096)  # the rows of a table share a few record headers
def _format(header: bytes) -> tuple[Struct, list[tuple[int, _Convert]]]:
    """How the values behind this record header are read, and which are to be converted then."""
    if not 2 <= header[0] == len(header) < 0x80:
        raise ValueError(header)
    fields: list[tuple[str, _Convert | None]] = []
    at = 1
    while at < len(header):
        serial_type, at = _varint(header, at)
        fields.append(_field(serial_type))
    conversions = [(column, convert) for column, (_, convert) in enumerate(fields) if convert]
    return Struct(">" + "".join(code for code, _ in fields)), conversions


def _field(serial_type: int) -> tuple[str, _Convert | None]:
    """As struct reads it, and what is to be done then. An impossible length is struct's error."""
    if 0 <= serial_type < 12:
        return _CODES[serial_type], _CONVERSIONS.get(serial_type)
    size, is_text = divmod(serial_type - 12, 2)
    return f"{size}s", bytes.decode if is_text else None


class _Chains:
    """Payloads that continue on overflow pages. Section 1.7."""

    def __init__(self, database: _Blocks, wal: _Blocks) -> None:
        self.page_size = database.page_size
        self._database, self._wal = database, wal

    def cells(self, rowid: int, page: bytes, at: int, size: int) -> Iterator[Cell]:
        """Two, when the chain reads otherwise with the WAL: either may be the damaged one."""
        chains = (self._payload(page, at, size, frames) for frames in (self._frames, {}))
        for payload in dict.fromkeys(chains):
            with suppress(*_GARBAGE):
                yield Cell(rowid, _record(payload, 0))

    def _payload(self, page: bytes, at: int, size: int, frames: dict[int, int]) -> bytes:
        """Its `size` bytes begin at `at` of the leaf; fewer when the chain ends too soon."""
        on_leaf = self._bytes_on_leaf(size)
        end, missing = at + on_leaf, size - on_leaf
        parts, link, seen = [page[at:end]], page[end : end + 4], {b"\0\0\0\0"}
        while missing > 0 and link not in seen:
            seen.add(link)
            overflow = self._page(int.from_bytes(link), frames)
            parts.append(overflow[4:][:missing])
            missing -= self.page_size - 4
            link = overflow[:4]
        return b"".join(parts)

    def _bytes_on_leaf(self, size: int) -> int:
        least = (self.page_size - 12) * 32 // 255 - 23
        fitting = least + (size - least) % (self.page_size - 4)
        return fitting if fitting <= self.page_size - 35 else least

    def _page(self, number: int, frames: dict[int, int]) -> bytes:
        at = frames.get(number)
        return self._database.read(number - 1) if at is None else self._wal.read(at)[_FRAME_HEADER:]

    @cached_property
    def _frames(self) -> dict[int, int]:
        """By page, its last frame. Frames of another salt than the first are left from before."""
        salt = self._wal.read(0)[8:16]
        frames = enumerate(islice(self._wal, _INDEX_LIMIT))
        return {int.from_bytes(frame[:4]): at for at, frame in frames if frame[8:16] == salt}
