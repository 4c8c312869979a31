"""The legend: the second copy of what the rows mean."""

import os
from contextlib import closing
from pathlib import Path
from zlib import crc32

import pytest

from drivers.quantities import Rank
from gateway.buffer import legend
from gateway.buffer.group import Group
from gateway.buffer.identities import Segment
from gateway.buffer.legend import Legend, NumberedLayout, path_of
from gateway.buffer.rows import Layout, Row
from gateway.buffer.store import Store
from gateway.clock import Anchor
from gateway.errors import StoreUnavailable
from tests.gateway.buffer.node import Node, commit_all, counted, reading

LEGEND = Legend(
    ["s1", "s2"],
    500,
    [(1, 77, 0), (9, 78, 8)],
    [
        NumberedLayout(1, "hall", ["temperature"], 1, 0, "", (("temperature", "tsi-2026"),)),
        NumberedLayout(2, "", [], 4, 0, "unclean_stop"),
    ],
    [(1, "b1", 0), (2, "b2", 10**15)],
    {"door": {"total_in": 7}},
    [(1, 5, 6, 1)],
    {"city": 3},
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


def test_what_was_written_is_read(log: Path) -> None:
    legend.write(log, LEGEND)
    assert legend.read(log) == LEGEND
    legend.write(log, Legend(["s3"], 1, [], [], []))
    assert legend.read(log) == Legend(["s3"], 1, [], [], [])
    assert [path.name for path in log.parent.iterdir()] == ["log.db.legend"]


def test_one_of_schema_3_knows_no_calibrations(log: Path) -> None:
    older = (
        b'{"sessions":["s1"],"reserved":5,"segments":[],"boots":[],"layouts":[[1,"",[],4,0,""]]}'
    )
    path_of(log).write_bytes(b"%08x %s" % (crc32(older), older))
    found = legend.read(log)
    assert found is not None
    assert found.layouts == [NumberedLayout(1, "", [], 4, 0, "")]


def test_a_missing_one_is_none(log: Path) -> None:
    assert legend.read(log) is None


def test_every_torn_one_is_none(log: Path) -> None:
    legend.write(log, LEGEND)
    whole = path_of(log).read_bytes()
    for size in range(len(whole)):
        path_of(log).write_bytes(whole[:size])
        assert legend.read(log) is None


def test_every_flipped_bit_makes_it_none(log: Path) -> None:
    legend.write(log, LEGEND)
    whole = path_of(log).read_bytes()
    for bit in range(8 * len(whole)):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path_of(log).write_bytes(flipped)
        assert legend.read(log) is None


def test_one_of_another_version_is_none(log: Path) -> None:
    legend.write(log, LEGEND)
    path_of(log).write_bytes(b'b5a3d8e6 {"sessions":1}')
    assert legend.read(log) is None
    path_of(log).unlink()
    path_of(log).mkdir()
    assert legend.read(log) is None


def test_one_that_cannot_be_written_is_the_disk_s_matter_and_the_old_one_stays(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    legend.write(log, LEGEND)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        legend.write(log, Legend(["s3"], 1, [], [], []))
    assert legend.read(log) == LEGEND


def test_it_tells_what_the_store_knows(log: Path) -> None:
    calibrations = (("temperature", "tsi-2026"),)
    hall = Layout("hall", ("temperature",), Rank.GAUGE, calibrations=calibrations)
    door = Layout("door", ("count_in", "total_in"), Rank.COUNT)
    with closing(Store(log)) as store:
        rows = [Row(1, hall, "b1", 5, None, "21.50"), Row(2, door, "b1", 7, 2, "3,10")]
        assert legend.outdated(store)
        legend.keep(store)
        assert not legend.outdated(store)
        store.write(Group(rows, [("b1", Anchor(6, 7))], [Segment(2, 77, 1)], {"city": 1}, 500))
        assert legend.outdated(store)
        told = legend.of(store)
        assert told.layouts == [
            (1, "hall", ["temperature"], Rank.GAUGE, 0, "", calibrations),
            (2, "door", ["count_in", "total_in"], Rank.COUNT, 0, "", ()),
        ]
        assert [one.layout for one in told.layouts] == [hall, door]
        assert told.boots == [(1, "b1", 0)]
        assert told.segments[1:] == [(2, 77, 1)]
        assert (told.totals, told.cursors) == ({"door": {"total_in": 10}}, {"city": 1})
        assert (told.anchors, told.reserved) == ([(1, 6, 7, 1)], 500)
        store.write(Group([], [("b1", Anchor(9, 10**12))]))
        assert legend.outdated(store)


def test_the_log_keeps_it_up_to_date(node: Node) -> None:
    opened = node.start()
    opened.append(reading(1))
    commit_all(opened)
    opened.append(counted(1))
    commit_all(opened)
    assert opened.store
    assert not legend.outdated(opened.store)
    told = legend.read(node.path)
    assert told
    assert [sensor for _, sensor, *_ in told.layouts] == ["hall", "door"]
    assert told.sessions == [opened.session]
    opened.append(counted(4))
    opened.close()
    told = legend.read(node.path)
    assert told
    assert told.totals == {"door": {"total_in": 5}}
