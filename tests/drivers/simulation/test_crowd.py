"""The crowds: the same for ever, as many and of such kinds as the scenario says, nobody a ghost."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations, islice, pairwise
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.simulation.arrivals import profile
from drivers.simulation.bodies import Body
from drivers.simulation.crowd import SCENARIOS, Scenario, crowd, seeds
from drivers.simulation.scenarios import PUBLIC_DAY, ScenarioName
from drivers.simulation.scene import Scene
from drivers.simulation.walks import Walk
from tests.chaos.form import rounds

SHOULDER_M = 0.05
LEAF = "door leaf"
NAMES = list(SCENARIOS)

FIRST_HUNDRED: dict[ScenarioName, str] = {
    "single-file": "cf837e9b89f6d930",
    "busy-10": "972bbbc80765b3ba",
    "busy-30": "821a637346b691c7",
    "pairs": "3c12ad18f4e4260d",
    "turn-backs": "4290825ebbff2e02",
    "tailgating": "c6e340d799cf7091",
    "loitering": "80363570e6ec63ed",
    "mixed-day": "572d3fccf59d0431",
}


def digest(walks: Iterable[Walk]) -> str:
    """To the millimetre, so that the last bit of a sine is not told."""
    told = [
        [
            w.shape.kind,
            w.shape.height_m,
            w.direction,
            [[round(x, 3) + 0.0 for x in point] for point in w.points],
        ]
        for w in walks
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def walks(name: ScenarioName, seed: int, number: int) -> list[Walk]:
    return list(islice(crowd(SCENARIOS[name], seed), number))


@pytest.mark.parametrize("name", NAMES)
def test_the_first_hundred_walks_of_a_scenario_are_the_same_for_ever(name: ScenarioName) -> None:
    assert digest(walks(name, 1, 100)) == FIRST_HUNDRED[name]
    assert digest(walks(name, 2, 100)) != FIRST_HUNDRED[name]


@pytest.mark.parametrize("name", NAMES)
def test_walks_come_in_the_order_of_their_start_and_are_whole(name: ScenarioName) -> None:
    crowd_ = walks(name, 3, 200)
    assert all(a.starts_s <= b.starts_s for a, b in pairwise(crowd_))
    for walk in crowd_:
        assert all(a.at_s < b.at_s for a, b in pairwise(walk.points))
        assert walk.direction is None or walk.shape.person
        if walk.shape.kind != LEAF:
            ends = walk.points[0].along, walk.points[-1].along
            assert all(3.8 <= abs(end) <= 4.02 for end in ends)
            through = {(-1, 1): "in", (1, -1): "out"}.get((_sign(ends[0]), _sign(ends[1])))
            assert walk.direction == (through if walk.shape.person else None)


def _sign(value: float) -> int:
    return 1 if value > 0 else -1


def overlap_m(a: Body, b: Body) -> float:
    """How far one would have to be moved until they touch no more."""
    along = (a.shape.depth_m + b.shape.depth_m) / 2 - abs(a.along - b.along)
    across = (a.shape.width_m + b.shape.width_m) / 2 - abs(a.across - b.across)
    return min(along, across)


def in_the_wall_m(body: Body, door_width_m: float) -> float:
    """How far it reaches into the frame, of a wall that is 0.2 m thick."""
    if abs(body.along) - body.shape.depth_m / 2 >= 0.1:
        return 0.0
    return abs(body.across) + body.shape.width_m / 2 - door_width_m / 2


def moments(scenario: Scenario, seed: int, people: int) -> Iterator[tuple[Body, ...]]:
    """All who are there but the leaf, every 30 ms: not the ticks of the plans."""
    scene = Scene(crowd(scenario, seed, people))
    while not scene.empty:
        view = scene.step(max(0.03, scene.next_change_s - scene.now_s))
        yield tuple(body for body in view.bodies if body.shape.kind != LEAF)


SCENARIO = st.sampled_from(list(SCENARIOS.values())) | st.builds(
    Scenario,
    people_per_minute=st.floats(1, 80),
    door_width_m=st.floats(1.1, 2.0),
    shares=st.permutations([kind for kind, _ in SCENARIOS["mixed-day"].shares]).map(
        lambda kinds: tuple((kind, 0.14) for kind in kinds)
    ),
    children=st.floats(0, 1),
    closed_door=st.floats(0, 1),
)


@settings(derandomize=True, deadline=None, max_examples=rounds(25, 5_000))
@given(scenario=SCENARIO, seed=st.integers(0, 10**6))
def test_nobody_walks_through_anybody_or_through_the_frame(scenario: Scenario, seed: int) -> None:
    """Also companions keep apart, so nobody but the leaf is excepted."""
    for bodies in moments(scenario, seed, 40):
        for a, b in combinations(bodies, 2):
            assert overlap_m(a, b) <= SHOULDER_M, (a, b)
        for body in bodies:
            assert in_the_wall_m(body, scenario.door_width_m) <= 0, body


def test_the_measures_see_who_walks_through_whom() -> None:
    assert overlap_m(Body(0, 0, 1), Body(0.2, 0.1, -1)) == pytest.approx(0.08)
    assert overlap_m(Body(0, 0, 1), Body(0.3, 0.1, -1)) < 0
    assert in_the_wall_m(Body(0.2, 0.3, 1), 0.9) == pytest.approx(0.08)
    assert in_the_wall_m(Body(0.25, 0.3, 1), 0.9) == 0


@pytest.mark.parametrize("name", NAMES)
def test_as_many_people_as_the_scenario_says(name: ScenarioName) -> None:
    scenario = replace(SCENARIOS[name], day=())
    found = list(islice(crowd(scenario, 1), 1500))
    minutes = found[-1].starts_s / 60
    people = sum(walk.shape.person for walk in found)
    assert people / minutes == pytest.approx(scenario.people_per_minute, rel=0.1)


def test_arrivals_by_chance_spread_like_a_poisson_process() -> None:
    starts = [walk.starts_s for walk in walks("busy-10", 5, 3000)]
    minutes = Counter(int(start / 60) for start in starts)
    counts = [minutes[minute] for minute in range(int(starts[-1] / 60))]
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / len(counts)
    assert variance / mean == pytest.approx(1.0, abs=0.25)


def test_a_mixed_day_follows_its_profile_and_is_closed_at_night() -> None:
    scenario = SCENARIOS["mixed-day"]
    hours: Counter[int] = Counter()
    days = 4
    for walk in crowd(scenario, 1):
        if walk.starts_s >= days * 86_400:
            break
        if walk.shape.person:
            hours[int(scenario.begins_h + walk.starts_s / 3600) % 24] += 1
    assert hours.total() / (days * 1440) == pytest.approx(scenario.people_per_minute, rel=0.1)
    assert sum(hours[hour] for hour in (22, 23, 0, 1, 2, 3, 4)) < 0.02 * hours.total()
    assert min(hours[8], hours[17]) > 1.25 * max(hours[10], hours[14])
    assert hours[12] > 1.2 * hours[14]


def test_the_profile_is_1_in_the_mean_and_changes_evenly() -> None:
    minutes = profile(PUBLIC_DAY)
    assert len(minutes) == 1440
    assert sum(minutes) / 1440 == pytest.approx(1)
    assert minutes[3 * 60] == minutes[23 * 60] == 0
    assert max(abs(a - b) for a, b in pairwise(minutes)) < 0.05
    assert profile(()) == (1.0,)


@pytest.mark.parametrize("people", [0, 1, 7])
def test_a_bounded_crowd_ends_after_so_many_people(people: int) -> None:
    assert len(list(crowd(SCENARIOS["busy-30"], 1, people))) == people
    pairs = list(crowd(SCENARIOS["pairs"], 1, people))
    assert len(pairs) == people - people % 2


def test_nobody_comes_at_a_rate_of_0_and_the_rate_may_be_another() -> None:
    assert list(crowd(SCENARIOS["busy-30"], 1, per_minute=0)) == []
    slow = list(crowd(SCENARIOS["busy-30"], 1, 50, per_minute=3))
    assert slow[-1].starts_s == pytest.approx(50 * 20, rel=0.4)


@pytest.mark.parametrize("per_minute", [12, 24, 200])
def test_single_file_keeps_its_headway_and_steady_speeds(per_minute: float) -> None:
    found = list(crowd(SCENARIOS["single-file"], 4, 200, per_minute))
    crossings = sorted(walk.crosses_s for walk in found if walk.crosses_s is not None)
    assert len(crossings) == 200
    assert min(b - a for a, b in pairwise(crossings)) >= 2.5 - 0.02
    for walk in found:
        speeds = [abs(walk.at(a.at_s).speed) for a in walk.points if abs(a.along) > 1.5]
        assert max(speeds) - min(speeds) < 0.01
        keeps_right = walk.at(walk.starts_s).across
        assert (keeps_right > 0) == (walk.direction == "in")


def test_opposite_people_wait_for_each_other_in_a_narrow_door() -> None:
    """Never two in the doorway who go opposite ways; and some stand before it meanwhile."""
    waited = 0
    for bodies in moments(SCENARIOS["busy-30"], 7, 200):
        inside = {body.speed > 0 for body in bodies if abs(body.along) < 0.2 and body.speed}
        assert len(inside) < 2
        waited += any(abs(body.speed) < 0.05 and abs(body.along) > 0.7 for body in bodies)
    assert waited > 100


def test_whoever_is_faster_follows() -> None:
    """In their lane nobody overtakes."""
    for name in ("busy-30", "pairs"):
        found = [walk for walk in walks(name, 2, 200) if walk.shape.kind == "adult"]
        for direction in ("in", "out"):
            ends = [walk.ends_s for walk in found if walk.direction == direction]
            assert all(a <= b + 0.2 for a, b in pairwise(ends))


def test_what_the_scenarios_are_named_for() -> None:
    def shares(name: ScenarioName) -> Counter[str | None]:
        return Counter(walk.direction for walk in walks(name, 1, 400) if walk.shape.person)

    assert shares("busy-10")[None] == 0
    assert shares("turn-backs")[None] == pytest.approx(0.4 * 400, rel=0.15)
    assert shares("loitering")[None] == pytest.approx(0.15 * 400, rel=0.3)


@pytest.mark.parametrize(
    ("name", "along", "across"), [("pairs", 0.0, 0.55), ("tailgating", 0.6, 0.0)]
)
def test_how_far_two_are_apart_in_the_door(name: ScenarioName, along: float, across: float) -> None:
    first, second = crowd(SCENARIOS[name], 1, people=2)
    assert first.crosses_s is not None
    ahead, behind = first.at(first.crosses_s), second.at(first.crosses_s)
    assert abs(ahead.along - behind.along) == pytest.approx(along, abs=0.03)
    assert abs(ahead.across - behind.across) == pytest.approx(across, abs=0.2)


def test_a_mixed_day_has_everybody() -> None:
    kinds = Counter(walk.shape.kind for walk in crowd(SCENARIOS["mixed-day"], 1, people=1500))
    assert set(kinds) == {"adult", "child", "dog", "trolley", LEAF}
    assert kinds[LEAF] % 3 == 0


def test_tuning_and_reporting_share_no_seed() -> None:
    assert len(seeds("tuning")) == len(seeds("reporting")) == 20
    assert not set(seeds("tuning")) & set(seeds("reporting"))


PAGE = (Path(__file__).parents[3] / "docs" / "counting.md").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_the_page_tells_of_each_scenario_what_it_is(name: ScenarioName) -> None:
    scenario = SCENARIOS[name]
    [(rate, width, who)] = re.findall(
        rf"^\| `{name}` \| (\S+) \| (\S+) m \| (.*) \|$", PAGE, re.MULTILINE
    )
    assert (float(rate), float(width)) == (scenario.people_per_minute, scenario.door_width_m)
    shares = [(kind, share / 100) for share, kind in _percentages(who.partition(";")[0])]
    assert shares == list(scenario.shares)
    others = [share / 100 for share, _ in _percentages(who.partition(";")[2])]
    assert others == [share for share in (scenario.children, scenario.closed_door) if share]


def _percentages(text: str) -> list[tuple[int, str]]:
    return [(int(share), kind) for share, kind in re.findall(r"(\d+) % ([a-z ]+)", text)]


def test_the_page_has_every_scenario_and_the_seeds() -> None:
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE, re.MULTILINE)) == set(
        get_args(ScenarioName)
    )
    assert set(get_args(ScenarioName)) == set(SCENARIOS)
    for found in (seeds("tuning"), seeds("reporting")):
        assert f"{found[0]} to {found[-1]}" in PAGE
