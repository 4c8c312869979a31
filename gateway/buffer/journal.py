"""The journal of the open window: what is measured and not yet on the card.

It stands in memory-backed storage, so that it outlives the process but not the power. Each record
(journal_format.py) is one short write.

After each commit the journal is written anew with what is left, into a second file that takes the
place of the first in one step. Whatever moment the process dies in, the journal holds everything
that is not stored, and perhaps some that is: identities tell.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from gateway.buffer.held import Held, Recovered
from gateway.buffer.journal_format import Encoder, decode
from gateway.buffer.rows import Row
from gateway.clock import Anchor
from gateway.model import Note

LONG_BYTES = 8_000_000
"""Written since it was begun: more than all that is pending may take."""


class Journal:
    """The journal in that folder, for one boot; whatever writes raises OSError."""

    def __init__(self, folder: Path, boot: str) -> None:
        self.path = folder / "journal"
        self._boot = boot
        self._file: int | None = None
        self._encoder = Encoder()
        self._grown = 0

    @property
    def is_long(self) -> bool:
        """Whether it holds so much that is superseded that it should be written anew."""
        return self._grown > LONG_BYTES

    def rewrite(self, held: Held, notes: Iterable[Note] = ()) -> None:
        """Begin anew with what is not stored yet."""
        self._encoder = Encoder()
        self._replace(self._encoder.whole(self._boot, held, notes))

    def row(self, row: Row) -> None:
        """Note one row, of the newest segment that the journal was begun with."""
        self._append(self._encoder.row(row))

    def anchor(self, boot: str, anchor: Anchor) -> None:
        self._append(self._encoder.anchor(boot, anchor))

    def cursor(self, uplink: str, position: int) -> None:
        self._append(self._encoder.cursor(uplink, position))

    def note(self, note: Note) -> None:
        self._append(self._encoder.note(note))

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
