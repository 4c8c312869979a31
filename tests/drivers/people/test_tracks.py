"""Tracks and line crossings of a radar, from made-up walks with known truth."""

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.people.crossings import Line, Point, inside_polygon
from drivers.people.tracks import Rules, Tracker

FRAME_NS = 100_000_000
LINE = Line(Point(1500, 2000), Point(-1500, 2000))  # inside is the radar's side
SIGMA = 30

Frame = list[Point]


def walk(
    start: tuple[float, float], end: tuple[float, float], mm_per_s: float = 1200
) -> list[Point]:
    """Positions every 100 ms along a straight way."""
    way = Point(end[0] - start[0], end[1] - start[1])
    frames = max(1, round((way.x**2 + way.y**2) ** 0.5 / mm_per_s * 10))
    return [
        Point(start[0] + way.x * i / frames, start[1] + way.y * i / frames)
        for i in range(frames + 1)
    ]


def frames_of(*walks: Sequence[Point | None]) -> list[Frame]:
    """All walks at once; None = not seen in that frame."""
    length = max(map(len, walks))
    padded = [[*one, *[None] * (length - len(one))] for one in walks]
    return [[p for p in column if p is not None] for column in zip(*padded, strict=True)]


def noisy(frames: Iterable[Frame], seed: int, dropout: float = 0.0) -> list[Frame]:
    """With the radar's noise, dropouts, and slots in any order."""
    chance = random.Random(seed)
    result = []
    for frame in frames:
        kept = [p for p in frame if chance.random() >= dropout]
        seen = [Point(chance.gauss(p.x, SIGMA), chance.gauss(p.y, SIGMA)) for p in kept]
        chance.shuffle(seen)
        result.append(seen)
    return result


def tracked(
    frames: Iterable[Frame], line: Line = LINE, ignore: Sequence[list[Point]] = ()
) -> Tracker:
    tracker = Tracker(line, ignore)
    for index, frame in enumerate(frames):
        tracker.update(frame, (index + 1) * FRAME_NS)
    return tracker


def counts(frames: Iterable[Frame], line: Line = LINE) -> tuple[int, int]:
    tracker = tracked(frames, line)
    tracker.forget()
    return tracker.count_in, tracker.count_out


IN = walk((300, 4500), (300, 700))
OUT = walk((-500, 700), (-500, 4500))


@pytest.mark.parametrize(("way", "expected"), [(IN, (1, 0)), (OUT, (0, 1))])
def test_one_walker_counts_once_in_the_direction_of_the_walk(
    way: list[Point], expected: tuple[int, int]
) -> None:
    assert counts(frames_of(way)) == expected
    assert counts(noisy(frames_of(way), seed=1, dropout=0.05)) == expected


@pytest.mark.parametrize("mm_per_s", [300, 700, 1800, 3500])
def test_slow_and_fast_walkers_count(mm_per_s: float) -> None:
    assert counts(noisy(frames_of(walk((0, 5500), (0, 500), mm_per_s)), seed=2)) == (1, 0)


def test_the_count_comes_a_metre_behind_the_line() -> None:
    tracker = Tracker(LINE)
    counted_at = None
    for index, point in enumerate(walk((0, 4000), (0, 500))):
        tracker.update([point], (index + 1) * FRAME_NS)
        if counted_at is None and tracker.count_in:
            counted_at = point.y
    assert counted_at is not None
    assert 850 < counted_at <= 1000


@pytest.mark.parametrize(("ends_at", "expected"), [(1450, 1), (1550, 0)])
def test_who_is_lost_half_a_metre_behind_the_line_counts_then(
    ends_at: float, expected: int
) -> None:
    tracker = tracked(frames_of(walk((0, 4000), (0, ends_at))))
    assert tracker.count_in == 0
    tracker.update([], 100 * FRAME_NS)
    assert tracker.count_in == expected


@pytest.mark.parametrize("seed", range(20))
def test_two_who_pass_each_other_a_short_way_apart_count_once_each(seed: int) -> None:
    meeting = frames_of(walk((400, 4000), (400, 500)), walk((-400, 500), (-400, 4000)))
    assert counts(noisy(meeting, seed, dropout=0.05)) == (1, 1)


@pytest.mark.parametrize("seed", range(20))
def test_two_who_meet_on_the_line_and_turn_back_do_not_count(seed: int) -> None:
    """Slot order alone would see them walk through each other."""
    one = walk((400, 4000), (400, 2300)) + walk((400, 2300), (400, 4000))
    other = walk((-400, 300), (-400, 1700)) + walk((-400, 1700), (-400, 300))
    assert counts(noisy(frames_of(one, other), seed)) == (0, 0)


def test_who_vanishes_is_not_who_appears_more_than_a_metre_off() -> None:
    standing = [Point(0, 2600)] * 10
    assert counts(frames_of([*standing, *walk((0, 1550), (0, 800))])) == (0, 0)
    assert counts(frames_of([*standing, *walk((0, 2050), (0, 800))])) == (1, 0)


def test_slots_are_no_identities() -> None:
    pair = frames_of(IN, walk((-500, 4500), (-500, 700)))
    swapped = [frame[::-1] if index % 2 else frame for index, frame in enumerate(pair)]
    assert counts(pair) == counts(swapped) == (2, 0)


@pytest.mark.parametrize("first", range(12, 26))
@pytest.mark.parametrize("missing", [1, 4, 7])
def test_a_dropout_over_the_line_is_bridged(first: int, missing: int) -> None:
    frames = noisy(frames_of(IN), seed=first)
    frames[first : first + missing] = [[]] * missing
    assert counts(frames) == (1, 0)


def test_a_track_unseen_for_more_than_a_second_is_dropped() -> None:
    frames = frames_of(IN)
    before = next(index for index, [p] in enumerate(frames) if p.y < 2400)
    assert counts([*frames[:before], *[[]] * 10, *frames[before + 10 :]]) == (0, 0)
    tracker = tracked([*frames[:before], *[[]] * 9])
    assert tracker.targets == 1
    tracker.update([], (before + 11) * FRAME_NS)
    assert tracker.targets == 0


@pytest.mark.parametrize("turn", [2600, 2200, 1950, 1650, 1400, 1200])
def test_turning_back_before_or_just_over_the_line_does_not_count(turn: float) -> None:
    way = walk((0, 4000), (0, turn)) + walk((0, turn), (0, 4000))
    assert counts(noisy(frames_of(way), seed=3)) == (0, 0)


def test_going_in_and_out_again_counts_both_and_hesitating_only_once() -> None:
    back = walk((0, 4000), (0, 700)) + walk((0, 700), (0, 4000))
    assert counts(noisy(frames_of(back), seed=4)) == (1, 1)
    hesitating = (
        walk((0, 4000), (0, 1650)) + walk((0, 1650), (0, 2350)) + walk((0, 2350), (0, 1000))
    )
    assert counts(noisy(frames_of(hesitating), seed=5)) == (1, 0)


@pytest.mark.parametrize("seed", range(5))
def test_a_loiterer_on_the_line_does_not_count(seed: int) -> None:
    chance = random.Random(seed)
    way = walk((0, 4000), (0, 2000))
    for _ in range(60):
        target = chance.uniform(-800, 800), chance.uniform(1700, 2300)
        way += walk(way[-1], target, 500)
    assert counts(noisy(frames_of(way), seed)) == (0, 0)
    assert counts(noisy(frames_of([*way, *walk(way[-1], (0, 800))]), seed)) == (1, 0)
    assert counts(noisy(frames_of([*way, *walk(way[-1], (0, 4000))]), seed)) == (0, 0)


def test_who_appears_at_the_line_does_not_count() -> None:
    assert counts(frames_of(walk((0, 2300), (0, 500)))) == (0, 0)
    assert counts(frames_of(walk((0, 1600), (0, 4000)))) == (0, 0)


def test_walking_past_beyond_the_ends_of_the_line_does_not_count() -> None:
    assert counts(frames_of(walk((1900, 4500), (1900, 1200)))) == (0, 0)


def test_who_walks_round_the_line_is_inside_and_counts_when_leaving_through_it() -> None:
    round_it = walk((1900, 3500), (1900, 1300)) + walk((1900, 1300), (0, 1300))
    assert counts(frames_of(round_it)) == (0, 0)
    assert counts(frames_of(round_it + walk((0, 1300), (0, 3500)))) == (0, 1)


def test_a_wobble_over_the_line_does_not_decide_anew_where_it_was_crossed() -> None:
    """Through the line at 1.3 m, 0.37 m deep, then past its end at 1.5 m and on the line again."""
    corners = [(1300, 3000), (1300, 1630), (1800, 1630), (1800, 2120), (1800, 1200)]
    way = [point for a, b in pairwise(corners) for point in walk(a, b, 300)]
    assert counts(frames_of(way)) == (1, 0)


@pytest.mark.parametrize("length", [1, 2])
def test_ghosts_that_flicker_are_not_there(length: int) -> None:
    chance = random.Random(length)
    tracker = Tracker(LINE)
    for frame in range(600):
        lit = frame % 6 < length
        depth = 900 if frame // 6 % 2 else -900
        ghost = Point(chance.gauss(0, SIGMA), 2000 + depth)
        tracker.update([ghost] if lit else [], (frame + 1) * FRAME_NS)
        assert tracker.targets == 0
    assert (tracker.count_in, tracker.count_out) == (0, 0)


def test_a_ghost_does_not_disturb_a_walker() -> None:
    frames = noisy(frames_of(IN), seed=6)
    for index in range(0, len(frames), 4):
        frames[index] = [Point(frames[index][0].x + 450, frames[index][0].y), *frames[index]]
    assert counts(frames) == (1, 0)


def test_a_walker_is_confirmed_by_the_third_frame() -> None:
    tracker = Tracker(LINE)
    seen = []
    for index, point in enumerate(IN[:4]):
        tracker.update([point], (index + 1) * FRAME_NS)
        seen.append(tracker.targets)
    assert seen == [0, 0, 1, 1]


def test_rules_are_those_of_the_sensor() -> None:
    near = Rules(gate=100, tentative_ns=0, confirmed_ns=0, hysteresis=50, travel=100)
    way = walk((0, 2300), (0, 1700))
    assert counts(frames_of(way)) == (0, 0)
    tracker = Tracker(LINE, rules=Rules(hysteresis=50, travel=200))
    for index, point in enumerate(way):
        tracker.update([point], (index + 1) * FRAME_NS)
    assert tracker.count_in == 1
    tracker = Tracker(LINE, rules=near)
    for index, point in enumerate(way):
        tracker.update([point], (index + 1) * FRAME_NS)
    assert (tracker.count_in, tracker.targets) == (0, 0)


def merged(*walks: list[Point], within: float = 500) -> list[Frame]:
    """Both walks, and the middle of them where they are nearer to each other than that."""
    frames = []
    for a, b in zip(*walks, strict=True):
        near = ((a.x - b.x) ** 2 + (a.y - b.y) ** 2) ** 0.5 < within
        frames.append([Point((a.x + b.x) / 2, (a.y + b.y) / 2)] if near else [a, b])
    return frames


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("way", [((0, 4600), (0, 600)), ((0, 600), (0, 4600))])
def test_tailgating_two_who_are_one_target_now_and_then_count_twice(
    seed: int, way: tuple[tuple[float, float], tuple[float, float]]
) -> None:
    """0.6 m apart; a third of the frames, in runs, show one target between them."""
    chance = random.Random(seed)
    first = walk(*way)
    frames = frames_of(first[5:], first[:-5])
    for begin in range(8, len(frames) - 8, 9):
        for index in range(begin, begin + 3):
            a, b = frames[index]
            frames[index] = [Point((a.x + b.x) / 2, (a.y + b.y) / 2)]
        if chance.random() < 0.5:
            frames[begin + 4].pop(chance.randrange(2))
    assert sum(counts(noisy(frames, seed))) == 2


def test_two_who_come_apart_at_the_line_count_twice() -> None:
    """One target while they are inside, near the radar; on the line they are two."""
    front, rear = walk((0, 900), (0, 4500)), walk((0, 300), (0, 3900))
    frames = merged(front, rear, within=0)
    for index, (a, b) in enumerate(frames):
        if a.y < 2100:
            frames[index] = [Point((a.x + b.x) / 2, (a.y + b.y) / 2)]
    assert counts(frames) == (0, 2)


def test_two_side_by_side_who_were_seen_apart_count_twice_and_else_once() -> None:
    """Within half a metre of each other over the line, for less than a second."""
    left = walk((-600, 4000), (-200, 2400)) + walk((-200, 2300), (-200, 1700))
    left += walk((-200, 1600), (-600, 600))
    right = [Point(-point.x, point.y) for point in left]
    assert counts(merged(left, right)) == (2, 0)
    always = [Point(0, point.y) for point in left]
    assert counts(frames_of(always)) == (1, 0)


def test_a_ghost_takes_nobody_along_when_its_person_drops_out() -> None:
    """0.7 m beside for five frames; then the person is unseen, and seen again nearer to it."""
    way = walk((0, 4500), (0, 500))
    frames = frames_of(way)
    near = next(index for index, point in enumerate(way) if point.y < 2500)
    for index in range(near, near + 5):
        frames[index].append(Point(700, way[index].y + 300))
    frames[near + 5] = frames[near + 6] = []
    for index in range(near + 7, near + 12):
        frames[index] = [Point(way[index].x + 300, way[index].y)]
    assert counts(frames) == (1, 0)


def test_a_ghost_that_comes_out_of_somebody_and_walks_on_does_not_count() -> None:
    """It begins at the line, beside somebody from outside, and lives for 0.8 s."""
    way = walk((0, 4500), (0, 500))
    frames = frames_of(way)
    near = next(index for index, point in enumerate(way) if point.y < 1900)
    for index in range(near, near + 8):
        frames[index].append(Point(750, way[index].y + 200))
    assert counts(frames) == (1, 0)


@pytest.mark.parametrize("stands_at", [2300, 1800])
@pytest.mark.parametrize("unseen", [15, 100, 250])
def test_who_stands_at_the_line_fades_and_goes_on_is_counted(stands_at: float, unseen: int) -> None:
    frames = frames_of([*walk((0, 4500), (0, stands_at)), *[Point(0, stands_at)] * 20])
    later = frames_of(walk((150, stands_at), (0, 600)))
    assert counts([*frames, *[[]] * unseen, *later]) == (1, 0)
    back = frames_of(walk((150, stands_at), (0, 4500)))
    assert counts([*frames, *[[]] * unseen, *back]) == (0, 0)


def test_who_faded_for_more_than_half_a_minute_is_forgotten_and_is_no_target() -> None:
    frames = frames_of([*walk((0, 4500), (0, 2300)), *[Point(0, 2300)] * 20])
    assert tracked([*frames, *[[]] * 15]).targets == 0
    assert counts([*frames, *[[]] * 310, *frames_of(walk((150, 2300), (0, 600)))]) == (0, 0)


def test_who_passes_somebody_that_faded_stays_who_they_are() -> None:
    faded = frames_of([*walk((0, 4500), (0, 2300)), *[Point(0, 2300)] * 20])
    passing = frames_of(walk((350, 4500), (350, 600)))
    assert counts([*faded, *[[]] * 15, *passing]) == (1, 0)
    assert counts([*faded, *[[]] * 15, *passing, *frames_of(walk((0, 2300), (0, 600)))]) == (2, 0)


def test_who_stops_beside_somebody_that_faded_stays_who_they_are() -> None:
    """Slower than predicted, so their target is nearer to the place of the other."""
    faded = frames_of([*walk((0, 4500), (0, 2300)), *[Point(0, 2300)] * 20])
    stops = frames_of(
        [*walk((0, 4500), (20, 2300)), *[Point(20, 2300)] * 8, *walk((20, 2300), (0, 600))]
    )
    goes_on = frames_of(walk((0, 2300), (0, 600)))
    assert counts([*faded, *[[]] * 15, *stops, *[[]] * 15, *goes_on]) == (2, 0)


def test_of_two_who_are_one_for_more_than_a_second_one_is_left() -> None:
    """The elder of them, which is seen from then on."""
    elder = walk((-400, 5000), (-400, 3000))
    younger: list[Point | None] = [None] * 5
    younger += [Point(-point.x, point.y) for point in elder[5:]]
    apart = frames_of(elder, younger)
    one = frames_of(walk((0, 2900), (0, 900)))
    assert tracked([*apart, *one[:5]]).targets == 2
    assert tracked([*apart, *one]).targets == 1


def test_a_track_of_three_frames_is_given_up_after_0_6_s() -> None:
    three = [[point] for point in walk((0, 4000), (0, 3000))[:3]]
    assert tracked([*three, *[[]] * 6]).targets == 1
    assert tracked([*three, *[[]] * 7]).targets == 0


def test_who_appears_deep_inside_beside_somebody_did_not_come_with_them() -> None:
    first = [*walk((0, 4500), (0, 1300)), *[Point(0, 1300)] * 30]
    inside = [*walk((600, 1300), (900, 1300), 300), *walk((900, 1300), (900, 700), 300)]
    frames = frames_of(first, [*[None] * (len(first) - len(inside)), *inside])
    assert counts(frames) == (1, 0)


def test_three_people_count_and_a_fourth_only_as_far_as_there_is_a_slot() -> None:
    ways = [
        walk((x, 4500 + ahead), (x, 400 + ahead)) for x, ahead in ((-1000, 0), (0, 0), (1000, 0))
    ]
    fourth = walk((-500, 6000), (-500, 1900)) + walk((-500, 1800), (-500, 400))
    frames = frames_of(*ways, fourth)
    nearest = [sorted(frame, key=lambda point: point.y)[:3] for frame in frames]
    assert counts(frames) == (4, 0)
    assert counts(nearest) == (3, 0)


def test_what_moves_in_an_ignore_zone_is_not_there() -> None:
    fan = [Point(-200, 700), Point(200, 700), Point(200, 3300), Point(-200, 3300)]
    swing = [*walk((0, 3200), (0, 800)), *walk((0, 800), (0, 3200))] * 5
    assert counts(frames_of(swing)) == (5, 5)
    tracker = tracked(frames_of(swing, walk((800, 4000), (800, 700))), ignore=[fan])
    assert (tracker.count_in, tracker.count_out) == (1, 0)
    assert tracked(frames_of(swing), ignore=[fan]).targets == 0


def test_a_polygon_may_be_concave() -> None:
    arrow = [Point(0, 0), Point(1000, 0), Point(1000, 1000), Point(500, 300), Point(0, 1000)]
    assert inside_polygon(Point(100, 700), arrow)
    assert inside_polygon(Point(900, 700), arrow)
    assert not inside_polygon(Point(500, 700), arrow)
    assert not inside_polygon(Point(1100, 100), arrow)


def test_forgetting_keeps_the_counts_and_drops_the_tracks() -> None:
    tracker = tracked(frames_of(IN))
    tracker.forget()
    assert (tracker.count_in, tracker.targets) == (1, 0)
    for index, point in enumerate(walk((0, 1900), (0, 500))):
        tracker.update([point], (100 + index) * FRAME_NS)
    assert (tracker.count_in, tracker.count_out) == (1, 0)


def test_depth_is_positive_to_the_left_of_the_line() -> None:
    line = Line(Point(0, 0), Point(0, 1000))
    assert line.depth(Point(-300, 5000)) == pytest.approx(300)
    assert line.depth(Point(200, 1)) == pytest.approx(-200)


def crowd(seed: int) -> tuple[list[Frame], tuple[int, int]]:
    """Up to eight people in single file, each straight through at a slant, and the truth."""
    chance = random.Random(seed)
    walks: list[list[Point | None]] = []
    truth = [0, 0]
    pause = 0
    for _ in range(chance.randint(1, 8)):
        outside = chance.uniform(-900, 900), chance.uniform(3200, 5500)
        inside = chance.uniform(-400, 400), chance.uniform(500, 1100)
        leaves = chance.random() < 0.5
        ends = (inside, outside) if leaves else (outside, inside)
        truth[leaves] += 1
        way = walk(*ends, chance.uniform(500, 2000))
        walks.append([*[None] * pause, *way])
        pause += len(way) + chance.randint(12, 30)
    return noisy(frames_of(*walks), seed, dropout=0.05), (truth[0], truth[1])


@settings(max_examples=150, derandomize=True, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_file_of_walkers_is_counted_exactly(seed: int) -> None:
    frames, truth = crowd(seed)
    assert counts(frames) == truth


@settings(max_examples=50, derandomize=True, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_turning_the_line_round_swaps_in_and_out(seed: int) -> None:
    frames, truth = crowd(seed)
    assert counts(frames, Line(LINE.end, LINE.start)) == truth[::-1]


@settings(max_examples=100, derandomize=True, deadline=None)
@given(data=st.data())
def test_any_frames_count_at_most_alternately_and_ignore_slot_order(data: st.DataObject) -> None:
    """Random targets, three slots: in and out of one track alternate, so no side runs away."""
    point = st.builds(Point, st.floats(-3000, 3000), st.floats(0, 6000))
    frames = data.draw(st.lists(st.lists(point, max_size=3, unique=True), max_size=40))
    tracker = tracked(frames)
    again = tracked([frame[::-1] for frame in frames])
    assert (tracker.count_in, tracker.count_out) == (again.count_in, again.count_out)
    assert 0 <= tracker.targets <= 3 * 11
