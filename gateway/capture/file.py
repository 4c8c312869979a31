"""One file of a capture: JSON lines, read by the service's user alone (docs/privacy.md)."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from gateway.model import rfc3339

MOST_BYTES = 50_000_000
_FOR_THE_END = 500
_MOST_OF_A_MINUTE = 100
_NAME = re.compile(r"(?P<sensor>[a-z0-9-]+)-(?P<begin>\d{8}T\d{4}Z)(-\d+)?\.jsonl")
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Found(NamedTuple):
    """A file that is there, by its name: whose it is, and the minute it began, as RFC 3339."""

    path: Path
    sensor: str
    begin: str
    size: int


def found(folder: Path) -> list[Found]:
    """All in that folder, the oldest first. Raises OSError if it cannot be looked at."""
    try:
        names = [(path, _NAME.fullmatch(path.name)) for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    files = [_found(path, match) for path, match in names if match and path.is_file()]
    return sorted(files, key=lambda file: (file.begin, file.path))


def _found(path: Path, match: re.Match[str]) -> Found:
    date, time = match["begin"][:8], match["begin"][9:13]
    begin = f"{date[:4]}-{date[4:6]}-{date[6:]}T{time[:2]}:{time[2:]}:00Z"
    return Found(path, match["sensor"], begin, path.lstat().st_size)


class CaptureFile:
    """A new file, of at most `most` bytes. Raises OSError, as its methods do."""

    def __init__(self, folder: Path, sensor: str, begin_utc_ns: int, most: int) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self.path, descriptor = _created(folder, sensor, begin_utc_ns)
        self.size = 0
        self._room = most - _FOR_THE_END
        self._file = os.fdopen(descriptor, "wb", buffering=0)

    @property
    def is_there(self) -> bool:
        """Whether nobody has deleted it."""
        return os.fstat(self._file.fileno()).st_nlink > 0

    def write(self, lines: Iterable[bytes]) -> bool:
        """Append them; False if it is full: from the first that has no room, none is there."""
        fit, is_full, size = [], False, self.size
        for line in lines:
            size += len(line) + 1
            is_full = size > self._room
            if is_full:
                break
            fit.append(line + b"\n")
        self._put(b"".join(fit))
        return not is_full

    def end(self, line: bytes) -> None:
        """The last line, for which there is room always."""
        try:
            self._put(line + b"\n")
        finally:
            self.close()

    def close(self) -> None:
        """As it is."""
        self._file.close()

    def _put(self, data: bytes) -> None:
        while data:
            n = self._file.write(data)
            self.size += n
            data = data[n:]


def _created(folder: Path, sensor: str, begin_utc_ns: int) -> tuple[Path, int]:
    """By the minute; another that began in the same one has a number."""
    minute = re.sub("[-:]", "", rfc3339(begin_utc_ns)[:16])
    for number in range(1, _MOST_OF_A_MINUTE):
        path = folder / f"{sensor}-{minute}Z{f'-{number}' if number > 1 else ''}.jsonl"
        try:
            return path, os.open(path, _FLAGS, 0o600)
        except FileExistsError:
            continue
    raise FileExistsError(0, "it has begun too often in one minute", str(folder))
