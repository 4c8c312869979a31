"""A log of schema 1 with a backlog in it, as the version that had no other left it behind."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

from tests.chaos.ticker import LINE, amount_of
from tests.chaos.truth import Truth

OLD_BOOT = "0ldb0071"
_APPLICATION_ID = 0x50475731
_EPOCH = 4711
_STEP_NS = 500_000_000


def write_older_log(
    path: Path, truth: Truth, gauges: Sequence[str], counters: Sequence[str], readings: int
) -> None:
    """So many readings of each gauge, and half as many of each counter, none delivered."""
    with closing(sqlite3.connect(path, isolation_level=None)) as log:
        log.execute("PRAGMA journal_mode = WAL")
        log.executescript(files("gateway.buffer").joinpath("schema/0001.sql").read_text())
        log.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        log.execute("PRAGMA user_version = 1")
        log.execute("INSERT INTO store VALUES (?)", (_EPOCH,))
        log.execute("INSERT INTO boot VALUES (1, ?)", (OLD_BOOT,))
        log.execute("INSERT INTO cursor VALUES ('city', 0)")
        kinds = [*((name, "pressure") for name in gauges)]
        kinds += [(name, "count_in,pressure,total_in") for name in counters]
        for layout, (sensor, names) in enumerate(kinds, start=1):
            log.execute("INSERT INTO layout VALUES (?, ?, ?)", (layout, sensor, names))
            count = readings if sensor in gauges else readings // 2
            _add(log, truth, layout, sensor, count, counting=sensor in counters)
        log.execute(
            "INSERT INTO reading SELECT row_number() OVER (ORDER BY up_ns, layout), * FROM unsorted"
        )
        log.execute("DROP TABLE unsorted")


def _add(
    log: sqlite3.Connection, truth: Truth, layout: int, sensor: str, count: int, *, counting: bool
) -> None:
    """The readings of one sensor, and what it wrote down of them itself."""
    log.execute("CREATE TABLE IF NOT EXISTS unsorted (layout, boot, up_ns, span_ns, packed)")
    total = 0
    step_ns = _STEP_NS * (2 if counting else 1)
    lines = []
    for number in range(1, count + 1):
        up_ns, amount = number * step_ns + layout * 1000, amount_of(number)
        total += amount
        packed = f"{amount},{number}.0,{total}" if counting else f"{number}.0"
        row: tuple[Any, ...] = (layout, 1, up_ns, step_ns if counting else None, packed)
        log.execute("INSERT INTO unsorted VALUES (?, ?, ?, ?, ?)", row)
        lines.append(LINE % (number, up_ns, amount))
    truth.path(sensor).write_text("".join(lines))
    if counting:
        log.execute("INSERT INTO total VALUES (?, 'total_in', ?)", (sensor, total))
