"""The journal of the open window: what is measured and not yet on the card.

It stands in memory-backed storage, so that it outlives the process but not the power. Each record
is one short write, begun with a line feed and its CRC-32, so a torn record spoils only itself:

    LF crc32 SP kind json          (a row: position,layout,boot,up_ns,span_ns or nothing,packed)

The first record is the header: the boot, the segments of the log's newest rows, and the position
that comes next. Layouts follow as they are needed; rows, anchors and cursors are what the log
holds in memory. A note holds the counts of a sensor that no reading has carried yet; the next note
or row of the sensor replaces it. The running totals are here for the case that the log is lost.

After each commit the journal is written anew with what is left, into a second file that takes the
place of the first in one step. Whatever moment the process dies in, the journal holds everything
that is not stored, and perhaps some that is: identities tell.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zlib import crc32

from msgspec import ValidationError, convert

from gateway.buffer.group import OpenGroup
from gateway.buffer.identities import Identities, Segment
from gateway.buffer.rows import Layout, Row
from gateway.clock import Anchor
from gateway.model import Note, pack

LONG_BYTES = 8_000_000
"""Written since it was begun: more than all that is pending may take."""


@dataclass
class Recovered:
    """What an earlier process left behind. `bad` records could not be read."""

    boot: str
    identities: Identities
    next_position: int
    rows: list[Row] = field(default_factory=list)
    anchors: list[tuple[str, Anchor]] = field(default_factory=list)
    cursors: dict[str, int] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
    totals: dict[str, Mapping[str, int]] = field(default_factory=dict)
    """By sensor, as they stood before the rows."""
    bad: int = 0


class Journal:
    """The journal in that folder, for one boot; whatever writes raises OSError."""

    def __init__(self, folder: Path, boot: str) -> None:
        self.path = folder / "journal"
        self._boot = boot
        self._file: int | None = None
        self._layouts: dict[Layout, int] = {}
        self._grown = 0

    @property
    def is_long(self) -> bool:
        """Whether it holds so much that is superseded that it should be written anew."""
        return self._grown > LONG_BYTES

    def rewrite(
        self,
        identities: Identities,
        next_position: int,
        group: OpenGroup,
        notes: Iterable[Note],
        totals: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
    ) -> None:
        """Begin anew with what is not stored yet, and the running totals by sensor."""
        self._layouts = {}
        first = group.rows[0].position if group.rows else next_position
        segments = [one for one in identities.segments if one.first > first]
        header = [self._boot, [identities.segment(first), *segments], next_position]
        records = [_record("h", header)]
        records += [self._row(row) for row in group.rows]
        records += [_record("a", [boot, *anchor[:2]]) for boot, anchor in group.anchors]
        records += [_record("c", cursor) for cursor in group.cursors.items()]
        records += [_record("n", note) for note in notes]
        records += [_record("t", one) for one in totals.items()]
        self._replace(b"".join(records))

    def row(self, row: Row) -> None:
        """Note one row."""
        self._append(self._row(row))

    def anchor(self, boot: str, anchor: Anchor) -> None:
        self._append(_record("a", [boot, *anchor[:2]]))

    def segment(self, segment: Segment) -> None:
        """What follows has other identities."""
        self._append(_record("s", segment))

    def cursor(self, uplink: str, position: int) -> None:
        self._append(_record("c", [uplink, position]))

    def note(self, note: Note) -> None:
        self._append(_record("n", note))

    def read(self) -> Recovered | None:
        """What stands in the file; None if there is none that can be used."""
        try:
            lines = self.path.read_bytes().split(b"\n")[1:]
        except OSError:
            return None
        records = [_parsed(line) for line in lines]
        good = [record for record in records if record is not None]
        if not good or good[0][0] != "h":
            return None
        return _recovered(good, len(records) - len(good))

    def remove(self) -> None:
        """Everything is stored."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file, and leave it."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _row(self, row: Row) -> bytes:
        number = self._layouts.get(row.layout)
        known = b""
        if number is None:
            number = self._layouts[row.layout] = len(self._layouts) + 1
            known = _record("l", [number, *row.layout])
        span = "" if row.span_ns is None else row.span_ns
        text = f"r{row.position},{number},{row.boot},{row.up_ns},{span},{row.packed}"
        return known + _line(text.encode())

    def _append(self, record: bytes) -> None:
        """In one write, so that a killed process has written all of it or nothing."""
        if self._file is None:
            raise OSError("the journal could not be opened")
        if os.write(self._file, record) < len(record):
            raise OSError("no room for the journal")
        self._grown += len(record)

    def _replace(self, content: bytes) -> None:
        fresh = self.path.with_suffix(".new")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(file, view) :]
            fresh.replace(self.path)
        except OSError:
            os.close(file)
            self.close()
            raise
        self.close()
        self._file, self._grown = file, 0


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


def _recovered(records: Sequence[tuple[str, Any]], bad: int) -> Recovered | None:
    """What another version of this program wrote is bad where it cannot be understood."""
    try:
        boot, segments, next_position = convert(records[0][1], tuple[str, list[Segment], int])
    except ValidationError:
        return None
    found = Recovered(boot, Identities(segments), next_position, bad=bad)
    layouts: dict[int, Layout] = {}
    for kind, content in records[1:]:
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
        case "s":
            segment = convert(content, Segment)
            found.identities = Identities([*found.identities.segments, segment])
        case "c":
            uplink, position = convert(content, tuple[str, int])
            found.cursors[uplink] = position
        case "n":
            note = convert(content, Note)
            pack(note.counts)  # it becomes a reading
            found.notes[note.sensor] = note
        case "t":
            sensor, totals = convert(content, tuple[str, dict[str, int]])
            found.totals[sensor] = totals
        case _:
            raise ValueError(kind)


def _take_row(found: Recovered, layout: Layout, content: list[str]) -> None:
    position, _, boot, up_ns, span_ns, packed = content
    span = int(span_ns) if span_ns else None
    found.rows.append(Row(int(position), layout, boot, int(up_ns), span, packed))
    found.next_position = max(found.next_position, int(position) + 1)
    if not layout.gap:
        found.notes.pop(layout.sensor, None)
