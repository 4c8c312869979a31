"""Passages that are held until nobody can come back, and whose head it was that did."""

import random

import pytest

from drivers.people.returns import Passed, Returns, Way

SECOND = 1_000_000_000
ADULT = 1720.0


class Door:
    """Heads that pass below, each within 0.5 s."""

    def __init__(self) -> None:
        self.returns = Returns()
        self.now_ns = 0

    def passes(
        self, way: Way, top_mm: float = ADULT, pause_s: float = 2.0, stays_s: float = 0.5
    ) -> "Door":
        """So long after the one before has left."""
        began_ns = self.now_ns + round(pause_s * SECOND)
        self.returns.settle(began_ns)
        self.now_ns = began_ns + round(stays_s * SECOND)
        self.returns.settle(self.now_ns, began_ns)
        self.returns.passed(Passed(way, began_ns, self.now_ns, top_mm))
        return self

    def where_people_turn_back(self) -> "Door":
        for _ in range(5):
            self.returns.turned_back(lingered=False)
        return self

    @property
    def counts(self) -> tuple[int, int]:
        self.returns.settle(self.now_ns + 5 * SECOND)
        return self.returns.counted_in, self.returns.counted_out


def test_a_passage_counts_when_nobody_has_come_back_for_4_s() -> None:
    door = Door().passes("in")
    door.returns.settle(door.now_ns + 4 * SECOND)
    assert door.returns.counted_in == 0
    door.returns.settle(door.now_ns + 4 * SECOND + 1)
    assert door.returns.counted_in == 1


def test_it_stays_held_while_somebody_is_below_who_came_by_then() -> None:
    door = Door().passes("in")
    door.returns.settle(door.now_ns + 60 * SECOND, door.now_ns + 3 * SECOND)
    assert door.returns.counted_in == 0
    door.returns.settle(door.now_ns + 60 * SECOND, door.now_ns + 5 * SECOND)
    assert door.returns.counted_in == 1


@pytest.mark.parametrize(("first", "then"), [("in", "out"), ("out", "in")])
def test_the_same_head_that_comes_back_counts_nothing(first: Way, then: Way) -> None:
    door = Door().where_people_turn_back().passes(first).passes(then, ADULT + 15)
    assert (door.counts, door.returns.returned) == ((0, 0), 1)


def test_another_head_that_comes_out_is_somebody_else() -> None:
    door = Door().where_people_turn_back().passes("in").passes("out", ADULT - 90)
    assert door.counts == (1, 1)


@pytest.mark.parametrize("pause_s", [0.9, 4.1])
def test_too_soon_or_too_late_it_is_somebody_else(pause_s: float) -> None:
    door = Door().where_people_turn_back().passes("in").passes("out", pause_s=pause_s)
    assert door.counts == (1, 1)


def test_the_same_way_it_is_somebody_else() -> None:
    assert Door().where_people_turn_back().passes("in").passes("in").counts == (2, 0)


def test_nothing_else_may_pass_between() -> None:
    door = Door().where_people_turn_back().passes("in").passes("in", 1600, 1.0)
    assert door.passes("out", pause_s=1.0).counts == (2, 1)


def test_at_a_door_of_which_nothing_is_known_who_walks_is_somebody_else() -> None:
    assert Door().passes("in").passes("out").counts == (1, 1)


def test_who_lingers_below_and_comes_back_is_himself() -> None:
    assert Door().passes("in", stays_s=5).passes("out").counts == (0, 0)
    assert Door().passes("in").passes("out", stays_s=5).counts == (0, 0)


def test_where_people_only_come_and_go_equal_heads_are_two() -> None:
    chance, door, ways = random.Random(1), Door(), 0
    for _ in range(200):
        door.passes("in", chance.gauss(ADULT, 86), 1.5).passes("out", chance.gauss(ADULT, 86), 1.5)
        ways += 1
    assert door.counts == (ways, ways)


def test_habits_change() -> None:
    door = Door().where_people_turn_back()
    for _ in range(3000):
        door.passes("in", 1600, 1.5).passes("out", 1800, 1.5)
    before = door.passes("in", pause_s=9).passes("out").counts
    for _ in range(1500):
        door.returns.turned_back(lingered=False)
        door.passes("in", pause_s=9)
    assert before == (3001, 3001)
    assert door.passes("in", pause_s=9).passes("out").counts == (4501, 3001)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_passes_counts_rise_and_who_is_inside_is_right(seed: int) -> None:
    chance, door = random.Random(seed), Door()
    inside, before = 0, (0, 0)
    for _ in range(2000):
        if chance.random() < 0.3:
            door.returns.turned_back(chance.random() < 0.3)
        way: Way = "in" if chance.random() < 0.5 else "out"
        inside += 1 if way == "in" else -1
        door.passes(way, chance.gauss(ADULT, 30), chance.uniform(0, 5), chance.choice([0.5, 4]))
        after = door.returns.counted_in, door.returns.counted_out
        assert after[0] >= before[0]
        assert after[1] >= before[1]
        before = after
    counted_in, counted_out = door.counts
    assert counted_in - counted_out == inside
    assert door.returns.returned > 0
