"""The numbered schemas of the log, applied in order; a log keeps its backlog through all."""

import random
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.errors import StoreError

if TYPE_CHECKING:
    from sqlite3 import Connection

APPLICATION_ID = 0x50475731
"""PGW1, for file(1)."""


def migrate(connection: "Connection", path: Path) -> None:
    """Bring the log to the newest schema, each step in one transaction.

    Raises StoreError, before anything is touched, if a newer gateway has written it.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    scripts = schemas()
    if version > len(scripts):
        raise StoreError(
            f"{path} was written by a newer gateway (schema {version}, this one knows "
            f"{len(scripts)}); nothing was touched",
            "install the newer version again",
        )
    connection.execute("PRAGMA journal_mode = WAL")
    for number, script in enumerate(scripts[version:], start=version + 1):
        founding = _founding() if number == 1 else ""
        connection.executescript(
            f"BEGIN; {script} {founding} PRAGMA user_version = {number}; COMMIT;"
        )


def schemas() -> list[str]:
    """The scripts from schema 1 on."""
    folder = files("gateway.buffer").joinpath("schema")
    names = sorted(script.name for script in folder.iterdir() if script.name.endswith(".sql"))
    return [folder.joinpath(name).read_text() for name in names]


def _founding() -> str:
    """A new store: a new epoch, drawn so that one on a new card is never an old one's."""
    epoch = random.SystemRandom().randrange(1, 2**24)
    return f"PRAGMA application_id = {APPLICATION_ID}; INSERT INTO store VALUES ({epoch});"  # noqa: S608
