"""A head in one zone: heights, valleys, what stands there, and what is no distance."""

import math

import pytest

from drivers.people.heads import Geometry, HeadZone, NoDistance

MOUNTING, HEAD = 2400, 1080
NOTHING, UNUSABLE = NoDistance.NOTHING, NoDistance.UNUSABLE
STEP_NS = 50_000_000
ADULT, SHOULDERS = 1720, 1410


class Zone:
    """A zone that is shown heights above the floor, one look each 50 ms."""

    def __init__(self, low_mm: float = math.inf) -> None:
        self.zone = HeadZone(Geometry(MOUNTING, HEAD, 1950, 1.0, low_mm))
        self.now_ns = 0

    def shown(self, *seen: float | NoDistance, seconds: float = 0) -> tuple[bool, bool]:
        """Each height once, or so long in turn; (present, head) afterwards."""
        for _ in range(max(1, round(seconds * 1e9 / STEP_NS / len(seen)))):
            for one in seen:
                self.now_ns += STEP_NS
                echo = one if isinstance(one, NoDistance) else float(MOUNTING - one)
                self.zone.see(echo, self.now_ns)
        return self.zone.present, self.zone.head


def test_height_of_what_is_below_a_tilted_zone() -> None:
    assert Geometry(2400, 1080, 1950, 0.99).height(1000) == pytest.approx(1410)


@pytest.mark.parametrize(
    ("heights", "present"),
    [
        ((1079,), False),
        ((1080,), True),
        ((1080, 1021), True),
        ((1080, 1019), False),
        ((1079, 1021, 1079), False),
    ],
)
def test_presence_has_a_hysteresis_of_60_mm(heights: tuple[int, ...], present: bool) -> None:
    assert Zone().shown(*heights) == (present, present)


def test_the_valley_behind_a_head_ends_it_and_the_next_head_begins() -> None:
    zone = Zone()
    assert zone.shown(SHOULDERS, ADULT) == (True, True)
    assert zone.shown(ADULT - 219) == (True, True)
    assert zone.shown(ADULT - 221) == (True, False)
    assert zone.shown(SHOULDERS) == (True, False)
    assert zone.shown(SHOULDERS + 149) == (True, False)
    assert zone.shown(SHOULDERS + 151) == (True, True)
    assert zone.shown(0) == (False, False)


def test_a_walk_bobs_and_is_one_head() -> None:
    zone = Zone()
    for bob in (0, 50, -50, 50, -60, 20):
        assert zone.shown(ADULT + bob) == (True, True)


@pytest.mark.parametrize("height", [1951, 2199, 2399])
def test_a_door_leaf_or_a_cover_leaves_the_zone_as_it_is_and_is_trouble(height: int) -> None:
    zone = Zone()
    assert zone.shown(height) == (False, False)
    assert zone.zone.trouble_since_ns == STEP_NS
    assert zone.shown(height) == (False, False)
    assert zone.zone.trouble_since_ns == STEP_NS
    assert zone.shown(ADULT) == (True, True)
    assert zone.zone.trouble_since_ns is None
    assert zone.shown(height) == (True, True)


def test_an_echo_of_no_use_leaves_the_zone_as_it_is() -> None:
    zone = Zone()
    zone.shown(ADULT)
    assert zone.shown(UNUSABLE, seconds=5) == (True, True)
    assert zone.zone.trouble_since_ns == 2 * STEP_NS


def test_where_the_floor_is_out_of_reach_no_echo_is_nobody() -> None:
    zone = Zone()
    zone.shown(NOTHING, seconds=3)
    zone.shown(ADULT)
    assert zone.shown(NOTHING) == (False, False)


def test_where_the_floor_is_seen_no_echo_is_dark_hair_for_half_a_second() -> None:
    zone = Zone()
    zone.shown(0, seconds=3)
    zone.shown(ADULT)
    assert zone.shown(NOTHING, seconds=0.4) == (True, True)
    assert zone.shown(ADULT) == (True, True)
    assert zone.shown(NOTHING, seconds=0.6) == (False, False)


def test_what_passes_below_the_height_of_heads_is_no_floor_that_is_seen() -> None:
    """A trolley, where the floor is out of reach: no echo behind its pusher is nobody."""
    zone = Zone()
    zone.shown(NOTHING, seconds=3)
    zone.shown(1020, seconds=1.5)
    zone.shown(ADULT)
    assert zone.shown(NOTHING) == (False, False)


def test_what_stood_there_is_forgotten_where_the_floor_is_out_of_reach() -> None:
    zone = Zone()
    zone.shown(1300, seconds=185)
    zone.shown(NOTHING, seconds=3)
    assert zone.shown(1090) == (True, True)


def test_lower_than_heads_somebody_is_present_until_he_is_furniture_in_three_seconds() -> None:
    zone = Zone(low_mm=810)
    assert zone.shown(809) == (False, False)
    assert zone.shown(811) == (True, True)
    assert zone.shown(811, seconds=2.5) == (True, True)
    assert zone.shown(811, seconds=1) == (False, False)
    assert zone.shown(1090) == (True, True)


def test_the_floor_is_followed_only_while_it_is_empty() -> None:
    zone = Zone()
    zone.shown(40, seconds=60)
    assert zone.zone.standing_mm == pytest.approx(40 * (1 - 1 / 2.718), abs=1)
    before = zone.zone.standing_mm
    zone.shown(ADULT, SHOULDERS, seconds=60)
    assert zone.zone.standing_mm == before


def test_what_keeps_still_for_three_minutes_stands_there_and_adults_count_above_it() -> None:
    zone = Zone()
    assert zone.shown(1300, 1320, seconds=179) == (True, True)
    assert zone.shown(1300, 1320, seconds=2) == (False, False)
    assert zone.zone.standing_mm == pytest.approx(1310, abs=15)
    assert zone.shown(1440) == (False, False)
    assert zone.shown(ADULT) == (True, True)
    assert zone.shown(1310) == (False, False)


def test_somebody_who_stands_there_moves_and_is_no_furniture() -> None:
    zone = Zone()
    assert zone.shown(ADULT, ADULT - 130, seconds=600) == (True, True)


def test_what_stood_there_and_is_gone_for_two_seconds_is_forgotten() -> None:
    zone = Zone()
    zone.shown(1300, seconds=185)
    zone.shown(0, seconds=1)
    assert zone.zone.standing_mm > 1250
    zone.shown(0, seconds=1.2)
    assert zone.zone.standing_mm == pytest.approx(0, abs=1)
    assert zone.shown(1090) == (True, True)


def test_a_chair_below_the_height_of_heads_changes_nothing() -> None:
    zone = Zone()
    zone.shown(900, seconds=300)
    assert zone.shown(1090) == (True, True)
