"""The checks of a node's counters, in a file beside its log.

Of a check there is nothing finer than the windows that it was over: their begin and end, and sums.
The file is replaced in one step, so that a power cut leaves the old or the new one. The gateway
reads it when it says what it is; `gateway count-check` adds to it, mostly as root, so the file gets
the owner and the mode of the log. The lock on the folder is for two who count at two doors.

    {"version": 1, "sensors": {"main-door": [{"from": "2026-11-20T10:00:00Z", ...}]}}

What cannot be read is put aside as `count-checks.json.damaged`, with a warning.
"""

import fcntl
import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from gateway.errors import StoreUnavailable
from gateway.reference_count.accuracy import Tally

logger = logging.getLogger(__name__)

FILE = "count-checks.json"
MOST = 20
"""Checks that are kept of a sensor."""
LEAST_TOLD = 20
"""People by hand: of a check of fewer only this node knows, they could be told apart."""
_LARGEST = 1_000_000
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_Time = Annotated[datetime, Meta(tz=True)]
Compared = Literal["windows", "totals"]
"""Each window by itself, or only the sums of all: then errors can make up for each other."""


class Check(
    Struct, frozen=True, kw_only=True, rename={"from_": "from", "inward": "in", "outward": "out"}
):
    """One sensor's counts beside a reference, over whole windows of `window_s` seconds."""

    from_: _Time
    to: _Time
    window_s: Annotated[float, Meta(gt=0)]
    windows: Annotated[int, Meta(ge=1)]
    compared: Compared
    inward: Tally
    outward: Tally

    @property
    def both(self) -> Tally:
        """Both directions together."""
        return self.inward + self.outward


Kept = dict[str, list[Check]]
"""By sensor, the newest check last."""


def utc(utc_ns: int) -> datetime:
    """A boundary of a window, given in ns."""
    return _1970 + timedelta(microseconds=utc_ns // 1000)


def ns(moment: datetime) -> int:
    """The same in ns."""
    return (moment - _1970) // timedelta(microseconds=1) * 1000


class _File(Struct, frozen=True):
    version: Literal[1]
    sensors: Kept


def read(path: Path) -> Kept:
    """All that is kept; what makes no sense is put aside. Raises OSError."""
    try:
        return _parsed(path)
    except ValueError:
        with suppress(OSError), _held(path.parent, wait=False):  # else somebody replaces it now
            return _whole(path)
        return {}


def is_told(check: Check) -> bool:
    """Whether others than the keeper of the node may know of it."""
    return check.both.reference >= LEAST_TOLD


def newest_told(path: Path) -> dict[str, Check]:
    """Of each sensor the newest that is told; none, with a warning, if the file is unreadable."""
    try:
        kept = read(path)
    except OSError as error:
        logger.warning("%s cannot be read: %s; ls -l %s", path, error.strerror, path)
        return {}
    return {sensor: check for sensor, checks in kept.items() for check in checks if is_told(check)}


def add(path: Path, log: Path, sensor: str, check: Check) -> None:
    """Keep one more, in a file like that log. Raises StoreUnavailable."""
    try:
        with _held(path.parent, wait=True) as folder:
            kept = _whole(path)
            kept[sensor] = [*kept.get(sensor, ()), check][-MOST:]
            _write(path, log, msgspec.json.format(msgspec.json.encode(_File(1, kept))))
            os.fsync(folder)
    except OSError as error:
        raise StoreUnavailable(
            f"cannot write {path}: {error.strerror}",
            f"is there room, and may this user write there? df -h {path.parent}; ls -ld "
            f"{path.parent}; as root: sudo gateway count-check",
        ) from error


def _whole(path: Path) -> Kept:
    """By who holds the folder: what makes no sense is put aside."""
    try:
        return _parsed(path)
    except ValueError as error:
        aside = path.with_name(path.name + ".damaged")
        logger.warning("%s makes no sense (%s): put aside as %s", path, error, aside.name)
        path.replace(aside)
        return {}


def _parsed(path: Path) -> Kept:
    """Raises ValueError if it is not what was written, OSError."""
    try:
        content = _content(path)
    except FileNotFoundError:
        return {}
    if len(content) > _LARGEST:
        raise ValueError("it is too large")
    try:
        return msgspec.json.decode(content, type=_File).sensors
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _content(path: Path) -> bytes:
    """A plain file only, of which little is read: root reads what the service may have replaced."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(_LARGEST + 1)


def _write(path: Path, log: Path, content: bytes) -> None:
    """A file of our own making: no link that the service may have put there is followed."""
    like = log.stat()
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(fresh, flags, 0o600), "wb") as file:
        with suppress(
            PermissionError
        ):  # only root may give it away; the folder's owner can replace it
            os.fchown(file.fileno(), like.st_uid, like.st_gid)
        os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode) & 0o666)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


@contextmanager
def _held(folder: Path, *, wait: bool) -> Iterator[int]:
    """That folder, while nobody else changes the file. Raises BlockingIOError unless it waits."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield descriptor
    finally:
        os.close(descriptor)
