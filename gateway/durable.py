"""Small files that a power cut leaves as they were or as they should be."""

import os
from contextlib import suppress
from pathlib import Path

_MADE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def replace(path: Path, content: bytes) -> None:
    """Put that into the file in one step, and wait for the disk. Raises OSError.

    No link is followed, and the file is that of the folder's owner: verbs that root types write
    beside what the service may have put there, and the service has to read it, whatever the umask.
    """
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, _MADE, 0o666), "wb") as file:
        _give_to_owner_of(path.parent, file.fileno())
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _give_to_owner_of(folder: Path, file: int) -> None:
    like = folder.stat()
    with suppress(PermissionError):  # only root may give away; the folder's owner can replace it
        os.fchown(file, like.st_uid, like.st_gid)
