"""The journal of the open window: what is measured and not yet on the card.

It stands in memory-backed storage, so that it outlives the process but not the power. Each record
(journal_format.py) is one short write.

A note is written in the place of the sensor's one before, so that their order and number tell
nothing of when people came. It lies within one page, which the kernel writes whole or not at all
when the process is killed. A row of that sensor ends it: the next note stands behind that.

After each commit the journal is written anew with what is left, into a second file that takes the
place of the first in one step. Whatever moment the process dies in, the journal holds everything
that is not stored, and perhaps some that is: identities tell.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from gateway.buffer.held import Held, Recovered
from gateway.buffer.journal_format import Encoder, decode
from gateway.buffer.rows import Row
from gateway.clock import Anchor
from gateway.model import Note

_PAGE = 4096
_COUNT_BYTES = 24
"""Of the longest count."""

LONG_BYTES = 8_000_000
"""Written since it was begun: more than all that is pending may take."""


class _Slot(NamedTuple):
    """Where the note of a sensor stands."""

    offset: int
    length: int


class Journal:
    """The journal in that folder, for one boot; whatever writes raises OSError."""

    def __init__(self, folder: Path, boot: str) -> None:
        self.path = folder / "journal"
        self._boot = boot
        self._file: int | None = None
        self._encoder = Encoder()
        self._end = self._begun_bytes = 0
        self._slots: dict[str, _Slot] = {}

    @property
    def is_long(self) -> bool:
        """Whether it holds so much that is superseded that it should be written anew."""
        return self._end - self._begun_bytes > LONG_BYTES

    def rewrite(self, held: Held, notes: Iterable[Note] = ()) -> None:
        """Begin anew with what is not stored yet."""
        self._encoder, self._slots = Encoder(), {}
        content = self._encoder.whole(self._boot, held)
        for note in notes:
            content += self._placed(note, len(content))
        self._replace(content)

    def row(self, row: Row) -> None:
        """Note one row, of the newest segment that the journal was begun with."""
        if not row.layout.gap:
            self._slots.pop(row.layout.sensor, None)
        self._append(self._encoder.row(row))

    def anchor(self, boot: str, anchor: Anchor) -> None:
        self._append(self._encoder.anchor(boot, anchor))

    def cursor(self, uplink: str, position: int) -> None:
        self._append(self._encoder.cursor(uplink, position))

    def note(self, note: Note) -> None:
        """In the place of the one before, if there is one and it is long enough."""
        slot = self._slots.get(note.sensor)
        record = b"" if slot is None else self._encoder.note(note, slot.length)
        if slot is None or len(record) > slot.length:
            self._append(self._placed(note, self._end))
        else:
            self._write(record, slot.offset)

    def read(self) -> Recovered | None:
        """What stands in the file; None if there is none that can be used."""
        try:
            return decode(self.path.read_bytes())
        except OSError:
            return None

    def remove(self) -> None:
        """Everything is stored."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file, and leave it."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _placed(self, note: Note, end: int) -> bytes:
        """Behind what ends there; not across the end of a page.

        Its length is that of any of its sensor: it must not tell what was counted up to now.
        """
        nothing = note._replace(counts=dict.fromkeys(note.counts, 0))
        length = len(self._encoder.note(nothing)) + _COUNT_BYTES * len(note.counts)
        room = -end % _PAGE
        filler = b"\n" * room if room < length else b""
        self._slots[note.sensor] = _Slot(end + len(filler), length)
        return filler + self._encoder.note(note, length)

    def _append(self, record: bytes) -> None:
        """In one write, so that a killed process has written all of it or nothing."""
        self._write(record, self._end)
        self._end += len(record)

    def _write(self, record: bytes, offset: int) -> None:
        if self._file is None:
            raise OSError("the journal could not be opened")
        if os.pwrite(self._file, record, offset) < len(record):
            raise OSError("no room for the journal")

    def _replace(self, content: bytes) -> None:
        fresh = self.path.with_suffix(".new")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
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
        self._file, self._end, self._begun_bytes = file, len(content), len(content)
