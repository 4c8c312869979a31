"""People counted by a thermal picture: named cases through driver and model, each step alone."""

import math
import random
from collections.abc import Sequence

import pytest

from drivers.people import spots
from drivers.people.amg8833.optics import Slab
from drivers.people.background import LEARN_FRAMES, Background
from drivers.people.thermal import Inward, ThermalCounter, rules, threshold
from drivers.simulation.bodies import ADULT, CHILD, DOG, DOOR_LEAF, TROLLEY, Shape
from tests.chaos import form
from tests.drivers.people.thermal_door import Door, straight

HEIGHTS = pytest.mark.parametrize("mounting_mm", [2400, 2700, 3000])


@pytest.fixture
def door(mounting_mm: int) -> Door:
    return Door(seed=mounting_mm, mounting_height_mm=mounting_mm).open()


# ---- Who counts -----------------------------------------------------------------------------


def correct(door: Door, walks: int, shape: Shape, seed: int) -> int:
    """How many of so many single walkers, all different, were counted once in their direction."""
    chance, right = random.Random(seed), 0
    for _ in range(walks):
        direction = chance.choice(["in", "out"])
        tall = chance.uniform(1.5, 1.95) if shape is ADULT else shape.height_m
        before = door.counts
        way = straight(
            direction,
            chance.uniform(0.5, 2.0),
            chance.uniform(-0.28, 0.28),
            chance.uniform(-0.3, 0.3),
        )
        door.walk(way, shape._replace(height_m=tall))
        change = tuple((b or 0) - (a or 0) for a, b in zip(before, door.counts, strict=True))
        right += change == ((1, 0) if direction == "in" else (0, 1))
    return right


@HEIGHTS
def test_single_file_is_counted_to_99_per_cent(door: Door, mounting_mm: int) -> None:
    walks = form.rounds(100, 2000)
    right = correct(door, walks, ADULT, mounting_mm)
    form.report(f"thermal, single file at {mounting_mm} mm: {right} of {walks}")
    assert right >= 0.99 * walks


@HEIGHTS
def test_children_count(door: Door) -> None:
    assert correct(door, 30, CHILD, seed=1) >= 29


@HEIGHTS
def test_a_coat_that_is_3_k_warmer_than_the_floor_is_seen(door: Door) -> None:
    assert correct(door, 30, ADULT._replace(warmth_k=3.0), seed=2) >= 29


@HEIGHTS
def test_who_is_no_warmer_than_the_floor_is_not_seen(door: Door) -> None:
    """A limit: nor are trolleys and the leaf of the door, which is well."""
    for shape in (ADULT._replace(warmth_k=0.5), TROLLEY, DOOR_LEAF):
        door.walk(straight("in", 0.8), shape)
    assert door.counts == (0, 0)


@HEIGHTS
def test_a_dog_counts_like_a_child(door: Door) -> None:
    """A limit: 8x8 pixels do not tell them apart."""
    assert correct(door, 10, DOG, seed=3) >= 9


def test_a_higher_threshold_leaves_dogs_out_and_adults_in() -> None:
    door = Door(mounting_height_mm=2400, threshold=3.0).open()
    assert correct(door, 20, ADULT, seed=4) == 20
    assert correct(door, 10, DOG, seed=5) == 0


@HEIGHTS
@pytest.mark.parametrize("direction", ["in", "out"])
def test_two_side_by_side_are_two(door: Door, direction: str) -> None:
    """0.55 m between their middles."""
    for number in range(10):
        speed = 0.8 + 0.08 * number
        door.enter(straight(direction, speed, -0.275))
        door.enter(straight(direction, speed, 0.275))
        door.run(6)
    assert door.counts == ((20, 0) if direction == "in" else (0, 20))


def test_side_by_side_far_below_the_sensor_is_one_or_two_but_somebody() -> None:
    """A limit: above 3 m their heads are less than two pixels apart."""
    door = Door(mounting_height_mm=3600).open()
    for _ in range(10):
        door.enter(straight("in", 1.2, -0.275))
        door.enter(straight("in", 1.2, 0.275))
        door.run(6)
    assert 9 <= (door.counts[0] or 0) <= 12
    assert door.counts[1] == 0


@HEIGHTS
@pytest.mark.parametrize("speed", [0.7, 1.2, 1.8])
def test_tailgating_is_two(door: Door, speed: float) -> None:
    """0.6 m between their middles: chest to back 0.3 m."""
    for _ in range(5):
        door.enter(straight("in", speed))
        door.enter(straight("in", speed, 0.05), after_s=0.6 / speed)
        door.run(8)
    assert door.counts == (10, 0)


@HEIGHTS
def test_two_who_meet_in_the_door_count_once_each(door: Door) -> None:
    for number in range(10):
        door.enter(straight("in", 0.9 + 0.1 * number, 0.25))
        door.enter(straight("out", 1.1, -0.25))
        door.run(6)
    assert door.counts == (10, 10)


@HEIGHTS
@pytest.mark.parametrize("far", [-0.6, -0.3, 0.0, 0.15, 0.4, 0.5])
@pytest.mark.parametrize("side", [1, -1])
def test_turning_back_within_the_picture_does_not_count(door: Door, far: float, side: int) -> None:
    """After a second there, and 0.5 m beside the way they came."""
    came = (1.6 + far) / 1.2
    way = [(0, -1.6, 0.25), (came, far, 0.25), (came + 1, far, 0.25), (came + 1.5, far, -0.25)]
    way.append((2 * came + 1.5, -1.6, -0.25))
    door.walk([(at, side * along, across) for at, along, across in way])
    assert door.counts == (0, 0)


@HEIGHTS
@pytest.mark.parametrize("after_s", [1.0, 1.4, 1.8, 2.2, 2.6])
def test_one_who_leaves_and_one_who_comes_in_count_both(door: Door, after_s: float) -> None:
    """They pass each other at the edge of the picture or beyond, each in a lane."""
    for _ in range(3):
        door.enter(straight("in", 1.2, 0.27, 0.3))
        door.enter(straight("out", 1.2, -0.27, -0.3), after_s=after_s)
        door.run(8)
    assert door.counts == (3, 3)


@HEIGHTS
def test_who_has_crossed_and_stands_there_counts_when_leaving(door: Door) -> None:
    door.enter([(0, -1.6, 0), (1.6, 0.45, 0), (21.6, 0.45, 0), (23, 1.6, 0)])
    door.run(21)
    assert (door.counts, door.targets) == ((0, 0), 1)
    door.run(4)
    assert (door.counts, door.targets) == ((1, 0), 0)


@HEIGHTS
def test_people_only_5_k_warmer_than_the_floor_count(door: Door, mounting_mm: int) -> None:
    """The coolest of the crowds: 2.5 spreads of 15 % below 8 K."""
    assert correct(door, 30, ADULT._replace(warmth_k=5.0), seed=mounting_mm) == 30


@HEIGHTS
def test_in_and_out_again_counts_both(door: Door) -> None:
    door.walk([(0, -1.6, 0), (3, 1.4, 0), (6, -1.6, 0)])
    assert door.counts == (1, 1)


# ---- Who stands -----------------------------------------------------------------------------


def standing(seconds: float, ends: float) -> list[tuple[float, float, float]]:
    """Comes in, stands in the door and shifts a little every few seconds, goes on."""
    chance = random.Random(1)
    way = [(0.0, -1.6, 0.0), (1.6, 0.0, 0.0)]
    while way[-1][0] < seconds:
        shifted = chance.uniform(-0.08, 0.08), chance.uniform(-0.08, 0.08)
        way += [(way[-1][0] + 4, *way[-1][1:]), (way[-1][0] + 5, *shifted)]
    return [*way, (way[-1][0] + 1.6, ends, 0.0)]


@HEIGHTS
@pytest.mark.parametrize(("ends", "expected"), [(1.6, (1, 0)), (-1.6, (0, 0))])
def test_who_stands_for_minutes_counts_when_going_on(
    door: Door, ends: float, expected: tuple[int, int]
) -> None:
    blind_s = door.blind_s
    door.walk(standing(200, ends))
    assert door.counts == expected
    assert door.blind_s == blind_s


@HEIGHTS
def test_who_stands_for_more_than_5_minutes_becomes_background_and_that_is_blind(
    door: Door,
) -> None:
    blind_s = door.blind_s
    door.walk(standing(400, 1.6))
    assert 95 < door.blind_s - blind_s < 115
    door.run(10)
    assert door.targets == 0
    before = door.counts
    door.walk(straight("out"))
    assert door.counts == (before[0], (before[1] or 0) + 1)


# ---- What is warm and nobody ----------------------------------------------------------------


def passages(door: Door, pairs: int = 2) -> tuple[float, float]:
    """So many walk in and out; how the counts rose."""
    before = door.counts
    for _ in range(pairs):
        door.walk(straight("in", 1.0, 0.1))
        door.walk(straight("out", 1.3, -0.1))
    return (door.counts[0] or 0) - (before[0] or 0), (door.counts[1] or 0) - (before[1] or 0)


SUN = Slab(0.3, 0.2, 0.0, 0.8, 0.5, 4.0)
SUN_ALL_OVER = Slab(0.0, 0.0, 0.0, 2.5, 0.9, 8.0)
RADIATOR = Slab(0.9, 0.6, 0.6, 0.15, 1.0, 25.0)
HOT_DRINK = Slab(-0.2, 0.4, 0.9, 0.08, 0.08, 40.0)


@HEIGHTS
@pytest.mark.parametrize("warm", [SUN, RADIATOR, HOT_DRINK])
def test_what_is_warm_and_stays_becomes_background(door: Door, warm: Slab) -> None:
    blind_s = door.blind_s
    door.model.warm = (warm,)
    door.run(75)
    assert door.counts == (0, 0)
    assert door.targets == 0
    assert passages(door) == (2, 2)
    door.model.warm = ()
    door.run(10)
    assert passages(door) == (2, 2)
    assert door.blind_s == blind_s


@HEIGHTS
def test_a_sun_as_warm_as_people_all_over_the_door_is_blind_time(door: Door) -> None:
    door.model.warm = (SUN_ALL_OVER,)
    door.run(80)
    blind_s = door.blind_s
    door.run(60)
    assert door.blind_s - blind_s == pytest.approx(60, abs=0.2)
    assert door.targets is None
    door.model.warm = ()
    door.run(20)
    blind_s = door.blind_s
    assert passages(door) == (2, 2)
    assert door.blind_s == blind_s


@HEIGHTS
@pytest.mark.parametrize("shown", [0.0, 21.0, 60.0])
def test_a_dead_pixel_is_nobody(door: Door, shown: float) -> None:
    door.model.dead = {27: shown}
    door.run(75)
    assert door.targets == 0
    assert passages(door, 4) == (4, 4)


@HEIGHTS
def test_a_room_that_warms_up_is_nobody(door: Door) -> None:
    """0.5 K a minute for 20 minutes, and the sensor's own heat."""
    blind_s, seen = door.blind_s, set()
    for _ in range(1200):
        door.temperature += 0.5 / 60
        door.run(1)
        seen.add(door.targets)
    assert seen == {0}
    assert door.counts == (0, 0)
    assert passages(door) == (2, 2)
    assert door.blind_s == blind_s


@HEIGHTS
@pytest.mark.parametrize("cel", [10.0, 18.0, 27.0, 33.0])
def test_a_cover_is_blind_time_from_the_moment_it_is_there(door: Door, cel: float) -> None:
    blind_s = door.blind_s
    door.model.cover = cel
    door.run(120)
    assert door.targets is None
    assert door.blind_s - blind_s == pytest.approx(119.5, abs=0.3)
    assert door.counts == (0, 0)
    door.model.cover = None
    door.run(2)
    blind_s = door.blind_s
    assert passages(door) == (2, 2)
    assert door.blind_s == blind_s


@HEIGHTS
def test_an_even_jump_that_was_no_cover_is_over_when_somebody_was_counted(door: Door) -> None:
    door.temperature += 4
    door.run(20)
    assert door.targets is None
    assert passages(door, 1) == (1, 1)
    assert door.targets == 0


@HEIGHTS
def test_who_was_on_the_way_when_it_was_covered_does_not_uncover_it(door: Door) -> None:
    door.enter([(0, -1.6, 0), (1.6, 0.4, 0), (90, 0.4, 0)])
    door.run(3)
    blind_s = door.blind_s
    door.model.cover = 33.0
    door.run(60)
    assert door.counts == (1, 0)
    assert door.blind_s - blind_s == pytest.approx(59.5, abs=0.3)


@HEIGHTS
def test_an_empty_door_stays_empty(door: Door) -> None:
    seen = set()
    door.run(form.rounds(300, 20_000), each=lambda: seen.add(door.targets))
    assert seen == {0}
    assert door.counts == (0, 0)


# ---- The background alone -------------------------------------------------------------------

FLOOR = [20 + 0.25 * (index % 5) for index in range(64)]
FRAME_NS = 100_000_000


class Watched:
    """A background that has learnt FLOOR, fed with frames without noise."""

    def __init__(self, threshold_k: float = 1.0) -> None:
        self.background = Background(threshold_k)
        self.now_ns = 0
        for _ in range(LEARN_FRAMES):
            assert self.background.rises(FLOOR) is None

    def see(self, pixels: Sequence[float], spots: Sequence[Sequence[int]] = ()) -> list[float]:
        self.now_ns += FRAME_NS
        rises = self.background.rises(pixels)
        assert rises is not None
        self.background.learn(rises, spots, self.now_ns)
        return rises


def warmer(by: float, *indices: int) -> list[float]:
    return [cel + by if index in indices else cel for index, cel in enumerate(FLOOR)]


def test_an_even_change_is_no_rise_and_the_level_tells_it() -> None:
    watched = Watched()
    assert watched.see([cel + 7 for cel in FLOOR]) == pytest.approx([0] * 64)
    assert watched.background.level == pytest.approx(7)


def test_a_spot_is_a_rise_and_is_not_learnt() -> None:
    watched = Watched()
    for _ in range(500):
        rises = watched.see(warmer(5, 9, 10), [[9, 10]])
    assert rises[9] == rises[10] == pytest.approx(5)
    assert max(rise for index, rise in enumerate(rises) if index not in (9, 10)) == 0


def test_who_covers_half_of_the_picture_does_not_become_the_level() -> None:
    watched = Watched()
    half = list(range(40))
    watched.see(warmer(5, *half[:16]), [half[:16]])
    rises = watched.see(warmer(5, *half), [half])
    assert rises[0] == pytest.approx(5)
    assert rises[63] == pytest.approx(0)


def test_a_picture_that_is_warm_all_over_is_a_level() -> None:
    watched = Watched()
    for warm in (16, 40, 47):
        rises = watched.see(warmer(5, *range(warm)), [list(range(min(warm, 40)))])
        assert rises[0] == pytest.approx(5)
    assert watched.see(warmer(5, *range(48)))[0] == pytest.approx(0)


def test_a_slow_change_of_one_pixel_is_learnt() -> None:
    watched = Watched()
    for step in range(2000):
        rises = watched.see(warmer(step * 0.003, 20))
        assert rises[20] < 1


def test_a_hole_is_filled_in_seconds() -> None:
    watched = Watched()
    for _ in range(60):
        rises = watched.see(warmer(-8, 20))
    assert rises[20] > -1


@pytest.mark.parametrize(("seconds", "still_there"), [(59, True), (62, False)])
def test_what_has_not_changed_for_a_minute_is_absorbed(seconds: int, still_there: bool) -> None:
    watched = Watched()
    for _ in range(seconds * 10):
        rises = watched.see(warmer(5, 9, 10), [[9, 10]])
    assert (rises[9] > 1) == still_there


def test_two_that_touch_are_absorbed_once_each() -> None:
    watched = Watched()
    both = [[9, 10], [11, 12]]
    for _ in range(620):
        rises = watched.see(warmer(5, 9, 10, 11, 12), both)
    assert rises == pytest.approx([0] * 64, abs=0.1)


@pytest.mark.parametrize(("seconds", "taken"), [(295, 0), (303, 1)])
def test_what_moves_is_absorbed_after_five_minutes(seconds: int, taken: int) -> None:
    """The middle pixel stays warm, both beside it change: somebody who sways."""
    watched = Watched()
    for step in range(seconds * 10):
        left = step // 100 % 2 == 0
        spot = [9, 10] if left else [10, 11]
        watched.see(warmer(5, *spot), [spot])
    assert bool(watched.background.taken) == bool(taken)
    for _ in range(100):
        watched.see(FLOOR)
    assert watched.background.taken == 0


def test_a_noisy_pixel_has_a_higher_threshold() -> None:
    watched, chance = Watched(), random.Random(1)
    for _ in range(2000):
        watched.see(warmer(chance.gauss(0, 0.8), 20))
    thresholds = watched.background.thresholds()
    assert thresholds[20] == pytest.approx(2.4, abs=0.5)
    assert thresholds[21] == 1.0


def test_dazzled_pixels_are_those_far_above_the_colder_quarter() -> None:
    background = Background(1.0)
    pixels = [20.0] * 20 + [24.9] * 20 + [25.2] * 24
    for _ in range(LEARN_FRAMES):
        background.rises(pixels)
    assert background.dazzled == set(range(40, 64))


# ---- What is not seen -----------------------------------------------------------------------


def sees(inward: Inward, frames: Sequence[Sequence[float]]) -> list[bool]:
    """What the counter says of these frames after it has learnt the first of them."""
    counter = ThermalCounter(3000, inward)
    learnt = [counter.update(frames[0], n * FRAME_NS) for n in range(LEARN_FRAMES)]
    assert not any(learnt)
    return [counter.update(frame, (n + LEARN_FRAMES) * FRAME_NS) for n, frame in enumerate(frames)]


@pytest.mark.parametrize(
    ("inward", "rows", "columns"),
    [
        ("notch", True, False),
        ("opposite", True, False),
        ("left", False, True),
        ("right", False, True),
    ],
)
def test_only_what_is_near_the_line_dazzles(inward: Inward, rows: bool, columns: bool) -> None:
    """A hot first row lies beside the line, or across it."""
    assert sees(inward, [picture("99999999")]) == [rows]
    assert sees(inward, [picture(*["9......."] * 8)]) == [columns]


def test_half_a_person_dazzles_and_less_does_not() -> None:
    assert sees("notch", [picture("", "", "", "99")]) == [True]
    assert sees("notch", [picture("", "", "", "999")]) == [False]


def test_a_spot_larger_than_four_people_is_a_crowd() -> None:
    crowd = picture("", "", ".7788...", ".7788...", ".7788...")
    beyond = picture("", "", ".7788...", ".7788...", ".7788...", ".7788...")
    assert sees("notch", [picture(), crowd, beyond, picture()]) == [True, True, False, True]


# ---- Spots alone ----------------------------------------------------------------------------


def picture(*rows: str) -> list[float]:
    """One digit a pixel, K; dots are 0; rows that are not given are empty."""
    lines = [row.ljust(8, ".") for row in rows] + ["........"] * (8 - len(rows))
    return [0.0 if sign == "." else float(sign) for line in lines for sign in line]


def found(rises: Sequence[float], apart: float = 3.0) -> list[tuple[int, float, float]]:
    spots_found = spots.find(rises, [1.0] * 64, apart)
    return sorted((len(s.pixels), round(s.row, 2), round(s.column, 2)) for s in spots_found)


def test_pixels_that_touch_at_a_side_are_one_spot_and_at_a_corner_two() -> None:
    assert found(picture(".44", ".4")) == [(3, 0.33, 1.33)]
    assert found(picture(".4", "..4")) == [(1, 0, 1), (1, 1, 2)]
    assert found(picture("4.......", ".......4")) == [(1, 0, 0), (1, 1, 7)]


def test_the_last_pixel_of_a_row_does_not_touch_the_first_of_the_next() -> None:
    assert len(found(picture(".......4", "4"))) == 2


def test_the_centre_is_finer_than_a_pixel() -> None:
    assert found(picture("", "..26")) == [(2, 1.0, 2.75)]
    assert found(picture("", "..2", "..6")) == [(2, 1.75, 2.0)]


def test_what_is_not_above_its_threshold_is_no_spot() -> None:
    assert found(picture("111", "1")) == []


def test_two_peaks_with_a_saddle_are_two() -> None:
    assert found(picture("682286")) == [(3, 0, 0.75), (3, 0, 4.25)]
    assert len(found(picture("6", "8", "2", "3", "8", "6"))) == 2


def test_peaks_that_are_near_or_without_a_saddle_are_one() -> None:
    assert len(found(picture("82.8"))) == 2
    assert len(found(picture("6828"), apart=3.0)) == 1
    assert len(found(picture("6828"), apart=2.0)) == 2
    assert len(found(picture("688886"))) == 1
    assert len(found(picture("687786"), apart=3.0)) == 1


def test_three_in_a_row_are_three() -> None:
    assert len(found(picture("82828", "71717"), apart=2.0)) == 3


# ---- Geometry -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mounting_mm", "kelvin"), [(2200, 1.5), (2400, 1.5), (2700, 1.25), (3600, 1.0)]
)
def test_the_threshold_follows_the_height(mounting_mm: int, kelvin: float) -> None:
    assert threshold(mounting_mm) == pytest.approx(kelvin)


def test_rows_of_travel_follow_the_height() -> None:
    made = rules(3000)
    assert made.deep == pytest.approx(1500 * math.tan(math.radians(15)))
    assert made.edge == pytest.approx(1500 * math.tan(math.radians(22.5)))
    assert made.stride == pytest.approx(200 * 1500 / 1100)


def test_a_threshold_of_the_configuration_wins() -> None:
    frames = [picture(), picture("", "22")]
    for kelvin, targets in ((None, 1), (3.0, 0)):
        counter = ThermalCounter(3000, "notch", kelvin)
        for number in range(LEARN_FRAMES + 5):
            counter.update(frames[number >= LEARN_FRAMES], number * FRAME_NS)
        assert counter.tracker.targets == targets
