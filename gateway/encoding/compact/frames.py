"""Frames: rows of readings to the payload of an uplink, and back (docs/lorawan-format.md)."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gateway.encoding.compact import layouts
from gateway.encoding.compact.bits import BitReader, BitWriter
from gateway.encoding.compact.layouts import INLINE, MOST_SENSORS, STATUS, WELL_KNOWN, Layout
from gateway.encoding.compact.numbering import MODULO
from gateway.encoding.compact.reading import RowReader
from gateway.encoding.compact.rows import Frame, Part, Row
from gateway.encoding.compact.status import Status, read_status
from gateway.encoding.compact.writing import RowWriter

VERSION = 0
VERSION_BITS = 2
PROFILE_BITS = 6


def encode(
    epoch: int, rows: Sequence[Row], room: int, sent_s: float | None = None
) -> tuple[bytes, int]:
    """As many of the rows, in their order, as fit `room` bytes, and how many these are.

    b"" and 0 if not even the first one fits. All numbers are of `epoch`, of which the low byte is
    told. `sent_s`: when they are sent, UTC since 1970; times that are too far from it for the low
    bits of an interval are told in full; None: whoever receives them is near. Values are rounded
    to the resolution of the radio, coverage to 128ths. Raises ValueError for what no frame can
    hold: quantities that are not told over the radio (all but the rows of the table), values that
    are no numbers or of 2^52 steps and more, sensors above 31 or out of order, times before 1970
    or after 2106.
    """
    for row in rows:
        _check_order(row)
    best = max(
        (_fitted(_Head(epoch, sent_s), rows, room, choose) for choose in (_smallest, _inline)),
        key=lambda fitted: (fitted.rows, -len(fitted.payload)),
    )
    return best.payload, best.rows


def decode(payload: bytes, received_s: int) -> Frame | Status:
    """What it says; `received_s`, UTC since 1970, completes the times: 37 days back at least.

    Its numbers are right but for a multiple of 2^19, which is the same for all: see `complete`.
    Raises ValueError for what `encode` does not write.
    """
    bits = BitReader(payload)
    version = bits.bits(VERSION_BITS)
    if version != VERSION:
        raise ValueError(f"version {version} of the encoding: this program knows {VERSION}")
    profile = bits.bits(PROFILE_BITS)
    if profile == STATUS:
        return read_status(bits)
    epoch = bits.bits(8)
    layout = layouts.read(bits) if profile == INLINE else layouts.well_known(profile)
    reader = RowReader(bits, layout, received_s)
    rows = [reader.read()]
    while bits.left and bits.flag():
        rows.append(reader.read())
    if bits.left > 6 or bits.bits(bits.left):
        raise ValueError("something stands behind the last row")
    return _from_zero(Frame(epoch, tuple(rows)))


def complete(frame: Frame, near: int) -> Frame:
    """With whole numbers: those with which its newest is next to `near`, a number of that epoch."""
    newest = max((last for _, last in _numbers(frame)), default=near)
    return _moved(frame, (near - newest + MODULO // 2) // MODULO * MODULO)


class _Head(NamedTuple):
    epoch: int
    sent_s: float | None


class _Fitted(NamedTuple):
    payload: bytes
    rows: int


_Choose = Callable[[Sequence[Row]], tuple[int, Layout]]


def _smallest(rows: Sequence[Row]) -> tuple[int, Layout]:
    """A well-known layout if there is one."""
    profile = layouts.covering(layouts.needed(rows), layouts.numbered(rows))
    return _inline(rows) if profile is None else (profile, WELL_KNOWN[profile])


def _inline(rows: Sequence[Row]) -> tuple[int, Layout]:
    return INLINE, layouts.inline(layouts.needed(rows))


def _fitted(head: _Head, rows: Sequence[Row], room: int, choose: _Choose) -> _Fitted:
    """Rows are taken in one by one; one that needs another layout begins the frame anew."""
    fitted = _Fitted(b"", 0)
    chosen: tuple[int, Layout] = (INLINE, ())
    bits, writer = _begun(head, *chosen)
    for place, row in enumerate(rows):
        before, chosen = chosen, choose(rows[: place + 1])
        if chosen != before:
            bits, writer = _begun(head, *chosen)
            for earlier in rows[:place]:
                _add(bits, writer, earlier)
        _add(bits, writer, row)
        if len(bits) > 8 * room:
            break
        fitted = _Fitted(bytes(bits), place + 1)
    return fitted


def _begun(head: _Head, profile: int, layout: Layout) -> tuple[BitWriter, RowWriter]:
    bits = BitWriter()
    bits.bits(VERSION_BITS, VERSION)
    bits.bits(PROFILE_BITS, profile)
    bits.bits(8, head.epoch % 256)
    if profile == INLINE:
        layouts.write(bits, layout)
    return bits, RowWriter(bits, layout, head.sent_s)


def _add(bits: BitWriter, writer: RowWriter, row: Row) -> None:
    if not writer.is_first:
        bits.flag(True)
    writer.write(row)


def _check_order(row: Row) -> None:
    sensors = [part.sensor for part in row.parts]
    if sensors != sorted(set(sensors)) or not set(sensors) <= set(range(MOST_SENSORS)):
        raise ValueError(f"sensors {sensors}: each once, in order, 0 to {MOST_SENSORS - 1}")


def _from_zero(frame: Frame) -> Frame:
    """Older numbers may lie before a multiple of MODULO, newer ones behind it."""
    lowest = min((first for first, _ in _numbers(frame)), default=0)
    return _moved(frame, -(min(lowest, 0) // MODULO) * MODULO)


def _numbers(frame: Frame) -> Iterator[tuple[int, int]]:
    """First and last of each part that has them."""
    for row in frame.rows:
        for part in row.parts:
            if part.first is not None and part.last is not None:
                yield part.first, part.last


def _moved(frame: Frame, by: int) -> Frame:
    if not by:
        return frame
    return frame._replace(
        rows=tuple(
            row._replace(parts=tuple(_moved_part(part, by) for part in row.parts))
            for row in frame.rows
        )
    )


def _moved_part(part: Part, by: int) -> Part:
    if part.first is None or part.last is None:
        return part
    return part._replace(first=part.first + by, last=part.last + by)
