"""Rows of the memory behind rows of the disk: identities stay, positions move."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.quantities import Rank
from gateway.buffer.group import Group
from gateway.buffer.held import Held
from gateway.buffer.identities import Identities, Segment
from gateway.buffer.joining import Joined, join
from gateway.buffer.rows import Layout, Row
from gateway.buffer.store import Store
from gateway.buffer.transaction import Session
from gateway.model import Numbers

HALL = Layout("hall", ("temperature",), Rank.GAUGE)
MERGED = Layout("hall", ("temperature",), Rank.GAUGE, 60)


def rows(first: int, last: int) -> list[Row]:
    return [
        Row(position, HALL, "b1", position, None, "21.50") for position in range(first, last + 1)
    ]


def fill(store: Store, last: int, *segments: Segment) -> None:
    """Positions 1 to `last`, of epoch 7 unless segments are given."""
    store.begin_session(
        Session("s", 99), Group(rows(1, last), segments=segments or (Segment(1, 7, 0),))
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "log.db")) as opened:
        yield opened


def joined(
    store: Store, rows: list[Row], *segments: Segment, next_position: int, stored: int | None = None
) -> Joined:
    """Of a window that holds these rows, and everything since the first of them."""
    first = rows[0].position if rows else next_position
    stored = first - 1 if stored is None else stored
    return join(store, Held("s", Identities(segments), stored, next_position, rows))


def segments_of(one: Joined) -> list[Segment]:
    return one.identities.segments


E7 = Segment(1, 7, 0)


def test_what_comes_next_goes_on_without_a_segment(store: Store) -> None:
    fill(store, 5)
    one = joined(store, rows(6, 8), E7, next_position=9)
    assert (one.rows, one.moved, one.next_position, one.lost) == (rows(6, 8), 0, 9, None)
    assert segments_of(one) == [E7]
    one = joined(store, [], E7, next_position=6)
    assert (one.rows, one.moved, one.next_position, one.lost) == ([], 0, 6, None)


def test_what_is_stored_already_is_left_out(store: Store) -> None:
    fill(store, 5)
    assert joined(store, rows(3, 8), E7, next_position=9).rows == rows(6, 8)
    one = joined(store, rows(3, 5), E7, next_position=6)
    assert (one.rows, one.moved, one.next_position) == ([], 0, 6)


def test_numbers_that_the_store_should_have_are_lost(store: Store) -> None:
    fill(store, 5)
    one = joined(store, rows(9, 10), E7, next_position=11)
    assert [row.position for row in one.rows] == [6, 7]
    assert (one.moved, one.next_position, one.lost) == (-3, 8, Numbers(7, 6, 8))
    assert segments_of(one) == [E7, Segment(6, 7, -3)]
    one = joined(store, [], E7, next_position=9)
    assert (one.moved, one.next_position, one.lost) == (-3, 6, Numbers(7, 6, 8))


def test_what_was_never_to_be_stored_is_not_lost(store: Store) -> None:
    """All uplinks had it, and memory ran out."""
    fill(store, 5)
    one = joined(store, rows(9, 10), E7, next_position=11, stored=5)
    assert (one.moved, one.lost) == (-3, None)
    assert one.identities.of(6) == (7, 9)


def test_the_journal_of_a_store_that_is_ahead_of_it_says_nothing(store: Store) -> None:
    fill(store, 5)
    one = joined(store, [], E7, next_position=4)
    assert (one.rows, one.moved, one.next_position, one.lost) == ([], 2, 6, None)


def test_another_epoch_keeps_its_numbers_at_other_places(store: Store) -> None:
    fill(store, 5)
    one = joined(store, rows(1, 3), Segment(1, 8, 0), Segment(3, 9, 2), next_position=4)
    assert segments_of(one) == [E7, Segment(6, 8, 5), Segment(8, 9, 7)]
    assert [row.position for row in one.rows] == [6, 7, 8]
    assert (one.moved, one.next_position, one.lost) == (5, 9, None)


def test_what_comes_next_may_be_of_another_epoch_than_the_last_row(store: Store) -> None:
    fill(store, 5)
    one = joined(store, rows(6, 7), E7, Segment(8, 9, 7), next_position=8)
    assert (one.rows, one.moved, segments_of(one)) == (rows(6, 7), 0, [E7, Segment(8, 9, 7)])


def test_a_store_that_was_told_of_what_never_came_gives_its_place_to_the_journal(
    store: Store,
) -> None:
    """The process was killed after the session was begun, before the rows were stored."""
    fill(store, 5)
    store.begin_session(Session("s", 99), Group([], segments=[E7, Segment(7, 8, 6)]))
    one = joined(store, rows(6, 8), E7, Segment(9, 9, 8), next_position=9)
    assert one.rows == rows(6, 8)
    assert segments_of(one) == [E7, Segment(9, 9, 8)]


def test_a_merged_row_stands_for_numbers_before_its_own(store: Store) -> None:
    fill(store, 5)
    merged = Row(9, MERGED, "b1", 9, None, "3,4,21.50")
    one = joined(store, [merged], E7, next_position=10, stored=5)
    assert (one.rows, one.moved, one.lost) == ([merged], 0, None)


Lengths = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(stored=Lengths, pending=Lengths, shared=st.integers(0, 12), begin=st.integers(1, 30))
def test_whatever_comes_together_has_its_identities(
    stored: list[int], pending: list[int], shared: int, begin: int
) -> None:
    """Runs of epochs, stored; of the window the first `shared` rows are stored too."""
    stream = [
        (epoch, n) for epoch, length in enumerate(stored + pending) for n in range(1, length + 1)
    ]
    size = sum(stored)
    with TemporaryDirectory() as folder, closing(Store(Path(folder) / "log.db")) as store:
        fill(store, size, *segments(stream[:size], 1))
        first = max(0, size - shared)
        window = [
            row._replace(up_ns=n)
            for n, row in enumerate(rows(begin, begin + len(stream) - first - 1))
        ]
        known = Identities(segments(stream[first:], begin))
        joined = join(store, Held("s", known, begin - 1, begin + len(window), window))
        whole = joined.identities
        assert [row.position for row in joined.rows] == list(range(size + 1, len(stream) + 1))
        assert [row.up_ns for row in joined.rows] == [n for n, _ in enumerate(window)][
            size - first :
        ]
        assert [whole.of(position) for position in range(1, len(stream) + 1)] == stream
        assert joined.lost is None
        assert joined.next_position == len(stream) + 1
        after = known.of(begin + len(window))
        assert whole.of(joined.next_position) == after


def segments(stream: list[tuple[int, int]], first: int) -> list[Segment]:
    found: list[Segment] = []
    for position, (epoch, number) in enumerate(stream, first):
        if not found or found[-1].epoch != epoch:
            found.append(Segment(position, epoch, position - number))
    return found
