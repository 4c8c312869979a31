"""The records of the journal, written and read.

Each is begun with a line feed and its CRC-32, so a torn or damaged one spoils only itself:

    LF crc32 SP kind json          (a row: position,layout,boot,up_ns,span_ns or nothing,packed)

    h  the header: the boot, the session of the store, the segments of what follows, up to where
       the store has everything, and the position that comes next
    t  the running totals of a sensor before the rows
    l  a layout and the number that stands for it, before the first row of it
    r  a row
    a  an anchor
    c  the cursor of an uplink; the next one replaces it
    n  the counts of a sensor that no reading carries yet; the next row of it replaces them

The header comes first, and twice: nothing can be read without it. Segments stand in it and nowhere
else: when one begins the journal is written anew, at once, so no row can be given the identity of
another because a record between the two is lost. That happens when the log parts from its disk, and
when the disk can be told of no more numbers: seldom.
"""

import json
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import msgspec
from msgspec import Struct, ValidationError, convert

from gateway.buffer.held import Held, Recovered
from gateway.buffer.identities import Identities, Segment
from gateway.buffer.rows import Layout, Row
from gateway.clock import Anchor
from gateway.model import Note
from gateway.packing import pack

_MARK_BYTES = len(b"\n00000000 ")


class Header(Struct, array_like=True, frozen=True):
    """What is true of all that follows; see Held."""

    boot: str
    session: str
    segments: list[Segment]
    stored_position: int
    next_position: int
    totals_known: bool
    unsure_position: int | None = None


class Encoder:
    """The records of one journal, which is told each layout once."""

    def __init__(self) -> None:
        self._layouts: dict[Layout, int] = {}

    def whole(self, boot: str, held: Held) -> bytes:
        """All that a journal begins with, but for notes."""
        header = _record("h", msgspec.to_builtins(_header(boot, held)))
        records = [header, b"\n", header]  # apart: one damaged byte could join them
        records += [_record("t", one) for one in held.totals.items()]
        records += [self.row(row) for row in held.rows]
        records += [self.anchor(*one) for one in held.anchors]
        records += [self.cursor(*one) for one in held.cursors.items()]
        return b"".join(records)

    def row(self, row: Row) -> bytes:
        """With its layout, if that is new."""
        position, layout, boot, up_ns, span_ns, packed = row
        number = self._layouts.get(layout)
        known = b""
        if number is None:
            number = self._layouts[layout] = len(self._layouts) + 1
            known = _record("l", [number, *layout])
        span = "" if span_ns is None else span_ns
        text = f"r{position},{number},{boot},{up_ns},{span},{packed}"
        return known + _line(text.encode())

    def anchor(self, boot: str, anchor: Anchor) -> bytes:
        return _record("a", [boot, *anchor])

    def cursor(self, uplink: str, position: int) -> bytes:
        return _record("c", [uplink, position])

    def note(self, note: Note, length: int = 0) -> bytes:
        """Filled up with spaces to so many bytes."""
        payload = f"n{json.dumps(note, separators=(',', ':'))}".encode()
        return _line(payload.ljust(length - _MARK_BYTES))


def decode(content: bytes) -> Recovered | None:
    """What a journal tells; None if it cannot be used.

    What another version of this program wrote is bad where it cannot be understood.
    """
    records = [_parsed(line) for line in content.split(b"\n")[1:] if line]
    good = [record for record in records if record is not None]
    if not good or good[0][0] != "h":
        return None
    try:
        header = convert(good[0][1], Header)
    except ValidationError:
        return None
    rest = [record for record in good if record[0] != "h"]
    return _recovered(header, rest, len(records) - len(good))


def _header(boot: str, held: Held) -> Header:
    oldest = held.rows[0].position if held.rows else held.next_position
    first = min(oldest, held.stored_position + 1)
    later = [one for one in held.identities.segments if one.first > first]
    return Header(
        boot,
        held.session,
        [held.identities.segment(first), *later],
        held.stored_position,
        held.next_position,
        held.totals_known,
        held.unsure_position,
    )


def _record(kind: str, content: Any) -> bytes:
    return _line(f"{kind}{json.dumps(content, separators=(',', ':'))}".encode())


def _line(payload: bytes) -> bytes:
    return b"\n%08x %s" % (crc32(payload), payload)


def _parsed(line: bytes) -> tuple[str, Any] | None:
    check, _, payload = line.partition(b" ")
    if check != b"%08x" % crc32(payload):
        return None
    try:
        kind, content = payload[:1].decode(), payload[1:].decode()
        return kind, content.split(",", 5) if kind == "r" else json.loads(content)
    except ValueError:
        return None


def _recovered(header: Header, records: Sequence[tuple[str, Any]], bad: int) -> Recovered:
    found = Recovered(
        header.session,
        Identities(header.segments),
        header.stored_position,
        header.next_position,
        totals={},
        totals_known=header.totals_known,
        unsure_position=header.unsure_position,
        boot=header.boot,
        bad=bad,
    )
    layouts: dict[int, Layout] = {}
    for kind, content in records:
        try:
            _take(found, layouts, kind, content)
        except (LookupError, TypeError, ValueError):
            found.bad += 1
    return found


def _take(found: Recovered, layouts: dict[int, Layout], kind: str, content: Any) -> None:
    match kind:
        case "l":
            number, layout = convert([content[0], content[1:]], tuple[int, Layout])
            layouts[number] = layout
        case "r":
            _take_row(found, layouts[int(content[1])], content)
        case "a":
            found.anchors.append(convert([content[0], content[1:]], tuple[str, Anchor]))
        case "c":
            uplink, position = convert(content, tuple[str, int])
            found.cursors[uplink] = position
        case "n":
            note = convert(content, Note)
            pack(note.counts)  # it becomes a reading
            found.notes[note.sensor] = note
        case "t":
            sensor, totals = convert(content, tuple[str, dict[str, int]])
            found.totals = {**found.totals, sensor: totals}
        case _:
            raise ValueError(kind)


def _take_row(found: Recovered, layout: Layout, content: list[str]) -> None:
    position, _, boot, up_ns, span_ns, packed = content
    span = int(span_ns) if span_ns else None
    found.rows.append(Row(int(position), layout, boot, int(up_ns), span, packed))
    found.next_position = max(found.next_position, int(position) + 1)
    if not layout.gap:
        found.notes.pop(layout.sensor, None)
