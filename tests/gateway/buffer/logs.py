"""Logs of the real class for those who only look at them."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drivers.quantities import Rank
from gateway.buffer import Log, checked
from gateway.buffer.group import Group
from gateway.buffer.store import Store
from gateway.config import Buffer
from gateway.model import Gap, Numbers, Reading, Reason
from tests.gateway.simulated_clock import SimulatedClock

CITY = {"city": "everything"}
"""Where the one uplink begins that most logs have."""

UTC_NS = 1_790_000_000 * 10**9


def open_log(
    folder: Path,
    clock: SimulatedClock,
    uplinks: Mapping[str, str] = CITY,
    *,
    run: Path | None = None,
    commit_every: float = 10.0,
    hold_back: float = 14 * 86_400.0,
    **options: Any,
) -> Log:
    """`log.db` in that folder, with its journal beside it or in `run`; nothing is reserved on disk.

    `options` are those of Log.
    """
    buffer = Buffer(
        path=str(folder / "log.db"), commit_every=commit_every, hold_back=hold_back, reserve=0
    )
    return Log(buffer, run or folder, clock, uplinks, **options)


def fill(log: Log, clock: SimulatedClock, rows: int) -> None:
    """So many readings, one a second: two of three count, the others measure."""
    for index in range(rows):
        clock.sleep(1)
        now_ns = clock.now_ns()
        if index % 3:
            log.append(Reading("door", {"count_in": index % 2, "count_out": 0}, now_ns, 10**9))
        else:
            log.append(Reading("hall", {"temperature": 21 + index % 100 / 100}, now_ns))
        if log.commit_due() == 0:
            log.commit()
    log.commit()


def make_log(folder: Path, rows: int, dated: bool = True) -> SimulatedClock:
    """A log that was closed, with that many rows; returns the clock of its boot."""
    clock = SimulatedClock(utc_at_boot_ns=UTC_NS)
    log = open_log(folder, clock)
    anchor = clock.anchor()
    if dated and anchor is not None:
        log.add_anchor(anchor)
    fill(log, clock, rows)
    log.close()
    return clock


def make_long_log(folder: Path, rows: int) -> None:
    """The same at once: rows behind those of a log that was closed."""
    make_log(folder, 3)
    store = Store(folder / "log.db")
    [hall, *_] = store.chunk(0, 1)
    for first in range(4, rows + 1, 10_000):
        last = min(first + 9_999, rows)
        positions = range(first, last + 1)
        store.write(Group([hall._replace(position=p, up_ns=p * 10**9) for p in positions]))
    store.close()


def make_thinned_log(folder: Path) -> SimulatedClock:
    """3000 readings, of which some were merged and some were dropped."""
    clock = SimulatedClock(utc_at_boot_ns=UTC_NS)
    log = open_log(folder, clock)
    fill(log, clock, 3_000)
    thin(log, clock)
    log.close()
    return clock


def thin(log: Log, clock: SimulatedClock) -> None:
    """Merge and drop among the first 2300; storing the records is what does it."""
    epoch = log.window.identities.epoch
    for reason, first, last, rank, step_s in (
        (Reason.THINNED, 1, 2_000, Rank.GAUGE, 60),
        (Reason.THINNED, 1, 1_000, Rank.GAUGE, 900),
        (Reason.THINNED, 1, 1_500, Rank.COUNT, 60),
        (Reason.DROPPED, 2_001, 2_300, Rank.GAUGE, 0),
    ):
        numbers, until = Numbers(epoch, first, last), (clock.boot_id, clock.now_ns())
        log.append_gap(Gap(reason, "", numbers, 1, until, until, rank, step_s))
    log.commit()


@contextmanager
def meddling(folder: Path) -> Iterator[sqlite3.Connection]:
    """What no program of ours would do to a log."""
    connection = sqlite3.connect(folder / "log.db")
    try:
        yield connection
        connection.commit()
    finally:
        connection.close()


def put(connection: sqlite3.Connection, table: str, key: object, **columns: object) -> None:
    """Change the row of a small table that has this in its first column; its check fits."""
    found = connection.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in found.description]
    [row] = [row for row in found if row[0] == key]
    changed = {**dict(zip(names, row, strict=True)), **columns}
    del changed["check_32"]
    checked.put(connection, table, [list(changed.values())])
