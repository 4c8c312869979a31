"""SQLite's own recovery, `sqlite3 FILE .recover`, as what ours is measured by."""

import atexit
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway.buffer.records import row_check

Row = tuple[Any, ...]
"""A row of the table `reading`."""


def recovered(log: Path, into: Path) -> set[Row]:
    """The rows that it gives back and whose check fits. The log is copied to `into`, with its WAL.

    They may come out of the table itself or of what cannot be assigned to any table.
    """
    into.mkdir()
    copied = into / "copied.db"
    for suffix in ("", "-wal"):
        if (source := log.with_name(log.name + suffix)).exists():
            shutil.copyfile(source, f"{copied}{suffix}")
    _run(copied, "PRAGMA wal_checkpoint(TRUNCATE)")
    statements = _run(copied, ".recover", "-cmd", f".load {_dbpage()}")
    _run(into / "recovered.db", "", said=b"PRAGMA synchronous = OFF;\n" + statements)
    with closing(sqlite3.connect(into / "recovered.db")) as sql:
        sql.text_factory = lambda text: text.decode(errors="replace")
        rows = set()
        for (table,) in sql.execute("SELECT name FROM sqlite_schema WHERE type='table'").fetchall():
            with suppress(UnicodeDecodeError, sqlite3.OperationalError):  # a damaged name
                for row in sql.execute(f'SELECT * FROM "{table}"'):
                    rows.add((row[3], *row[5:11]) if table.startswith("lost") else row)
    return {row for row in rows if len(row) == 7 and _is_genuine(row)}


def _is_genuine(row: Row) -> bool:
    *values, check = ("" if value is None else value for value in row)
    return bool(check == row_check(",".join(map(str, values)).encode()))


def _run(database: Path, command: str, *options: str, said: bytes = b"") -> bytes:
    """Whatever it says of the damage is no matter."""
    words = [_program(), *options, str(database), *([command] if command else [])]
    return subprocess.run(words, input=said, capture_output=True, check=False).stdout


@cache
def _program() -> str:
    """A missing peer is a failure, not a skip."""
    found = shutil.which("sqlite3")
    if found is None:
        pytest.fail("sqlite3 is missing: sudo apt-get install sqlite3")
    return found


@cache
def _dbpage() -> Path:
    """dbpage.c, compiled once, without the suffix."""
    folder = Path(tempfile.mkdtemp(prefix="gateway-dbpage-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    source = Path(__file__).with_name("dbpage.c")
    command = ("cc", "-shared", "-fPIC", "-O2", "-o", folder / "dbpage.so", source)
    cure = "sudo apt-get install gcc libc6-dev libsqlite3-dev"
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.fail(f"cc is missing: {cure}")
    if done.returncode:
        pytest.fail(f"cannot compile dbpage.c: {cure}\n{done.stderr}")
    return folder / "dbpage"
