"""Positions and identities: each position has one, none is given twice."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.buffer.identities import Identities, Segment, Span, new_epoch
from gateway.model import Numbers

SEGMENTS = [Segment(1, 7, 0), Segment(11, 7, -100), Segment(21, 9, 20)]


def test_a_segment_holds_until_the_next_one() -> None:
    identities = Identities(reversed(SEGMENTS))
    assert [identities.of(n) for n in (1, 10, 11, 20, 21, 99)] == [
        (7, 1), (7, 10), (7, 111), (7, 120), (9, 1), (9, 79),
    ]  # fmt: skip
    assert identities.epoch == 9
    assert identities.segment(15) == SEGMENTS[1]


def test_of_two_segments_at_one_place_the_later_counts() -> None:
    assert Identities([*SEGMENTS, Segment(21, 10, 20)]).of(21) == (10, 1)


def test_what_begins_replaces_what_had_begun_there_or_later() -> None:
    identities = Identities(SEGMENTS)
    assert identities.begin(15, 500, 7) == Segment(15, 7, -485)
    assert identities.segments == [*SEGMENTS[:2], Segment(15, 7, -485)]
    assert [identities.of(n) for n in (14, 15, 21)] == [(7, 114), (7, 500), (7, 506)]


def test_a_new_epoch_begins_with_1_and_is_drawn() -> None:
    identities = Identities(SEGMENTS)
    epochs = {identities.begin(30).epoch for _ in range(20)}
    assert identities.of(30) == (identities.epoch, 1)
    assert len(epochs) == 20
    assert all(0 < new_epoch() < 2**24 for _ in range(100))


def test_numbers_stand_somewhere_if_all_of_them_are_of_one_segment() -> None:
    identities = Identities(SEGMENTS)
    assert identities.positions(7, 3, 10) == (3, 10)
    assert identities.positions(7, 111, 120) == (11, 20)
    assert identities.positions(9, 1, 1_000) == (21, 1_020)
    for nowhere in ((7, 0, 3), (7, 9, 11), (7, 110, 112), (7, 119, 121), (9, 0, 1), (8, 1, 1)):
        assert identities.positions(*nowhere) is None


def test_moved_segments_give_the_same_identities_at_other_places() -> None:
    moved = Identities(one.moved(5) for one in SEGMENTS)
    before = Identities(SEGMENTS)
    assert [moved.of(n + 5) for n in range(1, 40)] == [before.of(n) for n in range(1, 40)]


begins = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 40), st.booleans()), max_size=8)


@given(begins)
def test_no_identity_is_given_to_two_positions(begins: list[tuple[int, int, bool]]) -> None:
    """As the log does it: forward, and in the same epoch only to higher numbers."""
    identities, position, given_out = Identities([Segment(1, 1, 0)]), 1, []
    for rows, skipped, same in begins:
        given_out += [identities.of(n) for n in range(position, position + rows)]
        position += rows
        epoch, number = identities.of(position)
        if same:
            identities.begin(position, number + skipped, epoch)
        else:
            identities.begin(position, 1, epoch + 1)
    assert len(set(given_out)) == len(given_out)
    assert [identities.of(n) for n in range(1, position)] == given_out
    for n, (epoch, number) in enumerate(given_out, 1):
        assert identities.positions(epoch, number, number) == (n, n)


NUMBERS = st.integers(1, 60)


@given(
    begins=st.lists(
        st.tuples(st.integers(1, 12), st.integers(1, 20), st.integers(1, 2)), max_size=5
    ),
    epoch=st.integers(1, 3),
    first=NUMBERS,
    last=NUMBERS,
)
def test_spans_are_where_the_numbers_stand(
    begins: list[tuple[int, int, int]], epoch: int, first: int, last: int
) -> None:
    identities, position = Identities([Segment(1, 1, 0)]), 1
    for after, number, of_epoch in begins:
        position += after
        identities.begin(position, number, of_epoch)
    spans = identities.spans(epoch, first, last)
    found = [p for span in spans for p in range(span.first, span.last + 1)]
    ours = [(p, identities.of(p)) for p in range(1, 200)]
    assert [p for p in found if p < 200] == [
        p for p, (of, number) in ours if of == epoch and first <= number <= last
    ]


def test_the_identities_within_a_span_are_a_range_for_each_segment() -> None:
    identities = Identities([Segment(1, 7, 0), Segment(11, 7, -5), Segment(21, 8, 20)])
    assert identities.within(Span(5, 23)) == [
        Numbers(7, 5, 10),
        Numbers(7, 16, 25),
        Numbers(8, 1, 3),
    ]
    assert identities.within(Span(12, 13)) == [Numbers(7, 17, 18)]
    assert identities.within(Span(9, 8)) == []
