"""One body's way: where it is when, and the ways that there are."""

from math import hypot, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulation import parties, routes
from drivers.simulation.bodies import ADULT, CHILD, DOG, DOOR_LEAF, TROLLEY, Body
from drivers.simulation.routes import Door, Lines, Route
from drivers.simulation.scene import Scene
from drivers.simulation.walks import Direction, Point, Walk, straight

LINES = Lines(0.3, 0.15)


def test_a_body_is_on_the_line_between_two_points() -> None:
    walk = Walk((Point(1, -2, 0.4), Point(3, 0, 0.4), Point(5, 3, -0.6)), CHILD, "in")
    assert (walk.starts_s, walk.ends_s, walk.crosses_s) == (1, 5, 3)
    assert walk.at(1) == Body(-2, 0.4, 1.0, 0.0, CHILD)
    assert walk.at(2) == Body(-1, 0.4, 1.0, 0.0, CHILD)
    assert walk.at(4)[:4] == pytest.approx((1.5, -0.1, 1.5, -0.5))
    assert walk.at(5)[:4] == pytest.approx((3, -0.6, 1.5, -0.5))


def test_it_crosses_when_it_is_on_the_line_for_the_last_time() -> None:
    points = [(0, -1), (2, 1), (4, -1), (6, -1), (8, 3)]
    walk = Walk(tuple(Point(at_s, along, 0) for at_s, along in points), ADULT, "in")
    assert walk.crosses_s == 6.5
    assert Walk(walk.points).crosses_s is None


@pytest.mark.parametrize(("direction", "sign"), [("in", 1), ("out", -1)])
def test_straight_through(direction: Direction, sign: int) -> None:
    walk = straight(10, direction, 1.6, 0.2)
    assert (walk.starts_s, walk.crosses_s, walk.ends_s) == (7.5, 10, 12.5)
    assert walk.at(11)[:4] == pytest.approx((sign * 1.6, 0.2, sign * 1.6, 0.0))
    assert straight(10, direction, 1.6, shape=DOG).direction is None


def test_in_and_out_are_one_way_turned_by_half() -> None:
    inwards, outwards = routes.through("in", LINES), routes.through("out", LINES)
    assert (inwards.direction, outwards.direction) == ("in", "out")
    assert inwards.length_m == outwards.length_m
    for distance in (0, 1, 3, 4.2, 8):
        along, across = inwards.at(distance)
        assert outwards.at(distance) == (-along, -across)
        assert (inwards.facing(distance), outwards.facing(distance)) == (1, -1)
    assert inwards.at(0) == (-4, routes.LANE_M)
    assert inwards.at(inwards.length_m / 2) == pytest.approx((0, 0.15))


@pytest.mark.parametrize("place", [-0.6, -0.1, 0.2, 0.6])
def test_who_turns_back_comes_as_far_as_that_and_keeps_right_again(place: float) -> None:
    route = routes.turned_back("in", LINES, place, 1.0)
    way = [route.at(route.length_m * i / 1000) for i in range(1001)]
    assert max(along for along, _ in way) == pytest.approx(place, abs=0.01)
    assert (way[0], way[-1]) == ((-4, routes.LANE_M), (-4, -routes.LANE_M))
    assert route.direction is None
    [(at_m, seconds)] = route.stops
    assert (route.at(at_m)[0], seconds) == pytest.approx((place, 1.0))
    assert route.facing(at_m + 0.01) == 0
    assert route.facing(route.length_m) == -1


@pytest.mark.parametrize(("goes_on", "truth", "end"), [(True, "out", -4), (False, None, 4)])
def test_who_loiters_stands_at_each_place_and_leaves_on_either_side(
    goes_on: bool, truth: str | None, end: float
) -> None:
    stands = [((0.2, 0.1), 4.0), ((-0.4, -0.1), 3.0)]
    route = routes.loitering("out", LINES, stands, goes_on)
    assert route.direction == truth
    assert route.at(route.length_m)[0] == end
    first, second = ((*route.at(at_m), seconds) for at_m, seconds in route.stops)
    assert first == pytest.approx((-0.2, -0.1, 4.0))
    assert second == pytest.approx((0.4, 0.1, 3.0))


@pytest.mark.parametrize("from_door", [0.5, 0.9, 1.2, 2.5])
def test_how_far_it_is_to_where_one_waits(from_door: float) -> None:
    route = routes.through("in", LINES)
    assert route.at(route.reaches(from_door))[0] == pytest.approx(-from_door)


def test_a_route_has_no_place_twice_in_succession() -> None:
    with pytest.raises(ValueError, match="a place twice"):
        Route([(0, 0), (0, 0), (1, 1)], None)


def test_the_room_in_a_door() -> None:
    assert Door(0.9).room_m(0.46) == pytest.approx(0.17)
    assert Door(0.9).room_m(0.85) == 0
    with pytest.raises(ValueError, match=r"1\.01 m do not fit through a door of 0\.90 m"):
        Door(0.9).room_m(parties.side_by_side().width_m)


def test_side_by_side_are_0_55_m_apart_and_tailgaters_0_6_m() -> None:
    left, right = parties.side_by_side().members
    assert left.aside_m - right.aside_m == pytest.approx(0.55)
    first, second = parties.one_behind_the_other(apart_m=parties.TAILGATE_M).members
    assert (first.ahead_m - second.ahead_m, second.aside_m) == (0.6, 0)


@pytest.mark.parametrize("party", [parties.with_dog(), parties.with_trolley(CHILD)])
def test_companions_do_not_touch_and_are_not_people(party: parties.Party) -> None:
    person, other = party.members
    beside = abs(person.aside_m - other.aside_m) - (person.shape.width_m + other.shape.width_m) / 2
    before = abs(person.ahead_m - other.ahead_m) - (person.shape.depth_m + other.shape.depth_m) / 2
    assert max(beside, before) > 0.02
    assert party.people == 1
    assert (other.shape in (DOG, TROLLEY), other.shape.person) == (True, False)
    left = max(m.aside_m + m.shape.width_m / 2 for m in party.members)
    assert party.width_m == pytest.approx(2 * left)


@pytest.mark.parametrize("hinge", [1, -1])
def test_a_leaf_sweeps_an_arc_about_its_hinge(hinge: int) -> None:
    opening, opened, shutting = swing = parties.swing(Door(0.9), 10, 14, hinge)
    assert (opening.starts_s, shutting.ends_s) == (10, 14 + parties.LEAF_CLOSES_S)
    for before, after in ((opening, opened), (opened, shutting)):
        assert before.points[-1] == after.points[0]
    for walk in swing:
        assert (walk.direction, walk.shape.kind) == (None, DOOR_LEAF.kind)
        for _, along, across in walk.points:
            assert hypot(along, across - hinge * 0.45) == pytest.approx(0.45, abs=1e-3)
    assert (opening.points[0][1:], shutting.points[-1][1:]) == ((0, 0), (0, 0))
    body = opened.at(12)
    assert (body.along, body.across, body.speed) == pytest.approx((0.45, hinge * 0.45, 0))
    assert (body.shape.depth_m, body.shape.width_m) == (0.9, 0.05)


def test_a_scene_shows_who_is_there_and_tells_of_each_walk_when_it_is_over() -> None:
    first, second = straight(5, "in", 2), straight(6, "out", 2, 0.3)
    told: list[Walk] = []
    scene = Scene([first, second], told.append)
    assert scene.next_change_s == 3
    assert scene.step(2.9).bodies == ()
    assert scene.step(0.6).bodies == (first.at(3.5),)
    assert scene.next_change_s == scene.now_s
    assert scene.step(1.5).bodies == (first.at(5), second.at(5))
    assert (told, scene.empty) == ([], False)
    assert scene.step(2).bodies == (second.at(7),)
    assert told == [first]
    assert scene.step(2).bodies == ()
    assert (told, scene.empty, scene.next_change_s) == ([first, second], True, inf)


def test_a_closed_door_lets_those_under_way_walk_on() -> None:
    told: list[Walk] = []
    first = straight(5, "in", 2)
    scene = Scene([first, straight(9, "in", 2)], told.append)
    scene.step(4)
    scene.close_door()
    assert (len(scene.step(0).bodies), scene.empty) == (1, False)
    scene.step(20)
    assert (told, scene.empty) == ([first], True)


def test_a_step_over_a_whole_walk_still_tells_of_it() -> None:
    told: list[Walk] = []
    scene = Scene([straight(5, "in", 2)], told.append)
    assert scene.step(60).bodies == ()
    assert len(told) == 1


@given(st.floats(0.5, 2.0), st.sampled_from(["in", "out"]), st.floats(0, 1))
def test_the_speed_is_the_slope_of_the_way(speed: float, direction: Direction, part: float) -> None:
    walk = straight(0, direction, speed)
    at_s = walk.starts_s + part * (walk.ends_s - walk.starts_s - 0.01)
    before, after = walk.at(at_s), walk.at(at_s + 0.01)
    assert (after.along - before.along) / 0.01 == pytest.approx(before.speed, rel=1e-6)
