"""A log of every schema that ever landed becomes one of the newest, with its backlog."""

import resource
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

from drivers.quantities import QUANTITIES
from gateway.buffer import checked, migrations, records
from gateway.buffer.group import Group
from gateway.buffer.layouts import layout_of
from gateway.buffer.migrations import schemas
from gateway.buffer.store import Store
from gateway.clock import Anchor
from gateway.errors import StoreDamaged, StoreError, StoreUnavailable
from gateway.model import Quality, StoredReading
from tests.gateway.buffer.node import Node, counted, everything, gaps, numbers, reading, readings

EPOCH = 4_711
LAYOUTS = [
    (1, "hall", "temperature,pressure"),
    (2, "door", "count_in,count_out,blind_time,total_in,total_out"),
]
READINGS = [
    (4, 1, 1, 2_000_000_000, None, "21.50,null"),
    (5, 2, 1, 60_000_000_000, 58_000_000_000, "3,1,0.2,103,51"),
    (6, 1, 2, 1_000_000_000, None, "20.00,100000.0"),
    (7, 2, 2, 9_000_000_000, 8_000_000_000, "0,2,0.0,103,53"),
]
"""Positions 1 to 3 were delivered and deleted."""


def schema_1(path: Path) -> sqlite3.Connection:
    """A log as the program wrote it that knew schema 1, open still."""
    path.parent.mkdir(exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA page_size = 4096")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    script = files("gateway.buffer").joinpath("schema", "0001.sql").read_text()
    founding = f"PRAGMA application_id = {0x50475731}; INSERT INTO store VALUES ({EPOCH});"
    connection.executescript(f"BEGIN; {script} {founding} PRAGMA user_version = 1; COMMIT;")
    connection.execute("INSERT INTO boot (boot_id) VALUES ('b00t000a'), ('b00t000b')")
    connection.executemany("INSERT INTO layout VALUES (?,?,?)", LAYOUTS)
    connection.executemany("INSERT INTO reading VALUES (?,?,?,?,?,?)", READINGS)
    connection.execute("INSERT INTO anchor VALUES (2, 500000000, 1700000000000000000)")
    connection.execute("INSERT INTO cursor VALUES ('city', 5), ('gone', 3)")
    connection.execute(
        "INSERT INTO total VALUES ('door', 'total_in', 103), ('door', 'total_out', 53)"
    )
    return connection


def test_a_log_of_schema_1_goes_on_with_its_backlog(node: Node) -> None:
    schema_1(node.path).close()
    opened = node.start(uplinks={"city": "now", "county": "everything"})
    assert opened.reader("city").position == 5
    found = everything(opened, "county")
    assert numbers(found) == [4, 5, 6, 7]
    assert {one.epoch for one in found} == {EPOCH}
    assert numbers(everything(opened)) == [6, 7]
    first, second, third, fourth = (one for one in found if isinstance(one, StoredReading))
    assert (first.sensor, first.packed, first.span_ns) == ("hall", "21.50,null", None)
    assert first.at[:4] == ("b00t000a", 2_000_000_000, None, Quality.UNKNOWN)
    assert (second.names, second.span_ns) == (tuple(LAYOUTS[1][2].split(",")), 58_000_000_000)
    assert third.at.utc_ns == 1_700_000_000_500_000_000
    assert fourth.values["total_out"] == 53


def schema_2(path: Path, monkeypatch: pytest.MonkeyPatch) -> sqlite3.Connection:
    """The same log as the program wrote it that knew schema 2, open still."""
    connection = schema_1(path)
    with monkeypatch.context() as older:
        older.setattr(migrations, "schemas", lambda: schemas()[:2])
        migrations.migrate(connection, path)
    checked.put(connection, "anchor", [(1, 700_000_000, 1_699_999_000_000_000_000)])
    return connection


def test_a_log_of_schema_2_goes_on_with_its_backlog(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema_2(node.path, monkeypatch).close()
    found = readings(everything(node.start(uplinks={"county": "everything"}), "county"))
    assert [(one.epoch, one.number) for one in found] == [(EPOCH, n) for n in range(4, 8)]
    assert [one.at.quality for one in found] == [Quality.SYNCED] * 4
    assert found[0].at.utc_ns == 1_699_999_001_300_000_000
    assert found[2].at.utc_ns == 1_700_000_000_500_000_000


def test_a_migration_makes_no_damage_genuine(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(schema_2(node.path, monkeypatch)) as connection:
        connection.execute("UPDATE anchor SET utc_ns = utc_ns + 1 WHERE boot = 1")
    opened = node.start(uplinks={"county": "everything"})
    assert isinstance(opened.refused, StoreDamaged)
    opened.attach()
    found = readings(everything(opened, "county"))
    assert [one.number for one in found] == [4, 5, 6, 7]
    assert [one.at.utc_ns is None for one in found] == [True, True, False, False]


def schema_3(path: Path, monkeypatch: pytest.MonkeyPatch) -> sqlite3.Connection:
    """A log as the program wrote it that knew schema 3, with merged readings, open still."""
    connection = schema_2(path, monkeypatch)
    with monkeypatch.context() as older:
        older.setattr(migrations, "schemas", lambda: schemas()[:3])
        migrations.migrate(connection, path)
    names = "temperature,temperature_min,temperature_max,temperature_n"
    checked.put(connection, "layout", [(3, "hall", names, 1, 60, "")])
    row = (3, 3, 1, 2_000_000_000, 1_000_000_000, "1,2,21.00,20.00,22.00,2")
    check = records.row_check(",".join(map(str, row)).encode())
    connection.execute("INSERT INTO reading VALUES (?,?,?,?,?,?,?)", (*row, check))
    return connection


def test_a_log_of_schema_3_goes_on_with_its_backlog(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema_3(node.path, monkeypatch).close()
    opened = node.start(uplinks={"county": "everything"})
    calibrations = (("temperature", "tsi-2026-10"),)
    opened.append(reading(22.5)._replace(calibrations=calibrations))
    found = readings(everything(opened, "county"))
    assert [(one.epoch, one.number) for one in found] == [(EPOCH, n) for n in range(3, 9)]
    assert (found[0].first, found[0].merged, found[0].values["temperature_max"]) == (2, 2, 22.0)
    assert [one.calibrations for one in found] == [()] * 5 + [calibrations]


def test_a_damaged_log_of_schema_3_is_read_out_with_what_its_layouts_say(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(schema_3(node.path, monkeypatch)) as connection:
        connection.execute("UPDATE cursor SET position = position + 1 WHERE uplink = 'city'")
    opened = node.start(uplinks={"county": "everything"})
    assert isinstance(opened.refused, StoreDamaged)
    opened.attach()
    found = readings(everything(opened, "county"))
    assert [one.number for one in found] == [3, 4, 5, 6, 7]
    assert [one.calibrations for one in found] == [()] * 5


def test_whether_somebody_vouched_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    anchors = [("b1", Anchor(5, 7)), ("b1", Anchor(9, 11, Quality.ESTIMATED))]
    with closing(Store(path)) as store:
        store.write(Group([], anchors))
    with closing(Store(path)) as again:
        assert again.dating.timelines["b1"].anchors == tuple(one for _, one in anchors)


def test_numbers_and_totals_go_on_after_a_migration(node: Node) -> None:
    schema_1(node.path).close()
    opened = node.start()
    assert opened.append(counted(2)).values["total_in"] == 105
    opened.append(reading())
    new = everything(opened)[2:]
    assert [(one.epoch, one.number) for one in new] == [(EPOCH, 8), (EPOCH, 9)]
    opened.close()
    again = node.start()
    assert numbers(everything(again)) == [6, 7, 8, 9]
    assert again.append(counted(1)).values["total_in"] == 106
    assert gaps(everything(again)) == []


def test_a_power_cut_after_a_migration_is_told(node: Node) -> None:
    schema_1(node.path).close()
    opened = node.start()
    opened.append(reading())
    node.cut_power()
    found = everything(node.start())
    [gap] = gaps(found)
    assert gap.numbers is not None
    assert (gap.numbers.epoch, gap.numbers.first) == (EPOCH, 8)
    assert found[-1].number == gap.numbers.last + 1


LATER = {"occupancy", "occupancy_drift"}
"""No log of schema 1 has them."""


@pytest.mark.parametrize("name", sorted(QUANTITIES.keys() - LATER))
def test_a_quantity_has_the_rank_that_new_readings_of_it_have(tmp_path: Path, name: str) -> None:
    path = tmp_path / "log.db"
    with closing(schema_1(path)) as connection:
        connection.execute("INSERT INTO layout VALUES (3, 'one', ?)", (name,))
    with closing(Store(path)) as store:
        assert store.dictionary.layouts[3] == layout_of("one", (name,), None)


def test_layouts_and_boots_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    schema_1(path).close()
    with closing(Store(path)) as store:
        layouts = {n: (one.sensor, one.names) for n, one in store.dictionary.layouts.items()}
        assert layouts == {n: (sensor, tuple(names.split(","))) for n, sensor, names in LAYOUTS}
        assert store.dictionary.boots == {1: "b00t000a", 2: "b00t000b"}


def test_no_row_is_written_anew(tmp_path: Path) -> None:
    """So that the time does not depend on the size of the log: only a few pages change."""
    path = tmp_path / "log.db"
    with closing(schema_1(path)) as connection:
        rows = ((n, 1, 1, n, None, f"{n}.00,null") for n in range(8, 20_008))
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO reading VALUES (?,?,?,?,?,?)", rows)
        connection.execute("COMMIT")
    before = path.read_bytes()
    assert len(before) > 500_000
    Store(path).close()
    after = path.read_bytes()
    pages = range(0, len(before), 4096)
    changed = sum(before[at : at + 4096] != after[at : at + 4096] for at in pages)
    assert changed <= 12
    assert len(after) <= len(before) + 12 * 4096


@pytest.mark.parametrize("lines", range(0, 112, 4))
def test_a_migration_that_was_killed_is_done_at_the_next_start(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "log.db"
    connection = schema_1(path)
    connection.execute("PRAGMA cache_size = 1")  # each page goes to the write-ahead log at once
    connection.execute("BEGIN")
    script = "".join("".join(schemas()[1:]).splitlines(keepends=True)[:lines])
    for statement in statements(script):
        connection.execute(statement)
    for suffix in ("", "-wal"):  # as they lie there when the process dies
        copy = tmp_path / f"killed.db{suffix}"
        copy.write_bytes(path.with_name(f"log.db{suffix}").read_bytes())
    connection.close()
    with closing(Store(tmp_path / "killed.db")) as store:
        assert [row.position for row in store.chunk(0, 99)] == [4, 5, 6, 7]
        assert store.cursors == {"city": 5, "gone": 3}


def test_a_migration_for_which_there_is_no_room_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    schema_1(path).close()
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(StoreUnavailable):
            Store(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    Store(path).close()


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    schema_1(path).close()
    Store(path).close()
    before = path.read_bytes()
    Store(path).close()
    assert path.read_bytes() == before


@pytest.mark.parametrize("in_wal", [False, True])
def test_the_schema_of_a_newer_gateway_is_refused_and_nothing_touched(
    node: Node, in_wal: bool
) -> None:
    connection = schema_1(node.path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute(f"PRAGMA user_version = {len(schemas()) + 1}")
    connection.execute("CREATE TABLE future (x)")
    if not in_wal:
        connection.close()
    before = {suffix: content(node.path, suffix) for suffix in ("", "-wal")}
    connection.close()
    for suffix, found in before.items():  # as a killed gateway leaves them
        if found:
            node.path.with_name(node.path.name + suffix).write_bytes(found)
    for _ in range(2):
        with pytest.raises(StoreError, match="newer gateway") as caught:
            node.start()
        assert not isinstance(caught.value, StoreDamaged | StoreUnavailable)
        assert {suffix: content(node.path, suffix) for suffix in before} == before
    assert bool(before["-wal"]) is in_wal


@pytest.mark.parametrize("application_id", [0, 0x50475731])
def test_a_database_of_another_program_is_no_log(tmp_path: Path, application_id: int) -> None:
    path = tmp_path / "log.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {application_id}")
        connection.execute("CREATE TABLE message (x)")
    before = path.read_bytes()
    with pytest.raises(StoreDamaged, match="not a log"):
        Store(path)
    assert path.read_bytes() == before


def test_the_version_alone_makes_no_log(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1")
        connection.execute("CREATE TABLE reading (x)")
    with pytest.raises(StoreDamaged, match="not a log"):
        Store(path)


@pytest.mark.parametrize("table", ["reading", "cursor", "state", "thinned"])
def test_a_log_that_has_lost_a_table_is_damaged(tmp_path: Path, table: str) -> None:
    path = tmp_path / "log.db"
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"DROP TABLE {table}")
    with pytest.raises(StoreDamaged):
        Store(path)


def statements(script: str) -> list[str]:
    """The whole ones."""
    found, begun = [], ""
    for line in script.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            found.append(begun)
            begun = ""
    return found


def content(path: Path, suffix: str) -> bytes:
    """Nothing if there is no such file."""
    part = path.with_name(path.name + suffix)
    return part.read_bytes() if part.exists() else b""
