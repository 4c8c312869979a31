"""The small tables: what is not what was written is not believed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.buffer import checked
from gateway.buffer.checked import TABLES
from gateway.buffer.store import Store
from gateway.errors import StoreDamaged
from tests.gateway.buffer.node import Node, commit_all, counted, reading, settle_all


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE one (key TEXT PRIMARY KEY, value, check_32)")
        connection.execute("CREATE TABLE two (key TEXT PRIMARY KEY, value, check_32)")
        yield connection


ROWS = [("a", 1), ("b", None), ("ö", "text"), ("", -(2**63))]


def test_rows_come_back_without_their_check(connection: sqlite3.Connection) -> None:
    checked.put(connection, "one", ROWS)
    checked.put(connection, "one", [])
    assert checked.select(connection, "one") == ROWS
    checked.put(connection, "one", [("a", 2)])
    assert sorted(checked.select(connection, "one")) == sorted([("a", 2), *ROWS[1:]], key=str)


@pytest.mark.parametrize("value", [2, 1.0, "1", None, b"1"])
def test_a_row_that_is_not_what_was_written_is_found(
    connection: sqlite3.Connection, value: object
) -> None:
    checked.put(connection, "one", ROWS)
    connection.execute("UPDATE one SET value = ? WHERE key = 'a'", (value,))
    with pytest.raises(StoreDamaged, match="the table one"):
        checked.select(connection, "one")
    assert checked.genuine(connection, "one") == (ROWS[1:], 1)


def test_a_row_of_another_table_is_not_believed(connection: sqlite3.Connection) -> None:
    checked.put(connection, "one", ROWS)
    connection.execute("INSERT INTO two SELECT * FROM one")
    assert checked.genuine(connection, "two") == ([], len(ROWS))


def test_a_row_without_a_check_is_not_believed(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO one VALUES ('a', 1, NULL)")
    assert checked.genuine(connection, "one") == ([], 1)


def columns(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as sql:
        return [
            (table, column)
            for table in TABLES
            for (column,) in sql.execute(f"SELECT name FROM pragma_table_info('{table}')")
        ]


def test_every_change_in_a_small_table_is_found_when_the_log_is_opened(node: Node) -> None:
    node.clock.utc_at_boot_ns = 10**18
    opened = node.start()
    anchor = node.clock.anchor()
    assert anchor
    opened.add_anchor(anchor)
    opened.append(reading(1))
    opened.append(counted(1))
    settle_all(opened)
    opened.close()
    whole = node.path.read_bytes()
    for table, column in columns(node.path):
        node.path.write_bytes(whole)
        with closing(sqlite3.connect(node.path)) as sql:
            change = f"ifnull({column} + 1, 5)" if column == "check_32" else f"{column} || '1'"
            sql.execute(f"UPDATE {table} SET {column} = {change}")
            sql.commit()
        with pytest.raises(StoreDamaged):
            Store(node.path)
    node.path.write_bytes(whole)
    again = node.start()
    assert again.refused is None
    commit_all(again)
