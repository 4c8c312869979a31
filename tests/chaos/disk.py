"""A disk whose power can be cut at any moment, and which can fill up, become read-only or break.

`Disk` starts a process with disk.c preloaded, which records every change below one folder in a
trace. `Trace.cut` makes from a trace what may stand on the disk if the power fails right after one
of its events. `Disk.fail` lets every later change below the folder fail.

What a cut leaves:

* Data. All that was written to a file before its last fsync or fdatasync is there. Every later
  write is there whole, torn or not at all, whatever became of the writes around it. The unit is a
  sector of 512 bytes: it holds what the page cache held after one of the writes to it, or after
  the last sync, whichever the kernel wrote back. A file may end short, or go on with zeros.
* Truncation. It is journalled: of the later ones of a file the first few are there. If one is
  lost, so is what was written behind its end afterwards, for that went to new blocks.
* Names. Creating, renaming and deleting files and folders is journalled: of the operations which
  are not synced a prefix is there, so a replaced file is the old or the new one. An fsync of a
  folder syncs all up to the last one in that folder, an fsync of a file all up to its creation, as
  on ext4. A rename is not synced by an fsync of the renamed file, and its data may be missing even
  if the rename is there: ext4 is kinder in both (auto_da_alloc), POSIX is not.

What it does not model: drives that lie about flushes or tear a sector, flash that loses sectors
near those written, data that fsync gives up after an error (here the next fsync syncs it), sync(2),
permissions, times and links (refused). SQLite's -shm is not there after a cut. A write through a
descriptor with O_DSYNC or O_SYNC is synced.
"""

import errno
import fcntl
import mmap
import os
import random
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple, Self

from tests.chaos.preload import library

SECTOR = 512
TORN_SHARE = 0.25
ZEROS_SHARE = 0.25
MAGIC = b"\x89DISK\r\n\x1a"
HEAD = struct.Struct("=8sIIQQII")
CONTROL = struct.Struct("=QQQ")
"""Writes so far, the number of writes after which the error sets in, the error or 0."""


class Kind(IntEnum):
    """What happened; the numbers are those of disk.c."""

    BASE, CREATE, MKDIR, RENAME, UNLINK, WRITE, TRUNCATE, SYNC, MARK = range(9)


class Event(NamedTuple):
    """One change; names are relative to the folder, "" is the folder itself.

    `offset` is where `data` was written, or the new size of a truncated file; `other` is the new
    name. BASE says that all before it was there, and synced, before the first process.
    """

    kind: Kind
    inode: int
    offset: int = 0
    name: str = ""
    other: str = ""
    data: bytes = b""

    def encoded(self) -> bytes:
        """The record of disk.c."""
        name, other = os.fsencode(self.name), os.fsencode(self.other)
        size = HEAD.size + len(name) + len(other) + len(self.data)
        head = (MAGIC, size, self.kind, self.inode, self.offset, len(name), len(other))
        return HEAD.pack(*head) + name + other + self.data


def records(raw: bytes) -> Iterator[tuple[int, Event]]:
    """The whole records of a trace, each with its end; one torn by a kill is passed over."""
    at = raw.find(MAGIC)
    while 0 <= at <= len(raw) - HEAD.size:
        _, size, kind, inode, offset, name, other = HEAD.unpack_from(raw, at)
        end = at + size
        following = raw.find(MAGIC, at + 1)
        if end > len(raw) or 0 <= following < end:
            at = following
            continue
        names = at + HEAD.size
        data = names + name + other
        yield (
            end,
            Event(
                Kind(kind),
                inode,
                offset,
                os.fsdecode(raw[names : names + name]),
                os.fsdecode(raw[names + name : data]),
                raw[data:end],
            ),
        )
        at = end


class File:
    """One file: what of it is synced, and its writes and truncations since."""

    def __init__(self, inode: int) -> None:
        self.inode = inode
        self.later: list[Event] = []
        self._synced = bytearray()

    def sync(self) -> None:
        for event in self.later:
            _apply(self._synced, event)
        self.later.clear()

    def content(self) -> bytearray:
        """What a program reads."""
        cached = self._synced[:]
        for event in self.later:
            _apply(cached, event)
        return cached

    def after_cut(self, rng: random.Random) -> bytearray:
        """What a cut may leave of it."""
        cached, disk = self._synced[:], self._synced[:]
        kept = rng.randint(0, sum(event.kind is Kind.TRUNCATE for event in self.later))
        share, end = rng.random(), sys.maxsize
        for event in self.later:
            _apply(cached, event)
            if event.kind is Kind.WRITE:
                for part in _arrived(event, min(end, len(cached)), share, rng):
                    _put(disk, part.start, cached[part])
            elif kept:
                _resize(disk, event.offset)
                kept -= 1
            else:
                end = min(end, _sector_end(event.offset))
        if len(disk) < len(cached) and rng.random() < ZEROS_SHARE:
            _resize(disk, rng.randint(len(disk), len(cached)))
        return disk


def _arrived(event: Event, end: int, share: float, rng: random.Random) -> list[slice]:
    """The parts of a write that are on the disk, by sectors and not behind `end`."""
    start = event.offset // SECTOR * SECTOR
    end = min(end, _sector_end(event.offset + len(event.data)))
    if rng.random() < TORN_SHARE:
        sectors = (slice(at, min(at + SECTOR, end)) for at in range(start, end, SECTOR))
        return [sector for sector in sectors if rng.random() < 1 / 2]
    return [slice(start, end)] if start < end and rng.random() < share else []


def _sector_end(at: int) -> int:
    return -(-at // SECTOR) * SECTOR


def _apply(content: bytearray, event: Event) -> None:
    if event.kind is Kind.WRITE:
        _put(content, event.offset, event.data)
    else:
        _resize(content, event.offset)


def _put(content: bytearray, at: int, data: bytes | bytearray) -> None:
    if at > len(content):
        _resize(content, at)
    content[at : at + len(data)] = data


def _resize(content: bytearray, size: int) -> None:
    del content[size:]
    content.extend(bytes(size - len(content)))


Names = dict[str, File | None]
"""Files by name; a folder has None."""


class Volume:
    """The disk after some events: what is synced, and what was done since."""

    def __init__(self, base: Iterable[Event]) -> None:
        self.at = 0
        self.marks: list[str] = []
        self.now: Names = {}
        self._files: dict[int, File] = {}
        self._later: list[tuple[Event, File | None]] = []
        for event in base:
            self._apply(event)
        for file in self._files.values():
            file.sync()
        self._later.clear()
        self._synced = self.now.copy()

    def advance(self, events: Sequence[Event], to: int) -> None:
        """Go on to event number `to`."""
        for event in events[self.at : to]:
            self._apply(event)
        self.at = to

    def after_cut(self, rng: random.Random) -> dict[str, bytearray | None]:
        """Names, each with what a cut may leave of the file; None is a folder."""
        names = self._synced.copy()
        for event, file in self._later[: rng.randint(0, len(self._later))]:
            _alter(names, event, file)
        return {name: file.after_cut(rng) if file else None for name, file in names.items()}

    def _apply(self, event: Event) -> None:
        if event.kind is Kind.MARK:
            self.marks += event.data.decode().splitlines()
        elif event.kind in (Kind.WRITE, Kind.TRUNCATE):
            if event.inode not in self._files and event.name not in self.now:
                self._change(event._replace(kind=Kind.CREATE))  # made by one without disk.c
            if event.inode in self._files:  # else another process has just replaced it
                self._files[event.inode].later.append(event)
        elif event.kind is Kind.SYNC:
            self._sync(event)
        else:
            self._change(event)

    def _change(self, event: Event) -> None:
        replaced = self.now.get(event.other or event.name)
        if replaced:
            self._files.pop(replaced.inode, None)  # its number may come back as another file's
        file = File(event.inode) if event.kind is Kind.CREATE else None
        if file:
            self._files[file.inode] = file
        self._later.append((event, file))
        _alter(self.now, event, file)

    def _sync(self, event: Event) -> None:
        synced = self._files.get(event.inode)
        if synced:
            synced.sync()
        reached = 0
        for number, (change, file) in enumerate(self._later, 1):
            if file is synced if synced else event.name in _folders(change):
                reached = number
        for change, file in self._later[:reached]:
            _alter(self._synced, change, file)
        del self._later[:reached]


def _folders(event: Event) -> set[str]:
    return {name.rpartition("/")[0] for name in (event.name, event.other or event.name)}


def _alter(names: Names, event: Event, file: File | None) -> None:
    """Make, move or remove a name, and with a folder what is in it."""
    if event.kind in (Kind.CREATE, Kind.MKDIR):
        names[event.name] = file
        return
    inside = event.name + "/"
    for name in [name for name in names if name == event.name or name.startswith(inside)]:
        moved = names.pop(name)
        if event.kind is Kind.RENAME:
            names[event.other + name[len(event.name) :]] = moved


class Trace:
    """What was recorded, in the order in which it was done; a cut comes after one of `events`."""

    def __init__(self, path: Path) -> None:
        self.base: list[Event] = []
        self.events: list[Event] = []
        self._path = path
        self._read = 0
        self._volume = Volume(())

    @classmethod
    def load(cls, path: Path) -> Self:
        trace = cls(path)
        trace.extend()
        return trace

    def extend(self) -> None:
        """Take in what was recorded since."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            raw = file.read()
        start = self._read
        for end, event in records(raw):
            self._read = start + end
            if event.kind is Kind.BASE:
                self.base, self.events = self.events, []
            else:
                self.events.append(event)

    def cut(self, at: int, seed: int, into: Path) -> list[str]:
        """Leave in the folder `into` what may be there if the power fails right after `at` events.

        Returns the marks made before. Quickest if `at` rises from cut to cut.
        """
        if not 0 < self._volume.at <= at:
            self._volume = Volume(self.base)
        self._volume.advance(self.events, at)
        into.mkdir(parents=True, exist_ok=True)
        for name, content in self._volume.after_cut(random.Random(f"{seed} {at}")).items():
            if content is None:
                (into / name).mkdir(parents=True, exist_ok=True)
            else:
                (into / name).parent.mkdir(parents=True, exist_ok=True)
                (into / name).write_bytes(content)
        return self._volume.marks.copy()


def unrecorded(volume: Volume, folder: Path) -> Iterator[Event]:
    """What must happen to `volume` for it to be as `folder`; each before the next is asked for.

    It is what a killed process could not record any more, and what others did in the folder.
    """
    paths = [path for path in sorted(folder.rglob("*")) if not path.name.endswith("-shm")]
    found = {str(path.relative_to(folder)): path for path in paths if path.is_file()}
    folders = {str(path.relative_to(folder)) for path in paths if path.is_dir()}
    for name in sorted(folders - {name for name, file in volume.now.items() if not file}):
        yield Event(Kind.MKDIR, 0, name=name)
    for name, path in found.items():
        inode = path.stat().st_ino
        old = {file.inode: old for old, file in volume.now.items() if file}.get(inode)
        if old is None:
            yield Event(Kind.CREATE, inode, name=name)
        elif old != name:
            yield Event(Kind.RENAME, inode, name=old, other=name)
    for name in sorted(volume.now.keys() - found.keys() - folders, reverse=True):
        yield Event(Kind.UNLINK, 0, name=name)
    for name, path in found.items():
        file, content = volume.now[name], path.read_bytes()
        assert file
        if file.content() != content:
            yield Event(Kind.TRUNCATE, file.inode, len(content), name)
            yield Event(Kind.WRITE, file.inode, 0, name, data=content)


class Disk:
    """The disk under one folder; what it needs itself it keeps in `scratch`, which is elsewhere."""

    def __init__(self, scratch: Path) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        scratch = scratch.resolve()
        self._trace_path = scratch / "trace"
        self._marks_path = scratch / "marks"
        self._fault_path = scratch / "fault"
        self._fault_path.write_bytes(bytes(CONTROL.size))
        self._trace_path.touch()
        self._marks_path.touch()
        with self._fault_path.open("r+b") as file:
            self._control = mmap.mmap(file.fileno(), CONTROL.size)
        self._trace = Trace.load(self._trace_path)
        self._last: Volume | None = None

    def env(self, folder: Path) -> dict[str, str]:
        """What a process whose disk this is below `folder` has in its environment besides.

        What is in the folder at the first call is there after every cut. If no such process runs,
        later calls record what is in the folder and not yet in the trace, as not synced.
        """
        with self._fault_path.open("rb") as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # disk.c holds it shared
            self._catch_up(folder.resolve())
        return {
            "LD_PRELOAD": f"{library('disk')} {os.environ.get('LD_PRELOAD', '')}".strip(),
            "GATEWAY_DISK_FOLDER": str(folder.resolve()),
            "GATEWAY_DISK_TRACE": str(self._trace_path),
            "GATEWAY_DISK_MARKS": str(self._marks_path),
            "GATEWAY_DISK_FAULT": str(self._fault_path),
        }

    def fail(self, after: int, how: int) -> None:
        """After so many more writes every further one fails with ENOSPC, EROFS or EIO until `heal`.

        So do fsync, truncation, and making files and folders; of ENOSPC the first write of 1,024
        bytes or more is short, as if half of its sectors had fitted. With EROFS opening for
        writing, renaming and deleting fail too, but fsync succeeds and syncs nothing, as on ext4.
        statvfs and access tell the same.
        """
        assert how in (errno.ENOSPC, errno.EROFS, errno.EIO), how
        self.heal()
        struct.pack_into("=Q", self._control, 8, self.writes + after)
        struct.pack_into("=Q", self._control, 16, how)

    def heal(self) -> None:
        """All goes well again; what failed stays undone."""
        struct.pack_into("=Q", self._control, 16, 0)

    def mark(self, line: str) -> None:
        """What a process does with a line written to GATEWAY_DISK_MARKS, from here."""
        self._record(Event(Kind.MARK, 0, data=line.encode()))

    @property
    def writes(self) -> int:
        """Writes below the folder so far that were not refused."""
        writes: int = CONTROL.unpack_from(self._control)[0]
        return writes

    @property
    def trace(self) -> Trace:
        """What was recorded up to now; the same object each time."""
        self._trace.extend()
        return self._trace

    def _catch_up(self, folder: Path) -> None:
        last = self._last or Volume(self.trace.base)
        last.advance(self.trace.events, len(self.trace.events))
        for event in unrecorded(last, folder):
            self._record(event)
            last.advance(self.trace.events, len(self.trace.events))
        if self._last is None:
            self._record(Event(Kind.BASE, 0))
            last = Volume(self.trace.base)
        self._last = last

    def _record(self, event: Event) -> None:
        with self._trace_path.open("ab", buffering=0) as file:
            file.write(event.encoded())
