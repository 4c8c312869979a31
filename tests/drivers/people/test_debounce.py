"""Debouncing: what holds, when it began, and in which order across lines."""

import pickle
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.bus.ports import Edge
from drivers.people.debounce import Debouncer

HOLD = 10
A, B = 4, 17


def debouncer() -> Debouncer:
    return Debouncer({A: False, B: False}, HOLD)


def test_a_change_counts_when_it_has_held_and_carries_the_time_it_began() -> None:
    lines = debouncer()
    edge = Edge(100, A, True)
    assert lines.take([edge], 109) == []
    assert lines.levels == {A: False, B: False}
    assert lines.take([], 110) == [edge]
    assert lines.levels == {A: True, B: False}
    assert lines.take([], 200) == []


def test_a_pulse_shorter_than_the_hold_time_never_happened() -> None:
    lines = debouncer()
    assert lines.take([Edge(100, A, True), Edge(109, A, False)], 500) == []


def test_a_pulse_as_long_as_the_hold_time_did() -> None:
    lines = debouncer()
    edges = [Edge(100, A, True), Edge(110, A, False)]
    assert lines.take(edges, 500) == edges


def test_a_drop_out_does_not_split_a_pulse() -> None:
    lines = debouncer()
    edges = [Edge(0, A, True), Edge(50, A, False), Edge(55, A, True), Edge(90, A, False)]
    assert lines.take(edges, 500) == [edges[0], edges[3]]


def test_chatter_counts_from_where_it_ended() -> None:
    lines = debouncer()
    chatter = [Edge(at, A, at % 2 == 0) for at in range(7)]
    assert lines.take(chatter, 500) == [chatter[-1]]


def test_order_across_lines_is_the_order_of_beginning() -> None:
    lines = debouncer()
    edges = [Edge(100, B, True), Edge(101, A, True), Edge(101, B, False), Edge(101, B, True)]
    assert lines.take(edges, 500) == [Edge(101, A, True), Edge(101, B, True)]


def test_a_quiet_line_is_confirmed_by_the_edges_of_the_other() -> None:
    lines = debouncer()
    edges = [Edge(0, A, True), Edge(50, B, True), Edge(60, A, False)]
    assert lines.take(edges, 65) == edges[:2]


def test_polling_seldom_or_often_gives_the_same() -> None:
    edges = [Edge(at, line, high) for at, line, high in _burst()]
    seldom, often = debouncer(), debouncer()
    step_by_step = [held for edge in edges for held in often.take([edge], edge.at_ns)]
    assert seldom.take(edges, 900) == step_by_step + often.take([], 900)


def test_repeated_edges_to_the_same_level_change_nothing() -> None:
    lines = debouncer()
    edges = [Edge(0, A, True), Edge(5, A, True), Edge(50, A, True)]
    assert lines.take(edges, 500) == edges[:1]


def _burst() -> list[tuple[int, int, bool]]:
    return [
        (0, A, True),
        (3, B, True),
        (9, B, False),
        (30, B, True),
        (41, A, False),
        (45, A, True),
        (60, A, False),
        (80, B, False),
    ]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from([A, B]), st.booleans()), max_size=200)
)
def test_what_is_returned_alternates_keeps_order_and_has_held(
    gaps: list[tuple[int, int, bool]],
) -> None:
    edges, now = [], 0
    for gap, line, high in gaps:
        now += gap
        edges.append(Edge(now, line, high))
    lines = debouncer()
    held = lines.take(edges, now + HOLD)
    assert [edge.at_ns for edge in held] == sorted(edge.at_ns for edge in held)
    for line in (A, B):
        own = [edge for edge in held if edge.line == line]
        assert [edge.high for edge in own] == [i % 2 == 0 for i in range(len(own))]
        for before, after in pairwise(own):
            assert after.at_ns - before.at_ns >= HOLD
    last = {line: high for _, line, high in edges}
    assert lines.levels == {A: False, B: False} | last


def test_memory_stays_bounded() -> None:
    lines = debouncer()
    sizes = set()
    for at in range(0, 20_000, 3):
        lines.take([Edge(at, A, at % 2 == 0), Edge(at, B, at % 2 == 1)], at)
        sizes.add(len(pickle.dumps(lines)))
    assert max(sizes) < 1000
