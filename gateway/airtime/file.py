"""The ledger's file: lines are added to it, and now and then it is written anew.

A charge waits for the disk, so it costs a card two or three writes of a page. What is written anew
is what still counts, at each start and whenever 64 KiB were added: once in some days.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.airtime.records import MAGIC, Content, Record, lines, parsed
from gateway.durable import replace

LONG_BYTES = 65_536
_MOST_BYTES = 8_000_000


class LedgerFile:
    """The file at `path`; `whole` gives all records that it is to hold when it is written anew."""

    def __init__(self, path: Path, whole: Callable[[], Sequence[Record]]) -> None:
        self.path = path
        self._whole = whole
        self._added_bytes: int | None = None
        """Since it was written anew; None: nobody knows how it ends, so that must be done first."""

    def read(self) -> Content | None:
        """What it says; None if there is none. Whatever else is there is damage."""
        try:
            with self.path.open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            return Content([], f"it cannot be read: {error}")
        if len(content) > _MOST_BYTES:
            return Content([], f"it is longer than {_MOST_BYTES} bytes")
        return parsed(content)

    def add(self, records: Sequence[Record], *, durably: bool = True) -> None:
        """Behind what is there; after that it is on the disk if `durably`. Raises OSError."""
        if self._added_bytes is None or self._added_bytes > LONG_BYTES:
            self.begin_anew(records)
            return
        content = lines(records)
        added_bytes, self._added_bytes = self._added_bytes + len(content), None
        self._append(content, durably)
        self._added_bytes = added_bytes

    def begin_anew(self, records: Sequence[Record] = ()) -> None:
        """With what still counts, and these behind it. Raises OSError."""
        self._added_bytes = None
        replace(self.path, MAGIC + lines((*self._whole(), *records)))
        self._added_bytes = 0

    def _append(self, content: bytes, durably: bool) -> None:
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if os.write(file, content) < len(content):
                raise OSError("no room for all of it")
            if durably:
                os.fdatasync(file)
        finally:
            os.close(file)
