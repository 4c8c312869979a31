"""A damaged write-ahead log is told from one that a power cut has left."""

import errno
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from struct import pack

import pytest

from gateway.buffer import healing, wal
from gateway.errors import StoreDamaged

FRAME = 24 + 512


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The WAL of six transactions, of which the first two stand in frames of an earlier use."""
    path = tmp_path / "log.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        sql.execute("PRAGMA page_size = 512")
        sql.execute("PRAGMA journal_mode = WAL")
        sql.execute("CREATE TABLE t (a)")
        for n in range(40):
            sql.execute("INSERT INTO t VALUES (?)", (f"{n}" * 100,))
        sql.execute("PRAGMA wal_checkpoint(RESTART)")
        for n in range(6):
            sql.execute("INSERT INTO t VALUES (?)", (f"{n}" * 100,))
        return Path(shutil.copyfile(f"{path}-wal", tmp_path / "wal"))


def frames(path: Path) -> int:
    """Those of its present use."""
    data = path.read_bytes()
    return sum(data[at + 8 : at + 16] == data[16:24] for at in range(32, len(data), FRAME))


def test_a_sound_one_a_missing_one_and_an_empty_one_are_whole(path: Path) -> None:
    assert 6 <= frames(path) < path.stat().st_size // FRAME
    assert wal.is_whole(path)
    assert wal.is_whole(path.with_name("missing"))
    path.write_bytes(b"")
    assert wal.is_whole(path)


def test_one_cut_off_anywhere_is_what_a_power_cut_leaves(path: Path) -> None:
    whole = path.read_bytes()
    for size in range(0, len(whole), 97):
        path.write_bytes(whole[:size])
        assert wal.is_whole(path)


def test_every_byte_of_the_last_transaction_may_be_torn_and_none_before_it(path: Path) -> None:
    whole = path.read_bytes()
    used = 32 + frames(path) * FRAME
    ends = [at for at in range(32, used, FRAME) if whole[at + 4 : at + 8] != bytes(4)]
    last_but_one = ends[-2] + FRAME
    torn = []
    for at in [*range(32), *range(32, len(whole), 41)]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        torn.append((at, wal.is_whole(path)))
    assert torn == [(at, at >= last_but_one) for at, _ in torn]


def test_what_a_full_disk_has_left_of_transactions_is_no_damage(tmp_path: Path) -> None:
    """One of several frames could not be synced; of the next one only a frame's header was written,
    in the same place.
    """
    path = tmp_path / "log.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        sql.execute("PRAGMA page_size = 512")
        sql.execute("PRAGMA journal_mode = WAL")
        sql.execute("CREATE TABLE t (a)")
        begin = path.with_name("log.db-wal").stat().st_size
        sql.executescript("BEGIN; INSERT INTO t VALUES (zeroblob(3000)); COMMIT")
        data = bytearray(path.with_name("log.db-wal").read_bytes())
    assert len(data) - begin > 4 * FRAME
    header = pack(">II8sII", 2, 2, data[16:24], 4711, 4712)
    data[begin : begin + len(header)] = header
    (tmp_path / "left").write_bytes(data)
    assert wal.is_whole(tmp_path / "left")


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES])
def test_a_sector_that_is_gone_is_damage_and_what_a_person_can_cure_is_not(
    path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", refuse)
    if number == errno.EIO:
        assert not wal.is_whole(path)
    else:
        with pytest.raises(PermissionError):
            wal.is_whole(path)


def test_a_log_with_a_damaged_wal_is_damaged(path: Path, tmp_path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[32 + 100] ^= 1
    (tmp_path / "log.db-wal").write_bytes(data)
    with pytest.raises(StoreDamaged, match="write-ahead log"):
        healing.open_whole(tmp_path / "log.db")
