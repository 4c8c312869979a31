"""The log: what is taken in, goes out, and which files it is left alone with."""

from pathlib import Path

import pytest

from drivers.quantities import Rank
from gateway.buffer import Log
from gateway.config import Buffer
from gateway.errors import StoreDamaged, StoreError, StoreUnavailable
from gateway.model import Instant, Note, Quality, Reading, StoredReading
from tests.gateway.buffer.node import (
    Node,
    counted,
    everything,
    numbers,
    reading,
    readings,
)
from tests.gateway.simulated_clock import SimulatedClock


def test_a_reading_comes_back_as_it_was_stored(node: Node) -> None:
    opened = node.start()
    opened.append(reading(21.504))
    assert opened.commit() == 1
    [stored] = readings(everything(opened))
    assert (stored.number, stored.first, stored.merged, stored.sensor) == (1, 1, 1, "hall")
    assert stored.values == {"temperature": 21.5, "pressure": None}
    assert stored.at == Instant("b00t0001", 2_000_000_000, None, Quality.UNKNOWN)
    assert stored.span_ns is None


def test_a_reading_goes_out_before_its_commit_and_not_again_after_it(node: Node) -> None:
    opened = node.start()
    opened.append(reading())
    [before] = everything(opened)
    assert (opened.pending, opened.accepted) == (1, 0)
    opened.commit()
    assert (opened.pending, opened.accepted) == (0, 1)
    assert opened.reader("city").take(10) is None
    opened.reader("city").rewind()
    assert everything(opened) == [before]


def test_what_is_stored_comes_before_what_is_not(node: Node) -> None:
    opened = node.start()
    for value in range(5):
        opened.append(reading(value))
        if value == 2:
            opened.commit()
    assert numbers(everything(opened)) == [1, 2, 3, 4, 5]
    opened.commit()
    opened.reader("city").rewind()
    batch = opened.reader("city").take(4)
    assert batch is not None
    assert numbers(batch.entries) == [1, 2, 3, 4]


def test_an_interval_keeps_its_span_and_the_text_of_its_values(node: Node) -> None:
    opened = node.start()
    values = {"activations": 4, "blind_time": 0.25, "temperature": 20}
    opened.append(Reading("door", values, 9_000_000_000, 5_000_000_000))
    [pending] = readings(everything(opened))
    assert pending.span_ns == 5_000_000_000
    assert pending.packed == "4,0.2,20.00"  # each at the resolution of its quantity
    opened.commit()
    opened.reader("city").rewind()
    assert everything(opened) == [pending]


def test_running_totals_go_with_the_counts(node: Node) -> None:
    opened = node.start()
    values = {"count_in": 3, "count_out": 1, "targets": 2}
    assert opened.append(Reading("door", values, 1, 1)).values == values | {
        "total_in": 3,
        "total_out": 1,
    }
    opened.append(Reading("door", {"count_in": None, "count_out": 4}, 2, 1))
    opened.append(Reading("side door", {"count_in": 7}, 2, 1))
    again = opened.append(Reading("door", {"count_in": 1, "count_out": 0}, 3, 1))
    assert again.values == {"count_in": 1, "count_out": 0, "total_in": 4, "total_out": 5}
    assert [one.values.get("total_in") for one in readings(everything(opened))] == [3, None, 7, 4]


def test_a_rank_of_its_own_counts_more_than_that_of_what_is_measured(node: Node) -> None:
    opened = node.start(ranks={"cellar": Rank.ALARM})
    for one in (reading(), counted(1), reading(sensor="cellar")):
        opened.append(one)
    ranks = [row.layout.rank for row in opened.window.group.rows]
    assert ranks == [Rank.GAUGE, Rank.COUNT, Rank.ALARM]


def test_listeners_are_told_of_new_readings(node: Node) -> None:
    opened = node.start()
    reader = opened.reader("city")
    reader.wake.clear()
    reader.call(waiting=2)
    opened.append(reading())
    assert not reader.wake.is_set()
    opened.append(reading())
    assert reader.wake.is_set()
    reader.wake.clear()
    reader.call(waiting=1)  # there is something already
    assert reader.wake.is_set()


def test_anchors_date_earlier_and_later_readings(node: Node) -> None:
    opened = node.start()
    opened.append(reading(up_ns=2_000_000_000))
    node.clock.sleep(4)
    node.clock.utc_at_boot_ns = 1_700_000_000_000_000_000
    anchor = node.clock.anchor()
    assert anchor is not None
    opened.add_anchor(anchor)
    opened.add_anchor(anchor)
    assert len(opened.window.group.anchors) == 1
    opened.append(reading(up_ns=node.clock.now_ns() + 1))
    before = everything(opened)
    opened.close()
    node.boot()
    again = everything(node.start())
    assert again == before
    first, second = (entry.at for entry in again)
    assert first == Instant("b00t0001", 2_000_000_000, 1_700_000_002_000_000_000, Quality.REPAIRED)
    assert second.quality is Quality.SYNCED


def test_it_is_known_until_when_a_sensor_was_measured_also_in_an_earlier_run(node: Node) -> None:
    opened = node.start()
    assert opened.measured_until("hall") is None
    opened.append(reading(up_ns=5))
    assert opened.measured_until("hall") == ("b00t0001", 5)
    opened.close()
    node.boot()
    assert node.start().measured_until("hall") == ("b00t0001", 5)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", ["temperature", "count_in"])
def test_what_is_no_number_never_reaches_the_log(node: Node, name: str, value: float) -> None:
    opened = node.start()
    opened.note(Note("door", {"count_in": 3}, 0, 1))
    with pytest.raises(ValueError, match="not a number"):
        opened.append(Reading("door", {name: value}, 1))
    assert opened.pending == 0
    assert "door" in opened.window.notes
    opened.append(counted(1))
    [stored] = everything(opened)
    assert isinstance(stored, StoredReading)
    assert (stored.number, stored.packed) == (1, "1,1")


def test_a_second_gateway_is_refused_and_the_first_goes_on(node: Node) -> None:
    opened = node.start()
    with pytest.raises(StoreError, match="in use by another gateway"):
        node.start()
    opened.append(reading())
    assert opened.commit() == 1


def test_a_file_that_is_no_log_is_left_for_the_writer_to_heal(node: Node) -> None:
    content = b"this is no database, but it is long enough to be one" * 99
    node.path.parent.mkdir()
    node.path.write_bytes(content)
    opened = node.start()
    assert isinstance(opened.refused, StoreDamaged)
    assert opened.store is None
    assert node.path.read_bytes() == content
    opened.append(reading())
    assert len(everything(opened)) == 1


def test_a_folder_in_place_of_the_log_is_named(node: Node) -> None:
    node.path.mkdir(parents=True)
    with pytest.raises(StoreError, match="unable to open") as caught:
        node.start()
    assert not isinstance(caught.value, StoreDamaged | StoreUnavailable)
    assert "is it a file" in caught.value.hint


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, node: Node) -> None:
    (tmp_path / "file").write_text("")
    buffer = Buffer(path=str(tmp_path / "file" / "log.db"))
    with pytest.raises(StoreError, match="cannot use"):
        Log(buffer, node.run, SimulatedClock())


def test_a_log_that_cannot_be_opened_is_let_go_of(node: Node) -> None:
    node.path.mkdir(parents=True)
    for _ in range(2):
        with pytest.raises(StoreError, match="unable to open"):
            node.start()
    node.path.rmdir()
    assert node.start().store is not None


def test_a_running_total_goes_out_after_its_commit(node: Node) -> None:
    """A power cut would let it run backwards (promise 4); what stands behind it waits too."""
    opened = node.start()
    opened.append(reading())
    opened.append(counted(1))
    opened.append(reading())
    reader = opened.reader("city")
    batch = reader.take(10)
    assert batch is not None
    assert numbers(batch.entries) == [1]
    assert (reader.waiting, reader.backlog) == (0, 3)
    reader.wake.clear()
    reader.call(waiting=1)
    assert not reader.wake.is_set()
    opened.commit()
    assert reader.wake.is_set()
    later = reader.take(10)
    assert later is not None
    assert numbers(later.entries) == [2, 3]


def test_nothing_waits_for_a_disk_that_takes_nothing(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = node.start()
    opened.append(counted(1))
    assert opened.store is not None

    def full(_group: object) -> None:
        raise StoreUnavailable("full")

    monkeypatch.setattr(opened.store, "write", full)
    with pytest.raises(StoreUnavailable):
        opened.commit()
    batch = opened.reader("city").take(10)
    assert batch is not None
    assert numbers(batch.entries) == [1]
