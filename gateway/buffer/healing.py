"""A damaged log is put aside as evidence, read out into a new one, and work goes on.

Theory: `log.db` is *whole*, or it is damaged and moves into the folder `log.db.salvage`, its
write-ahead log first; while the folder lacks the file itself, the move is not over and goes on.
While the folder is there the new log is not whole yet: rows are read out into it
(gateway/buffer/salvage.py), which may be ended at any moment and begun again. If the new log is
damaged as well it is thrown away, because nothing stands in it alone. When the last row is in, the
new log notes the folder's name, and the folder becomes `log.db.damaged`, in the place of an earlier
one.
"""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.buffer import wal
from gateway.buffer.store import Store
from gateway.clock import Clock
from gateway.errors import StoreDamaged, StoreUnavailable
from gateway.model import Finding

logger = logging.getLogger(__name__)

ReadOut = Callable[[Path, Store], None]
"""Reads a damaged log out into a store; may raise StoreError."""

_FILES = ("-wal", "", "-shm")
_WHY = "why.txt"


def open_whole(path: Path) -> Store:
    """The store, if nothing is to be healed. Raises StoreError."""
    if _unfinished(path).exists():
        raise StoreDamaged(f"{path} is being read out")
    with _taking(path):
        if not wal.is_whole(path.with_name(f"{path.name}-wal")):
            raise StoreDamaged(f"{path}: its write-ahead log is damaged")
    return Store(path)


def open_store(path: Path, clock: Clock, read_out: ReadOut) -> tuple[Store, Finding | None]:
    """The store, healed if need be, and what was done about it. Raises StoreError."""
    with _taking(path):
        store = _open(path)
    try:
        folder = _unfinished(path)
        if not folder.exists():
            return store, None
        if store.salvaged != folder.name:
            read_out(folder / path.name, store)
            store.note_salvaged(folder.name)
        with _taking(path):
            return store, _told(store, _kept(folder, path), clock)
    except BaseException:
        store.close()
        raise


def _open(path: Path) -> Store:
    """The log at its place, or a new one after the damaged one has been put aside."""
    folder = _unfinished(path)
    if not folder.exists():
        try:
            return open_whole(path)
        except StoreDamaged as damage:
            logger.warning("%s; it is put aside and read out", damage)
            folder.mkdir()
            (folder / _WHY).write_text(f"{damage}\n")
    if not (folder / path.name).exists():
        _put_aside(path, folder)
    try:
        return Store(path)
    except StoreDamaged:
        for part in _parts(path):
            part.unlink()
        return Store(path)


def _unfinished(path: Path) -> Path:
    return path.with_name(f"{path.name}.salvage")


def _parts(path: Path) -> list[Path]:
    """The log's files that are there."""
    parts = (path.with_name(path.name + suffix) for suffix in _FILES)
    return [part for part in parts if part.exists()]


def _put_aside(path: Path, folder: Path) -> None:
    for part in _parts(path):
        part.replace(folder / part.name)
    _remove(_evidence(path))  # makes room


def _kept(folder: Path, path: Path) -> Path:
    """The newest evidence; an older one goes."""
    _remove(_evidence(path))
    return folder.replace(_evidence(path))


def _evidence(path: Path) -> Path:
    return path.with_name(f"{path.name}.damaged")


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _told(store: Store, evidence: Path, clock: Clock) -> Finding:
    why = (evidence / _WHY).read_text().strip() if (evidence / _WHY).exists() else "damaged"
    told = f"{why}; {store.count()} readings and records are in the new log"
    logger.warning("%s was healed: %s", store.path, told)
    return Finding(
        "log",
        "was damaged and has been healed",
        clock.now_ns(),
        told,
        f"look at the card (dmesg | grep mmc); the old log is in {evidence}",
    )


@contextmanager
def _taking(path: Path) -> Iterator[None]:
    """What the file system refuses becomes StoreUnavailable."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(
            f"cannot put {path} aside: {error.strerror}",
            f"is there room, and may this user write there? df -h {path.parent}",
        ) from error
