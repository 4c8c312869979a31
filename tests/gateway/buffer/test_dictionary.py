"""The small numbers of layouts and boots."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from drivers.quantities import Rank
from gateway.buffer import checked
from gateway.buffer.dictionary import Dictionary
from gateway.buffer.migrations import schemas
from gateway.buffer.rows import Layout
from gateway.buffer.sqlite import in_memory

LAYOUTS = [
    Layout("hall", ("temperature", "humidity"), Rank.GAUGE),
    Layout("hall", ("temperature", "humidity"), Rank.ALARM),
    Layout("hall", ("temperature", "humidity"), Rank.GAUGE, 60),
    Layout("", (), Rank.ALARM, 0, "unclean_stop"),
    Layout("hall", ("co2",), Rank.GAUGE, 0, "", (("co2", "frc-1"),)),
    Layout("hall", ("co2",), Rank.GAUGE, 0, "", (("co2", "frc-1+frc-2"), ("temperature", "t"))),
]


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(in_memory()) as opened:
        for script in schemas():
            opened.executescript(script)
        yield opened


def test_each_layout_and_boot_has_one_number_for_ever(connection: sqlite3.Connection) -> None:
    known = Dictionary(connection)
    assert [known.layout(one) for one in LAYOUTS] == [1, 2, 3, 4, 5, 6]
    assert [known.boot(one) for one in ("b1", "b2", "b1")] == [1, 2, 1]
    again = Dictionary(connection)
    for one in (known, again):
        assert [one.layout(layout) for layout in reversed(LAYOUTS)] == [6, 5, 4, 3, 2, 1]
        assert one.boot("b2") == 2
        assert one.layouts == dict(enumerate(LAYOUTS, 1))
        assert one.boots == {1: "b1", 2: "b2"}


@pytest.mark.parametrize("text", ["co2", "co2=", "=,=", ",", "co2=a=b", "co2=a,", "\ufffd"])
def test_calibrations_that_nobody_wrote_spoil_nothing(
    connection: sqlite3.Connection, text: str
) -> None:
    checked.put(connection, "layout", [(1, "hall", "co2", 1, 0, "", text)])
    known = Dictionary(connection)
    assert known.layouts[1]._replace(calibrations=()) == Layout("hall", ("co2",), Rank.GAUGE)
    assert known.layout(LAYOUTS[0]) == 2


def test_what_a_failed_transaction_added_is_forgotten(connection: sqlite3.Connection) -> None:
    known = Dictionary(connection)
    known.layout(LAYOUTS[0])
    known.boot("b1")
    before = known.size()
    connection.execute("BEGIN")
    for layout in LAYOUTS:
        known.layout(layout)
    known.boot("b2")
    connection.execute("ROLLBACK")
    known.roll_back(before)
    assert (known.layouts, known.boots) == ({1: LAYOUTS[0]}, {1: "b1"})
    assert known.began_ns == {"b1": 0}
    assert (known.layout(LAYOUTS[3]), known.boot("b3")) == (2, 2)
    assert Dictionary(connection).layouts == known.layouts
    assert Dictionary(connection).boots == {1: "b1", 2: "b3"}
