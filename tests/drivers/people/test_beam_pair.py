"""The beam pair: codec, model, and the driver on simulated lines over walks with a known truth."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

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
from drivers.people.beam_pair.model import BeamPairModel
from drivers.simulation.bodies import Body
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
        self.bus.step(replace(view, bodies=(*self.things, *view.bodies)))
        if self.time.now_ns() - self._polled_ns >= BeamPair.poll_every * 1e9:
            self._polled_ns = self.time.now_ns()
            self.driver.poll()

    def stand(self, along: float | None, seconds: float) -> None:
        people = () if along is None else (Body(along, 0.0, 0.0),)
        for _ in range(round(seconds / STEP_S)):
            self.show(View(0.0, people))

    def walk(self, path: Iterable[float], step_s: float = STEP_S) -> None:
        """One person along `path`, who stays at its end till the next call."""
        before = None
        for along in path:
            speed = 0.0 if before is None else (along - before) / step_s
            self.show(View(0.0, (Body(along, 0.0, speed),)), step_s)
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
