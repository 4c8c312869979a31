"""Two zones below a distance sensor: passages, valleys, and all that is blind time."""

import math
import random

import pytest

from drivers.people.blindness import BlindTime
from drivers.people.heads import Echo, Geometry, NoDistance
from drivers.people.zones import INNER, OUTER, TwoZones
from tests.chaos import form

LOOK_NS = 25_000_000
SECOND = 1_000_000_000
FLOOR, SHOULDERS, HEAD, LEAF = 2400.0, 990.0, 680.0, 400.0
SUN = NoDistance.UNUSABLE


class Below:
    """Two zones that are looked at in turn; each thing shown stands for so many looks at both."""

    def __init__(self, low_mm: float = math.inf) -> None:
        cosine = 1.0 if low_mm == math.inf else 0.9864
        self.zones = TwoZones(Geometry(2400, 1080, 1950, cosine, low_mm), 0)
        self.now_ns = 0
        self.show(FLOOR, FLOOR)

    def show(self, outer: Echo, inner: Echo, seconds: float = 0.1) -> "Below":
        for _ in range(round(seconds * SECOND / LOOK_NS / 2)):
            for zone, echo in ((OUTER, outer), (INNER, inner)):
                self.now_ns += LOOK_NS
                self.zones.see(zone, echo, self.now_ns)
        return self

    def enters(self) -> "Below":
        self.show(HEAD, FLOOR).show(HEAD, HEAD).show(FLOOR, HEAD)
        return self.show(FLOOR, FLOOR, 0.2)

    @property
    def counts(self) -> tuple[int, int]:
        """When nobody can come back any more."""
        self.show(FLOOR, FLOOR, 4.3)
        return self.zones.counted_in, self.zones.counted_out

    @property
    def blind(self) -> float:
        return self.zones.blind_ns / SECOND


def test_in_and_out() -> None:
    below = Below().enters()
    assert below.counts == (1, 0)
    below.show(FLOOR, HEAD).show(HEAD, HEAD).show(HEAD, FLOOR).show(FLOOR, FLOOR, 0.2)
    assert below.counts == (1, 1)
    assert below.blind == 0


def test_turning_back_below_it_counts_nothing() -> None:
    below = Below().show(HEAD, FLOOR).show(HEAD, HEAD).show(HEAD, FLOOR).show(FLOOR, FLOOR, 0.2)
    assert below.counts == (0, 0)


def test_of_two_in_tow_the_valley_ends_the_first() -> None:
    below = Below().show(HEAD, FLOOR).show(HEAD, HEAD).show(SHOULDERS, HEAD)
    below.show(SHOULDERS, SHOULDERS)
    below.show(HEAD, SHOULDERS).show(HEAD, HEAD).show(SHOULDERS, HEAD).show(FLOOR, FLOOR, 0.2)
    assert below.counts == (2, 0)


def test_a_head_that_leaves_to_the_side_is_no_valley() -> None:
    below = Below().show(HEAD, FLOOR).show(HEAD, HEAD)
    for _ in range(5):
        below.show(SHOULDERS, SHOULDERS, 0.4).show(HEAD, HEAD, 0.4)
    assert below.show(FLOOR, HEAD).show(FLOOR, FLOOR, 0.2).counts == (1, 0)


def test_a_valley_before_it_is_complete_ends_nothing() -> None:
    below = Below().show(HEAD, FLOOR).show(HEAD, HEAD).show(HEAD, FLOOR).show(SHOULDERS, FLOOR)
    below.show(HEAD, FLOOR).show(HEAD, HEAD).show(FLOOR, HEAD).show(FLOOR, FLOOR, 0.2)
    assert below.counts == (1, 0)


def test_of_two_in_tow_the_second_shows_shoulders_while_the_head_of_the_first_is_there() -> None:
    below = Below().show(HEAD, FLOOR).show(HEAD, HEAD).show(FLOOR, HEAD).show(SHOULDERS, HEAD)
    below.show(SHOULDERS, FLOOR).show(HEAD, FLOOR).show(HEAD, HEAD).show(FLOOR, HEAD)
    assert below.counts == (2, 0)


def test_turning_back_where_only_the_shoulders_are_below_counts_nothing() -> None:
    below = Below().show(HEAD, FLOOR).show(HEAD, HEAD).show(FLOOR, HEAD)
    below.show(FLOOR, SHOULDERS, 3).show(FLOOR, HEAD).show(HEAD, HEAD).show(HEAD, FLOOR)
    assert below.counts == (0, 0)


def test_turning_back_out_of_sight_counts_nothing_where_people_do_so_in_sight() -> None:
    below = Below()
    for _ in range(5):
        below.show(HEAD, FLOOR).show(HEAD, HEAD).show(HEAD, FLOOR).show(FLOOR, FLOOR)
    below.enters().show(FLOOR, FLOOR, 1.5)
    below.show(FLOOR, HEAD).show(HEAD, HEAD).show(HEAD, FLOOR)
    assert below.counts == (0, 0)
    smaller = HEAD + 100
    below.enters().show(FLOOR, FLOOR, 1.5)
    below.show(FLOOR, smaller).show(smaller, smaller).show(smaller, FLOOR)
    assert below.counts == (1, 1)


def test_who_is_held_counts_when_it_gets_blind() -> None:
    below = Below().enters()
    assert below.zones.counted_in == 0
    below.zones.miss(below.now_ns)
    assert below.zones.counted_in == 1


@pytest.mark.parametrize(("seconds", "counted"), [(0.3, 1), (0.9, 0)])
def test_what_is_lower_than_heads_counts_if_it_is_short(seconds: float, counted: int) -> None:
    """At 0.2 s from zone to zone of 0.49 m: 0.25 m, and 1.7 m."""
    below, low = Below(low_mm=810), 1500.0
    below.show(low, FLOOR, 0.2).show(low, low, seconds - 0.2).show(FLOOR, low, 0.2)
    assert below.counts == (counted, 0)


def test_clear_for_one_look_does_not_end_a_passage() -> None:
    below = Below().show(HEAD, FLOOR).show(FLOOR, FLOOR, 0.05)
    assert below.show(HEAD, HEAD).show(FLOOR, HEAD).show(FLOOR, FLOOR, 0.2).counts == (1, 0)


def test_clear_for_one_look_between_the_zones_is_one_fast_passage() -> None:
    below = Below().show(HEAD, FLOOR, 0.05).show(FLOOR, HEAD, 0.05).show(FLOOR, FLOOR, 0.2)
    assert below.counts == (1, 0)


def test_somebody_may_stay_for_45_s_and_counts() -> None:
    below = Below().show(HEAD, FLOOR).show(HEAD, HEAD, 44).show(FLOOR, HEAD)
    below.show(FLOOR, FLOOR, 0.2)
    assert (below.counts, below.blind) == ((1, 0), 0)


def test_longer_is_blocked_from_its_begin_and_counts_nothing() -> None:
    below = Below().show(HEAD, FLOOR).show(HEAD, HEAD, 60).show(FLOOR, HEAD)
    assert below.blind == pytest.approx(60.2, abs=0.1)
    below.show(FLOOR, FLOOR, 5)
    assert below.counts == (0, 0)
    assert below.blind == pytest.approx(60.2, abs=0.1)
    assert below.enters().counts == (1, 0)


@pytest.mark.parametrize("trouble", [SUN, LEAF, 0.0])
def test_a_zone_without_use_for_more_than_a_second_is_blind_from_its_begin(trouble: Echo) -> None:
    below = Below().show(trouble, FLOOR, 0.9)
    assert below.blind == 0
    below.show(trouble, FLOOR, 9.1)
    assert below.blind == pytest.approx(10, abs=0.1)
    below.show(FLOOR, FLOOR, 1)
    assert below.blind == pytest.approx(10, abs=0.1)
    assert (below.counts, below.enters().counts) == ((0, 0), (1, 0))


@pytest.mark.parametrize("trouble", [SUN, LEAF])
def test_trouble_in_mid_passage_voids_it_when_it_lasts_and_not_before(trouble: Echo) -> None:
    for seconds, counted in ((0.5, 1), (3, 0)):
        below = Below().show(HEAD, FLOOR).show(trouble, HEAD, seconds).show(FLOOR, HEAD)
        assert below.show(FLOOR, FLOOR, 0.2).counts == (counted, 0)


def test_who_is_found_below_it_after_trouble_does_not_count() -> None:
    below = Below().show(SUN, SUN, 2).show(HEAD, HEAD).show(FLOOR, HEAD).show(FLOOR, FLOOR, 0.2)
    assert below.counts == (0, 0)


def test_two_troubles_at_once_are_blind_once() -> None:
    below = Below().show(SUN, FLOOR, 2).show(SUN, SUN, 4).show(FLOOR, SUN, 4)
    assert below.blind == pytest.approx(10, abs=0.2)


def test_a_door_leaf_that_sweeps_through_counts_nothing_and_hides_nobody() -> None:
    below = Below().show(LEAF, FLOOR).show(LEAF, LEAF).show(FLOOR, LEAF).show(FLOOR, FLOOR, 0.2)
    assert below.counts == (0, 0)
    below.show(HEAD, FLOOR).show(HEAD, HEAD).show(FLOOR, HEAD).show(LEAF, LEAF)
    assert below.show(FLOOR, FLOOR, 0.2).counts == (1, 0)


def test_nobody_looked_for_more_than_300_ms() -> None:
    below = Below().show(HEAD, FLOOR).show(HEAD, HEAD)
    below.now_ns += 2 * SECOND
    below.show(FLOOR, HEAD).show(FLOOR, FLOOR, 0.2)
    assert below.counts == (0, 0)
    assert below.blind == pytest.approx(2, abs=0.1)


def test_settle_tells_the_silence_while_it_lasts_and_once() -> None:
    below = Below()
    below.zones.settle(below.now_ns + 299_000_000)
    assert below.blind == 0
    for after in (1, 2, 3):
        below.zones.settle(below.now_ns + after * SECOND)
        assert below.blind == after
    below.now_ns += 3 * SECOND
    below.show(FLOOR, FLOOR)
    assert below.blind == 3


def test_missed_time_is_blind_however_short() -> None:
    below = Below()
    below.zones.miss(below.now_ns + 100_000_000)
    assert below.blind == 0.1


def test_who_stands_there_when_it_begins_does_not_count() -> None:
    below = Below()
    below.zones.miss(below.now_ns)
    below.show(HEAD, HEAD).show(FLOOR, HEAD).show(FLOOR, FLOOR, 0.2)
    assert below.counts == (0, 0)


def test_what_is_put_there_is_blind_time_until_it_is_furniture() -> None:
    below = Below().show(1000.0, 1000.0, 170)
    assert below.blind == pytest.approx(170, abs=0.2)
    below.show(1000.0, 1000.0, 20)
    assert below.blind == pytest.approx(180, abs=0.5)
    below.show(HEAD, 1000.0).show(HEAD, HEAD).show(1000.0, HEAD).show(1000.0, 1000.0, 0.2)
    assert below.counts == (1, 0)


def test_blind_time_counts_each_moment_once() -> None:
    blind = BlindTime(100)
    blind.add(50, 200)
    blind.add(150, 300)
    blind.add(250, 300)
    blind.add(400, 390)
    blind.add(500, 600)
    assert blind.total_ns == 100 + 100 + 100


@pytest.mark.parametrize("seed", range(3))
def test_whatever_it_is_shown_counts_rise_and_blind_time_is_no_longer_than_time(seed: int) -> None:
    chance = random.Random(seed)
    zones, now_ns, before = TwoZones(Geometry(2400, 1080, 1950, 1.0), 0), 0, (0, 0, 0)
    echoes: list[Echo] = [FLOOR, SHOULDERS, HEAD, LEAF, 0.0, SUN, NoDistance.NOTHING]
    for _ in range(form.rounds(20_000, 1_000_000)):
        now_ns += chance.choice([25, 25, 25, 25, 60, 250, 2000]) * 1_000_000
        echo = chance.choice([*echoes, chance.uniform(0, 4500)])
        zones.see(chance.choice([OUTER, INNER]), echo, now_ns)
        if chance.random() < 0.01:
            zones.miss(now_ns)
        after = zones.counted_in, zones.counted_out, zones.blind_ns
        assert all(new >= old for new, old in zip(after, before, strict=True))
        assert zones.blind_ns <= now_ns
        before = after
