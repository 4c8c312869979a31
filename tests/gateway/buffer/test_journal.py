"""The journal gives back what was noted, whatever moment the process died in."""

import os
import re
import resource
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import Rank
from gateway.buffer.held import Held
from gateway.buffer.identities import Identities, Segment
from gateway.buffer.journal import Journal
from gateway.buffer.rows import Layout, Row
from gateway.clock import Anchor
from gateway.model import Note
from tests.gateway.buffer.journals import HELD, ROWS, recovered

AWAY = Layout("door", (), Rank.ALARM, 0, "not_measured")
NOTE = Note("door", {"count_in": 2, "blind_time": 0.5}, 10, 30)


def test_what_was_noted_comes_back_in_order(journal: Journal) -> None:
    for row in ROWS:
        journal.row(row)
    journal.anchor("b1", Anchor(5, 1_000))
    journal.cursor("city", 3)
    journal.cursor("city", 8)
    journal.note(NOTE._replace(counts={"count_in": 1}))
    journal.note(NOTE)
    found = recovered(journal)
    assert found.boot == "b1"
    assert found.identities.segments == [Segment(1, 44, 0)]
    assert found.rows == ROWS
    assert found.next_position == 10
    assert found.anchors == [("b1", Anchor(5, 1_000))]
    assert found.cursors == {"city": 8}
    assert found.notes == {"door": NOTE}
    assert found.bad == 0


def test_the_text_of_the_values_comes_back_exactly(journal: Journal) -> None:
    texts = ["0.10", "-0.00", "1e300,null,7", "", "18446744073709551617"]
    rows = [ROWS[0]._replace(position=n, packed=text) for n, text in enumerate(texts, 7)]
    for row in rows:
        journal.row(row)
    assert recovered(journal).rows == rows


def test_writing_anew_keeps_what_is_left_and_nothing_else(journal: Journal) -> None:
    for row in ROWS:
        journal.row(row)
    journal.note(NOTE)
    identities = Identities([Segment(1, 43, 0), Segment(8, 44, 3), Segment(20, 45, 19)])
    anchors, cursors = [("b1", Anchor(1, 2))], {"city": 9}
    totals = {"door": {"total_in": 7}}
    held = Held("s9", identities, 7, 21, ROWS[1:], anchors, cursors, totals, True)
    journal.rewrite(held, [NOTE])
    journal.row(ROWS[0]._replace(position=21))
    found = recovered(journal)
    assert found.rows == [*ROWS[1:], ROWS[0]._replace(position=21)]
    assert found.identities.segments == [Segment(8, 44, 3), Segment(20, 45, 19)]
    assert found.next_position == 22
    assert (found.anchors, found.cursors) == ([("b1", Anchor(1, 2))], {"city": 9})
    assert found.notes == {"door": NOTE}
    assert (found.session, found.stored_position) == ("s9", 7)
    assert (found.totals, found.totals_known) == (totals, True)
    assert sorted(path.name for path in journal.path.parent.iterdir()) == ["journal"]


def test_a_reading_replaces_the_counts_that_were_noted_of_its_sensor(journal: Journal) -> None:
    journal.note(NOTE)
    journal.note(NOTE._replace(sensor="gate"))
    journal.row(ROWS[0])
    assert set(recovered(journal).notes) == {"door", "gate"}
    journal.row(ROWS[1])
    assert set(recovered(journal).notes) == {"gate"}
    journal.note(NOTE)
    assert recovered(journal).notes["door"] == NOTE


def test_how_often_and_in_which_order_counts_were_noted_does_not_stand_in_the_file(
    tmp_path: Path,
) -> None:
    def journal_of(counts: Sequence[tuple[str, int]]) -> bytes:
        written = Journal(tmp_path, "b1")
        written.rewrite(HELD, [NOTE._replace(sensor="gate", counts={"count_in": 0})])
        written.note(NOTE._replace(counts={"count_in": 0}))
        for sensor, count in counts:
            written.note(NOTE._replace(sensor=sensor, counts={"count_in": count}))
        written.close()
        return written.path.read_bytes()

    one = journal_of([("door", 1), ("door", 2), ("gate", 1), ("door", 99_999)])
    other = journal_of([("gate", 1), ("door", 99_999)])
    assert one == other
    assert one.count(b"door") == one.count(b"gate") == 1


def test_how_much_was_counted_when_it_was_written_anew_does_not_stand_in_the_file(
    tmp_path: Path,
) -> None:
    def journal_of(counts: Mapping[str, float]) -> bytes:
        written = Journal(tmp_path, "b1")
        written.rewrite(HELD, [NOTE._replace(counts=counts)])
        written.note(NOTE._replace(counts={"count_in": 120, "blind_time": 887.123456}))
        written.close()
        return written.path.read_bytes()

    nothing = journal_of({"count_in": 0, "blind_time": 0.0})
    assert nothing == journal_of({"count_in": 120, "blind_time": 887.123456})


@given(
    st.lists(
        st.tuples(st.sampled_from(["row", "note"]), st.sampled_from("ab"), st.integers(0, 10**9)),
        max_size=200,
    )
)
def test_notes_stand_in_one_page_each_and_the_last_one_counts(
    events: list[tuple[str, str, int]],
) -> None:
    with TemporaryDirectory() as folder:
        journal, last = Journal(Path(folder), "b1"), dict[str, Note]()
        journal.rewrite(HELD, [])
        for position, (kind, sensor, count) in enumerate(events, 7):
            if kind == "row":
                layout = ROWS[1].layout._replace(sensor=sensor)
                journal.row(ROWS[1]._replace(position=position, layout=layout))
                last.pop(sensor, None)
            else:
                last[sensor] = NOTE._replace(sensor=sensor, counts={"count_in": count})
                journal.note(last[sensor])
        journal.close()
        found, content = recovered(journal), journal.path.read_bytes()
        assert (found.notes, found.bad) == (last, 0)
        for record in re.finditer(rb"[0-9a-f]{8} n[^\n]*", content):
            assert record.start() // 4096 == (record.end() - 1) // 4096


def test_that_a_sensor_was_not_measured_takes_no_counts_away(journal: Journal) -> None:
    journal.note(NOTE)
    journal.row(Row(7, AWAY, "b1", 5, None, "null,null,null,null,null,null"))
    assert recovered(journal).notes == {"door": NOTE}


def test_the_next_position_is_known_without_any_row(journal: Journal) -> None:
    assert recovered(journal).next_position == 7
    assert recovered(journal).rows == []


def test_where_there_is_no_journal_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert Journal(tmp_path, "b1").read() is None
    assert Journal(tmp_path / "none", "b1").read() is None
    (tmp_path / "journal").mkdir()
    assert Journal(tmp_path, "b1").read() is None


def test_a_journal_for_which_there_is_no_room_says_so_and_keeps_the_one_before(
    journal: Journal,
) -> None:
    journal.row(ROWS[0])
    rows = [ROWS[0]._replace(position=n) for n in range(7, 1_007)]
    with limited(journal.path.stat().st_size + 100), pytest.raises(OSError, match="too large"):
        journal.rewrite(replace(HELD, next_position=1_007, rows=rows))
    assert recovered(journal).rows == ROWS[:1]


def test_a_record_for_which_there_is_no_room_says_so(journal: Journal) -> None:
    with limited(journal.path.stat().st_size + 5), pytest.raises(OSError, match="no room"):
        journal.row(ROWS[0])
    assert recovered(journal).rows == []


def test_a_full_device_says_so(tmp_path: Path) -> None:
    (tmp_path / "journal.new").symlink_to("/dev/full")
    with closing(Journal(tmp_path, "b1")) as full, pytest.raises(OSError, match="No space left"):
        full.rewrite(HELD)


def test_what_could_not_be_opened_takes_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="could not be opened"):
        Journal(tmp_path, "b1").row(ROWS[0])


def test_each_record_is_one_write(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the first of a layout, so that a kill leaves the row or nothing."""
    writes: list[bytes] = []
    write = os.pwrite

    def counted(file: int, content: bytes, offset: int) -> int:
        writes.append(content)
        return write(file, content, offset)

    monkeypatch.setattr(os, "pwrite", counted)
    journal.row(ROWS[0])
    journal.note(NOTE)
    assert len(writes) == 2


def test_a_removed_journal_is_gone_and_a_closed_one_is_left(journal: Journal) -> None:
    journal.close()
    assert recovered(journal).next_position == 7
    journal.remove()
    journal.remove()
    assert not journal.path.exists()


class limited:  # noqa: N801 - reads as a word
    """No file may grow beyond so many bytes, as on a file system that is full."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __enter__(self) -> None:
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._size, self._before[1]))

    def __exit__(self, *_: Any) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)
