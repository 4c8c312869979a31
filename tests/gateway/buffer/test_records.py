"""Rows come back exactly as they were written, and nothing else comes back as a row."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import Rank
from gateway.buffer import records
from gateway.buffer.dictionary import Dictionary
from gateway.buffer.migrations import schemas
from gateway.buffer.records import Rows
from gateway.buffer.rows import Layout, Row
from gateway.buffer.sqlite import in_memory

HALL = Layout("hall", ("temperature", "humidity"), Rank.GAUGE)
DOOR = Layout("door", ("count_in",), Rank.COUNT, 60)
LOST = Layout("", (), Rank.ALARM, 0, "unclean_stop")
ROWS = [
    Row(1, HALL, "b1", 5, None, "21.50,null"),
    Row(2, DOOR, "b1", 2**62, 7, "0,3,12"),
    Row(4, LOST, "b2", 0, None, "null,null,null,0,null,null"),
    Row(2**53, HALL, "b2", 9, 0, "-0.10,1e300"),
]

layouts = st.builds(
    Layout,
    st.text(),
    st.lists(st.sampled_from(["temperature", "humidity", "count_in"])).map(tuple),
    st.sampled_from(Rank),
    st.sampled_from([0, 60]),
    st.sampled_from(["", "thinned"]),
    st.lists(
        st.tuples(
            st.sampled_from(["co2", "temperature"]),
            st.from_regex("[a-z0-9]([a-z0-9+-]{0,20}[a-z0-9])?", fullmatch=True),
        )
    ).map(tuple),
)
rows_of = st.builds(
    Row,
    st.integers(1, 2**62),
    layouts,
    st.sampled_from(["b1", "b2", "b3"]),
    st.integers(0, 2**62),
    st.none() | st.integers(0, 2**62),
    st.text("0123456789.,-enul", max_size=300),
)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(log_in_memory()) as opened:
        yield opened


@given(st.lists(rows_of, unique_by=lambda row: row.position))
def test_rows_come_back_as_they_were_written(rows: list[Row]) -> None:
    with closing(log_in_memory()) as connection:
        records.insert(connection, Dictionary(connection), rows)
        found = records.select(connection, Dictionary(connection), 0, 2**62)
    assert found == Rows(sorted(rows, key=lambda row: row.position), [])


def test_a_part_is_in_order_between_two_positions_and_at_most_the_limit(
    connection: sqlite3.Connection,
) -> None:
    known = Dictionary(connection)
    rows = [ROWS[0]._replace(position=position) for position in (9, 2, 5, 7, 1)]
    records.insert(connection, known, rows)

    def positions(*part: int) -> list[int]:
        return [row.position for row in records.select(connection, known, *part).rows]

    assert positions(0, 9) == [1, 2, 5, 7, 9]
    assert positions(1, 7) == [2, 5, 7]
    assert positions(1, 9, 2) == [2, 5]
    assert positions(9, 20) == []


def test_rows_are_deleted_by_position(connection: sqlite3.Connection) -> None:
    known = stored(connection)
    records.delete(connection, [2, 3, 2**53])
    assert records.select(connection, known, 0, 2**62).rows == [ROWS[0], ROWS[2]]
    records.delete(connection, [])
    assert records.select(connection, known, 0, 2**62).rows == [ROWS[0], ROWS[2]]


def test_every_single_flipped_bit_of_the_values_is_seen(connection: sqlite3.Connection) -> None:
    known = stored(connection)
    for bit in range(8 * len(ROWS[1].packed)):
        packed = bytearray(ROWS[1].packed.encode())
        packed[bit // 8] ^= 1 << bit % 8
        sql = "UPDATE reading SET packed = CAST(? AS TEXT) WHERE position = 2"
        connection.execute(sql, (bytes(packed),))
        found = records.select(connection, known, 0, 2**62)
        assert found == Rows([ROWS[0], *ROWS[2:]], [2])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("layout", 1), ("layout", 99), ("layout", "x"), ("layout", None), ("boot", 2),
        ("boot", 99), ("boot", None), ("up_ns", 2**62 + 1), ("up_ns", 0.5), ("up_ns", None),
        ("span_ns", None), ("span_ns", 8), ("span_ns", "x"), ("packed", "0,3,13"), ("packed", ""),
        ("packed", None), ("packed", "0,3,\n12"), ("packed", "0,3,1\0002"),
        ("packed", b"\xff\xfe"), ("position", 3), ("check_16", 0), ("check_16", "x"),
        ("check_16", b"\xff"), ("check_16", 10**18),
    ],
)  # fmt: skip
def test_a_row_that_is_not_what_was_written_is_named_and_left_out(
    connection: sqlite3.Connection, column: str, value: Any
) -> None:
    known = stored(connection)
    connection.execute(f"UPDATE reading SET {column} = ? WHERE position = 2", (value,))
    found = records.select(connection, known, 0, 2**62)
    assert found == Rows([ROWS[0], *ROWS[2:]], [3 if column == "position" else 2])


def test_broken_rows_count_towards_the_limit(connection: sqlite3.Connection) -> None:
    known = stored(connection)
    connection.execute("UPDATE reading SET packed = NULL WHERE position < 4")
    assert records.select(connection, known, 0, 2**62, 3) == Rows([ROWS[2]], [1, 2])
    assert records.select(connection, known, 0, 2**62, 2) == Rows([], [1, 2])


def test_a_row_of_schema_1_has_no_check_and_is_believed(connection: sqlite3.Connection) -> None:
    known = stored(connection)
    connection.execute("UPDATE reading SET check_16 = NULL")
    assert records.select(connection, known, 0, 2**62).rows == ROWS


@given(
    st.lists(
        st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.binary()),
        min_size=6,
        max_size=6,
    )
)
def test_garbage_is_never_an_exception(values: list[Any]) -> None:
    values = [v if not isinstance(v, int) else max(-(2**63), min(v, 2**63 - 1)) for v in values]
    with closing(log_in_memory()) as connection:
        known = stored(connection)
        connection.execute("INSERT INTO reading VALUES (3,?,?,?,?,?,?)", values)
        found = records.select(connection, known, 0, 2**62)
    kept = [row for row in found.rows if row.position != 3]
    assert kept == ROWS
    assert len(found.rows) + len(found.broken) == 5


def log_in_memory() -> sqlite3.Connection:
    """The newest schema, but in `reading` anything may stand, as on a damaged page."""
    connection = in_memory()
    for script in schemas():
        connection.executescript(script)
    connection.executescript(
        "DROP TABLE reading; CREATE TABLE reading "
        "(position INTEGER PRIMARY KEY, layout, boot, up_ns, span_ns, packed, check_16);"
    )
    return connection


def stored(connection: sqlite3.Connection) -> Dictionary:
    known = Dictionary(connection)
    records.insert(connection, known, ROWS)
    return known
