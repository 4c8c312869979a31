"""What is written together, and what stays for the next time."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import Rank
from gateway.buffer.group import Group, OpenGroup
from gateway.buffer.identities import Segment
from gateway.buffer.rows import Layout, Row
from gateway.clock import Anchor

HALL = Layout("hall", ("temperature",), Rank.GAUGE)


def row(position: int) -> Row:
    return Row(position, HALL, "b1", position, None, "1.00")


def filled() -> OpenGroup:
    group = OpenGroup()
    group.rows = [row(n) for n in range(11, 16)]
    group.anchors = [("b1", Anchor(1, 2))]
    group.segments = [Segment(11, 7, 0), Segment(14, 8, 13)]
    group.cursors = {"city": 9, "county": 15}
    return group


def test_a_cursor_goes_no_further_than_the_rows_that_are_stored_with_it() -> None:
    assert filled().first(3, 10).cursors == {"city": 9, "county": 13}
    group = filled()
    group.rows = []
    assert group.first(3, 10).cursors == {"city": 9, "county": 10}


def test_a_segment_is_stored_with_its_first_row() -> None:
    assert filled().first(3, 10).segments == [Segment(11, 7, 0)]
    assert filled().first(4, 10).segments == [Segment(11, 7, 0), Segment(14, 8, 13)]


def test_what_was_not_stored_stays() -> None:
    group = filled()
    group.remove(group.first(3, 10))
    assert [one.position for one in group.rows] == [14, 15]
    assert group.segments == [Segment(14, 8, 13)]
    assert group.cursors == {"county": 15}
    assert group.anchors == []
    assert group
    group.remove(group.first(9, 13))
    assert not group


def test_what_came_or_changed_meanwhile_stays() -> None:
    group = filled()
    first = group.first(9, 10)
    group.rows.append(row(16))
    group.anchors.append(("b1", Anchor(5, 6)))
    group.segments = [*group.segments, Segment(16, 9, 15)]
    group.cursors["city"] = 12
    group.remove(first)
    assert group.rows == [row(16)]
    assert group.anchors == [("b1", Anchor(5, 6))]
    assert group.segments == [Segment(16, 9, 15)]
    assert group.cursors == {"city": 12}


def test_what_was_taken_out_does_not_change_any_more() -> None:
    group = filled()
    first = group.first(9, 10)
    group.rows.append(row(16))
    group.cursors["city"] = 12
    assert len(first.rows) == 5
    assert first.cursors["city"] == 9


def test_an_empty_group_is_nothing() -> None:
    assert not OpenGroup()
    assert not any(OpenGroup().first(9, 0))
    assert not any(Group([]))


@given(st.lists(st.integers(1, 5), max_size=20), st.integers(0, 30))
def test_every_row_is_stored_once_in_order(sizes: list[int], rows: int) -> None:
    group, stored = OpenGroup(), 0
    group.rows = [row(n) for n in range(1, rows + 1)]
    group.cursors = {"city": rows}
    for size in sizes:
        some = group.first(size, stored)
        assert [one.position for one in some.rows] == list(
            range(stored + 1, min(stored + size, rows) + 1)
        )
        stored += len(some.rows)
        assert some.cursors.get("city", stored) <= stored
        group.remove(some)
    assert len(group.rows) == rows - stored
