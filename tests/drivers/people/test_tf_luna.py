"""TF-Luna and TFmini: the vendor's vectors, the parser under noise, and the driver on the port."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from drivers.contract import SerialModel
from drivers.errors import BusError, DriverError, WrongDevice
from drivers.people.ld2450.model import Ld2450Model
from drivers.people.tf_luna import PART, codec
from drivers.people.tf_luna.codec import Frame, Parser
from drivers.people.tf_luna.driver import TfLuna, TfLunaConfig
from drivers.people.tf_luna.model import TfLunaModel
from drivers.people.tf_luna.probe import PROBE
from drivers.simulation.bodies import CHILD, DOG, TROLLEY
from drivers.simulation.scene import View
from tests.drivers.environment.serial_rig import fuzz
from tests.drivers.people.doorway import Way, stops, straight
from tests.drivers.people.serial_door import SerialDoor, serial_door

# Benewake, manuals of the TFmini and of the TF-Luna.
TFMINI = bytes.fromhex("59 59 7b 00 e8 03 07 00 1f")
TF_LUNA = bytes.fromhex("59 59 7b 00 e8 03 cc 08 ec")
SETTINGS = bytes.fromhex("5a05050165 5a06036400c7 5a05070167")


def test_the_vector_of_the_tfmini() -> None:
    [frame] = Parser().feed(TFMINI)
    assert frame == Frame(123, 1000, 7)
    assert (frame.distance_mm, frame.mode, frame.temperature) == (1230, 7, None)


def test_the_vector_of_the_tf_luna() -> None:
    [frame] = Parser().feed(TF_LUNA)
    assert frame == Frame(123, 1000, 0x08CC)
    assert (frame.distance_mm, frame.mode, frame.temperature) == (1230, None, 25.5)


def test_the_commands_of_the_vendor() -> None:
    assert codec.FORMAT_CM + codec.RATE + codec.OUTPUT_ON == SETTINGS


@pytest.mark.parametrize(
    ("amplitude", "valid"), [(0, False), (99, False), (100, True), (0xFFFE, True), (0xFFFF, False)]
)
def test_weak_and_overexposed_distances_are_none(amplitude: int, valid: bool) -> None:
    assert Frame(123, amplitude, 0x08CC).distance_mm == (1230 if valid else None)


def test_a_wrong_sum_is_no_frame() -> None:
    assert Parser().feed(TF_LUNA[:-1] + b"\xed") == []


def test_noise_costs_one_frame_at_most() -> None:
    fuzz(Parser, [TF_LUNA, TFMINI], 9)


@pytest.mark.parametrize("size", [1, 2, 5, 8, 9, 10])
def test_split_frames_are_all_read(size: int) -> None:
    stream, parser = TF_LUNA * 10, Parser()
    frames = [f for i in range(0, len(stream), size) for f in parser.feed(stream[i : i + size])]
    assert len(frames) == 10


def test_the_probe_wants_two_frames() -> None:
    assert PROBE.hear is not None
    assert PROBE.hear(TF_LUNA[3:] + TF_LUNA * 3) == "speaks, frames with right sums: 3"
    assert PROBE.hear(TF_LUNA) is None


# ---- The driver on the simulated port -------------------------------------------------------

Door = SerialDoor[TfLunaModel]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with serial_door(tmp_path, TfLunaModel(), lambda bus: TfLuna(bus, TfLunaConfig())) as door:
        yield door


def opened(door: Door) -> Door:
    """The wall is learned."""
    door.open()
    door.let(TfLuna.first_value_s)
    assert door.driver.read()["motion"] is not None
    return door


def grown(door: Door, seconds: float, *ways: Way) -> tuple[float, float, float]:
    """Activations, occupied and blind seconds of that time."""
    names = ("activations", "occupied_time", "blind_time")
    before, after = door.driver.read(), door.after(seconds, *ways)
    a, b, c = ((after[name] or 0) - (before[name] or 0) for name in names)
    return a, b, c


def test_open_sets_what_is_needed_and_saves_nothing(door: Door) -> None:
    door.model.rate, door.model.format, door.model.output = 50, 6, True
    opened(door)
    assert (door.model.rate, door.model.format, door.model.output) == (100, 1, True)
    assert door.model.saves == 0
    assert grown(door, 3, Way(straight(1.0)))[0] == 1


@pytest.mark.parametrize("setting", ["rate", "output"])
def test_a_part_that_was_set_silent_speaks(door: Door, setting: str) -> None:
    setattr(door.model, setting, 0)
    opened(door)
    assert door.driver.read()["motion"] == 0


@pytest.mark.parametrize("speed", [0.5, 1.2, 2.0, -1.2])
def test_one_passage_is_one_activation(door: Door, speed: float) -> None:
    activations, occupied, blind = grown(opened(door), 7, Way(straight(speed)))
    assert (activations, blind) == (1, 0)
    assert occupied == pytest.approx(0.28 / abs(speed), abs=0.08)


def test_a_first_tfmini_that_knows_no_command(tmp_path: Path) -> None:
    model = TfLunaModel(kind="tfmini")
    with serial_door(tmp_path, model, lambda bus: TfLuna(bus, TfLunaConfig())) as door:
        assert grown(opened(door), 3, Way(straight(1.0)))[0] == 1


def test_a_beam_down_sees_children_and_trolleys_and_dogs_by_the_margin(tmp_path: Path) -> None:
    config = msgspec.convert({"far_mm": 2400, "margin_mm": 700}, TfLunaConfig)
    model = TfLunaModel(config, aim="down")
    with serial_door(tmp_path, model, lambda bus: TfLuna(bus, config)) as door:
        opened(door)
        for shape, seen in ((CHILD, 1), (TROLLEY, 1), (DOG, 0)):
            assert grown(door, 4, Way(straight(1.0), shape=shape))[0] == seen


def test_two_side_by_side_and_a_turn_back_are_one_activation_each(door: Door) -> None:
    opened(door)
    assert grown(door, 3, Way(straight(1.0), -0.2), Way(straight(1.0), 0.2))[0] == 1
    assert grown(door, 5, Way(stops((0.0, 2), (-1.5, 2))))[0] == 1


def test_two_in_tow_are_two_activations(door: Door) -> None:
    ways = Way(straight(1.0)), Way(straight(1.0), starts_s=0.6)
    assert grown(opened(door), 5, *ways)[0] == 2


def test_loitering_in_the_beam_is_occupied(door: Door) -> None:
    stays = Way(stops((0.0, 1.5), (0.0, 60), (1.5, 1.5)))
    activations, occupied, blind = grown(opened(door), 65, stays)
    assert (activations, blind) == (1, 0)
    assert occupied == pytest.approx(60, abs=0.6)


def test_what_is_left_in_the_beam_is_blind_after_15_minutes(door: Door) -> None:
    opened(door)
    activations, occupied, blind = grown(door, 1000, Way(stops((0.0, 1001), begins=0.0)))
    assert activations == 1
    assert occupied == pytest.approx(900, abs=1)
    assert blind == pytest.approx(100, abs=1)
    assert door.driver.read()["motion"] is None


def test_a_cover_is_blind(door: Door) -> None:
    opened(door)
    door.model.optics.covered_mm = 30
    _, occupied, blind = grown(door, 20)
    assert occupied == pytest.approx(5, abs=0.3)
    assert blind == pytest.approx(15, abs=0.3)
    door.model.optics.covered_mm = None
    assert door.after(1)["motion"] == 0


def test_sun_in_the_lens_is_blind_and_no_activation(door: Door) -> None:
    opened(door)
    door.model.optics.sun = True
    activations, occupied, blind = grown(door, 10, Way(straight(1.0)))
    assert (activations, occupied) == (0, 0)
    assert blind == pytest.approx(10, abs=0.3)
    assert door.driver.read()["motion"] is None


def test_black_clothes_are_blind_time_and_not_an_empty_door(door: Door) -> None:
    opened(door)
    door.model.optics.reflectivity = 0.001
    activations, _, blind = grown(door, 7, Way(straight(0.5)))
    assert activations == 0
    assert blind > 0.3


def test_lost_echoes_split_nobody(door: Door) -> None:
    opened(door)
    door.model.optics.dropout = 0.3
    assert grown(door, 5, Way(straight(0.6)))[0] == 1


def test_silence_is_blind_then_an_error_and_costs_nothing(door: Door) -> None:
    grown(opened(door), 3, Way(straight(1.0)))
    before = door.driver.read()["blind_time"] or 0
    door.bus.fault = "silence"
    sample = door.after(2)
    assert sample["motion"] is None
    assert sample["blind_time"] == pytest.approx(before + 1.7, abs=0.15)
    door.let(2)
    with pytest.raises(BusError, match=r"no valid frame for 4 s, nothing came") as caught:
        door.driver.read()
    assert "TX and RX are crossed" in caught.value.hint
    door.bus.fault = None
    sample = door.after(1)
    assert (sample["motion"], sample["activations"]) == (0, 1)


def test_noise_is_an_error_that_tells_of_it(door: Door) -> None:
    opened(door)
    door.bus.fault = "noise"
    door.let(4)
    with pytest.raises(BusError, match=r"\d+ bytes of something else came"):
        door.driver.read()


def test_unplugged_in_mid_passage_and_plugged_in_again(door: Door) -> None:
    opened(door)
    door.let(1.6, Way(stops((0.0, 1.0), (0.0, 9))))
    door.bus.unplug()
    with pytest.raises(BusError):
        door.driver.read()
    door.bus.plug()
    opened(door)
    sample = door.driver.read()
    assert (sample["motion"], sample["activations"]) == (0, 1)


def test_after_a_new_open_the_wall_may_be_another(door: Door) -> None:
    opened(door)
    door.model.optics.far_mm = 600
    assert door.after(1)["motion"] == 1
    assert opened(door).driver.read()["motion"] == 0


def test_nothing_arrives(door: Door) -> None:
    door.bus.fault = "silence"
    with pytest.raises(BusError, match="nothing arrives") as caught:
        door.open()
    assert "pin 5" in caught.value.hint


def test_another_baud_rate_is_noise(door: Door) -> None:
    door.model.baudrate = 9_600  # type: ignore[misc]
    with pytest.raises(WrongDevice, match="not one frame") as caught:
        door.open()
    assert "115200 baud" in caught.value.hint


def test_another_part_is_refused(tmp_path: Path) -> None:
    model: SerialModel = Ld2450Model()
    door = serial_door(tmp_path, model, lambda bus: TfLuna(bus, TfLunaConfig()))
    with door as here, pytest.raises(WrongDevice):
        here.open()


def test_noise_at_open_fails_and_the_next_open_works(door: Door) -> None:
    door.bus.fault = "noise"
    with pytest.raises(DriverError):
        door.open()
    door.bus.fault = None
    door.open()


def test_frames_faster_than_real_do_not_run_ahead_of_time(door: Door) -> None:
    opened(door)
    door.model.rate = 250
    assert grown(door, 4)[2] <= 0.5
    door.bus.fault = "silence"
    assert grown(door, 1)[2] == pytest.approx(0.7, abs=0.1)


def test_its_limits_say_that_it_is_no_count_of_directions() -> None:
    assert "no count of people and have no direction" in PART.limits


def test_the_model_of_a_first_tfmini_has_its_mode_there() -> None:
    [frame] = Parser().feed(TfLunaModel(kind="tfmini").step(View(0.01)))
    assert (frame.mode, frame.temperature) == (2, None)
    assert frame.distance_mm == pytest.approx(900, abs=40)
