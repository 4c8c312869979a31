"""The disk under a process: what a power cut leaves, and what a broken disk refuses."""

import errno
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chaos.disk import SECTOR, Disk, Event, File, Kind, Trace, Volume, records
from tests.waiting import until

ROWS = 200
CUTS = 60

Start = Callable[[int], subprocess.Popen[str]]

MARK = """
import errno, os, sqlite3, sys
def mark(text):
    os.write(marks, f"{text}\\n".encode())
marks = os.open(os.environ["GATEWAY_DISK_MARKS"], os.O_WRONLY | os.O_APPEND)
os.chdir(os.environ["GATEWAY_DISK_FOLDER"])
"""

INSERT = """
database = sqlite3.connect("rows.db", isolation_level=None)
database.execute("PRAGMA page_size = 512")
database.execute(f"PRAGMA journal_mode = {sys.argv[3]}")
database.execute(f"PRAGMA synchronous = {sys.argv[1]}")
database.execute("PRAGMA wal_autocheckpoint = 40")
database.execute("CREATE TABLE IF NOT EXISTS row (number INTEGER PRIMARY KEY, text TEXT)")
for number in range(1, int(sys.argv[2]) + 1):
    while True:
        try:
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO row VALUES (?, ?)", (number, "x" * 300))
            database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            database.rollback()
            print(error, flush=True)
            if not sys.stdin.readline():
                raise
        else:
            break
    mark(number)
"""

REPLACE = """
def write(name, text, sync):
    file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(file, text)
    if sync:
        os.fsync(file)
    os.close(file)
write("state", b"old" * 500, True)
mark("old")
write("state.new", b"new" * 700, "file" in sys.argv)
os.replace("state.new", "state")
if "folder" in sys.argv:
    os.fsync(os.open(".", os.O_RDONLY))
mark("new")
"""

EVERYTHING = """
import contextlib, mmap, random, shutil, subprocess, threading
rng = random.Random(sys.argv[1])
os.makedirs("deep/er")
files = [os.open(name, os.O_RDWR | os.O_CREAT) for name in ("a", "b", "deep/er/c")]
files += [os.dup(files[0]), os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)]
def text():
    return rng.randbytes(rng.randrange(1, 2000))
def replace():
    file = os.open("x", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(file, text())
    os.close(file)
    os.replace(*rng.sample(("x", "y"), 2))
def change(times=40):
    for _ in range(times):
        file, at = rng.choice(files), rng.randrange(5000)
        with contextlib.suppress(FileNotFoundError):
            rng.choice((
                lambda: os.write(file, text()),
                lambda: os.pwrite(file, text(), at),
                lambda: os.writev(file, [text(), b"", text()]),
                lambda: os.pwritev(file, [text(), text()], at),
                lambda: os.ftruncate(file, at),
                lambda: os.lseek(files[0], at, os.SEEK_SET),
                lambda: os.fsync(file),
                lambda: os.truncate("deep/er/c", at),
                lambda: os.rename(*rng.sample(("deep", "deeper", "deepest"), 2)),
                replace,
            ))()
def race(text):
    for _ in range(1000):
        os.write(raced, text)
raced = os.open("raced", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
threads = [threading.Thread(target=change) for _ in range(4)]
threads += [threading.Thread(target=race, args=(bytes([n]) * 9,)) for n in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if os.fork() == 0:
    change()
    os._exit(0)
os.wait()
with open("told", "w") as told:
    subprocess.run([sys.executable, "-c", "print('by a child')"], stdout=told, check=True)
os.dup2(os.open("first", os.O_WRONLY | os.O_CREAT), files[1])
synced = os.open("synced", os.O_WRONLY | os.O_CREAT | os.O_DSYNC)
os.write(synced, b"x")
os.write(synced, b"y")
change()
shutil.copy("told", "copied")
shutil.rmtree(next(name for name in ("deep", "deeper", "deepest") if os.path.exists(name)))
change()
for refused in (
    lambda: mmap.mmap(os.open("told", os.O_RDWR), 1),
    lambda: os.link("a", "linked"),
    lambda: os.symlink("a", "linked"),
    lambda: os.rename("a", "../a"),
    lambda: os.posix_fallocate(files[0], 0, 1 << 20),
    lambda: os.open(".", os.O_TMPFILE | os.O_RDWR),
):
    try:
        refused()
    except OSError as error:
        print(errno.errorcode[error.errno])
"""


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    (tmp_path / "folder").mkdir()
    return Disk(tmp_path / "disk")


@pytest.fixture
def run(disk: Disk, tmp_path: Path) -> Callable[..., str]:
    def once(source: str, *arguments: str) -> str:
        done = subprocess.run(
            (sys.executable, "-c", MARK + source, *arguments),
            env=os.environ | disk.env(tmp_path / "folder"), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return once


@pytest.fixture
def start(disk: Disk, tmp_path: Path) -> Iterator[Start]:
    """Starts to insert rows; at an error that is said, and a line of input makes it go on."""
    with ExitStack() as stack:

        def one(rows: int) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                (sys.executable, "-c", MARK + INSERT, "FULL", str(rows), "WAL"),
                env=os.environ | disk.env(tmp_path / "folder"),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            stack.callback(process.kill)
            return stack.enter_context(process)

        yield one


def left(trace: Trace, at: int, seed: int, tmp_path: Path) -> tuple[list[str], Path]:
    into = tmp_path / f"cut-{at}-{seed}"
    return trace.cut(at, seed, into), into


def cuts(trace: Trace, tmp_path: Path) -> Iterator[tuple[list[str], Path]]:
    places = sorted(random.Random(1).sample(range(len(trace.events) + 1), CUTS))
    yield from (left(trace, at, seed, tmp_path) for seed, at in enumerate(places))


def at_the_end(trace: Trace, tmp_path: Path) -> Iterator[Path]:
    yield from (left(trace, len(trace.events), seed, tmp_path)[1] for seed in range(CUTS))


def rows(folder: Path) -> set[int]:
    with closing(sqlite3.connect(folder / "rows.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if not database.execute("SELECT * FROM sqlite_master").fetchall():
            return set()
        return {number for (number,) in database.execute("SELECT number FROM row")}


def test_a_synced_commit_survives_every_cut(
    run: Callable[..., str], disk: Disk, tmp_path: Path
) -> None:
    run(INSERT, "FULL", str(ROWS), "WAL")
    seen = set()
    for marks, folder in cuts(disk.trace, tmp_path):
        assert {int(number) for number in marks} <= rows(folder)
        seen.add(len(marks))
    assert len(seen) > CUTS / 2
    end = disk.trace.cut(len(disk.trace.events), 0, tmp_path / "end")
    assert end == [str(number) for number in range(1, ROWS + 1)]
    assert disk.trace.cut(0, 0, tmp_path / "begin") == []
    assert not any((tmp_path / "begin").iterdir())


# https://sqlite.org/pragma.html#pragma_synchronous
@pytest.mark.parametrize(
    ("journal", "synchronous", "told"),
    [
        ("WAL", "FULL", {"all"}),
        ("WAL", "NORMAL", {"all", "lost"}),
        ("WAL", "OFF", {"all", "lost", "corrupt"}),
        ("DELETE", "EXTRA", {"all"}),
        ("DELETE", "FULL", {"all", "lost"}),  # does not sync the folder after the commit
    ],
)
def test_sqlite_is_as_safe_as_it_says(
    journal: str,
    synchronous: str,
    told: set[str],
    run: Callable[..., str],
    disk: Disk,
    tmp_path: Path,
) -> None:
    run(INSERT, synchronous, str(ROWS), journal)
    assert {outcome(marks, folder) for marks, folder in cuts(disk.trace, tmp_path)} == told


def outcome(marks: list[str], folder: Path) -> str:
    try:
        return "all" if {int(number) for number in marks} <= rows(folder) else "lost"
    except (sqlite3.DatabaseError, AssertionError):
        return "corrupt"


def states(run: Callable[..., str], disk: Disk, tmp_path: Path, *synced: str) -> list[bytes]:
    run(REPLACE, *synced)
    return [(folder / "state").read_bytes() for folder in at_the_end(disk.trace, tmp_path)]


OLD, NEW = b"old" * 500, b"new" * 700


def test_a_replaced_file_is_the_old_or_the_new_one(
    run: Callable[..., str], disk: Disk, tmp_path: Path
) -> None:
    assert set(states(run, disk, tmp_path, "file")) == {OLD, NEW}


def test_a_replaced_file_is_the_new_one_after_its_folder_was_synced(
    run: Callable[..., str], disk: Disk, tmp_path: Path
) -> None:
    assert set(states(run, disk, tmp_path, "file", "folder")) == {NEW}


def test_a_file_that_was_not_synced_is_whole_short_torn_or_gone(
    run: Callable[..., str], disk: Disk, tmp_path: Path
) -> None:
    found = states(run, disk, tmp_path, "folder")
    assert {NEW, b""} < set(found)
    assert OLD not in found
    assert any(b"\0" in state for state in found)


@pytest.mark.parametrize("seed", range(8))
def test_every_change_is_recorded_or_refused(
    seed: int, run: Callable[..., str], disk: Disk, tmp_path: Path
) -> None:
    refused = run(EVERYTHING, str(seed)).split()
    assert refused == ["ENODEV", "EPERM", "EPERM", "EXDEV", "ENOTSUP", "ENOTSUP"]
    recorded = len(disk.trace.events)
    disk.env(tmp_path / "folder")
    assert len(disk.trace.events) == recorded
    kinds = [event.kind for event in disk.trace.events if event.name == "synced"]
    assert kinds == [Kind.CREATE, *[Kind.WRITE, Kind.SYNC] * 2]
    assert (tmp_path / "folder" / "synced").read_text() == "xy"


def test_what_was_there_before_survives_and_what_others_change_is_recorded(
    run: Callable[..., str], disk: Disk, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    for name in ("kept", "gone", "moved", "changed", "deep/er"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)
    run("mark('begun')")
    assert [event.kind for event in disk.trace.events] == [Kind.MARK]
    assert {(into / "deep/er").read_text() for into in at_the_end(disk.trace, tmp_path)} == {
        "deep/er"
    }
    (folder / "gone").unlink()
    (folder / "moved").rename(folder / "deep" / "moved")
    (folder / "changed").write_text("less")
    (folder / "new").mkdir()
    (folder / "new" / "file").write_text("x")
    disk.env(folder)
    events = len(disk.trace.events)
    disk.env(folder)
    assert len(disk.trace.events) == events > 1
    moved = {(into / "deep/moved").exists() for into in at_the_end(disk.trace, tmp_path / "later")}
    assert moved == {True, False}


def test_a_kill_leaves_a_trace_to_go_on_with(start: Start, disk: Disk, tmp_path: Path) -> None:
    process = start(50_000)
    until(lambda: disk.writes > 300, lambda: disk.writes)
    (tmp_path / "folder" / "foreign").touch()
    disk.env(tmp_path / "folder")
    assert "foreign" not in {event.name for event in disk.trace.events}
    process.kill()
    process.wait()
    disk.env(tmp_path / "folder")
    assert "foreign" in {event.name for event in disk.trace.events}
    disk.mark("killed")
    events = len(disk.trace.events)
    disk.env(tmp_path / "folder")
    assert len(disk.trace.events) == events
    marks, folder = left(disk.trace, events, 0, tmp_path)
    assert marks[-1] == "killed"
    assert {int(number) for number in marks[:-1]} <= rows(folder)


def test_a_torn_record_is_passed_over() -> None:
    one, torn, three = (Event(Kind.WRITE, 7, n, "name", "", b"x" * n) for n in (0, 3, 600))
    for size in range(len(torn.encoded())):
        raw = one.encoded() + torn.encoded()[:size] + three.encoded()
        assert [event for _, event in records(raw)] == [one, three]
        assert [event for _, event in records(raw[: len(raw) - 600])] == [one]


FULL_DISK, BROKEN, READ_ONLY = "database or disk is full", "disk I/O error", "readonly database"


@pytest.mark.parametrize("after", [40, 41, 42, 43, 44, 333])
@pytest.mark.parametrize(
    ("how", "told"),
    [(errno.ENOSPC, {FULL_DISK}), (errno.EROFS, {BROKEN, READ_ONLY}), (errno.EIO, {BROKEN})],
)
def test_a_failing_disk_fails_until_it_is_healed(
    after: int, how: int, told: set[str], start: Start, disk: Disk, tmp_path: Path
) -> None:
    disk.fail(after, how)
    process = start(ROWS)
    assert process.stdin
    assert process.stdout
    assert process.stdout.readline().strip() in told | {BROKEN}  # fsync fails so, too
    for _ in range(3):
        print(file=process.stdin, flush=True)
        assert process.stdout.readline().strip() in told
    disk.heal()
    assert process.communicate("\n")[0] == ""
    assert rows(tmp_path / "folder") == set(range(1, ROWS + 1))
    for marks, folder in cuts(disk.trace, tmp_path):
        assert {int(number) for number in marks} <= rows(folder)


REFUSED = """
file = os.open("file", os.O_RDWR | os.O_CREAT)
os.write(file, b"1234")
for change in (
    lambda: os.write(file, b"5678"),
    lambda: os.write(file, b"5" * 1100),
    lambda: os.write(file, b"5" * 1100),
    lambda: os.open("new", os.O_WRONLY | os.O_CREAT),
    lambda: os.mkdir("new"),
    lambda: os.ftruncate(file, 1),
    lambda: os.fsync(file),
    lambda: os.open("file", os.O_RDWR) * 0,
    lambda: os.open("file", os.O_RDONLY) * 0,
    lambda: os.access("file", os.W_OK) - 1,
    lambda: os.statvfs(".").f_flag & os.ST_RDONLY,
    lambda: bool(os.fstatvfs(file).f_bavail) - 1,
    lambda: os.unlink("file"),
):
    try:
        print(change() or "-")
    except OSError as error:
        print(errno.errorcode[error.errno])
"""


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (errno.ENOSPC, "ENOSPC 512 ENOSPC ENOSPC ENOSPC ENOSPC ENOSPC - - - - -1 -"),
        (errno.EIO, "EIO EIO EIO EIO EIO EIO EIO - - - - - -"),
        (errno.EROFS, "EROFS EROFS EROFS EROFS EROFS EROFS - EROFS - -1 1 - EROFS"),
    ],
)
def test_what_a_failing_disk_refuses(
    how: int, told: str, run: Callable[..., str], disk: Disk
) -> None:
    disk.fail(1, how)
    assert run(REFUSED).split() == told.split()
    assert disk.writes == 1 + (how == errno.ENOSPC)
    assert Kind.SYNC not in {event.kind for event in disk.trace.events}


Writes = st.lists(
    st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=1500)), min_size=1, max_size=8
)


@settings(deadline=None)
@given(Writes, Writes, st.integers())
def test_each_sector_is_as_it_once_was(
    synced: list[tuple[int, bytes]], later: list[tuple[int, bytes]], seed: int
) -> None:
    file = File(1)
    for at, data in synced:
        file.later.append(Event(Kind.WRITE, 1, at, data=data))
    file.sync()
    versions = [bytes(file.content())]
    for at, data in later:
        file.later.append(Event(Kind.WRITE, 1, at, data=data))
        versions.append(bytes(file.content()))
    found = bytes(file.after_cut(random.Random(seed)))
    assert len(versions[0]) <= len(found) <= len(versions[-1])
    for at in range(0, len(found), SECTOR):
        sector = slice(at, min(at + SECTOR, len(found)))
        size = sector.stop - at
        assert found[sector] in {version[sector].ljust(size, b"\0") for version in versions}


def after_cuts(events: list[Event]) -> list[bytes]:
    file = File(1)
    file.later += [Event(Kind.WRITE, 1, 0, data=b"a" * 2000)]
    file.sync()
    file.later += events
    return [bytes(file.after_cut(random.Random(seed))) for seed in range(200)]


def test_a_later_write_may_be_there_without_an_earlier_one_and_torn() -> None:
    writes = [Event(Kind.WRITE, 1, at, data=b"b" * 1024) for at in (0, 1024)]
    found = after_cuts(writes)
    assert {b"a" * 1024 + b"b" * 1024, b"b" * 1024 + b"a" * 976} <= set(found)
    assert b"a" * 512 + b"b" * 512 in {one[:1024] for one in found}


def test_what_was_written_behind_a_lost_truncation_is_lost() -> None:
    cut = Event(Kind.TRUNCATE, 1, 0)
    found = set(after_cuts([cut, Event(Kind.WRITE, 1, 0, data=b"b" * 512)]))
    assert {b"a" * 2000, b"b" * 512, b""} <= found
    assert all(one == b"a" * 2000 or len(one) <= 512 for one in found)


def test_names_that_are_not_synced_survive_in_order(
    run: Callable[..., str], disk: Disk, tmp_path: Path
) -> None:
    run("for name in 'abc': os.mkdir(name)")
    found = {
        "".join(sorted(path.name for path in into.iterdir()))
        for into in at_the_end(disk.trace, tmp_path)
    }
    assert found == {"", "a", "ab", "abc"}


def test_a_folder_may_have_the_inode_of_a_deleted_file() -> None:
    changes = [
        Event(Kind.CREATE, 5, name="file"),
        Event(Kind.UNLINK, 5, name="file"),
        Event(Kind.MKDIR, 0, name="folder"),
        Event(Kind.CREATE, 6, name="folder/file"),
        Event(Kind.SYNC, 5, name="folder"),
    ]
    volume = Volume(())
    volume.advance(changes, len(changes))
    found = [volume.after_cut(random.Random(seed)) for seed in range(20)]
    assert all(names.keys() == {"folder", "folder/file"} for names in found)
