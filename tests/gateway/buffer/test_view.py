"""A log as others see it."""

import hashlib
import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.buffer.identities import Span
from gateway.buffer.migrations import APPLICATION_ID, schemas
from gateway.buffer.view import CHUNK, LogView
from gateway.errors import StoreDamaged, StoreError
from gateway.model import Entry, Gap, Reading, Reason, StoredReading
from tests.gateway.buffer.logs import UTC_NS, fill, make_log, make_long_log, meddling, open_log
from tests.gateway.simulated_clock import SimulatedClock

HOUR_NS = 3_600 * 10**9


def entries(view: LogView) -> Iterator[Entry]:
    for span in view.spans(1, view.last_position):
        yield from view.entries(span)


def numbers(view: LogView) -> list[int]:
    return [entry.number for entry in entries(view)]


def test_a_log_that_was_closed(tmp_path: Path) -> None:
    make_log(tmp_path, 2 * CHUNK + 10)
    before = hashlib.sha256((tmp_path / "log.db").read_bytes()).digest()
    with closing(LogView(tmp_path / "log.db")) as view:
        assert numbers(view) == list(range(1, 2 * CHUNK + 11))
        assert view.complete
        assert view.integrity() == []
        assert view.used_bytes() <= view.file_bytes() == (tmp_path / "log.db").stat().st_size
    assert hashlib.sha256((tmp_path / "log.db").read_bytes()).digest() == before


def test_what_is_written_meanwhile_is_understood(tmp_path: Path) -> None:
    clock = SimulatedClock()
    log = open_log(tmp_path, clock)
    fill(log, clock, 10)
    with closing(LogView(tmp_path / "log.db")) as view:
        fill(log, clock, 10)
        log.append(Reading("new", {"temperature": 1.0}, clock.now_ns()))
        log.commit()
        found = list(view.entries(Span(1, 100)))
        assert [entry.number for entry in found] == list(range(1, 22))
        assert isinstance(found[-1], StoredReading)
        assert found[-1].sensor == "new"
        assert view.last_position == 21
    log.close()


def test_still_is_one_state_of_the_log(tmp_path: Path) -> None:
    clock = SimulatedClock()
    log = open_log(tmp_path, clock)
    fill(log, clock, 10)
    with closing(LogView(tmp_path / "log.db")) as view:
        with view.still():
            fill(log, clock, 10)
            assert len(view.rows(Span(1, 100)).rows) == 10
        assert len(view.rows(Span(1, 100)).rows) == 20
    log.close()


def test_the_write_ahead_log_can_be_folded_back_between_two_calls(tmp_path: Path) -> None:
    clock = SimulatedClock()
    log = open_log(tmp_path, clock)
    fill(log, clock, 3 * CHUNK)
    with closing(LogView(tmp_path / "log.db")) as view:
        found = entries(view)
        next(found)
        assert log.store is not None
        checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)"
        assert log.store.connection.execute(checkpoint).fetchone()[0] == 0
        assert (tmp_path / "log.db-wal").stat().st_size == 0
        assert len(list(found)) == 3 * CHUNK - 1
    log.close()


def test_a_log_of_any_size_takes_little_memory(tmp_path: Path) -> None:
    make_long_log(tmp_path, 100_000)
    with closing(LogView(tmp_path / "log.db")) as view:
        tracemalloc.start()
        try:
            assert sum(1 for _ in entries(view)) == 100_000
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 5_000_000


def test_spans_pass_over_what_is_not_there(tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    with meddling(tmp_path) as connection:
        connection.execute("DELETE FROM reading WHERE position BETWEEN 6 AND 24")
        connection.execute("UPDATE reading SET position = 1000000000000 WHERE position = 30")
    with closing(LogView(tmp_path / "log.db")) as view:
        last = view.last_position
        assert last == 10**12
        ahead = [Span(1, 4), Span(5, 8), Span(25, 28), Span(29, 32), Span(last, last)]
        assert list(view.spans(1, last, 4)) == ahead
        back = list(view.spans_back(2, last, 4))
        assert back == [Span(last - 3, last), Span(26, 29), Span(22, 25), Span(2, 5)]


def test_a_row_that_is_not_what_was_written_is_counted(tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    with meddling(tmp_path) as connection:
        connection.execute("UPDATE reading SET packed = '99.99' WHERE position = 4")
        connection.execute("UPDATE reading SET packed = '1,2', check_16 = NULL WHERE position = 7")
        connection.execute("UPDATE reading SET packed = 'x', check_16 = NULL WHERE position = 10")
    with closing(LogView(tmp_path / "log.db")) as view:
        assert numbers(view) == [n for n in range(1, 31) if n not in (4, 7, 10)]
        assert view.unreadable == 3


def test_since_leaves_out_what_is_known_to_be_older(tmp_path: Path) -> None:
    clock = make_log(tmp_path, 9_000)
    assert clock.utc_at_boot_ns is not None
    with closing(LogView(tmp_path / "log.db")) as view:
        end_ns = UTC_NS + clock.now_ns()
        assert view.since(end_ns) == 9_000 - 3_600 - 1
        assert view.since(end_ns + HOUR_NS + 10**9) == 9_000
        assert view.since(0) == 1


def test_a_record_of_old_times_is_itself_no_old_reading(tmp_path: Path) -> None:
    clock = make_log(tmp_path, 20)
    log = open_log(tmp_path, clock)
    clock.sleep(10_000)
    log.append_gap(Gap(Reason.NOT_MEASURED, "hall", None, 3, None, (clock.boot_id, 10**9)))
    log.close()
    with closing(LogView(tmp_path / "log.db")) as view:
        assert view.since(UTC_NS + clock.now_ns()) == 20


def test_what_cannot_be_dated_is_not_known_to_be_older(tmp_path: Path) -> None:
    make_log(tmp_path, 20, dated=False)
    with closing(LogView(tmp_path / "log.db")) as view:
        assert view.since(UTC_NS + 10**18) == 1


def test_no_log(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no log at") as error:
        LogView(tmp_path / "log.db")
    assert "systemctl start gateway" in error.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Is a directory"):
        LogView(tmp_path)


@pytest.mark.parametrize("content", [b"", b"something else" * 1000])
def test_another_file_is_no_log(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log.db").write_bytes(content)
    with pytest.raises(StoreError, match=r"is not a log|not a database"):
        LogView(tmp_path / "log.db")
    assert (tmp_path / "log.db").read_bytes() == content


def test_a_log_of_schema_1_is_not_touched(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "log.db")
    connection.executescript(
        f"{schemas()[0]} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;"
    )
    connection.close()
    before = (tmp_path / "log.db").read_bytes()
    with pytest.raises(StoreError, match="older gateway") as error:
        LogView(tmp_path / "log.db")
    assert "start the gateway once, it migrates" in error.value.hint
    assert (tmp_path / "log.db").read_bytes() == before


def test_a_log_of_a_newer_gateway(tmp_path: Path) -> None:
    make_log(tmp_path, 3)
    with meddling(tmp_path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer gateway"):
        LogView(tmp_path / "log.db")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE layout SET rank = 77",
        "UPDATE layout SET names = CAST(x'ff' AS TEXT)",
        "UPDATE boot SET boot_id = 5",
        "DELETE FROM epoch",
        "DELETE FROM state",
        "DELETE FROM boot",
        "DROP TABLE reading",
    ],
)
def test_small_tables_that_make_no_sense_are_damage(tmp_path: Path, sql: str) -> None:
    make_log(tmp_path, 3)
    with meddling(tmp_path) as connection:
        connection.execute(sql)
    with pytest.raises(StoreDamaged):
        LogView(tmp_path / "log.db")
