"""What SQLite has against a file, by who must act."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.buffer.sqlite import connect, guarded, interrupted, opened, store_error
from gateway.errors import StoreDamaged, StoreError, StoreUnavailable


@pytest.mark.parametrize(
    ("name", "kind", "hint"),
    [
        ("SQLITE_FULL", StoreUnavailable, "df -h /state"),
        ("SQLITE_IOERR_WRITE", StoreUnavailable, "dmesg"),
        ("SQLITE_IOERR_READ", StoreDamaged, "put aside"),  # a sector that is gone for good
        ("SQLITE_READONLY", StoreUnavailable, "ls -l /state/log.db"),
        ("SQLITE_READONLY_DIRECTORY", StoreUnavailable, "ls -l"),
        ("SQLITE_BUSY_SNAPSHOT", StoreUnavailable, "fuser"),
        ("SQLITE_CORRUPT_VTAB", StoreDamaged, "itself"),
        ("SQLITE_NOTADB", StoreDamaged, "itself"),
        ("SQLITE_CANTOPEN", StoreError, "ls -ld /state/log.db"),  # there is no such folder
    ],
)
def test_each_error_names_who_must_act(name: str, kind: type[StoreError], hint: str) -> None:
    error = sqlite3.OperationalError("said")
    error.sqlite_errorname = name
    told = store_error(Path("/state/log.db"), error)
    assert type(told) is kind
    assert str(told) == f"/state/log.db: said ({name})"
    assert hint in told.hint


def test_a_bug_is_not_the_disks_fault(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with closing(connect(path)) as connection, pytest.raises(sqlite3.OperationalError, match="syn"):
        guarded(path, lambda: connection.execute("SELEKT"))


def test_in_a_file_that_was_found_it_is_damage(tmp_path: Path) -> None:
    def make_sense() -> None:
        raise ValueError("99 is not a valid Rank")

    with pytest.raises(StoreDamaged, match=r"log\.db: 99 is not"):
        opened(tmp_path / "log.db", make_sense)


def test_one_that_only_reads_does_not_write(tmp_path: Path) -> None:
    path = tmp_path / "log 1%?#.db"
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE t (x)")
    for frozen in (False, True):
        with closing(connect(path, read_only=True, frozen=frozen)) as reader:
            assert reader.execute("SELECT count(*) FROM t").fetchall() == [(0,)]
            with pytest.raises(StoreUnavailable, match="readonly"):
                guarded(path, lambda one=reader: one.execute("INSERT INTO t VALUES (1)"))  # type: ignore[misc]


def test_what_was_ended_from_outside_is_told_apart(tmp_path: Path) -> None:
    error = sqlite3.OperationalError("interrupted")
    assert not interrupted(error)
    error.sqlite_errorname = "SQLITE_INTERRUPT"
    assert interrupted(error)
