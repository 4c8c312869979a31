"""The order in which ranks give way, where the log may be cut, and what the quota is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import Rank
from gateway.buffer.identities import Identities, Segment, Span
from gateway.buffer.quota import DAY_S, DROP, LADDER, Rung, pieces
from gateway.buffer.rows import Layout, Row
from gateway.model import Gap, Numbers, Reason

HOUR = Layout("hall", ("temperature",), Rank.GAUGE, 3600)


def test_the_ladder() -> None:
    steps: dict[tuple[Rank, float], list[int]] = {}
    for rung in LADDER:
        steps.setdefault((rung.rank, rung.above), []).append(rung.step_s)
    assert steps == {
        (Rank.DIAGNOSTIC, 0.80): [60, 900, 3600],
        (Rank.GAUGE, 0.85): [60, 900, 3600],
        (Rank.STATE, 0.90): [60, 900, 3600],
        (Rank.COUNT, 0.95): [60, 900, 3600, DAY_S],
        (Rank.DIAGNOSTIC, 0.95): [DROP],
        (Rank.GAUGE, 0.95): [DROP],
        (Rank.STATE, 0.95): [DROP],
        (Rank.COUNT, 1.0): [DROP],
    }
    assert [rung.above for rung in LADDER] == sorted(rung.above for rung in LADDER)


def test_the_lower_rank_is_always_dropped_before_the_higher_one_is_made_coarse_beyond_an_hour() -> (
    None
):
    order = [(rung.rank, rung.step_s) for rung in LADDER]
    dropped = [order.index((rank, DROP)) for rank in list(Rank)[:4]]
    assert dropped == sorted(dropped)
    assert max(dropped[:3]) < order.index((Rank.COUNT, DAY_S)) < dropped[3]


@pytest.mark.parametrize(
    ("rung", "layout", "concerned"),
    [
        (Rung(Rank.GAUGE, 900, 0.0), HOUR._replace(step_s=0), True),
        (Rung(Rank.GAUGE, 900, 0.0), HOUR._replace(step_s=60), True),
        (Rung(Rank.GAUGE, 900, 0.0), HOUR._replace(step_s=900), False),
        (Rung(Rank.GAUGE, 900, 0.0), HOUR._replace(step_s=0, rank=Rank.STATE), False),
        (Rung(Rank.GAUGE, DROP, 0.0), HOUR, True),
        (Rung(Rank.GAUGE, DROP, 0.0), HOUR._replace(gap="thinned"), False),
        (Rung(Rank.ALARM, DROP, 0.0), HOUR._replace(rank=Rank.ALARM, gap="refused"), False),
    ],
)
def test_what_a_rung_concerns(rung: Rung, layout: Layout, concerned: bool) -> None:
    assert rung.concerns(layout) is concerned


def test_a_record_tells_from_the_first_reading_that_is_in_its_rows() -> None:
    identities = Identities([Segment(1, 7, 0), Segment(1000, 8, 900)])
    rows = [
        Row(1500, HOUR, "b1", 80, 30, "40,9,1.0"),
        Row(1501, HOUR, "b1", 90, 70, "120,9,1.0"),
        Row(1502, HOUR._replace(step_s=0), "b2", 5, None, "1.0"),
    ]
    assert Rung(Rank.GAUGE, DROP, 0.0).gap(identities, rows, 19) == Gap(
        Reason.DROPPED, "", Numbers(8, 481, 602), 19, ("b1", 20), ("b2", 5), Rank.GAUGE, DROP
    )


def test_nothing_is_merged_over_a_cut() -> None:
    assert list(pieces(1, 9, [], [])) == [Span(1, 9)]
    assert list(pieces(1, 9, [0, 4, 9], [])) == [Span(1, 4), Span(5, 9)]


def test_what_is_under_way_is_left_out_and_cut_around() -> None:
    under_way = [Span(3, 5), Span(5, 6), Span(9, 8)]  # the last uplink has nothing under way
    assert list(pieces(1, 12, [], under_way)) == [Span(1, 2), Span(7, 8), Span(9, 12)]
    assert list(pieces(4, 5, [], under_way)) == []
    assert list(pieces(1, 9, [], [Span(1, 1000)])) == []


@given(
    st.integers(1, 30),
    st.integers(1, 30),
    st.sets(st.integers(0, 30)),
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 30)).map(Span._make), max_size=3),
)
def test_pieces_are_all_but_what_is_under_way(
    first: int, last: int, cuts: set[int], under_way: list[Span]
) -> None:
    found = list(pieces(first, max(first, last), cuts, under_way))
    positions = [p for span in found for p in range(span.first, span.last + 1)]
    free = [
        p
        for p in range(first, max(first, last) + 1)
        if not any(span.holds(p) for span in under_way)
    ]
    assert positions == free
    cut = cuts | {edge for span in under_way for edge in (span.first - 1, span.last)}
    assert not [c for span in found for c in cut if span.first <= c < span.last]
