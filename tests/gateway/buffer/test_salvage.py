"""Every genuine row comes back, and none that is no more."""

import random
import shutil
import sqlite3
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest

from drivers.quantities import Rank
from gateway.buffer import legend, records, salvage
from gateway.buffer.gaps import gap_row
from gateway.buffer.group import Group
from gateway.buffer.identities import Segment
from gateway.buffer.legend import Legend
from gateway.buffer.pages import cells
from gateway.buffer.rows import Layout, Row
from gateway.buffer.salvage import read_out
from gateway.buffer.sensors import SensorState
from gateway.buffer.store import Store
from gateway.buffer.transaction import Session
from gateway.clock import Anchor
from gateway.model import Gap, Numbers, Reason

HALL = Layout("hall", ("temperature",), Rank.GAUGE, calibrations=(("temperature", "t-1"),))
DOOR = Layout("door", ("count_in", "total_in"), Rank.COUNT)
RADAR = Layout("radar", ("targets",), Rank.STATE)
MINUTE = HALL._replace(
    names=("temperature", "temperature_min", "temperature_max", "temperature_n"), step_s=60
)
NOBODY = (0, 1)
"""An identity of no log."""


class Logs:
    """A damaged log, and the new one that it is read out into."""

    def __init__(self, folder: Path) -> None:
        self.old, self.new = folder / "old" / "log.db", folder / "log.db"
        self.old.parent.mkdir()

    def write(self, *groups: Group, segments: tuple[Segment, ...] = (Segment(1, 7, 0),)) -> Legend:
        """Write them, and leave the last in the write-ahead log; returns the legend."""
        alive = self.old.with_name("alive.db")
        with closing(Store(alive)) as store:
            store.begin_session(Session("s", 500), Group([], segments=segments))
            for group in groups[:-1]:
                store.write(group)
            store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for group in groups[-1:]:
                store.write(group)
            known = legend.of(store)
            for suffix in ("", "-wal"):
                shutil.copyfile(f"{alive}{suffix}", f"{self.old}{suffix}")
        return known

    def spoil(self) -> None:
        """From now on only the legend knows what rows mean."""
        data = self.old.read_bytes()
        self.old.write_bytes(bytes(512) + data[512:])

    def read_out(self, known: Legend | None, waiting: tuple[int, int] = NOBODY) -> Store:
        store = Store(self.new)
        read_out(self.old, store, known, waiting, lambda: None)
        return store


@pytest.fixture
def logs(tmp_path: Path) -> Logs:
    return Logs(tmp_path)


def hall(*positions: int) -> list[Row]:
    return [Row(position, HALL, "b1", position, None, f"{position}.00") for position in positions]


def door(position: int, amount: int, total: int) -> Row:
    return Row(position, DOOR, "b1", position, 1, f"{amount},{total}")


GROUPS = (
    Group(hall(*range(1, 60)), [("b1", Anchor(6, 1_000_000))]),
    Group([door(60, 3, 10), *hall(61, 62)], cursors={"city": 20}, reserved=600),
)


@pytest.mark.parametrize("spoilt", [False, True], ids=["whole", "spoilt"])
@pytest.mark.parametrize("legend_is_there", [True, False], ids=["legend", "no legend"])
def test_an_undamaged_log_comes_back_and_a_spoilt_one_by_its_legend(
    logs: Logs, spoilt: bool, legend_is_there: bool
) -> None:
    known = logs.write(*GROUPS)
    if spoilt:
        logs.spoil()
    with closing(logs.read_out(known if legend_is_there else None)) as store:
        if spoilt and not legend_is_there:
            assert store.chunk(0, 99) == []  # nobody knows what they mean
            return
        assert store.chunk(0, 99) == [*hall(*range(21, 60)), door(60, 3, 10), *hall(61, 62)]
        assert store.cursors == {"city": 20}
        assert store.sensors["door"].totals == {"total_in": 10}
        assert store.dating.utc_ns("b1", 7) == 1_000_001
        assert (store.identities.of(62), store.reserved) == ((7, 62), 600)


def test_what_is_read_out_twice_is_there_once(logs: Logs) -> None:
    known = logs.write(*GROUPS)
    logs.read_out(known).close()
    with closing(logs.read_out(known)) as store:
        assert store.count() == 42
        assert store.cursors == {"city": 20}


def test_every_page_may_be_lost_and_costs_what_is_on_it(logs: Logs, tmp_path: Path) -> None:
    known = logs.write(*GROUPS)
    whole = logs.old.read_bytes()
    for at in range(0, len(whole), 512):
        logs.old.write_bytes(whole[:at] + bytes(512) + whole[at + 512 :])
        logs.new.unlink(missing_ok=True)
        with closing(logs.read_out(known)) as store:
            back = store.chunk(0, 99)
            assert len(back) >= 42 - 27  # they are short here
            assert {*back} <= {*hall(*range(1, 63)), door(60, 3, 10)}
            assert door(60, 3, 10) in back
            assert store.sensors["door"].totals == {"total_in": 10}


def test_no_flipped_bit_becomes_a_value(logs: Logs) -> None:
    known = logs.write(*GROUPS)
    files = {path: path.read_bytes() for path in (logs.old, Path(f"{logs.old}-wal"))}
    genuine = {*hall(*range(1, 60)), door(60, 3, 10), *hall(61, 62)}
    for seed in range(60):
        rng = random.Random(seed)
        for path, whole in files.items():
            data = bytearray(whole)
            for _ in range(30):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            path.write_bytes(data)
        logs.new.unlink(missing_ok=True)
        with closing(logs.read_out(known)) as store:
            assert {*store.chunk(0, 999)} <= genuine
            assert [store.identities.of(position) for position in (1, 62)] == [(7, 1), (7, 62)]
            assert store.cursors.get("city", 0) <= 20
            assert store.sensors.get("door", SensorState()).totals.get("total_in", 0) <= 10


def test_what_was_merged_or_dropped_does_not_come_back(logs: Logs) -> None:
    """Its cells lie in free room of the pages until something else is written there."""
    raw = hall(*range(1, 9))
    radar = [Row(n, RADAR, "b1", n, None, "1") for n in range(11, 15)]
    left = [door(9, 1, 1), Row(15, RADAR, "b1", 15, None, "2")]
    thinned = Gap(Reason.THINNED, "", Numbers(7, 1, 8), 8, None, ("b1", 8), Rank.GAUGE, 60)
    dropped = Gap(Reason.DROPPED, "", Numbers(7, 11, 14), 4, None, ("b1", 14), Rank.STATE)
    known = logs.write(
        Group([*raw, left[0], *hall(10), *radar, left[1]]),
        Group([gap_row(16, thinned), gap_row(17, dropped)]),
    )
    merged = Row(8, MINUTE, "b1", 8, 7, "7,8,4.50,1.00,8.00,8")
    expected = [merged, left[0], *hall(10), left[1], gap_row(16, thinned), gap_row(17, dropped)]
    found = {cell.rowid for cell in cells(logs.old) if len(cell.values) == 7}
    assert {1, 2, 3, 11, 12} <= found
    with closing(logs.read_out(known)) as store:
        assert store.chunk(0, 99) == expected


def test_of_two_rows_at_one_place_the_later_counts(logs: Logs) -> None:
    """A power cut left one in the file that another has the place of now."""
    known = logs.write(Group([*hall(1, 2), Row(3, HALL, "b2", 1, None, "7.00")]))
    with closing(sqlite3.connect(logs.old)) as sql:
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        later = sql.execute("SELECT * FROM reading WHERE position = 3").fetchall()
        stale = (3, 1, 1, 3, None, "9.00")
        row = (*stale, records.row_check(b"3,1,1,3,,9.00"))
        for first, second in ((row, later[0]), (later[0], row)):
            for table in ("one", "two"):
                sql.execute(f"DROP TABLE IF EXISTS {table}")
                sql.execute(f"CREATE TABLE {table} (a INTEGER PRIMARY KEY, b, c, d, e, f, g)")
            sql.execute("INSERT INTO one VALUES (?,?,?,?,?,?,?)", first)
            sql.execute("INSERT INTO two VALUES (?,?,?,?,?,?,?)", second)
            sql.commit()
            logs.new.unlink(missing_ok=True)
            with closing(logs.read_out(known)) as store:
                assert store.chunk(2, 3) == [Row(3, HALL, "b2", 1, None, "7.00")]


def test_what_still_waits_in_memory_is_not_taken(logs: Logs) -> None:
    """An unfinished transaction may have left some of it, with holes."""
    known = logs.write(*GROUPS)
    with closing(logs.read_out(known, waiting=(7, 61))) as store:
        assert store.last_position == 60


def test_a_cursor_is_not_ahead_of_the_rows(logs: Logs) -> None:
    known = logs.write(Group(hall(1, 2)), Group([], cursors={"city": 9}))
    with closing(logs.read_out(known)) as store:
        assert store.cursors == {"city": 2}


def test_the_legend_of_this_log_explains_nothing_in_another_s(logs: Logs, tmp_path: Path) -> None:
    ours = logs.write(*GROUPS)
    (tmp_path / "other").mkdir()
    other = Logs(tmp_path / "other")
    alien = Layout("cellar", ("humidity",), Rank.GAUGE)
    other.write(
        Group([Row(1, alien, "x1", 5, None, "44.00")]), Group([]), segments=(Segment(1, 99, 0),)
    )
    with closing(other.read_out(ours)) as store:
        assert store.chunk(0, 9) == [Row(1, alien, "x1", 5, None, "44.00")]
        assert store.identities.of(1) == (99, 1)


def test_rows_of_schema_1_come_back_with_a_check(logs: Logs) -> None:
    known = logs.write(*GROUPS)
    with closing(sqlite3.connect(logs.old)) as sql:
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sql.execute("CREATE TABLE first (a INTEGER PRIMARY KEY, b, c, d, e, f)")
        sql.execute("INSERT INTO first VALUES (63, 1, 1, 5, NULL, '63.00')")
        sql.execute("INSERT INTO first VALUES (64, 1, 1, 5, NULL, '1,2')")  # not so many values
        sql.execute("INSERT INTO first VALUES (65, 1, 1, 5, NULL, '1x')")
        sql.execute("CREATE TABLE second (a INTEGER PRIMARY KEY, b, c, d, e, f, g)")
        sql.execute("INSERT INTO second VALUES (66, 1, 1, 5, NULL, '66.00', NULL)")  # lost its own
        sql.commit()
    with closing(logs.read_out(known)) as store:
        assert store.chunk(62, 99) == [Row(63, HALL, "b1", 5, None, "63.00")]
        checks = store.connection.execute("SELECT check_16 FROM reading WHERE position > 60")
        assert None not in {check for (check,) in checks}


def test_totals_are_the_highest_that_anything_tells(logs: Logs) -> None:
    known = logs.write(Group([door(1, 5, 5)]), Group([door(2, 1, 6), door(3, 1, 7)]))
    with closing(sqlite3.connect(logs.old)) as sql:
        sql.execute("UPDATE sensor SET totals = '{\"total_in\": 900}'")
        sql.commit()
    with closing(logs.read_out(known)) as store:
        assert store.sensors["door"].totals == {"total_in": 7}


def test_it_beats_and_takes_little_memory(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salvage, "CHUNK_ROWS", 100)
    known = logs.write(*(Group(hall(*range(n, n + 500))) for n in range(1, 10_000, 500)))
    beats = []
    with closing(Store(logs.new)) as store:
        tracemalloc.start()
        read_out(logs.old, store, known, NOBODY, lambda: beats.append(1))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert store.count() == 10_000
    assert len(beats) >= 300  # copied, cleared, and added up
    assert peak < 2_000_000
