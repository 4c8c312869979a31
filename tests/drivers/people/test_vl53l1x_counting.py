"""What a VL53L1X over a door counts of those who walk below its model."""

import math
import random

import pytest

from drivers.people.vl53l1x import mounting
from drivers.people.vl53l1x.driver import Vl53l1xConfig
from drivers.simulation.bodies import ADULT, CHILD, DOG, DOOR_LEAF, TROLLEY, Body, Shape
from tests.chaos import form
from tests.drivers.people.doorway import Doorway, Way, stops, straight

CONFIG = Vl53l1xConfig(2400)
STAYS = stops((0.0, 1.5), (0.0, 20), (1.5, 1.5))
WALK_S = 1.5


def walked(seconds: float, *ways: Way, config: Vl53l1xConfig = CONFIG, seed: int = 1) -> Doorway:
    door = Doorway(config, seed).open()
    return door.let(seconds, *ways).let(1)


@pytest.mark.parametrize("speed", [0.5, 1.2, 2.0])
@pytest.mark.parametrize("mount", ["parallel", "perpendicular"])
@pytest.mark.parametrize("inward", ["a_to_b", "b_to_a"])
def test_in_and_out_in_each_way_to_mount_it(speed: float, mount: str, inward: str) -> None:
    config = Vl53l1xConfig(2400, mount=mount, inward=inward)  # type: ignore[arg-type]
    door = walked(4 / speed, Way(straight(speed)), config=config)
    assert door.counts == (1, 0)
    assert door.let(4 / speed, Way(straight(-speed))).let(1).counts == (1, 1)


def test_mounted_the_other_way_round_than_told_it_counts_in_for_out() -> None:
    door = Doorway(CONFIG)
    turned = Doorway(Vl53l1xConfig(2400, inward="b_to_a"))
    turned.driver = type(door.driver)(turned.bus, CONFIG)
    turned.open().let(4, Way(straight(1.2))).let(1)
    assert turned.counts == (0, 1)


@pytest.mark.parametrize("until_m", [-0.15, 0.0, 0.05, 0.1, 0.2, 0.25, 0.3])
def test_who_turns_back_counts_nothing(until_m: float) -> None:
    door = walked(5, Way(stops((until_m, 1.5), (until_m, 0.5), (-1.5, 1.5))))
    assert door.counts == (0, 0)


def test_who_loiters_and_turns_back_beyond_what_it_sees_counts_nothing() -> None:
    lingers = stops((0.1, 1.5), (0.1, 4), (0.5, 0.5), (0.5, 1.5), (-1.5, 2))
    assert walked(10, Way(lingers)).counts == (0, 0)


def test_two_who_meet_in_the_door_at_two_heights_are_two() -> None:
    small = ADULT._replace(height_m=1.50)
    comes_out = Way(straight(-1.2), shape=small, starts_s=2.0)
    assert walked(6, Way(straight(1.2)), comes_out).counts == (1, 1)


@pytest.mark.parametrize("mounting_mm", [2400, 2750])
@pytest.mark.parametrize("speed", [0.6, 0.9, 1.2, 1.5])
def test_tailgaters_at_0_6_m_are_two_or_three(speed: float, mounting_mm: int) -> None:
    config = Vl53l1xConfig(mounting_mm)
    for sign, expected in ((1, (3, 0)), (-1, (0, 3))):
        ways = [
            Way(straight(sign * speed), across, starts_s=i * 0.6 / speed)
            for i, across in enumerate((0.0, 0.05, -0.1))
        ]
        assert walked(4 / speed + 2, *ways, config=config).counts == expected


@pytest.mark.parametrize("sway_m", [0.0, 0.1, 0.2, 0.25])
def test_a_loiterer_counts_once_when_he_goes_on(sway_m: float) -> None:
    door = walked(23, Way(STAYS, sway_m=sway_m))
    assert door.counts == (1, 0)
    assert door.blind < 0.2


def test_who_stays_for_longer_is_blind_time_and_not_counted() -> None:
    door = walked(64, Way(stops((0.0, 1.5), (0.0, 60), (1.5, 1.5))))
    assert door.counts == (0, 0)
    assert door.blind == pytest.approx(61, abs=1.5)


def test_two_side_by_side_are_one() -> None:
    assert walked(4, Way(straight(1.0), -0.27), Way(straight(1.0), 0.27)).counts == (1, 0)


def test_of_two_who_meet_below_it_neither_counts() -> None:
    assert walked(4, Way(straight(1.2), -0.2), Way(straight(-1.2), 0.2)).counts == (0, 0)


@pytest.mark.parametrize("shape", [DOG, TROLLEY, DOOR_LEAF])
@pytest.mark.parametrize("speed", [0.7, -1.5])
def test_what_is_nobody_counts_nothing(shape: Shape, speed: float) -> None:
    assert walked(6, Way(straight(speed), 0.05, shape)).counts == (0, 0)


@pytest.mark.parametrize("across", [-0.2, 0.0, 0.2])
def test_a_child_counts(across: float) -> None:
    assert walked(5, Way(straight(1.0), across, CHILD)).counts == (1, 0)


@pytest.mark.parametrize("speed", [0.6, 1.2, 1.8])
def test_a_child_at_the_edge_of_what_it_sees_counts_by_its_shoulders(speed: float) -> None:
    config = Vl53l1xConfig(2750, door_width_mm=1200)
    assert walked(5, Way(straight(speed), 0.4, CHILD), config=config).counts == (1, 0)
    assert walked(5, Way(straight(-speed), -0.4, CHILD), config=config).counts == (0, 1)


@pytest.mark.parametrize("speed", [0.6, 1.2, 1.8])
def test_where_the_floor_is_out_of_reach_who_pushes_a_trolley_counts_once(speed: float) -> None:
    config = Vl53l1xConfig(2750, door_width_mm=1200)
    pusher = Way(straight(speed), 0.1, starts_s=0.64 / speed)
    pushed = walked(4 / speed + 1, Way(straight(speed), 0.1, TROLLEY), pusher, config=config)
    assert pushed.counts == (1, 0)
    alone = walked(4 / speed, Way(straight(speed), 0.1, TROLLEY), config=config)
    assert alone.counts == (0, 0)


def test_who_pushes_a_trolley_or_walks_a_dog_counts_once() -> None:
    pushed = walked(5, Way(straight(1.0), 0.0, TROLLEY), Way(straight(1.0), starts_s=0.75))
    assert pushed.counts == (1, 0)
    led = walked(5, Way(straight(-1.0), 0.2, DOG), Way(straight(-1.0), -0.1, starts_s=0.4))
    assert led.counts == (0, 1)


def test_the_leaf_that_opens_before_somebody_does_not_hide_him() -> None:
    leaf = Way(stops((0.0, 1.0), (0.1, 0.5), (1.5, 1.0)), 0.0, DOOR_LEAF)
    assert walked(5, leaf, Way(straight(1.0), 0.05, starts_s=1.0)).counts == (1, 0)


def test_a_leaf_that_stays_below_it_is_blind_time() -> None:
    door = walked(12, Way(stops((0.0, 1), (0.0, 10), (-1.5, 1)), 0.0, DOOR_LEAF))
    assert door.counts == (0, 0)
    assert door.blind == pytest.approx(10.2, abs=0.4)


def test_a_display_that_is_put_there_is_blind_time_for_three_minutes_then_adults_count() -> None:
    display = Shape("display", 1.3, 0.3, 0.6, 0.0, person=False)
    door = Doorway(CONFIG).open()
    here = Way(lambda t: 0.0, 0.0, display)
    door.let(200, here)
    assert door.blind == pytest.approx(180, abs=2)
    door.let(3, here, Way(straight(1.2)))
    assert door.counts == (1, 0)
    door.let(5)
    assert door.let(4, Way(straight(-1.0), 0.1, CHILD)).let(1).counts == (1, 1)


def test_an_override_of_the_distance_is_the_same_as_that_height() -> None:
    tall = Vl53l1xConfig(2400, near_mm=900)
    assert walked(4, Way(straight(1.0), 0.0, CHILD), config=tall).counts == (0, 0)
    assert walked(4, Way(straight(1.0)), config=tall).counts == (1, 0)


def somebody(chance: random.Random) -> tuple[float, Way]:
    """Speed, and a way: through a door 0.9 m wide, between 1.15 and 1.92 m tall."""
    speed = chance.uniform(0.5, 2.0) * chance.choice((1, -1))
    height = chance.uniform(1.5, 1.92) if chance.random() < 0.85 else chance.uniform(1.15, 1.5)
    shape = (ADULT if height > 1.4 else CHILD)._replace(height_m=height)
    return speed, Way(straight(speed), chance.uniform(-0.22, 0.22), shape, 0.0, 0.03)


@pytest.mark.parametrize("mounting_mm", [2200, 2400, 2800])
def test_at_least_99_of_100_in_single_file_are_counted(mounting_mm: int) -> None:
    people, chance = form.rounds(200, 5_000), random.Random(mounting_mm)
    door = Doorway(Vl53l1xConfig(mounting_mm), seed=mounting_mm).open()
    blind, came_in = door.blind, 0
    for _ in range(people):
        speed, way = somebody(chance)
        came_in += speed > 0
        door.let(3.0 / abs(speed) + 0.3, way)
    count_in, count_out = door.counts
    right = people - abs(count_in - came_in) - abs(count_out - (people - came_in))
    form.report(f"VL53L1X at {mounting_mm} mm: {right} of {people} in single file are right")
    assert right >= 0.99 * people
    assert door.blind == blind


@pytest.mark.parametrize("mounting_mm", [2200, 2800])
def test_in_the_widest_door_nobody_gets_past_along_its_frame(mounting_mm: int) -> None:
    aside = mounting.widest_door(mounting_mm) / 2000 - mounting.SHOULDER_MM / 1000
    chance, door = random.Random(2), Doorway(Vl53l1xConfig(mounting_mm), seed=2).open()
    for _ in range(60):
        speed, way = somebody(chance)
        tall = way.shape._replace(height_m=max(1.5, way.shape.height_m), width_m=0.46)
        at_the_frame = way._replace(across=math.copysign(aside, way.across), shape=tall)
        door.let(3.0 / abs(speed) + 0.3, at_the_frame)
    assert sum(door.counts) >= 59


def test_the_same_seed_counts_the_same() -> None:
    def run() -> list[tuple[int, int]]:
        chance, door, seen = random.Random(4), Doorway(CONFIG, 4).open(), []
        for _ in range(10):
            speed, way = somebody(chance)
            seen.append(door.let(3.0 / abs(speed), way).counts)
        return seen

    assert run() == run()


def test_bodies_far_from_the_door_are_not_seen() -> None:
    door = Doorway(CONFIG).open()
    way = Way(lambda t: 1.0 + math.sin(t) / 2)
    assert isinstance(way.at(0.0), Body)
    assert door.let(20, way).counts == (0, 0)
