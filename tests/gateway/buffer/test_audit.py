"""The full check finds what is wrong with a log, and nothing where nothing is."""

import os
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest

from gateway.buffer import Log
from gateway.buffer import checked as checked_table
from gateway.buffer.audit import Audit, audit
from gateway.buffer.view import LogView
from gateway.model import Gap, Reading, Reason
from tests.gateway.buffer.logs import (
    CITY,
    fill,
    make_log,
    make_long_log,
    make_thinned_log,
    meddling,
    open_log,
    put,
    thin,
)
from tests.gateway.simulated_clock import SimulatedClock


def checked(folder: Path) -> Audit:
    with closing(LogView(folder / "log.db")) as view:
        return audit(view, SimulatedClock(), lambda _what, _done, _total: None)


def problems(folder: Path) -> list[str]:
    return [flaw.problem for flaw in checked(folder).flaws]


def first(folder: Path, where: str) -> int:
    sql = f"SELECT min(position) FROM reading JOIN layout ON layout = number WHERE {where}"
    with meddling(folder) as connection:
        position: int = connection.execute(sql).fetchone()[0]
        return position


def delete(folder: Path, *positions: int) -> None:
    with meddling(folder) as connection:
        connection.executemany("DELETE FROM reading WHERE position = ?", [(p,) for p in positions])


def deliver(log: Log, uplink: str, rows: int) -> None:
    batch = log.reader(uplink).take(rows)
    assert batch is not None
    log.reader(uplink).settle(batch)


def test_a_log_that_is_well(tmp_path: Path) -> None:
    make_log(tmp_path, 3_000)
    found = checked(tmp_path)
    assert found.flaws == []
    assert found.rows == 3_000
    assert found.begins is not None
    assert found.begins[1] == 1


def test_an_empty_log_is_well(tmp_path: Path) -> None:
    make_log(tmp_path, 0)
    assert checked(tmp_path) == Audit(str(tmp_path / "log.db"))


def test_a_log_that_was_thinned_is_well(tmp_path: Path) -> None:
    make_thinned_log(tmp_path)
    found = checked(tmp_path)
    assert found.flaws == []
    assert 1_000 < found.rows < 2_000


def test_a_log_after_a_kill_a_power_cut_and_detached_hours_is_well(tmp_path: Path) -> None:
    clock = SimulatedClock()
    log = open_log(tmp_path, clock)
    fill(log, clock, 20)
    log.append(Reading("hall", {"temperature": 1.0}, clock.now_ns()))
    log.let_go()
    log = open_log(tmp_path, clock)
    fill(log, clock, 20)
    log.let_go()
    (tmp_path / "journal").unlink()
    log = open_log(tmp_path, clock)
    log.append_gap(Gap(Reason.NOT_MEASURED, "hall", None, 3, None, ("b", 1)))
    fill(log, clock, 20)
    log.close()
    found = checked(tmp_path)
    assert found.flaws == []
    assert found.rows == 20 + 1 + 20 + 20 + 3


def test_what_every_uplink_has_is_not_missed(tmp_path: Path) -> None:
    clock = SimulatedClock()
    log = open_log(tmp_path, clock, {**CITY, "county": "everything"})
    fill(log, clock, 300)
    deliver(log, "city", 200)
    deliver(log, "county", 100)
    fill(log, clock, 1)
    log.close()
    delete(tmp_path, 50, 100)
    found = checked(tmp_path)
    assert found.flaws == []
    assert found.begins is not None
    assert found.begins[1] == 101
    delete(tmp_path, 101)
    assert checked(tmp_path).missing_n == 1


def test_a_new_uplink_does_not_miss_what_went_to_others(tmp_path: Path) -> None:
    clock = SimulatedClock()
    log = open_log(tmp_path, clock)
    fill(log, clock, 300)
    deliver(log, "city", 200)
    fill(log, clock, 1)
    log.close()
    delete(tmp_path, *range(1, 201))
    open_log(tmp_path, clock, {**CITY, "new": "everything"}).close()
    found = checked(tmp_path)
    assert found.flaws == []
    assert found.begins is not None
    assert found.begins[1] == 201


def test_a_row_that_is_gone(tmp_path: Path) -> None:
    make_log(tmp_path, 3_000)
    delete(tmp_path, 7, 1_000, 1_001, 2_999)
    found = checked(tmp_path)
    assert [flaw.problem for flaw in found.flaws] == ["numbers are missing, and no record says why"]
    ranges = [(numbers.first, numbers.last) for numbers in found.missing]
    assert ranges == [(2_999, 2_999), (1_000, 1_001), (7, 7)]
    assert found.missing_n == 4
    assert "1000-1001" in found.flaws[0].evidence


@pytest.mark.parametrize("where", ["gap = 'thinned'", "step_s > 0 AND gap = ''", "gap = 'dropped'"])
def test_a_record_or_a_merged_reading_that_is_gone(tmp_path: Path, where: str) -> None:
    make_thinned_log(tmp_path)
    with meddling(tmp_path) as connection:
        connection.execute(
            f"DELETE FROM reading WHERE layout IN (SELECT number FROM layout WHERE {where})"
        )
    assert problems(tmp_path) == ["numbers are missing, and no record says why"]


def test_a_flipped_bit(tmp_path: Path) -> None:
    make_log(tmp_path, 300)
    position = first(tmp_path, "sensor = 'hall'")
    with meddling(tmp_path) as connection:
        connection.execute("UPDATE reading SET up_ns = up_ns + 4 WHERE position = ?", (position,))
    found = checked(tmp_path)
    assert found.broken == [position]
    assert problems(tmp_path) == [
        "rows are not what was written",
        "numbers are missing, and no record says why",
    ]


def test_a_broken_row_that_is_delivered_is_still_told(tmp_path: Path) -> None:
    clock = SimulatedClock()
    log = open_log(tmp_path, clock)
    fill(log, clock, 30)
    deliver(log, "city", 20)
    fill(log, clock, 1)
    log.close()
    with meddling(tmp_path) as connection:
        connection.execute("UPDATE reading SET boot = 9 WHERE position = 5")
    found = checked(tmp_path)
    assert found.broken == [5]
    assert found.rows == 31
    assert [flaw.problem for flaw in found.flaws] == ["rows are not what was written"]


def test_numbers_that_are_there_twice(tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    with meddling(tmp_path) as connection:
        [(epoch,)] = connection.execute("SELECT epoch FROM epoch").fetchall()
        checked_table.put(connection, "epoch", [(21, epoch, 5)])
    found = checked(tmp_path)
    assert [numbers.first for numbers in found.twice] == [20, 19, 18, 17, 16]
    assert "numbers are there twice" in [flaw.problem for flaw in found.flaws]


def test_a_cursor_beyond_the_end(tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    with meddling(tmp_path) as connection:
        put(connection, "cursor", "city", position=31)
    assert problems(tmp_path) == ["uplink city is said to have more than there is"]


@pytest.mark.parametrize("damage", ["gone", "flipped", "older", "another log's"])
def test_a_legend_that_does_not_explain_the_log(tmp_path: Path, damage: str) -> None:
    clock = make_log(tmp_path, 30)
    legend = tmp_path / "log.db.legend"
    if damage == "gone":
        legend.unlink()
    elif damage == "flipped":
        legend.write_bytes(legend.read_bytes().replace(b"hall", b"hull"))
    elif damage == "older":
        before = legend.read_bytes()
        log = open_log(tmp_path, clock)
        log.append(Reading("new", {"temperature": 1.0}, clock.now_ns()))
        log.close()
        legend.write_bytes(before)
    else:
        (tmp_path / "other").mkdir()
        make_log(tmp_path / "other", 30)
        legend.write_bytes((tmp_path / "other" / "log.db.legend").read_bytes())
    assert problems(tmp_path) == ["the legend does not explain the log"]


def test_a_layout_that_the_legend_does_not_know(tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    with meddling(tmp_path) as connection:
        put(connection, "layout", 1, sensor="cellar")
    [flaw] = checked(tmp_path).flaws
    assert flaw.problem == "the legend does not explain the log"
    assert "other layouts" in flaw.evidence
    assert "cellar" in flaw.evidence


def test_a_page_of_garbage(tmp_path: Path) -> None:
    make_log(tmp_path, 3_000)
    size = (tmp_path / "log.db").stat().st_size
    with (tmp_path / "log.db").open("r+b") as file:
        file.seek(size // 2 // 512 * 512)
        file.write(os.urandom(512))
    assert "the file is damaged" in problems(tmp_path)


def test_a_list_of_free_pages_that_is_wrong(tmp_path: Path) -> None:
    """What reading every row does not find."""
    make_log(tmp_path, 30)
    with (tmp_path / "log.db").open("r+b") as file:
        file.seek(36)  # number of free pages, see section 1.3 of SQLite's file format
        file.write((9).to_bytes(4, "big"))
    assert problems(tmp_path) == ["the file is damaged"]


def test_a_log_that_is_not_the_one_that_was_written_last(tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    with meddling(tmp_path) as connection:
        put(connection, "state", 1, session="another")
    [flaw] = checked(tmp_path).flaws
    assert flaw.evidence.startswith("the log is not the one that was written last")


def test_the_gateway_may_write_meanwhile(tmp_path: Path) -> None:
    clock = SimulatedClock()
    log = open_log(tmp_path, clock)
    fill(log, clock, 3_000)

    def write(what: str, _done: int, _total: int) -> None:
        if what == "the rows":
            thin(log, clock)

    with closing(LogView(tmp_path / "log.db")) as view:
        found = audit(view, clock, write)
    assert found.flaws == []
    assert found.rows == 3_000
    log.close()
    found = checked(tmp_path)
    assert found.flaws == []
    assert found.rows < 3_000


def test_a_log_of_any_size_takes_little_memory(tmp_path: Path) -> None:
    make_long_log(tmp_path, 100_000)
    with meddling(tmp_path) as connection:
        connection.execute("DELETE FROM reading WHERE position % 2")
    tracemalloc.start()
    try:
        found = checked(tmp_path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.missing_n == 49_999
    assert most < 5_000_000
