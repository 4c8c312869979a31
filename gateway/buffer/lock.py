"""The hold on a log that keeps a second gateway off it."""

import errno
import fcntl
from pathlib import Path
from typing import IO

from gateway.errors import StoreError, StoreUnavailable

_THE_DISK = (errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT)


def hold(path: Path) -> IO[str]:
    """Hold the log at `path` for as long as the returned file is open.

    Raises StoreUnavailable if the disk does not let it, StoreError if something else does.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = path.with_name(path.name + ".lock").open("w")
    except OSError as error:
        kind = StoreUnavailable if error.errno in _THE_DISK else StoreError
        raise kind(
            f"cannot use {path.parent}: {error.strerror}",
            f"see whose folder it is and whether there is room: ls -ld {path.parent}",
        ) from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise StoreError(
            f"{path} is in use by another gateway", "see which: systemctl status gateway"
        ) from error
    return held
