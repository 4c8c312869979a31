"""The room that the file system leaves to the log, and from when on it counts that some is missing.

Theory: what is thinned for want of room is coarser for ever, and other programs fill a file system
for a moment: an upgrade of its packages, an image that is copied, a log that is compressed. So the
log believes the most room that it has seen in the last five to ten minutes: it is kept as the most
of the present five minutes and of the five before. That is longer than any of those takes on a
Raspberry Pi, and it costs little to wait: a hundred readings a second write 5 MB in ten minutes, a
fortieth of what `buffer.reserve` leaves free unless it is set. Where even that is gone, commits are
refused, and readings wait in memory and in the journal.

A process that has just begun does not know for how long room has been missing, so for five minutes
nothing does.
"""

import os
from pathlib import Path

from gateway.errors import StoreUnavailable

LASTING_NS = 300 * 10**9
"""Room that was missing for so long, and at most twice as long, counts as missing."""


class DiskRoom:
    """In bytes; `most` is all that the log ever asks for."""

    def __init__(self, folder: Path, reserve: int, most: int) -> None:
        self._folder = folder
        self._reserve = reserve
        self._before = most
        self._most = 0
        self._began_ns: int | None = None

    def lasting(self, taken: int, now_ns: int) -> int:
        """What the log may take, if it has taken that much. Raises StoreUnavailable."""
        room = room_now(self._folder, self._reserve, taken)
        if self._began_ns is None:
            self._began_ns = now_ns
        if now_ns - self._began_ns >= LASTING_NS:
            self._before, self._most, self._began_ns = self._most, 0, now_ns
        self._most = max(self._most, room)
        return max(self._before, self._most)


def room_now(folder: Path, reserve: int, taken: int) -> int:
    """The same at this moment; `reserve` is left to others. Raises StoreUnavailable."""
    try:
        disk = os.statvfs(folder)
    except OSError as error:
        hint = f"is the disk of the log mounted? ls -ld {folder}"
        raise StoreUnavailable(f"cannot ask {folder}: {error.strerror}", hint) from error
    return taken + max(0, disk.f_bavail * disk.f_frsize - reserve)
