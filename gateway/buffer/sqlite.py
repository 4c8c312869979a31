"""The one module that speaks SQLite: connections, and its errors by who must act."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gateway.errors import StoreDamaged, StoreError, StoreUnavailable

Connection = sqlite3.Connection
T = TypeVar("T")

PAGE_SIZE = 512
"""A commit of some readings writes its pages whole: small ones spare the card (`make bench`)."""

CHECKPOINT_PAGES = 8_000
"""The write-ahead log is folded back at about 4 MB."""

_UNAVAILABLE = {
    "SQLITE_FULL": "make room on the disk: df -h {folder}",
    "SQLITE_READONLY": "is the disk read-only, or the file another user's? ls -l {path}",
    "SQLITE_IOERR": "the disk does not read or write: dmesg | tail",
    "SQLITE_BUSY": "another program has locked it: fuser {path}",
    "SQLITE_LOCKED": "another program has locked it: fuser {path}",
    "SQLITE_NOMEM": "make room in memory: free -m",
    "SQLITE_PROTOCOL": "another program has locked it: fuser {path}",
}
_UNREADABLE = ("SQLITE_IOERR_READ", "SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_CORRUPTFS")
"""A sector that is gone for good; if the whole disk is, putting the log aside fails as well."""

_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT", "SQLITE_CONSTRAINT")
"""A constraint: two rows at one place, because a table did not tell the truth about the other."""

_HEALS = "nothing: it is put aside and read out by the gateway itself"


def connect(path: Path, read_only: bool = False, frozen: bool = False) -> Connection:
    """A connection; `frozen`: nobody writes, so nothing is locked (a read-only disk).

    Raises StoreError.
    """
    mode = ("ro&immutable=1" if frozen else "ro") if read_only else "rwc"
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    return guarded(
        path,
        lambda: sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False),
    )


def in_memory() -> Connection:
    """A database of nobody."""
    return sqlite3.connect(":memory:", isolation_level=None)


def guarded(path: Path, work: Callable[[], T]) -> T:
    """The result of `work`; what the disk or the file has against it becomes a StoreError."""
    try:
        return work()
    except sqlite3.Error as error:
        told = store_error(path, error)
        if told is None:
            raise
        raise told from error


def opened(path: Path, work: Callable[[], T]) -> T:
    """As `guarded`, for a file that was found: what makes no sense in it is damage."""
    try:
        return guarded(path, work)
    except (sqlite3.Error, ValueError, TypeError, LookupError) as error:
        raise StoreDamaged(f"{path}: {error}", _HEALS) from error


def in_transaction(connection: Connection, work: Callable[[], None]) -> None:
    """All of the work or nothing."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        work()


def interrupted(error: Exception) -> bool:
    """Whether it only says that the work was ended from outside."""
    return getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT"


def store_error(path: Path, error: sqlite3.Error) -> StoreError | None:
    """Who must act: the disk must come back, the program heals it, or a person; None: a bug."""
    name = getattr(error, "sqlite_errorname", "")
    told = f"{path}: {error} ({name})"
    short = "_".join(name.split("_")[:2])
    if short in _UNAVAILABLE and name not in _UNREADABLE:
        hint = _UNAVAILABLE[short].format(path=path, folder=path.parent)
        return StoreUnavailable(told, hint)
    if short in _DAMAGED or name in _UNREADABLE:
        return StoreDamaged(told, _HEALS)
    if short != "SQLITE_CANTOPEN":
        return None
    if path.is_dir() or not path.parent.is_dir() or _forbidden(path.parent):
        return StoreError(told, f"is it a file, and may this user write there? ls -ld {path}")
    return StoreUnavailable(told, f"is the disk full or read-only? df -h {path.parent}")


def _forbidden(folder: Path) -> bool:
    """Whether only this user may not write there."""
    read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
    return not read_only and not os.access(folder, os.W_OK)
