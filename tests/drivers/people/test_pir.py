"""PIR sensors: accounting of time, model, and the driver on simulated lines."""

import itertools
import pickle
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bus.linux_gpio import EDGES_KEPT
from drivers.bus.sim import SimulatedGpio
from drivers.errors import BusError
from drivers.people.pir import codec
from drivers.people.pir.activity import STUCK_AFTER_NS, Activity
from drivers.people.pir.driver import Pir, PirConfig
from drivers.people.pir.model import BLOCKING_S, PirModel
from drivers.simulation.bodies import Body
from drivers.simulation.crowd import SCENARIOS, crowd
from drivers.simulation.scene import Scene, View
from drivers.timebase import VirtualTimebase

LINE = 4
S = 1_000_000_000
STEP_S = 0.02
SINGLE_FILE = SCENARIOS["single-file"]
COLD = PirConfig(LINE)
WARM = PirConfig(LINE, warm_up_s=0)
SOMEBODY = (Body(1.0, 0.0, 1.0),)


def activity(warm_up_s: int = 60, active: bool = False) -> Activity:
    found = Activity(0, 5 * S // 2)
    found.watch(active, 0, warm_up_s * S)
    return found


def pulses(found: Activity, *edges_s: float) -> Activity:
    """Rising and falling edges in turn; the last time is only settled."""
    for at_s, active in zip(edges_s[:-1], itertools.cycle([True, False]), strict=False):
        found.feed(active, round(at_s * S))
    found.settle(round(edges_s[-1] * S))
    return found


def seconds(found: Activity) -> tuple[int, float, float]:
    return found.activations, found.occupied_ns / S, found.blind_ns / S


def test_warm_up_is_blind_and_has_no_motion() -> None:
    found = pulses(activity(), 10, 15, 59.9)
    assert seconds(found) == (0, 0, 59.9)
    assert found.motion is None
    found.settle(60 * S)
    assert found.motion is False
    found.settle(100 * S)
    assert seconds(found) == (0, 0, 60)


def test_a_pulse_is_occupied_and_its_blocking_time_blind() -> None:
    found = pulses(activity(0), 10, 13, 100)
    assert seconds(found) == (1, 3, 2.5)


def test_overlapping_blind_seconds_count_once() -> None:
    assert seconds(pulses(activity(), 50, 59, 100)) == (0, 0, 61.5)
    assert seconds(pulses(activity(), 50, 55, 100)) == (0, 0, 60)


def test_a_pulse_across_the_end_of_the_warm_up_is_occupied_after_it() -> None:
    assert seconds(pulses(activity(), 50, 70, 100)) == (0, 10, 62.5)


def test_a_level_that_is_fed_again_is_no_activation() -> None:
    found = activity(0)
    for at_s, active in [(10, True), (11, True), (13, False), (14, False)]:
        found.feed(active, at_s * S)
    found.settle(100 * S)
    assert seconds(found) == (1, 3, 2.5)


def test_an_edge_ends_the_blocking_time() -> None:
    assert seconds(pulses(activity(0), 10, 13, 14, 17, 100)) == (2, 6, 3.5)


def test_stuck_after_15_minutes_is_blind_from_then_on() -> None:
    found = pulses(activity(0), 10, 910)
    assert found.motion is True
    found.settle(910 * S + 1)
    assert found.motion is None
    found.settle(2000 * S)
    assert seconds(found) == (1, 900, 1090)
    found.feed(False, 2000 * S)
    assert found.motion is False
    found.settle(2100 * S)
    assert seconds(found) == (1, 900, 1092.5)


def test_stuck_from_power_on_stays_blind_once() -> None:
    found = activity(active=True)
    found.settle(2000 * S)
    assert seconds(found) == (0, 840, 1160)


def test_stuck_before_the_end_of_a_long_warm_up_counts_once() -> None:
    found = activity(1000, active=True)
    found.settle(2000 * S)
    assert seconds(found) == (0, 0, 2000)


def test_time_that_was_not_watched_is_blind() -> None:
    found = Activity(0, 5 * S // 2)
    found.watch(False, 10 * S)
    pulses(found, 20, 22)
    found.watch(False, 100 * S)
    found.settle(110 * S)
    assert seconds(found) == (1, 2, 10 + 78)
    found.watch(True, 200 * S)
    found.settle(210 * S)
    assert seconds(found) == (1, 12, 10 + 78 + 90)


def test_watching_again_neither_repeats_nor_ends_the_warm_up() -> None:
    found = activity()
    found.settle(20 * S)
    found.watch(False, 30 * S)
    found.settle(40 * S)
    assert found.motion is None
    found.settle(70 * S)
    assert found.motion is False
    assert seconds(found) == (0, 0, 60)


def test_watching_again_keeps_the_blocking_time() -> None:
    found = pulses(activity(0), 10, 20, 21)
    found.watch(False, 21 * S)
    found.settle(100 * S)
    assert seconds(found) == (1, 10, 2.5)


edges = st.lists(st.integers(0, 2 * STUCK_AFTER_NS), max_size=40).map(sorted)


@given(edges, st.integers(0, 1200), st.booleans())
def test_every_second_is_occupied_or_blind_or_idle(
    times: list[int], warm_up_s: int, active: bool
) -> None:
    found = activity(warm_up_s, active)
    occupied, blind, active_ns, now = [0], [0], 0, 0
    for at_ns in times:
        active_ns += (at_ns - now) * active
        now, active = at_ns, not active
        found.feed(active, at_ns)
        occupied.append(found.occupied_ns)
        blind.append(found.blind_ns)
    assert occupied == sorted(occupied)
    assert blind == sorted(blind)
    assert found.occupied_ns <= active_ns
    assert found.occupied_ns + found.blind_ns <= now
    assert found.blind_ns >= min(now, warm_up_s * S)
    assert len(pickle.dumps(found)) < 1000


@given(edges, edges)
def test_how_often_it_is_settled_does_not_matter(times: list[int], looks: list[int]) -> None:
    plain, looked = activity(), activity()
    active = False
    for at_ns in times:
        active = not active
        plain.feed(active, at_ns)
    active = False
    for at_ns, is_edge in sorted([(at, True) for at in times] + [(at, False) for at in looks]):
        if is_edge:
            active = not active
            looked.feed(active, at_ns)
        else:
            looked.settle(at_ns)
    plain.settle(3 * STUCK_AFTER_NS)
    looked.settle(3 * STUCK_AFTER_NS)
    assert seconds(plain) == seconds(looked)


def test_polarity() -> None:
    assert codec.is_active(True, "high")
    assert codec.is_active(False, "low")
    assert not codec.is_active(False, "high")


def test_config_has_a_line_and_pulls_towards_no_motion() -> None:
    assert (COLD.lines, COLD.type, COLD.warm_up_s, COLD.pull) == ((4,), "hc-sr501", 60, "down")
    assert PirConfig(LINE, active="low").pull == "up"
    assert msgspec.convert({"line": 4, "warm_up_s": 0}, PirConfig) == WARM
    for wrong in ({}, {"line": 54}, {"line": 4, "warm_up_s": -1}, {"line": 4, "type": "pir"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, PirConfig)


class Room:
    """A PIR in a simulated world, polled as often as it asks for."""

    def __init__(self, config: PirConfig = WARM) -> None:
        self.time = VirtualTimebase(10**12)
        self.bus = SimulatedGpio(self.time)
        self.model = PirModel(config)
        self.bus.attach(self.model)
        self.now_s = 0.0
        self.bus.step(View(0.0))
        self.driver = Pir(self.bus, config)
        self.driver.open()
        self._polled_ns = self.time.now_ns()

    def show(self, view: View) -> None:
        self.time.sleep(STEP_S)
        self.bus.step(view)
        if self.time.now_ns() - self._polled_ns >= Pir.poll_every * 1e9:
            self._polled_ns = self.time.now_ns()
            self.driver.poll()

    def let(self, seconds: float, people: tuple[Body, ...] = ()) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.now_s += STEP_S
            self.show(View(self.now_s, people))

    def hold(self, high: bool, seconds: float) -> None:
        self.bus.drive(LINE, high)
        self.time.sleep(seconds)

    def read(self) -> tuple[Any, ...]:
        sample = self.driver.read()
        return tuple(sample[name] for name in ("motion", "activations", "occupied_time"))

    def blind(self) -> float:
        return self.driver.read()["blind_time"] or 0.0


@pytest.mark.parametrize(
    ("type_", "hold_s", "blocking_s"), [("hc-sr501", 3.0, 2.5), ("am312", 2.0, 2.0)]
)
def test_model_holds_and_then_is_deaf(
    type_: Literal["hc-sr501", "am312"], hold_s: float, blocking_s: float
) -> None:
    model = PirModel(PirConfig(LINE, type_, warm_up_s=0))
    near, far = (Body(-2.5, 0.0, 1.0),), (Body(2.51, 0.0, 1.0),)
    assert model.step(View(0.0, far))[LINE] is False
    assert model.step(View(1.0, near))[LINE] is True
    assert model.step(View(1.0 + hold_s - 0.01))[LINE] is True
    assert model.step(View(1.0 + hold_s))[LINE] is False
    deaf_until = 1.0 + hold_s + blocking_s
    assert model.step(View(deaf_until - 0.01, near))[LINE] is False
    assert model.step(View(deaf_until, near))[LINE] is True


def test_model_is_retriggered_while_somebody_is_there() -> None:
    model = PirModel(WARM)
    assert all(model.step(View(at / 2, SOMEBODY))[LINE] for at in range(40))


def test_model_with_an_inverted_output() -> None:
    model = PirModel(PirConfig(LINE, active="low", warm_up_s=0))
    assert model.step(View(0.0))[LINE] is True
    assert model.step(View(1.0, SOMEBODY))[LINE] is False


def test_false_pulses_of_the_warm_up_are_no_activations() -> None:
    room = Room(COLD)
    highs = 0
    for _ in range(3000):
        room.let(STEP_S)
        highs += room.bus._pins.pin(LINE).state
    assert highs * STEP_S == pytest.approx(6.0, abs=0.1)
    assert room.read() == (None, 0, 0)
    room.let(10.0)
    assert room.read() == (0, 0, 0)
    assert room.blind() == pytest.approx(60.0)
    room.let(1.0, SOMEBODY)
    assert room.read() == (1, 1, pytest.approx(0.95, abs=0.03))


@pytest.mark.parametrize("active", ["high", "low"])
@pytest.mark.parametrize(
    ("type_", "occupied_s", "blind_s"), [("hc-sr501", 5.0, 2.5), ("am312", 4.0, 2.0)]
)
def test_one_visit(
    type_: codec.Type, occupied_s: float, blind_s: float, active: Literal["high", "low"]
) -> None:
    room = Room(PirConfig(LINE, type_, active, warm_up_s=0))
    room.let(5.0)
    assert room.read() == (0, 0, 0)
    room.let(2.0, SOMEBODY)
    assert room.read()[:2] == (1, 1)
    room.let(20.0)
    assert room.read() == (0, 1, pytest.approx(occupied_s, abs=0.03))
    assert room.blind() == pytest.approx(blind_s)


@pytest.mark.parametrize("type_", ["hc-sr501", "am312"])
@pytest.mark.parametrize("seed", range(3))
def test_a_scene_gives_what_the_line_showed(seed: int, type_: Literal["hc-sr501", "am312"]) -> None:
    room = Room(PirConfig(LINE, type_, warm_up_s=0))
    scene = Scene(crowd(SINGLE_FILE, seed, 20, 3))
    levels: list[bool] = []
    while not scene.empty or len(levels) % 1000:
        room.show(scene.step(STEP_S))
        levels.append(bool(room.bus._pins.pin(LINE).state))
    rises = sum(b and not a for a, b in itertools.pairwise([False, *levels]))
    assert 5 < rises <= 20
    motion, activations, occupied = room.read()
    assert (motion, activations) == (levels[-1], rises)
    assert occupied == pytest.approx(sum(levels) * STEP_S, abs=0.1)
    assert room.blind() == pytest.approx(_deaf_s(levels, BLOCKING_S[type_]), abs=0.3)


def _deaf_s(levels: list[bool], blocking_s: float) -> float:
    """Low time within `blocking_s` after a fall, by the line alone."""
    deaf, since_fall = 0, len(levels)
    for before, after in itertools.pairwise(levels):
        since_fall = 0 if before and not after else since_fall + 1
        deaf += not after and since_fall * STEP_S < blocking_s
    return deaf * STEP_S


def test_pulses_below_50_ms_never_happened() -> None:
    room = Room()
    for _ in range(20):
        room.hold(True, 0.049)
        room.hold(False, 0.2)
    assert room.read() == (0, 0, 0)
    assert room.blind() == 0
    room.hold(True, 0.05)
    room.hold(False, 0.2)
    assert room.read() == (0, 1, 0.05)


def test_a_stuck_output_reads_none_and_is_blind() -> None:
    room = Room()
    for _ in range(15 * 60):
        room.hold(True, 1.0)
        room.driver.poll()
    assert room.read() == (1, 1, pytest.approx(899.95))
    room.hold(True, 100.0)
    assert room.read() == (None, 1, pytest.approx(900.0))
    assert room.blind() == pytest.approx(99.95)
    room.hold(False, 10.0)
    assert room.read() == (0, 1, pytest.approx(900.0))
    assert room.blind() == pytest.approx(102.5)


def test_counters_survive_close_and_open_and_the_warm_up_is_not_repeated() -> None:
    room = Room(COLD)
    room.let(30.0)
    room.driver.close()
    room.driver.close()
    room.driver.open()
    room.let(29.0)
    assert room.read()[0] is None
    room.let(2.0)
    room.let(2.0, SOMEBODY)
    assert room.read()[:2] == (1, 1)
    room.driver.close()
    room.driver.open()
    assert room.read()[:2] == (1, 1)
    assert room.blind() == pytest.approx(60.05, abs=0.02)


def test_time_in_which_it_was_not_open_is_blind() -> None:
    room = Room()
    room.time.sleep(10.0)
    room.driver.poll()
    room.driver.close()
    room.time.sleep(100.0)
    room.driver.open()
    assert room.blind() == pytest.approx(100.05)
    driver = Pir(room.bus, WARM)
    room.time.sleep(30.0)
    driver.open()
    assert driver.read()["blind_time"] == pytest.approx(30.0)


def test_lost_edges_are_one_error_and_the_counters_stay() -> None:
    room = Room()
    room.let(2.0, SOMEBODY)
    for i in range(EDGES_KEPT + 1):
        room.bus.drive(LINE, i % 2 == 1)
    with pytest.raises(BusError, match="edges were lost"):
        room.driver.poll()
    assert room.read()[:2] == (0, 1)
    room.hold(True, 1.0)
    assert room.read()[:2] == (1, 2)


def test_read_before_open_is_a_bus_error() -> None:
    driver = Pir(SimulatedGpio(), COLD)
    with pytest.raises(BusError, match="read before open"):
        driver.read()
    driver.close()


def test_channels_are_what_read_returns() -> None:
    assert {quantity.name for quantity in Pir.channels} == set(Room().driver.read())
