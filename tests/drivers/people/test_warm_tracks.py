"""Warm spots to people: when they count, and who is taken for whom. Made-up spots, known truth."""

from collections.abc import Sequence
from itertools import pairwise, zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.people.crossings import Line, Point
from drivers.people.warm_tracks import CONFIRMED_NS, Rules, WarmTracker

FRAME_NS = 100_000_000
LINE = Line(Point(-9000, 0), Point(9000, 0))
RULES = Rules(stride=314, deep=295, edge=455)
EDGE = 540

Spots = Sequence[Point | None]


def walk(*depths: float, across: float = 0.0, step: float = 130) -> list[Point]:
    """From one depth to the next, a spot every frame."""
    spots = [Point(across, depths[0])]
    for start, end in pairwise(depths):
        frames = round(abs(end - start) / step)
        spots += [Point(across, start + (end - start) * (i + 1) / frames) for i in range(frames)]
    return spots


IN, OUT = walk(-EDGE, EDGE), walk(EDGE, -EDGE)
GONE = [None] * 7


class Watched:
    def __init__(self) -> None:
        self.tracker = WarmTracker(LINE, RULES)
        self.now_ns = 0

    def see(self, *ways: Spots) -> "Watched":
        for column in zip_longest(*ways):
            self.now_ns += FRAME_NS
            self.tracker.update([spot for spot in column if spot], self.now_ns)
        return self

    @property
    def counts(self) -> tuple[int, int]:
        return self.tracker.count_in, self.tracker.count_out


def counts(*ways: Spots) -> tuple[int, int]:
    return Watched().see(*ways).see(GONE).counts


@pytest.mark.parametrize(("way", "expected"), [(IN, (1, 0)), (OUT, (0, 1))])
def test_a_walker_counts_when_gone_for_0_6_s(way: Spots, expected: tuple[int, int]) -> None:
    watched = Watched().see(way)
    watched.see([None] * (CONFIRMED_NS // FRAME_NS))
    assert watched.counts == (0, 0)
    assert watched.tracker.targets == 1
    assert watched.see([None]).counts == expected
    assert watched.tracker.targets == 0


@pytest.mark.parametrize("far", [0, 200, 310, 450, EDGE])
@pytest.mark.parametrize("stays", [1, 30])
def test_who_turns_back_within_the_picture_is_nobody(far: float, stays: int) -> None:
    there = walk(-EDGE, far)
    assert counts([*there, *there[-1:] * stays, *walk(far, -EDGE)]) == (0, 0)


def test_who_comes_and_goes_over_the_line_counts_by_the_first_and_the_last_side() -> None:
    assert counts(walk(-EDGE, 400, -400, EDGE)) == (1, 0)
    assert counts(walk(-EDGE, 400, -400, 400, -EDGE)) == (0, 0)


def test_who_turns_back_beyond_the_picture_went_in_and_out() -> None:
    assert counts([*IN, *GONE, *GONE, *OUT]) == (1, 1)


def test_who_begins_or_ends_amid_the_picture_is_nobody() -> None:
    assert counts(walk(0, EDGE)) == (0, 0)
    assert counts(walk(-EDGE, 280)) == (0, 0)
    assert counts(walk(-EDGE, 310)) == (1, 0)


def test_crossings_are_told_at_once_also_of_who_comes_back() -> None:
    watched = Watched().see(walk(-EDGE, 310))
    assert (watched.tracker.crossings, watched.counts) == (1, (0, 0))
    assert watched.see(walk(310, -EDGE)).tracker.crossings == 2


def test_forgetting_counts_whoever_has_crossed() -> None:
    watched = Watched().see(walk(-EDGE, EDGE, across=-300), walk(-EDGE, 0, across=300))
    watched.tracker.forget()
    assert (watched.counts, watched.tracker.targets) == ((1, 0), 0)


@pytest.mark.parametrize("aside", [260, 300, 390])
def test_who_leaves_is_not_who_comes_in_beside_them_a_frame_later(aside: float) -> None:
    """Both are seen in the last row, where one who leaves was expected to go on."""
    assert counts([*IN, Point(0, EDGE), *walk(EDGE, -EDGE, across=-aside)]) == (1, 1)


@pytest.mark.parametrize("frames", [5, 6])
def test_who_leaves_is_not_who_comes_in_half_a_second_later_at_the_same_place(frames: int) -> None:
    """They have to walk round each other beyond the picture, which takes as long."""
    assert counts([*IN, *[None] * frames, *OUT]) == (1, 1)


def test_where_two_become_one_spot_the_confirmed_track_keeps_it() -> None:
    """A dead pixel cuts a spot in two for two frames; what is left is nearer to the newer part."""
    way = walk(-EDGE, EDGE)
    cut = [None] * 3 + [Point(150, spot.y) for spot in way[3:5]]
    assert counts([*way[:5], *[Point(90, spot.y) for spot in way[5:]]], cut) == (1, 0)


def test_two_who_pass_each_other_count_once_each() -> None:
    assert counts(walk(-EDGE, EDGE, across=200), walk(EDGE, -EDGE, across=-200)) == (1, 1)


def test_a_frame_without_a_spot_is_bridged() -> None:
    for gap in range(1, 5):
        way: list[Point | None] = list(walk(-EDGE, EDGE, step=60))
        way[8 : 8 + gap] = [None] * gap
        assert counts(way) == (1, 0), gap


@given(st.lists(st.lists(st.tuples(st.integers(-600, 600), st.integers(-600, 600)), max_size=4)))
def test_of_any_spots_no_more_are_counted_than_got_over_the_line(
    frames: list[list[tuple[int, int]]],
) -> None:
    watched = Watched()
    for frame in frames:
        watched.now_ns += FRAME_NS
        before = watched.counts
        watched.tracker.update([Point(*spot) for spot in frame], watched.now_ns)
        assert all(b <= a for b, a in zip(before, watched.counts, strict=True))
    watched.see(GONE)
    assert sum(watched.counts) <= watched.tracker.crossings
    assert watched.tracker.targets == 0
