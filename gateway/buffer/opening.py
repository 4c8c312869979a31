"""What is checked of a log when it is opened: its structure for a while, its newest row always.

All of it is bounded, whatever the size of the file. Damage that is beyond the time is found when
it is read: each page has its structure, each row its check.
"""

from threading import Timer
from typing import TYPE_CHECKING

from gateway.buffer import checked
from gateway.buffer.logfile import LogFile
from gateway.buffer.sqlite import interrupted
from gateway.errors import StoreDamaged

if TYPE_CHECKING:
    from gateway.buffer.store import Store

CHECK_S = 2.0
"""How long the file is checked at most when it is opened, whatever its size."""


def check_structure(file: LogFile) -> None:
    """The small tables first, and whole. Raises StoreDamaged."""
    for table in (*checked.TABLES, "thinned"):
        _ask(file, f"PRAGMA quick_check({table})")
    timer = Timer(CHECK_S, file.connection.interrupt)
    timer.start()
    try:
        _ask(file, "PRAGMA quick_check(1)")
    except Exception as error:
        if not interrupted(error):
            raise
    finally:
        timer.cancel()
        timer.join()


def check_newest(store: "Store") -> None:
    """From the newest row on the log is continued, so this one must be true."""
    last = store.last_position
    epoch, number = store.identities.of(last)
    known = epoch != store.identities.epoch or number <= store.reserved
    if last and not (known and store.chunk(last - 1, last)):
        raise StoreDamaged(f"{store.path}: its newest row is not what was written")


def _ask(file: LogFile, check: str) -> None:
    found = file.all(check)
    if found != [("ok",)]:
        raise StoreDamaged(f"{file.path}: {found[0][0].splitlines()[-1]}")
