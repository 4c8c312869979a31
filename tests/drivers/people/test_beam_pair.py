"""The beam pair: codec, model, and the driver on simulated lines over walks with a known truth."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.bus.linux_gpio import EDGES_KEPT
from drivers.bus.ports import Edge, GpioInput, Pull
from drivers.bus.sim import SimulatedGpio
from drivers.errors import BusError
from drivers.people.beam_pair import codec
from drivers.people.beam_pair.driver import BeamPair, BeamPairConfig
from drivers.people.beam_pair.model import ARM_S, BeamPairModel, arms
from drivers.simulation.bodies import ADULT, DOOR_LEAF, TROLLEY, Body, Shape
from drivers.simulation.crowd import SCENARIOS, crowd
from drivers.simulation.scene import Scene, View
from drivers.timebase import VirtualTimebase

A, B = 17, 27
CONFIG = BeamPairConfig(A, B)
STEP_S = 0.02
SINGLE_FILE = SCENARIOS["single-file"]


class Door:
    """A beam pair in a simulated door, polled as often as it asks for."""

    def __init__(self, config: BeamPairConfig = CONFIG) -> None:
        self.time = VirtualTimebase(10**12)
        self.bus = SimulatedGpio(self.time)
        self.bus.attach(BeamPairModel(config))
        self.bus.step(View(0.0))
        self.driver = BeamPair(self.bus, config)
        self.driver.open()
        self.things: tuple[Body, ...] = ()
        self._polled_ns = self.time.now_ns()

    def show(self, view: View, step_s: float = STEP_S) -> None:
        self.time.sleep(step_s)
        now_s = self.time.now_ns() / 1e9
        self.bus.step(replace(view, now_s=now_s, bodies=(*self.things, *view.bodies)))
        if self.time.now_ns() - self._polled_ns >= BeamPair.poll_every * 1e9:
            self._polled_ns = self.time.now_ns()
            self.driver.poll()

    def stand(self, along: float | None, seconds: float) -> None:
        people = () if along is None else (Body(along, 0.0, 0.0),)
        for _ in range(round(seconds / STEP_S)):
            self.show(View(0.0, people))

    def walk(self, path: Iterable[float], step_s: float = STEP_S, shape: Shape = ADULT) -> None:
        """One person along `path`, who stays at its end till the next call."""
        before = None
        for along in path:
            speed = 0.0 if before is None else (along - before) / step_s
            self.show(View(0.0, (Body(along, 0.0, speed, shape=shape),)), step_s)
            before = along

    def passed(self, people: Callable[[float], list[float]], seconds: float) -> None:
        """Several people, `people(t)` telling where they are; all walk inwards."""
        for i in range(round(seconds / STEP_S)):
            where = people(i * STEP_S)
            self.show(View(0.0, tuple(Body(along, 0.0, 1.0) for along in where)))

    def counts(self) -> tuple[float | None, float | None]:
        self.stand(None, 0.1)
        sample = self.driver.read()
        return sample["count_in"], sample["count_out"]


def line(start: float, end: float, speed: float = 1.2, step_s: float = STEP_S) -> list[float]:
    steps = round(abs(end - start) / (speed * step_s))
    return [start + (end - start) * i / steps for i in range(steps + 1)]


@pytest.mark.parametrize("broken_is_high", [False, True])
def test_states_of_levels(broken_is_high: bool) -> None:
    wiring = codec.Wiring(A, B, broken_is_high)
    on, off = broken_is_high, not broken_is_high
    for expected, a, b in [(0, off, off), (1, off, on), (2, on, off), (3, on, on)]:
        assert codec.state({A: a, B: b}, wiring) == expected


def test_states_after_each_edge() -> None:
    edges = [Edge(1, A, False), Edge(5, B, False), Edge(7, A, True), Edge(9, B, True)]
    levels = {A: True, B: True}
    states = list(codec.states(levels, edges, codec.Wiring(A, B, False)))
    assert states == [(2, 1), (3, 5), (1, 7), (0, 9)]
    assert levels == {A: True, B: True}


def test_config_names_its_lines_and_refuses_one_line_twice() -> None:
    assert CONFIG.lines == (A, B)
    assert (CONFIG.broken, CONFIG.pull, CONFIG.spacing_mm) == ("low", "up", 100)
    for wrong in (
        {"line_a": 4, "line_b": 4},
        {"line_a": 4},
        {"line_a": 54, "line_b": 4},
        {"line_a": 4, "line_b": 5, "line_c": 6},
    ):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, BeamPairConfig)


@pytest.mark.parametrize(("along", "levels"), [(-0.3, (True, True)), (-0.19, (False, True))])
@pytest.mark.parametrize("broken", ["low", "high"])
def test_model_breaks_a_beam_within_half_a_body(
    along: float, levels: tuple[bool, bool], broken: str
) -> None:
    model = BeamPairModel(
        msgspec.convert({"line_a": A, "line_b": B, "broken": broken}, BeamPairConfig)
    )
    found = model.step(View(0.0, (Body(along, 0.0, 1.0),)))
    assert (found[A], found[B]) == (levels if broken == "low" else tuple(not x for x in levels))


@pytest.mark.parametrize("speed", [1.0, -1.0])
def test_model_names_the_line_first_that_changes_first(speed: float) -> None:
    model = BeamPairModel(CONFIG)
    order = list(model.step(View(0.0, (Body(0.0, 0.0, speed), Body(2.0, 0.0, -speed)))))
    assert order == ([A, B] if speed > 0 else [B, A])


FINE_S = 0.0005


def edges(shape: Shape, speed: float = 1.2, seed: int = 0) -> list[tuple[float, int, bool]]:
    """What both lines do while that one walks in: ms, line, whether it breaks."""
    model, told, now = BeamPairModel(CONFIG, seed), [], {A: True, B: True}
    for i, along in enumerate(line(-0.6, 0.6, speed, FINE_S)):
        for number, high in model.step(
            View(i * FINE_S, (Body(along, 0, speed, 0, shape),))
        ).items():
            if high != now[number]:
                told.append((i * FINE_S * 1000, number, not high))
                now[number] = high
    return told


def with_arms(before: bool, behind: bool) -> Shape:
    """The first adult who has such arms."""
    built = (ADULT._replace(height_m=1.5 + i / 1000) for i in range(500))
    return next(s for s in built if [bool(arm) for arm in arms(s)] == [before, behind])


def pulses(told: list[tuple[float, int, bool]], number: int) -> list[float]:
    """How long each level of that line lasted (ms), bounces of up to 4 ms left out."""
    debounced: list[float] = []
    for at_ms, _, _ in (edge for edge in told if edge[1] == number):
        if debounced and at_ms - debounced[-1] <= 4.5:
            debounced[-1] = at_ms
        else:
            debounced.append(at_ms)
    return [b - a for a, b in pairwise(debounced)]


@pytest.mark.parametrize("speed", [0.6, 1.2, 2.0])
def test_an_arm_breaks_both_beams_once_more_for_less_than_40_ms_each(speed: float) -> None:
    before, behind = with_arms(True, False), with_arms(False, True)
    for shape, order in ((before, slice(None)), (behind, slice(None, None, -1))):
        told = edges(shape, speed)
        for number in (A, B):
            arm_ms, gap_ms, torso_ms = pulses(told, number)[order]
            assert 0 <= arm_ms < 1000 * ARM_S[1] + 6
            assert 0 < gap_ms < 1000 * ARM_S[1] + 6
            assert torso_ms == pytest.approx(280 / speed, abs=10)


def test_contacts_bounce_and_the_same_seed_bounces_the_same() -> None:
    shape = with_arms(False, False)
    assert edges(shape, seed=3) == edges(shape, seed=3)
    assert sum(len(edges(shape, seed=seed)) > 4 for seed in range(10)) >= 8
    assert [len(pulses(edges(shape, seed=3), number)) for number in (A, B)] == [1, 1]


def test_neither_who_stands_nor_what_is_cold_swings_arms() -> None:
    for height_m in (1.02, 1.03, 1.04, 1.05, 1.06):
        told = edges(TROLLEY._replace(height_m=height_m))
        assert [len(pulses(told, number)) for number in (A, B)] == [1, 1]
    gone = [Body(along / 1000, 0.0, 0.0, 0.0, with_arms(True, True)) for along in range(200, 500)]
    model = BeamPairModel(CONFIG)
    levels = [model.step(View(i, (body,))) for i, body in enumerate(gone)]
    assert all(level == {A: True, B: True} for level in levels)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.2, 1.6, 2.0])
@pytest.mark.parametrize("inwards", [True, False])
def test_arms_and_bounces_count_nobody_more_and_nobody_less(speed: float, inwards: bool) -> None:
    door = Door()
    for i in range(20):
        shape = ADULT._replace(height_m=1.6 + i / 1000)
        way = line(-0.8, 0.8, speed, 0.002)
        door.walk(way if inwards else way[::-1], 0.002, shape)
        door.stand(None, 0.5)
    assert door.counts() == ((20, 0) if inwards else (0, 20))


@pytest.mark.parametrize(("gap_m", "people"), [(0.1, 1), (0.25, 2)])
def test_a_trolley_and_who_pushes_it_are_one_if_nearer_than_the_beams(
    gap_m: float, people: int
) -> None:
    """A limit: farther behind it, and alone, a trolley counts as somebody."""
    door, pusher = Door(), with_arms(False, False)
    ahead_m = (TROLLEY.depth_m + pusher.depth_m) / 2 + gap_m
    for along in line(-1.8, 1.8):
        bodies = Body(along, 0, 1.2, 0, pusher), Body(along + ahead_m, 0, 1.2, 0, TROLLEY)
        door.show(View(0.0, bodies))
    assert door.counts() == (people, 0)


def test_a_door_leaf_that_stands_in_a_beam_is_blind_time_and_hides_who_goes_through() -> None:
    """A limit: one beam that is free has no direction."""
    door = Door()
    leaf = DOOR_LEAF._replace(depth_m=1.2, width_m=0.05)
    door.things = (Body(0.61, 0.5, 0.0, 0.0, leaf),)
    door.walk(line(-1, 1))
    door.stand(None, 5.0)
    assert door.counts() == (0, 0)
    assert door.driver.read()["blind_time"] == pytest.approx(6.8, abs=0.2)


@pytest.mark.parametrize("seed", range(6))
def test_60_people_are_counted_exactly(seed: int) -> None:
    truth: Counter[str] = Counter()
    scene = Scene(crowd(SINGLE_FILE, seed, 60), lambda walk: truth.update([str(walk.direction)]))
    door = Door()
    while not scene.empty:
        door.show(scene.step(STEP_S))
    assert sum(truth.values()) == 60
    assert door.counts() == (truth["in"], truth["out"])
    assert door.driver.read()["blind_time"] == 0


@pytest.mark.parametrize("config", [BeamPairConfig(5, 6, "high", "down"), BeamPairConfig(5, 6)])
def test_both_wirings_count(config: BeamPairConfig) -> None:
    door = Door(config)
    door.walk(line(-1, 1))
    assert door.counts() == (1, 0)
    door.walk(line(1, -1))
    assert door.counts() == (1, 1)


def test_swapped_lines_swap_in_and_out() -> None:
    door = Door()
    door.driver = BeamPair(door.bus, BeamPairConfig(B, A))
    door.driver.open()
    door.walk(line(-1, 1))
    assert door.counts() == (0, 1)


@pytest.mark.parametrize("step_s", [0.02, 0.1])
def test_beams_that_change_within_one_step_keep_their_order(step_s: float) -> None:
    door = Door(BeamPairConfig(A, B, spacing_mm=20))
    for _ in range(5):
        door.walk(line(-1.003, 1, 1.8, step_s), step_s)
    for _ in range(3):
        door.walk(line(1.003, -1, 1.8, step_s), step_s)
    assert door.counts() == (5, 3)


@pytest.mark.parametrize("furthest", [-0.15, -0.05, 0.05, 0.15])
def test_who_turns_back_is_nobody(furthest: float) -> None:
    door = Door()
    door.walk(line(-1, furthest) + line(furthest, -1))
    assert door.counts() == (0, 0)


def test_tailgating_0_6_m_behind_counts_both() -> None:
    door = Door()
    door.passed(lambda t: [-1 + 1.2 * t, -1.6 + 1.2 * t], 2.5)
    assert door.counts() == (2, 0)


def test_tailgating_without_a_gap_counts_one() -> None:
    door = Door()
    door.passed(lambda t: [-1 + 1.2 * t, -1.35 + 1.2 * t], 2.5)
    assert door.counts() == (1, 0)


def test_side_by_side_counts_one() -> None:
    door = Door()
    door.passed(lambda t: [-1 + 1.2 * t, -1 + 1.2 * t], 2.0)
    assert door.counts() == (1, 0)


def test_a_blocked_door_is_blind_and_counts_nobody() -> None:
    door = Door()
    door.walk(line(-1, 1))
    bag = Body(0.15, 0.0, 0.0)
    door.things = (bag,)
    for _ in range(5):
        door.walk(line(-1, 1))
        door.stand(None, 8.0)
        door.walk(line(1, -1))
    assert door.counts() == (1, 0)
    assert door.driver.read()["blind_time"] == pytest.approx(5 * 11.4, abs=0.3)
    door.things = ()
    door.stand(None, 1.0)
    blind = door.driver.read()["blind_time"]
    door.walk(line(-1, 1))
    assert door.counts() == (2, 0)
    assert door.driver.read()["blind_time"] == blind


def test_blind_time_begins_when_the_beam_was_broken() -> None:
    door = Door()
    door.stand(-0.19, 5.0)
    assert door.driver.read()["blind_time"] == 0
    door.stand(-0.19, 0.1)
    assert door.driver.read()["blind_time"] == pytest.approx(5.08, abs=0.05)
    door.stand(None, 10.0)
    assert door.driver.read()["blind_time"] == pytest.approx(5.1, abs=0.05)


def test_time_in_which_it_was_not_open_is_blind() -> None:
    door = Door()
    door.stand(None, 10.0)
    door.driver.close()
    door.time.sleep(100.0)
    door.driver.open()
    door.stand(None, 10.0)
    assert door.driver.read()["blind_time"] == pytest.approx(100.0, abs=0.05)
    driver = BeamPair(door.bus, CONFIG)
    door.time.sleep(30.0)
    driver.open()
    assert driver.read()["blind_time"] == pytest.approx(30.0)


def test_a_beam_that_is_broken_at_open_is_blind_from_open() -> None:
    door = Door()
    door.driver.close()
    door.bus.step(View(0.0, (Body(0.0, 0.0, 0.0),)))
    door.driver.open()
    door.stand(0.0, 6.0)
    assert door.driver.read()["blind_time"] == pytest.approx(6.0, abs=0.05)


def test_glitches_below_10_ms_count_nobody() -> None:
    door = Door()
    for first, second in [(A, B), (B, A)] * 20:
        for line_ in (first, second):
            door.bus.drive(line_, False)
            door.time.sleep(0.009)
        for line_ in (first, second):
            door.bus.drive(line_, True)
        door.time.sleep(0.1)
    assert door.counts() == (0, 0)
    assert door.driver.read()["blind_time"] == 0


def test_chattering_contacts_count_one() -> None:
    door = Door()
    for line_, high in [(A, False), (B, False), (A, True), (B, True)]:
        for i in range(9):
            door.bus.drive(line_, high == (i % 2 == 0))
            door.time.sleep(0.001)
        door.time.sleep(0.08)
    assert door.counts() == (1, 0)


def test_a_passage_is_read_40_ms_after_it() -> None:
    door = Door()
    for line_, high in [(A, False), (B, False), (A, True), (B, True)]:
        door.bus.drive(line_, high)
        door.time.sleep(0.049)
    assert door.driver.read()["count_in"] == 0
    door.time.sleep(0.001)
    assert door.driver.read()["count_in"] == 1


def test_an_edge_after_the_gap_began_is_not_missed_while_it_is_held_back() -> None:
    door = Door()
    for line_, high, lasts in [(A, False, 0.05), (A, True, 0.035), (B, False, 0.008)]:
        door.bus.drive(line_, high)
        door.time.sleep(lasts)
    door.driver.poll()
    door.time.sleep(0.05)
    door.bus.drive(B, True)
    assert door.counts() == (1, 0)


def test_counts_survive_close_and_open_and_the_passage_under_way_does_not() -> None:
    door = Door()
    door.walk(line(-1, 1))
    door.stand(None, 1.0)
    door.walk(line(-1, 0))
    door.driver.close()
    door.driver.close()
    door.driver.open()
    door.walk(line(0, 1))
    assert door.counts() == (1, 0)
    door.walk(line(1, -1))
    assert door.counts() == (1, 1)


def test_lost_edges_are_one_error_and_the_counts_stay() -> None:
    door = Door()
    door.walk(line(-1, 1))
    door.stand(None, 1.0)
    door.driver.poll()
    for i in range(EDGES_KEPT + 2):
        door.bus.drive(A, i % 2 == 1)
    door.bus.drive(A, False)
    lost_s = 0.5
    door.time.sleep(lost_s)
    with pytest.raises(BusError, match="edges were lost"):
        door.driver.read()
    assert door.driver.read()["count_in"] == 1
    assert door.driver.read()["blind_time"] == pytest.approx(lost_s, abs=0.02)
    door.bus.drive(B, False)
    door.time.sleep(0.1)
    door.bus.drive(A, True)
    door.time.sleep(0.1)
    door.bus.drive(B, True)
    assert door.counts() == (1, 0)
    door.walk(line(-1, 1))
    assert door.counts() == (2, 0)


def test_read_before_open_and_after_close_is_a_bus_error() -> None:
    driver = BeamPair(SimulatedGpio(VirtualTimebase()), CONFIG)
    with pytest.raises(BusError, match="read before open"):
        driver.read()
    driver.open()
    assert driver.read() == {"count_in": 0, "count_out": 0, "blind_time": 0.0}
    driver.close()
    with pytest.raises(BusError, match="read before open"):
        driver.poll()


class Claims(SimulatedGpio):
    """Remembers what was claimed."""

    def __init__(self) -> None:
        super().__init__(VirtualTimebase())
        self.claimed: list[GpioInput] = []

    def claim(self, lines: Sequence[int], pull: Pull) -> GpioInput:
        assert not any(old.levels() for old in self.claimed), "an older claim is still open"
        self.claimed.append(super().claim(lines, pull))
        return self.claimed[-1]


def test_opening_again_lets_go_of_the_lines_first() -> None:
    bus = Claims()
    driver = BeamPair(bus, CONFIG)
    driver.open()
    driver.open()
    assert len(bus.claimed) == 2
    assert driver.read()["count_in"] == 0
    driver.close()
    assert bus.claimed[-1].levels() == {}


def test_channels_are_what_read_returns() -> None:
    names = {quantity.name for quantity in BeamPair.channels}
    assert names == set(Door().driver.read())


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([A, B]), st.booleans(), st.integers(0, 200)), max_size=80)
)
def test_no_sequence_of_edges_counts_more_than_it_returns_to_clear(
    edges: list[tuple[int, bool, int]],
) -> None:
    door = Door()
    levels, returns = {A: True, B: True}, 0
    for changed, high, lasts_ms in edges:
        was_clear = all(levels.values())
        levels[changed] = high
        returns += all(levels.values()) and not was_clear
        door.bus.drive(changed, high)
        door.time.sleep(lasts_ms / 1000)
    counted_in, counted_out = door.counts()
    assert counted_in is not None
    assert counted_out is not None
    assert counted_in + counted_out <= returns + (not all(levels.values()))
