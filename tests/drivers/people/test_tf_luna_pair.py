"""Two TF-Lunas across a door: registers, the driver on the simulated bus, and who is counted."""

import random
from collections import Counter
from collections.abc import Iterable

import msgspec
import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.environment.veml7700.model import Veml7700Model
from drivers.errors import BadData, BusError, WrongDevice
from drivers.people.tf_luna_pair import PART, codec
from drivers.people.tf_luna_pair.codec import Measurement
from drivers.people.tf_luna_pair.driver import TfLunaPair, TfLunaPairConfig
from drivers.people.tf_luna_pair.model import TfLunaPairModel
from drivers.people.tf_luna_pair.probe import PROBE
from drivers.simulation.bodies import CHILD, DOG, Body
from drivers.simulation.crowd import SCENARIOS, crowd
from drivers.simulation.scene import Scene, View
from tests.chaos import form
from tests.drivers.environment import spoilt
from tests.drivers.people.doorway import Way, stops, straight

CONFIG = TfLunaPairConfig()
OUTER, INNER = 0x10, 0x11
STEP_S = 0.02


def test_the_registers_of_the_manual() -> None:
    """The values of the serial vector, as they stand in the registers; ticks of 515 ms."""
    assert codec.measurement(bytes.fromhex("7b00 e803 f609 0302")) == Measurement(1230, 515)


@pytest.mark.parametrize(
    ("amplitude", "valid"), [(0, False), (99, False), (100, True), (0xFFFE, True), (0xFFFF, False)]
)
def test_weak_and_overexposed_distances_are_none(amplitude: int, valid: bool) -> None:
    data = b"\x7b\x00" + amplitude.to_bytes(2, "little") + bytes(4)
    assert codec.measurement(data).distance_mm == (1230 if valid else None)


@pytest.mark.parametrize(
    "wrong", [{"inner_address": 0x10}, {"address": 0x29}, {"spacing_mm": 300}, {"far_mm": 200}]
)
def test_configurations_that_cannot_work_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, TfLunaPairConfig)


@pytest.mark.parametrize(
    ("config", "addresses"),
    [
        (TfLunaPairConfig(), (0x10, 0x11)),
        (TfLunaPairConfig(address=0x11), (0x11, 0x10)),
        (TfLunaPairConfig(address=0x12), (0x12, 0x13)),
        (TfLunaPairConfig(inner_address=0x13), (0x10, 0x13)),
    ],
)
def test_the_inner_address_is_the_partner_of_the_outer_one(
    config: TfLunaPairConfig, addresses: tuple[int, int]
) -> None:
    assert config.addresses == addresses


class Door:
    """A pair in a simulated door, polled as often as it asks for."""

    def __init__(self, config: TfLunaPairConfig = CONFIG, seed: int = 0) -> None:
        self.bus = SimulatedI2c(seed)
        self.model = TfLunaPairModel(config, seed)
        self.bus.attach(self.model)
        self.driver = TfLunaPair(self.bus, config)
        self.now_s = 0.0

    def open(self) -> "Door":
        """The wall is learned."""
        self.driver.open()
        return self.let(3.0)

    def show(self, bodies: Iterable[Body]) -> None:
        self.now_s += STEP_S
        self.bus.step(View(self.now_s, tuple(bodies)))
        self.driver.poll()

    def let(self, seconds: float, *ways: Way) -> "Door":
        began = self.now_s
        for _ in range(round(seconds / STEP_S)):
            here = [way.at(self.now_s - began) for way in ways]
            self.show(body for body in here if body)
        return self

    @property
    def counts(self) -> tuple[float | None, float | None]:
        sample = self.driver.read()
        return sample["count_in"], sample["count_out"]

    @property
    def blind(self) -> float:
        return self.driver.read()["blind_time"] or 0.0


@pytest.fixture
def door() -> Door:
    return Door().open()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("spacing_mm", [100, 150])
def test_a_single_file_is_counted_exactly(seed: int, spacing_mm: int) -> None:
    truth: Counter[str] = Counter()
    walks = crowd(SCENARIOS["single-file"], seed, 60)
    scene = Scene(walks, lambda walk: truth.update([str(walk.direction)]))
    door = Door(TfLunaPairConfig(spacing_mm=spacing_mm), seed)
    door.driver.open()
    while not scene.empty:
        door.show(scene.step(STEP_S).bodies)
    door.let(1.0)
    assert sum(truth.values()) == 60
    assert door.counts == (truth["in"], truth["out"])
    assert door.blind == pytest.approx(2.0, abs=0.4)  # learning


@pytest.mark.parametrize("speed", [0.5, 1.2, 2.0])
def test_both_directions(door: Door, speed: float) -> None:
    assert door.let(8, Way(straight(speed))).counts == (1, 0)
    assert door.let(8, Way(straight(-speed))).counts == (1, 1)


def test_addresses_swapped_swap_in_and_out() -> None:
    door = Door(TfLunaPairConfig(address=0x11))
    door.driver = TfLunaPair(door.bus, CONFIG)
    assert door.open().let(4, Way(straight(1.0))).counts == (0, 1)


def test_a_turn_back_does_not_count(door: Door) -> None:
    door.let(5, Way(stops((-0.15, 2), (-1.5, 2))))
    door.let(5, Way(stops((0.0, 2), (-1.5, 2))))
    assert door.counts == (0, 0)


def test_a_turn_back_behind_both_beams_is_in_and_out(door: Door) -> None:
    assert door.let(6, Way(stops((0.4, 2), (-1.5, 2)))).counts == (1, 1)


def test_two_side_by_side_are_one(door: Door) -> None:
    assert door.let(4, Way(straight(1.0), -0.22), Way(straight(1.0), 0.22)).counts == (1, 0)


def test_tailgating_at_arms_length_is_two(door: Door) -> None:
    ways = Way(straight(1.0)), Way(straight(1.0), starts_s=0.6)
    assert door.let(5, *ways).counts == (2, 0)


def test_loitering_in_the_beams_is_blind_and_not_counted(door: Door) -> None:
    before = door.blind
    door.let(35, Way(stops((0.0, 1.5), (0.0, 30), (1.5, 1.5))))
    assert door.counts == (0, 0)
    assert door.blind - before == pytest.approx(30.4, abs=0.5)
    assert door.let(4, Way(straight(1.0))).counts == (1, 0)


def test_loitering_beside_the_beams_is_nobody(door: Door) -> None:
    assert door.let(20, Way(stops((-0.6, 1.5), (-0.5, 15), (-1.5, 1)))).counts == (0, 0)


def test_a_child_counts_and_a_dog_below_the_beams_does_not(door: Door) -> None:
    assert door.let(4, Way(straight(1.0), shape=DOG)).counts == (0, 0)
    assert door.let(4, Way(straight(1.0), shape=CHILD)).counts == (1, 0)


def test_one_beam_covered_is_blind_till_it_is_free(door: Door) -> None:
    before = door.blind
    door.model.inner.optics.covered_mm = 30
    door.let(20, Way(straight(1.0)))
    assert door.counts == (0, 0)
    assert door.blind - before == pytest.approx(20, abs=0.3)
    door.model.inner.optics.covered_mm = None
    assert door.let(1).let(4, Way(straight(1.0))).counts == (1, 0)


@pytest.mark.parametrize("outer", [True, False])
def test_sun_in_one_lens_is_blind(door: Door, outer: bool) -> None:
    before = door.blind
    lidar = door.model if outer else door.model.inner
    lidar.optics.sun = True
    assert door.let(10, Way(straight(1.0))).counts == (0, 0)
    assert door.blind - before == pytest.approx(9.9, abs=0.2)
    lidar.optics.sun = False
    assert door.let(1).let(4, Way(straight(1.0))).counts == (1, 0)
    assert door.blind - before == pytest.approx(9.9, abs=0.2)


def test_lost_echoes_cost_nobody(door: Door) -> None:
    for lidar in (door.model, door.model.inner):
        lidar.optics.dropout = 0.2
    assert door.let(4, Way(straight(1.0))).let(4, Way(straight(-1.0))).counts == (1, 1)


def test_open_sets_what_is_needed_and_saves_nothing() -> None:
    door = Door()
    for lidar in (door.model, door.model.inner):
        lidar.transfer(b"\x23\x01", 0, 0)
        lidar.transfer(b"\x26\x0a\x00", 0, 0)
    assert door.open().let(4, Way(straight(1.0))).counts == (1, 0)
    for lidar in (door.model, door.model.inner):
        assert lidar.transfer(b"\x23", 5, 0) == bytes.fromhex("00 00 00 64 00")
    assert (door.model.saves, door.model.inner.saves) == (0, 0)


def test_a_lidar_that_stands_still_is_told(door: Door) -> None:
    door.model.inner.frozen = True
    with pytest.raises(BadData, match=r"the inner TF-Luna at 0x11 has not measured") as caught:
        door.let(1)
    assert "power-cycle" in caught.value.hint


def test_a_part_that_lost_its_settings_is_told_and_put_right(door: Door) -> None:
    door.let(4, Way(straight(1.0)))
    door.model.transfer(b"\x23\x01", 0, 0)  # what a saved setting would do after a brown-out
    with pytest.raises(BadData, match="outer TF-Luna"):
        door.let(1)
    door.driver.open()
    assert door.let(3).let(4, Way(straight(1.0))).counts == (2, 0)


@pytest.mark.parametrize("address", [OUTER, INNER])
def test_unplugged_in_mid_passage_and_plugged_in_again(door: Door, address: int) -> None:
    model = door.bus.at(address)
    assert model is not None
    before = door.blind
    door.let(1.4, Way(straight(1.0)))
    door.bus.detach(address)
    with pytest.raises(BusError):
        door.let(1)
    door.bus.step(View(door.now_s + 10))
    door.now_s += 10
    door.bus.attach(model)
    door.open()
    assert door.counts == (0, 0)
    assert door.blind - before == pytest.approx(12, abs=0.5)
    assert door.let(4, Way(straight(-1.0))).counts == (0, 1)


def test_a_late_poll_is_blind_and_ends_the_passage(door: Door) -> None:
    before = door.blind
    door.let(1.4, Way(straight(1.0)))
    door.now_s += 2
    door.bus.step(View(door.now_s))
    assert door.let(1).counts == (0, 0)
    assert door.blind - before == pytest.approx(2, abs=0.1)


def test_another_part_at_its_address_is_refused_and_not_written() -> None:
    bus = SimulatedI2c()
    bus.attach(Veml7700Model())
    bus.step(View(0.0))
    with pytest.raises(WrongDevice, match="no TF-Luna at 0x10") as caught:
        TfLunaPair(bus, CONFIG).open()
    assert "VEML7700" in caught.value.hint


def test_read_before_open_and_after_close(door: Door) -> None:
    door.driver.close()
    door.driver.close()
    with pytest.raises(BusError, match="before open"):
        door.driver.read()


def test_each_of_the_two_is_recognised() -> None:
    door = Door()
    assert [bool(PROBE.ask(door.bus, at)) for at in (OUTER, INNER, 0x12)] == [True, True, False]


def test_it_survives_what_no_part_would_say() -> None:
    well, failed = spoilt.survives(PART, form.rounds(5_000, 1_000_000))
    assert well > 100
    assert failed > 100


def test_any_noise_of_echoes_never_costs_time() -> None:
    """Counted as blind or as seen, each moment once at most."""
    chance, door = random.Random(5), Door().open()
    began_s, before = door.now_s, door.blind
    for _ in range(form.rounds(2_000, 100_000)):
        for lidar in (door.model, door.model.inner):
            lidar.optics.sun = chance.random() < 0.3
            lidar.optics.covered_mm = chance.choice([None, None, 30.0, 500.0])
        door.show([])
        assert 0 <= door.blind - before <= door.now_s - began_s + 5
