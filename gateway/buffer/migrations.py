"""The numbered schemas of the log, applied in order; a log keeps its backlog through all."""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from gateway.buffer import checked
from gateway.buffer.identities import new_epoch
from gateway.buffer.sqlite import PAGE_SIZE, Connection, connect, guarded, in_memory
from gateway.errors import StoreDamaged, StoreError, StoreUnavailable

APPLICATION_ID = 0x50475731
"""PGW1, for file(1)."""


def refuse_newer(path: Path) -> None:
    """Raises StoreError if a newer gateway has written the log, before anything is touched.

    A connection that may write would fold the write-ahead log back when it is closed.
    """
    if not path.is_file():
        return
    connection = connect(path, read_only=True)
    try:
        version = guarded(path, lambda: _version(connection))
    except (StoreDamaged, StoreUnavailable):
        return  # whatever it is, opening it will tell
    finally:
        connection.close()
    if version > len(schemas()):
        raise StoreError(
            f"{path} was written by a newer gateway (schema {version}, this one knows "
            f"{len(schemas())}); nothing was touched",
            "install the newer version again",
        )


def migrate(connection: Connection, path: Path) -> None:
    """Bring the log to the newest schema, each step in one transaction.

    Raises StoreDamaged if it is something else or not whole.
    """
    version = _version(connection)
    scripts = schemas()
    if version == 0:
        _found(connection, path, scripts[0])
        version = 1
    if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        raise StoreDamaged(f"{path} is a database, but not a log", "")
    connection.execute("PRAGMA journal_mode = WAL")
    for number, script in enumerate(scripts[version:], start=version + 1):
        if number > 2:  # a check that is written anew would make damage genuine
            _verify(connection)
        connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number};")
        checked.fill(connection)
        connection.execute("COMMIT")
    if not _names(connection) >= _expected():
        raise StoreDamaged(f"{path} has lost some of its tables", "")


def _verify(connection: Connection) -> None:
    for table in checked.TABLES:
        checked.select(connection, table)


@lru_cache
def schemas() -> list[str]:
    """The scripts from schema 1 on."""
    folder = files("gateway.buffer").joinpath("schema")
    names = sorted(script.name for script in folder.iterdir() if script.name.endswith(".sql"))
    return [folder.joinpath(name).read_text() for name in names]


def _found(connection: Connection, path: Path, script: str) -> None:
    if _names(connection):
        raise StoreDamaged(f"{path} is a database, but not a log", "")
    connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    founding = (
        f"PRAGMA application_id = {APPLICATION_ID}; INSERT INTO store VALUES ({new_epoch()});"  # noqa: S608 - no data in it
    )
    connection.executescript(f"BEGIN; {script} {founding} PRAGMA user_version = 1; COMMIT;")


def _version(connection: Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _names(connection: Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


@lru_cache
def _expected() -> frozenset[str]:
    """The tables of a whole log, from one that is founded in memory."""
    connection = in_memory()
    for script in schemas():
        connection.executescript(script)
    names = _names(connection)
    connection.close()
    return frozenset(name for name in names if not name.startswith("sqlite_"))
