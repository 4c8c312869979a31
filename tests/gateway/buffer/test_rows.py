"""What a row stands for: a reading, several merged ones, or a gap."""

from drivers.quantities import Rank
from gateway.buffer.gaps import gap_row
from gateway.buffer.rows import Layout, Row, back, raw_count
from gateway.model import Gap, Numbers, Reason
from tests.gateway.buffer.node import Node, everything, numbers, reading

MINUTE = Layout("hall", ("count_in",), Rank.COUNT, 60)
RAW = Layout("hall", ("count_in",), Rank.COUNT)
THINNED = Gap(
    Reason.THINNED, "", Numbers(4711, 3, 60), 58, None, ("b00t0001", 5), Rank.GAUGE, step_s=60
)


def test_a_merged_row_says_where_its_first_reading_stood_and_how_many_it_is() -> None:
    merged = Row(60, MINUTE, "b00t0001", 5, 4, "59,12,7")
    assert (back(merged), raw_count(merged)) == (59, 12)


def test_a_raw_row_and_the_record_of_a_thinning_stand_for_themselves() -> None:
    for row in (Row(60, RAW, "b00t0001", 5, 4, "7"), gap_row(60, THINNED)):
        assert (back(row), raw_count(row)) == (0, 1)


def test_a_window_that_begins_with_the_record_of_a_thinning_survives_a_kill(node: Node) -> None:
    opened = node.start()
    opened.append(reading())
    opened.commit()
    opened.append_gap(THINNED)
    opened.append(reading())
    node.kill()
    assert numbers(everything(node.start())) == [1, 2, 3, 4]
