"""What the model of an LD2450 sees of bodies: sizes, shadows, merging, fading, ghosts, dropouts."""

import math
from itertools import groupby

import pytest

from drivers.people.ld2450.codec import Parser, Report, Target
from drivers.people.ld2450.model import Ld2450Model
from drivers.simulation.bodies import ADULT, CHILD, DOG, DOOR_LEAF, TROLLEY, Body, Shape
from drivers.simulation.scene import View

Frame = tuple[Target, ...]
WALKS = 0.3
"""Bodies that move, and stay where they are for the test."""


def frames(*bodies: Body, seconds: float = 60, seed: int = 1) -> list[Frame]:
    model, found = Ld2450Model(seed=seed), []
    for tick in range(round(seconds * 10)):
        [report] = Parser().feed(model.step(View((tick + 1) / 10, bodies)))
        assert isinstance(report, Report)
        found.append(report.targets)
    return found


def near(target: Target, along: float, across: float, within_mm: float = 500) -> bool:
    return math.dist((target.x, target.y), (1000 * across, 2000 - 1000 * along)) < within_mm


def seen(body: Body, *others: Body) -> float:
    """Share of the frames with a target where it is."""
    found = frames(body, *others)
    return sum(any(near(t, body.along, body.across) for t in frame) for frame in found) / len(found)


@pytest.mark.parametrize(
    ("shape", "least", "most"),
    [
        (ADULT, 0.88, 0.98),
        (CHILD, 0.88, 0.98),
        (TROLLEY, 0.82, 0.98),
        (DOG, 0.4, 0.65),
        (DOOR_LEAF, 0.1, 0.4),
    ],
)
def test_small_bodies_and_wood_are_seen_less_often(shape: Shape, least: float, most: float) -> None:
    assert least < seen(Body(0.0, 0.0, WALKS, shape=shape)) < most


def test_a_leaf_seen_from_its_edge_is_not_there() -> None:
    edge = DOOR_LEAF._replace(depth_m=0.9, width_m=0.05)
    assert seen(Body(0.0, 0.0, WALKS, shape=edge)) == 0


def test_who_is_behind_somebody_is_seen_less_often_and_behind_a_trolley_nearly_as_often() -> None:
    behind = Body(-1.5, 0.0, WALKS)
    alone, hidden = seen(behind), seen(behind, Body(0.0, 0.0, WALKS))
    half_hidden = seen(behind, Body(0.0, 0.0, WALKS, shape=TROLLEY))
    beside = seen(behind, Body(0.0, 1.0, WALKS))
    assert hidden < 0.8 < half_hidden
    assert beside > 0.85 < alone


def both(a: Body, b: Body) -> float:
    """Share of the frames with two targets."""
    return sum(len(frame) >= 2 for frame in frames(a, b)) / 600


def test_two_are_one_side_by_side_and_two_from_half_a_metre_behind_each_other() -> None:
    middle = Body(0.0, 0.0, WALKS)
    assert both(Body(0.0, 0.275, WALKS), Body(0.0, -0.275, WALKS)) < 0.2
    assert both(middle, Body(-0.2, 0.0, WALKS)) < 0.2
    assert both(middle, Body(-0.9, 0.3, WALKS)) > 0.5
    assert both(Body(0.0, 0.7, WALKS), Body(0.0, -0.7, WALKS)) > 0.7


def test_one_target_is_between_the_two() -> None:
    pair = Body(0.0, 0.275, WALKS), Body(0.0, -0.275, WALKS)
    alone = [frame[0] for frame in frames(*pair) if len(frame) == 1]
    assert abs(sum(target.x for target in alone) / len(alone)) < 60


def test_who_stands_fades_within_six_seconds_until_they_move() -> None:
    model = Ld2450Model(seed=2)

    def shown(from_s: float, to_s: float, speed: float) -> int:
        ticks = range(round(from_s * 10), round(to_s * 10))
        bodies = (Body(0.0, 0.0, speed),)
        return sum(model.step(View(t / 10, bodies))[4:12] != bytes(8) for t in ticks)

    assert shown(0.1, 2.0, 0.0) > 12
    assert shown(6.3, 60.0, 0.0) == 0
    assert shown(60.0, 62.0, WALKS) > 12


def test_a_ghost_is_farther_off_than_its_body_and_lasts_less_than_a_second() -> None:
    found = frames(Body(0.0, 0.0, WALKS), seconds=600)
    haunted = [any(not near(t, 0.0, 0.0, 550) for t in frame) for frame in found]
    assert 0.01 < sum(haunted) / len(haunted) < 0.1
    assert max(len(list(run)) for lit, run in groupby(haunted) if lit) < 20
    ghosts = [t for frame in found for t in frame if not near(t, 0.0, 0.0, 550)]
    assert min(math.hypot(t.x, t.y) for t in ghosts) > 2200
    assert not any(frames(seconds=60))


def test_dropouts_last_at_most_half_a_second() -> None:
    found = frames(Body(0.0, 0.0, WALKS), seconds=600)
    gaps = [len(list(run)) for empty, run in groupby(not frame for frame in found) if empty]
    assert 2 <= max(gaps) <= 6
    assert 0.02 < sum(gaps) / len(found) < 0.1
