"""What can happen to the files of a log."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from gateway.buffer.sqlite import PAGE_SIZE
from tests.chaos.filled_log import Filled

Damage = Callable[[Path, Filled, random.Random], None]


def change(part: str) -> Callable[[Callable[[bytearray, random.Random], None]], Damage]:
    """A damage that changes the bytes of one file."""

    def of(work: Callable[[bytearray, random.Random], None]) -> Damage:
        def damage(folder: Path, made: Filled, rng: random.Random) -> None:
            data = bytearray((folder / part).read_bytes())
            work(data, rng)
            (folder / part).write_bytes(data)

        damage.__name__ = work.__name__
        return damage

    return of


LOG, WAL, LEGEND = "log.db", "log.db-wal", "log.db.legend"


def flip(data: bytearray, rng: random.Random, times: int = 1) -> None:
    for _ in range(times):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def page(data: bytearray, rng: random.Random) -> int:
    return rng.randrange(len(data) // PAGE_SIZE) * PAGE_SIZE


@change(LOG)
def a_flipped_bit(data: bytearray, rng: random.Random) -> None:
    flip(data, rng)


@change(LOG)
def a_flipped_bit_in_a_small_table(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(min(len(data), 24 * PAGE_SIZE))  # the tables begin there
    data[at] ^= 1 << rng.randrange(8)


@change(LOG)
def several_flipped_bits(data: bytearray, rng: random.Random) -> None:
    flip(data, rng, rng.randrange(2, 30))


@change(LOG)
def a_cut_off_file(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


@change(LOG)
def a_zeroed_page(data: bytearray, rng: random.Random) -> None:
    at = page(data, rng)
    data[at : at + PAGE_SIZE] = bytes(PAGE_SIZE)


@change(LOG)
def a_run_of_zeroed_pages(data: bytearray, rng: random.Random) -> None:
    at, size = page(data, rng), rng.randrange(2, 40) * PAGE_SIZE
    data[at : at + size] = bytes(len(data[at : at + size]))


@change(LOG)
def page_1_zeroed(data: bytearray, _: random.Random) -> None:
    data[:PAGE_SIZE] = bytes(PAGE_SIZE)


@change(LOG)
def garbage_in_the_place_of_the_file(data: bytearray, rng: random.Random) -> None:
    data[:] = rng.randbytes(rng.randrange(1, len(data)))


@change(LOG)
def an_empty_file(data: bytearray, _: random.Random) -> None:
    del data[:]


@change(WAL)
def a_flipped_bit_in_the_wal(data: bytearray, rng: random.Random) -> None:
    flip(data, rng)


@change(WAL)
def a_cut_off_wal(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


@change(WAL)
def garbage_in_the_wal(data: bytearray, rng: random.Random) -> None:
    at, size = rng.randrange(len(data)), rng.randrange(1, 5_000)
    data[at : at + size] = rng.randbytes(len(data[at : at + size]))


@change(LEGEND)
def a_damaged_legend(data: bytearray, rng: random.Random) -> None:
    flip(data, rng, rng.randrange(1, 5))


def a_deleted_file(folder: Path, _: Filled, __: random.Random) -> None:
    (folder / LOG).unlink()


def a_deleted_wal(folder: Path, _: Filled, __: random.Random) -> None:
    (folder / WAL).unlink()


def a_deleted_legend(folder: Path, _: Filled, __: random.Random) -> None:
    (folder / LEGEND).unlink()


def another_database(folder: Path, _: Filled, rng: random.Random) -> None:
    for part in (LOG, WAL)[: rng.randrange(1, 3)]:
        (folder / part).unlink()
    with closing(sqlite3.connect(folder / LOG)) as sql:
        sql.execute("CREATE TABLE reading (a, b, c, d, e, f, g)")
        sql.executemany(
            "INSERT INTO reading VALUES (?,1,1,5,NULL,'21.5',7)", [(n,) for n in range(99)]
        )
        sql.commit()


def an_older_copy(folder: Path, made: Filled, rng: random.Random) -> None:
    assert made.older is not None
    for part in (LOG, WAL):
        (folder / part).unlink()
        shutil.copyfile(made.older / part, folder / part)
    if rng.randrange(2):
        (folder / WAL).unlink()


def nothing(_: Path, __: Filled, ___: random.Random) -> None:
    pass


DAMAGES: list[Damage] = [
    a_flipped_bit, a_flipped_bit_in_a_small_table, several_flipped_bits, a_cut_off_file,
    a_zeroed_page, a_run_of_zeroed_pages, page_1_zeroed, garbage_in_the_place_of_the_file,
    an_empty_file, a_deleted_file, another_database, an_older_copy, a_deleted_wal,
    a_flipped_bit_in_the_wal, a_cut_off_wal, garbage_in_the_wal, a_deleted_legend,
    a_damaged_legend, nothing,
]  # fmt: skip
