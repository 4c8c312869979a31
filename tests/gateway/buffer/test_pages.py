"""Rows are read from the bytes of SQLite files: all of a sound file, all that damage has left."""

import errno
import os
import random
import re
import shutil
import sqlite3
import tempfile
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.buffer.pages import Cell, cells

Row = tuple[Any, ...]
Damage = Callable[[bytearray, random.Random], None]

PAGE = 512
FRAME = 24 + PAGE
WIDTHS = (7, 15, 23, 31, 47, 63)
VALUES = (
    None, 0, 1, -1, *(2**n - 1 for n in WIDTHS), *(-(2**n) for n in WIDTHS),
    *(2**n for n in WIDTHS[:-1]), *(-(2**n) - 1 for n in WIDTHS[:-1]),
    0.0, 1.0, -0.1, 1e300, float("inf"), "", "21.5", "Größe 🌡", "a\0b", b"", b"\0\xff",
    *("x" * length for length in range(420, 500, 7)), "ü" * 700, "y" * 5_000, b"\r" * 70_000,
)  # fmt: skip
ROWIDS = (-(2**63), -1, *(2**n for n in range(0, 63, 7)), 2**63 - 1)


def connect(path: Path, page_size: int = PAGE, journal_mode: str = "wal") -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA page_size={page_size}")
    connection.execute(f"PRAGMA journal_mode={journal_mode}")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def copied(path: Path) -> Path:
    """The database and its WAL as they lie there now."""
    target = path.with_name("copied.db")
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", f"{target}{suffix}")
    return target


def wal_of(path: Path) -> Path:
    return Path(f"{path}-wal")


def selected(connection: sqlite3.Connection) -> list[str]:
    return [repr(row) for row in connection.execute("SELECT rowid, * FROM t")]


def found(path: Path, columns: int, page_size: int = PAGE) -> list[str]:
    """The rows of the table, written so that 1.0 is not 1."""
    of_table = (cell for cell in cells(path, page_size) if len(cell.values) == columns)
    return [repr((cell.rowid, *cell.values)) for cell in of_table]


@pytest.mark.parametrize("page_size", [512, 1024, 4096, 65536])
def test_every_row_of_a_sound_file_is_read_as_sqlite_reads_it(
    tmp_path: Path, page_size: int
) -> None:
    path = tmp_path / "sound.db"
    with closing(connect(path, page_size, "delete")) as sql:
        sql.execute("CREATE TABLE t (a, b, c)")
        sql.execute("BEGIN")
        sql.executemany("INSERT INTO t (rowid, a) VALUES (?, 'rowid')", [(n,) for n in ROWIDS[:-1]])
        pairs = [(3 + 7 * n, a, b) for n, a in enumerate(VALUES) for b in VALUES[n::9]]
        sql.executemany("INSERT OR REPLACE INTO t (rowid, a, b) VALUES (?, ?, ?)", pairs)
        sql.executemany("INSERT INTO t (a, b, c) VALUES (?, ?, 1)", [(v, v) for v in VALUES])
        sql.execute(f"INSERT INTO t (rowid, a) VALUES ({ROWIDS[-1]}, 'rowid')")
        sql.execute("COMMIT")
        expected = selected(sql)
    assert len(expected) > 100
    assert sorted(found(path, 3, page_size)) == sorted(expected)


@pytest.mark.parametrize("page_size", [512, 4096])
def test_rows_just_too_long_for_a_page_or_two_are_read(tmp_path: Path, page_size: int) -> None:
    path = tmp_path / "long.db"
    with closing(connect(path, page_size, "off")) as sql:
        sql.execute("CREATE TABLE t (a, b)")
        lengths = [n for end in (page_size, 2 * page_size) for n in range(end - 80, end)]
        sql.executemany("INSERT INTO t VALUES (?, 1)", [("x" * n,) for n in lengths])
    assert sorted(len(str(c.values[0])) for c in cells(path) if c.values[1] == 1) == lengths


def test_pages_of_indexes_are_not_read_nor_rows_of_very_many_columns(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with closing(connect(path)) as sql:
        sql.execute("CREATE TABLE t (a)")
        sql.execute("CREATE INDEX i ON t (a)")
        sql.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(1_000, 1_100)])
        sql.execute(f"CREATE TABLE wide ({', '.join(f'c{n}' for n in range(130))})")
        sql.execute(f"INSERT INTO wide VALUES ({', '.join(map(str, range(130)))})")
        tables = [name for (name,) in sql.execute("SELECT name FROM sqlite_schema")]
    read = list(cells(path))
    assert [cell.values[1] for cell in read if len(cell.values) == 5] == tables
    assert [cell.rowid for cell in read if len(cell.values) != 5] == list(range(1, 101))


any_value = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=700)
    | st.binary(max_size=700)
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(any_value, any_value), max_size=20), st.sampled_from([512, 4096]))
def test_whatever_sqlite_writes_is_read(written: list[Row], page_size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.db"
        with closing(connect(path, page_size, "off")) as sql:
            sql.execute("CREATE TABLE t (a, b)")
            sql.executemany("INSERT INTO t VALUES (?, ?)", written)
            expected = selected(sql)
        assert sorted(found(path, 2)) == sorted(expected)


def test_an_integer_primary_key_is_the_rowid_and_an_added_column_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "altered.db"
    with closing(connect(path)) as sql:
        sql.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a)")
        sql.execute("INSERT INTO t VALUES (7, 'old')")
        sql.execute("ALTER TABLE t ADD COLUMN b")
        sql.execute("INSERT INTO t VALUES (8, 'new', 2)")
    schema, *rows = cells(path)
    assert rows == [Cell(7, (None, "old")), Cell(8, (None, "new", 2))]
    assert schema.values[:3] == ("table", "t", "t")  # on page 1, behind the header of the file


def test_rows_in_the_wal_of_an_open_database_are_read_also_when_the_database_is_lost(
    tmp_path: Path,
) -> None:
    with closing(connect(tmp_path / "log.db")) as sql:
        sql.execute("CREATE TABLE t (a, b, c)")
        sql.execute("PRAGMA wal_checkpoint")
        for n, value in enumerate(VALUES):
            sql.execute("INSERT INTO t VALUES (?, ?, ?)", (n, value, "w" * 900))
        path, expected = copied(tmp_path / "log.db"), set(selected(sql))
    assert found(path, 3)[0] == repr((1, 0, None, "w" * 900))
    assert expected <= set(found(path, 3))
    path.unlink()
    assert expected <= set(found(path, 3, 4096))  # the WAL tells the size of a page
    assert "t" in {cell.values[1] for cell in cells(path)}  # from page 1, as a frame


def test_rows_that_were_never_committed_are_read_too(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "log.db")) as sql:
        sql.execute("CREATE TABLE t (a, b)")
        sql.execute("PRAGMA cache_size=5")
        sql.execute("BEGIN")
        sql.executemany("INSERT INTO t VALUES (?, 'open')", [(n,) for n in range(2_000)])
        assert repr((1, 0, "open")) in found(copied(tmp_path / "log.db"), 2)


def test_overflow_pages_come_from_the_newest_frame_but_not_from_one_left_from_before(
    tmp_path: Path,
) -> None:
    with closing(connect(tmp_path / "log.db")) as sql:
        sql.execute("CREATE TABLE t (a, b)")
        sql.execute("INSERT INTO t VALUES (0, '')")
        for n in range(40):
            sql.execute("UPDATE t SET a = ?, b = ?", (n, f"{n:04}" * 500))
        assert sql.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0] == 0
        for n in (100, 101, 102):
            sql.execute("UPDATE t SET a = ?, b = ?", (n, f"{n:04}" * 500))
        path, [expected] = copied(tmp_path / "log.db"), selected(sql)
    assert b"0102" * 50 in wal_of(path).read_bytes()[:-10_000]  # older frames lie behind
    assert b"0039" * 50 in wal_of(path).read_bytes()[-10_000:]
    assert expected in found(path, 2)


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_overflow_pages_damaged_in_one_file_are_read_from_the_other(
    tmp_path: Path, suffix: str
) -> None:
    with closing(connect(tmp_path / "log.db")) as sql:
        sql.execute("CREATE TABLE t (a, b)")
        sql.execute("INSERT INTO t VALUES (1, ?)", ("x" * 3_000,))
        sql.execute("PRAGMA wal_checkpoint")
        path, [expected] = copied(tmp_path / "log.db"), selected(sql)
    file, page = Path(f"{path}{suffix}"), b"x" * (PAGE - 4)
    assert file.read_bytes().count(page) == 5
    file.write_bytes(file.read_bytes().replace(page, page.upper()))
    assert expected in found(path, 2)


@pytest.mark.parametrize(
    ("lost", "given_size"),
    [
        pytest.param({}, 4096, id="the file's own"),
        pytest.param({"page 1": bytes(1024)}, 4096, id="the WAL's own"),
        pytest.param({"page 1": bytes(1024), "WAL": b""}, 1024, id="as given"),
        pytest.param({"page 1": b"\2\0" * 512, "WAL": b"\0\0\2\0" * 8}, 1024, id="not garbage"),
    ],
)
def test_the_size_of_a_page(tmp_path: Path, lost: dict[str, bytes], given_size: int) -> None:
    with closing(connect(tmp_path / "log.db", 1024)) as sql:
        sql.execute("CREATE TABLE t (a, b)")
        sql.executemany("INSERT INTO t VALUES (?, 'x')", [(n,) for n in range(300)])
        sql.execute("PRAGMA wal_checkpoint")
        path, expected = copied(tmp_path / "log.db"), set(selected(sql))
    data = path.read_bytes()
    path.write_bytes(lost.get("page 1", data[:1024]) + data[1024:])
    wal_of(path).write_bytes(lost.get("WAL", wal_of(path).read_bytes()))
    assert expected <= set(found(path, 2, given_size))


ROW_7 = b"\x0b\x07\x04\x00\x01\x19\x07row 07"


@pytest.mark.parametrize(
    ("sound", "damaged", "lost"),
    [
        pytest.param(ROW_7, b"\x0b\x07\x04\x00\x0a\x19\x07row 07", {7}, id="serial type 10"),
        pytest.param(ROW_7, b"\x0b\x07\x04\x00\x0b\x19\x07row 07", {7}, id="serial type 11"),
        pytest.param(ROW_7, b"\x0b\x07\x01\x00\x01\x19\x07row 07", {7}, id="no columns"),
        pytest.param(ROW_7, b"\x0b\x07\xff\x00\x01\x19\x07row 07", {7}, id="header length"),
        pytest.param(ROW_7, b"\x0b\x07\x04\x00\x01\x19\x07row \xff7", {7}, id="not UTF-8"),
        pytest.param(ROW_7, b"\x05\x07\x04\x00\x01\x19\x07row 07", set(), id="payload too short"),
        pytest.param(ROW_7, b"\x7f\x07\x04\x00\x01\x19\x07row 07", set(), id="payload too long"),
        pytest.param(b"\x19\x02row 02", b"\x7f\x02row 02", {2}, id="text beyond the page"),
        pytest.param(b"\r\0\0\0\x1d", b"\r\0\0\xff\xff", set(), id="too many cells"),
        pytest.param(b"\x01\xf3\x01\xe6", b"\xff\xff\x01\xe6", {2}, id="pointer beyond the page"),
        pytest.param(b"\x01\xf3\x01\xe6", b"\0\0\x01\xe6", {2}, id="pointer to the page header"),
    ],
)
def test_garbage_costs_its_own_row_only(
    tmp_path: Path, sound: bytes, damaged: bytes, lost: set[int]
) -> None:
    path = tmp_path / "log.db"
    with closing(connect(path)) as sql:
        sql.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n, s)")
        rows = [(n, n, f"row {n:02}") for n in range(2, 31)]
        sql.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    data = path.read_bytes()
    assert data.count(sound) == 1
    path.write_bytes(data.replace(sound, damaged))
    read = [(cell.rowid, *cell.values[1:]) for cell in cells(path) if len(cell.values) != 5]
    assert read == [row for row in rows if row[0] not in lost]


@pytest.mark.parametrize("link", ["to itself", "to nothing", "beyond the file"])
def test_a_broken_chain_of_overflow_pages_costs_its_row(tmp_path: Path, link: str) -> None:
    path = tmp_path / "log.db"
    with closing(connect(path)) as sql:
        sql.execute("CREATE TABLE t (a, b)")
        sql.executemany("INSERT INTO t VALUES (?, ?)", [(1, "x" * 3_000), (2, "y" * 3_000)])
    data = bytearray(path.read_bytes())
    at = next(n for n in range(0, len(data), PAGE) if data[n + 4 : n + PAGE] == b"x" * (PAGE - 4))
    number = {"to itself": at // PAGE + 1, "to nothing": 0, "beyond the file": 2**32 - 1}[link]
    data[at : at + 4] = number.to_bytes(4)
    path.write_bytes(data)
    assert found(path, 2) == [repr((2, 2, "y" * 3_000))]


def test_a_row_of_a_mebibyte_is_read_and_a_longer_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with closing(connect(path)) as sql:
        sql.execute("CREATE TABLE t (a, b)")
        lengths = [(2**20 - 100,), (2**20,), (5,)]
        sql.executemany("INSERT INTO t VALUES ('long', zeroblob(?))", lengths)
    long = [cell.values[1] for cell in cells(path) if cell.values[0] == "long"]
    assert long == [bytes(2**20 - 100), bytes(5)]


def test_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with closing(connect(path)) as sql:
        sql.execute("CREATE TABLE t (a, b)")
    path.write_bytes(path.read_bytes() + bytes(2**20))
    wal_of(path).touch()
    for file in (path, wal_of(path)):
        os.truncate(file, 32 * 2**20)
    tracemalloc.start()
    assert sum(1 for _ in cells(path)) == 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_a_missing_file_has_no_rows_and_one_that_may_not_be_opened_is_an_error(
    tmp_path: Path,
) -> None:
    assert list(cells(tmp_path / "missing.db")) == []
    with pytest.raises(IsADirectoryError):
        list(cells(tmp_path))


def check_16(position: Any, layout: Any, boot: Any, up_ns: Any, span_ns: Any, packed: Any) -> int:
    text = f"{position},{layout},{boot},{up_ns},{span_ns or ''},{packed}"
    return zlib.crc32(text.encode()) & 0xFFFF


def genuine(rows: Iterable[Row]) -> set[Row]:
    return {row for row in rows if len(row) == 7 and row[6] == check_16(*row[:6])}


def salvaged(path: Path) -> set[Row]:
    return genuine((cell.rowid, *cell.values[1:]) for cell in cells(path, PAGE))


def readings(first: int, last: int) -> list[Row]:
    """As the log stores them; one in fifty is too long for its page."""
    rows = []
    for position in range(first, last + 1):
        rng = random.Random(position)
        values = [round(rng.uniform(-20, 2000), 2) for _ in range(4 if position % 50 else 120)]
        packed = f"{position:06}.5," + ",".join(map(str, values))  # the tests know a row by it
        span_ns = 60_000_000_000 if position % 3 else None
        row = (position, position % 9, 3, position * 10**11 + 7, span_ns, packed)
        rows.append((*row, check_16(*row)))
    return rows


def write_log(path: Path, pruned: int) -> Path:
    """A thousand readings, of which the newest two hundred lie in the WAL alone."""
    with closing(connect(path)) as sql:
        sql.execute(
            "CREATE TABLE reading (position INTEGER PRIMARY KEY, layout INTEGER NOT NULL,"
            " boot INTEGER NOT NULL, up_ns INTEGER NOT NULL, span_ns INTEGER,"
            " packed TEXT NOT NULL, check_16 INTEGER)"
        )
        for first in range(1, 1_001, 20):
            if first == 801:
                sql.execute("DELETE FROM reading WHERE position <= ?", (pruned,))
                sql.execute("PRAGMA wal_checkpoint(RESTART)")
            sql.execute("BEGIN")
            rows = readings(first, first + 19)
            sql.executemany("INSERT INTO reading VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            sql.execute("COMMIT")
        return copied(path)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_log(tmp_path_factory.mktemp("log") / "log.db", pruned=0)


@pytest.fixture(scope="module")
def pruned_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_log(tmp_path_factory.mktemp("pruned") / "log.db", pruned=333)


def zero_pages(data: bytearray, rng: random.Random) -> None:
    for _ in range(8):
        at = rng.randrange(len(data) // PAGE) * PAGE
        data[at : at + PAGE] = bytes(PAGE)


def zero_the_beginning(data: bytearray, rng: random.Random) -> None:
    pages = rng.randrange(1, 5)
    data[: PAGE * pages] = bytes(PAGE * pages)


def garble_the_beginning(data: bytearray, rng: random.Random) -> None:
    data[:PAGE] = rng.randbytes(PAGE)


def garble(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data) - 9_000)
    data[at : at + 9_000] = rng.randbytes(9_000)


def flip_bits(data: bytearray, rng: random.Random) -> None:
    for _ in range(40):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def cut_off(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) | 1 :]


def tear_pages(data: bytearray, rng: random.Random) -> None:
    for _ in range(8):
        source, target = (rng.randrange(len(data) // PAGE) * PAGE for _ in range(2))
        data[target : target + PAGE // 2] = data[source : source + PAGE // 2]


def spare(data: bytearray, rng: random.Random) -> None:
    """No damage."""


def lose(data: bytearray, rng: random.Random) -> None:
    del data[:]


DAMAGES = [zero_pages, zero_the_beginning, garble_the_beginning, garble, flip_bits, cut_off,
           tear_pages, lose]  # fmt: skip


def on_sound_leaves(data: bytes, damaged: bytes, start: int, size: int) -> set[Row]:
    """The rows on leaves that are undamaged, known by their text; not those on several pages."""
    numbers: set[int] = set()
    for at in range(start, len(data), size):
        page = data[at : at + size][-PAGE:]
        if page[0] == 0x0D and data[at : at + size] == damaged[at : at + size]:
            numbers.update(int(number) for number in re.findall(rb"(\d{6})\.5,", page))
    return {readings(number, number)[0] for number in numbers if number % 50}


FILES = [("", 0, PAGE), ("-wal", 32, FRAME)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("damage", DAMAGES)
def test_every_row_on_an_undamaged_page_is_read(
    log: Path, tmp_path: Path, damage: Damage, seed: int
) -> None:
    path, rng = tmp_path / "log.db", random.Random(seed)
    expected: set[Row] = set()
    for suffix, start, size in FILES:
        data = Path(f"{log}{suffix}").read_bytes()
        damaged = bytearray(data)
        damage(damaged, rng)
        Path(f"{path}{suffix}").write_bytes(damaged)
        expected |= on_sound_leaves(data, bytes(damaged), start, size)
    assert damage is lose or len(expected) > 100
    assert expected <= salvaged(path) <= set(readings(1, 1_000))


def test_a_file_cut_off_at_any_byte_of_a_leaf_is_read(log: Path, tmp_path: Path) -> None:
    data, path = log.read_bytes()[: 6 * PAGE], tmp_path / "log.db"
    whole, before = (on_sound_leaves(data, data[:size], 0, PAGE) for size in (6 * PAGE, 5 * PAGE))
    assert before < whole
    for size in range(5 * PAGE, 6 * PAGE):
        path.write_bytes(data[:size])
        assert before <= salvaged(path) <= whole


@pytest.mark.parametrize("cut_short", [False, True], ids=["error", "cut short"])
@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_unreadable_sectors_cost_their_own_rows(
    log: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, cut_short: bool
) -> None:
    """The kernel gives what lies before an unreadable sector, or nothing of the whole request."""
    inode, bad, pread = Path(f"{log}{suffix}").stat().st_ino, range(8192, 12288), os.pread

    def read(fd: int, size: int, offset: int) -> bytes:
        here = os.fstat(fd).st_ino == inode and offset < bad.stop and bad.start < offset + size
        if here and cut_short and offset < bad.start:
            return pread(fd, bad.start - offset, offset)
        if here:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return pread(fd, size, offset)

    monkeypatch.setattr(os, "pread", read)
    expected: set[Row] = set()
    for of_file, start, size in FILES:
        data = Path(f"{log}{of_file}").read_bytes()
        damaged = bytearray(data)
        if of_file == suffix:
            damaged[bad.start : bad.stop] = bytes(len(bad))
        expected |= on_sound_leaves(data, bytes(damaged), start, size)
    assert expected <= salvaged(log) < set(readings(1, 1_000))


def test_a_wal_lost_to_the_file_system_does_not_hide_the_database(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def open_file(path: Path, mode: str) -> Any:
        if path == wal_of(log):
            raise OSError(errno.EUCLEAN, os.strerror(errno.EUCLEAN))
        return opened(path, mode)

    monkeypatch.setattr(Path, "open", open_file)
    assert salvaged(log) == set(readings(1, 800))


def selected_readings(path: Path) -> Iterator[Row]:
    """What SQLite can still find, each row asked for by itself."""
    with closing(sqlite3.connect(path)) as sql:
        for position in range(1, 1_001):
            with suppress(sqlite3.DatabaseError, UnicodeDecodeError):
                yield from sql.execute("SELECT * FROM reading WHERE position = ?", (position,))


def test_every_row_that_sqlite_can_read_in_spite_of_the_damage_is_read(
    pruned_log: Path, tmp_path: Path
) -> None:
    by_sqlite, by_pages = 0, 0
    for seed in range(25):
        rng, path = random.Random(seed), tmp_path / f"{seed}.db"
        for suffix, *_ in FILES:
            data = bytearray(Path(f"{pruned_log}{suffix}").read_bytes())
            rng.choice([*DAMAGES, flip_bits, spare, spare])(data, rng)
            Path(f"{path}{suffix}").write_bytes(data)
        salvage = salvaged(path)  # before SQLite, which writes to what it opens
        selection = genuine(selected_readings(path))
        assert selection <= salvage, f"seed {seed}"
        by_sqlite, by_pages = by_sqlite + len(selection), by_pages + len(salvage)
    assert 2_000 < by_sqlite < by_pages


def check(path: Path, database: bytes, wal: bytes) -> None:
    path.write_bytes(database)
    wal_of(path).write_bytes(wal)
    for cell in cells(path, PAGE):
        assert isinstance(cell.rowid, int)
        assert all(isinstance(value, int | float | str | bytes | None) for value in cell.values)


some_bytes = st.binary(max_size=2_000) | st.lists(
    st.tuples(st.just(b"\r\0\0\0"), st.binary(max_size=600)).map(
        lambda parts: b"".join(parts).ljust(PAGE, parts[1][-1:] or b"\r")[:PAGE]
    ),
    max_size=6,
).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(some_bytes, some_bytes)
def test_any_bytes_are_read_to_their_end(
    tmp_path_factory: pytest.TempPathFactory, database: bytes, wal: bytes
) -> None:
    check(tmp_path_factory.getbasetemp() / "any.db", database, wal)
    check(tmp_path_factory.getbasetemp() / "any.db", bytes(PAGE) + database, bytes(56) + wal)


changes = st.lists(
    st.tuples(st.integers(0, 60_000), st.binary(min_size=1, max_size=6)), max_size=40
)


@settings(max_examples=100, deadline=None)
@given(changes, changes)
def test_any_change_to_the_files_is_survived(
    log: Path,
    tmp_path_factory: pytest.TempPathFactory,
    to_database: list[tuple[int, bytes]],
    to_wal: list[tuple[int, bytes]],
) -> None:
    changed = []
    for file, edits in ((log, to_database), (wal_of(log), to_wal)):
        data = bytearray(file.read_bytes()[:60_000])
        for at, new in edits:
            data[at : at + len(new)] = new
        changed.append(bytes(data))
    check(tmp_path_factory.getbasetemp() / "changed.db", *changed)
