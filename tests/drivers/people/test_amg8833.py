"""AMG8833: the vectors of the facts, the driver on the simulated bus, and its field failures."""

import random
import struct
from typing import Any

import msgspec
import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.contract import I2cModel
from drivers.errors import BadData, BusError, DriverError, WrongDevice
from drivers.people.amg8833 import PART, codec
from drivers.people.amg8833.driver import Amg8833, Amg8833Config
from drivers.people.amg8833.model import Amg8833Model
from drivers.quantities import BLIND_TIME, COUNT_IN, COUNT_OUT, TARGETS
from drivers.simulation.bodies import ADULT, Body
from drivers.simulation.scene import View
from drivers.simulation.world import AIR_STEP_S, PEOPLE_STEP_S
from tests.chaos import form
from tests.drivers.environment.spoilt import SpoiltI2c
from tests.drivers.people.thermal_door import Door, straight

# ---- Codec ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "cel"), [(0x190, 25.0), (0x8A0, -10.0), (0, 0), (0x7FF, 127.9375)]
)
def test_the_thermistor_is_sign_magnitude(word: int, cel: float) -> None:
    assert codec.thermistor(word) == cel


@pytest.mark.parametrize(
    ("word", "cel"), [(0x064, 25.0), (0xFF6, -2.5), (0, 0), (0xFFF, -0.25), (0x800, -512)]
)
def test_a_pixel_is_twos_complement(word: int, cel: float) -> None:
    assert codec.pixel(word) == cel


def test_a_frame_is_64_little_endian_words() -> None:
    words = [0x064, 0xFF6, *range(62)]
    pixels = codec.frame(struct.pack("<64H", *words))
    assert pixels == [25.0, -2.5, *(n / 4 for n in range(62))]


@pytest.mark.parametrize("word", [0x1064, 0x8000, 0xF000, 0xFFFF])
def test_a_pixel_of_more_than_12_bits_is_none(word: int) -> None:
    with pytest.raises(BadData, match="more than 12 bits"):
        codec.frame(struct.pack("<64H", *[100] * 63, word))


@pytest.mark.parametrize(
    ("word", "well"), [(0xFB0, True), (0xFAF, False), (400, True), (401, False)]
)
def test_no_door_is_colder_than_minus_20_or_hotter_than_100(word: int, well: bool) -> None:
    data = struct.pack("<64H", *[100] * 63, word)
    if well:
        assert len(codec.frame(data)) == 64
    else:
        with pytest.raises(BadData, match=r"to .* Cel"):
            codec.frame(data)


def test_averaging_is_unlocked_set_and_locked() -> None:
    assert [command.hex() for command in codec.averaging(True)] == [
        "1f50",
        "1f45",
        "1f57",
        "0720",
        "1f00",
    ]
    assert codec.averaging(False)[3] == bytes([0x07, 0x00])


def test_frames_of_any_bytes_are_64_pixels_or_bad_data() -> None:
    chance, well = random.Random(1), 0
    frame = bytearray(struct.pack("<64H", *[90] * 64))
    for _ in range(form.rounds(5_000, 1_000_000)):
        spoilt = bytearray(frame)
        spoilt[chance.randrange(128)] ^= 1 << chance.randrange(8)
        data = chance.choice([bytes(spoilt), chance.randbytes(128)])
        try:
            well += len(codec.frame(data)) == 64
        except BadData:
            continue
    assert well > 0


# ---- Start-up and identity ------------------------------------------------------------------


class Recorder(SimulatedI2c):
    """Notes what is written, when, and how often something is read."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[tuple[int, str]] = []
        self.read: list[int] = []

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        answer = super().transfer(address, write, read)
        if read:
            self.read.append(read)
        else:
            self.written.append((self.time.now_ns(), write.hex()))
        return answer


def test_start_up_byte_for_byte() -> None:
    bus = Recorder()
    door = Door(bus=bus)
    door.driver.open()
    assert [command for _, command in bus.written] == (
        ["0000", "013f", "0200", "0300", "1f50", "1f45", "1f57", "0700", "1f00", "0c5a"]
    )
    (_, _), (reset_ns, _), (rate_ns, _), *_ = bus.written
    assert rate_ns - reset_ns >= 50_000_000
    assert bus.read == [16, 128]


def test_a_frame_is_one_transfer_and_none_is_asked_for_twice() -> None:
    bus = Recorder()
    door = Door(bus=bus).open()
    bus.read.clear()
    door.run(1)
    for _ in range(5):
        door.driver.poll()
        door.driver.read()
    assert sorted(bus.read) == [16, *[128] * 10]


@pytest.mark.parametrize("address", [0x68, 0x69])
def test_both_addresses(address: int) -> None:
    door = Door(address=address).open()
    door.walk(straight("in"))
    assert door.counts == (1, 0)


def test_blind_until_it_is_stable_and_has_learnt() -> None:
    door = Door()
    door.driver.open()
    for _ in range(4):
        door.walk(straight("in"))
        assert door.driver.read()["targets"] is None
    assert door.counts == (0, 0)
    door.run(3)
    assert door.targets == 0
    blind_s = door.blind_s
    assert blind_s == pytest.approx(15.1 + 2 - 0.5, abs=0.3)
    door.run(30)
    assert door.blind_s == blind_s


def test_the_chip_is_still_unstable_after_the_shorter_wait_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the 15 s are for: after 0.1 s the picture still changes unevenly by more than 1 K."""
    door = Door()
    first = door.bus.transfer(0x69, b"\x80", 128)
    door.pass_time(30)
    then = door.bus.transfer(0x69, b"\x80", 128)
    changes = [b - a for a, b in zip(codec.frame(first), codec.frame(then), strict=True)]
    assert max(changes) - min(changes) > 8


class Registers(I2cModel):
    """Another chip at that address: it says what it holds, and notes what is written."""

    def __init__(self, held: bytes, address: int = 0x69) -> None:
        self.address = address
        self._held = held
        self.written: list[bytes] = []

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        if not read:
            self.written.append(write)
        return (self._held * 3)[write[0] : write[0] + read]


CLOCK = bytes.fromhex("45591307 2311 26 00 00 00 00 00 00 00 1c 88 00 19 40").ljust(256, b"\x00")
MOTION = bytes.fromhex("82 7f 04 81 00 10").ljust(256, b"\x55")


@pytest.mark.parametrize("held", [CLOCK, MOTION, b"\xff" * 256])
def test_another_part_is_refused_and_nothing_is_written_to_it(held: bytes) -> None:
    bus, stranger = SimulatedI2c(), Registers(held)
    bus.attach(stranger)
    with pytest.raises(WrongDevice, match="no AMG8833 at 0x69") as caught:
        Amg8833(bus, Amg8833Config()).open()
    assert "SPS30" in caught.value.hint
    assert stranger.written == []


@pytest.mark.parametrize(
    ("register", "value"),
    [(0, 0x40), (2, 0x02), (4, 0x01), (6, 0x01), (7, 0x01), (15, 0x10), (15, 0x05), (0x91, 0x10)],
)
def test_one_bit_that_is_never_set_betrays_it(register: int, value: int) -> None:
    held = bytearray(256)
    held[0x0E:0x10] = (400).to_bytes(2, "little")
    held[0x80:] = struct.pack("<64H", *[88] * 64)
    bus = SimulatedI2c()
    bus.attach(Registers(bytes(held)))
    Amg8833(bus, Amg8833Config()).open()
    held[register] = value
    bus.attach(Registers(bytes(held)))
    with pytest.raises(WrongDevice):
        Amg8833(bus, Amg8833Config()).open()


def test_a_part_of_zeros_is_none() -> None:
    bus = SimulatedI2c()
    bus.attach(Registers(bytes(256)))
    with pytest.raises(WrongDevice, match="000 in 1/16"):
        Amg8833(bus, Amg8833Config()).open()


def test_a_chip_that_has_just_got_power_is_known() -> None:
    config = Amg8833Config()
    bus = SimulatedI2c()
    bus.attach(Amg8833Model(config))
    Amg8833(bus, config).open()


@pytest.mark.parametrize("asleep_after_s", [0.0, 5.0])
def test_a_chip_that_was_sent_to_sleep_is_woken(asleep_after_s: float) -> None:
    door = Door()
    door.model.brown_out(door.bus.time.now_ns())
    door.pass_time(asleep_after_s)
    door.bus.transfer(0x69, b"\x00\x10")
    door.pass_time(1)
    door.open()
    door.walk(straight("out"))
    assert door.counts == (0, 1)


def test_a_chip_left_at_one_frame_a_second_is_set_to_ten() -> None:
    door = Door()
    door.bus.transfer(0x69, b"\x02\x01")
    door.open()
    door.walk(straight("in"))
    assert door.counts == (1, 0)


# ---- Geometry -------------------------------------------------------------------------------


@pytest.mark.parametrize("inward", ["notch", "opposite", "left", "right"])
def test_every_meaning_of_inward(inward: str) -> None:
    door = Door(inward=inward).open()
    for direction in ("in", "in", "out"):
        door.walk(straight(direction, across=0.15))
    assert door.counts == (2, 1)


@pytest.mark.parametrize(
    ("inward", "expected"),
    [("notch", (1, 0)), ("opposite", (0, 1)), ("left", (0, 0)), ("right", (0, 0))],
)
def test_the_first_row_is_at_the_notch(inward: str, expected: tuple[int, int]) -> None:
    """Frames by hand, without the geometry of the model: a spot goes from last row to first."""
    door = Door(inward=inward).open()
    scripted = Scripted(door.bus.transfer(0x69, b"\x00", 16))
    door.bus.attach(scripted)
    for step in range(60):
        scripted.show(None if step < 30 else 7 - (step - 30) // 2)
        door.run(0.1)
    assert door.counts == expected


class Scripted(I2cModel):
    """Shows a level floor with one warm spot, and the settings it is given."""

    def __init__(self, state: bytes) -> None:
        self.address = 0x69
        self._state = state
        self._chance = random.Random(1)
        self.show(None)

    def show(self, row: int | None) -> None:
        """A spot in the middle of that row; rows beyond the picture show none."""
        counts = [80 + self._chance.randrange(2) for _ in range(64)]
        if row is not None and row >= 0:
            counts[8 * row + 3] = counts[8 * row + 4] = 110
        self._frame = struct.pack("<64H", *counts)

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        return self._frame[:read] if write == b"\x80" else self._state[:read]


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"address": 0x6A}, "Invalid enum value"),
        ({"mounting_height_mm": 2000}, ">= 2200"),
        ({"mounting_height_mm": 2.6}, "Expected `int`"),
        (
            {"mounting_height_mm": 2400, "door_width_mm": 1500},
            "1155 mm wide .* mount the sensor hi",
        ),
        ({"inward": "up"}, "Invalid enum value"),
        ({"threshold": 0.1}, ">= 0.5"),
        ({"lines": []}, "unknown field"),
    ],
)
def test_configurations_that_cannot_work_are_refused(
    config: dict[str, object], complaint: str
) -> None:
    with pytest.raises(msgspec.ValidationError, match=complaint):
        msgspec.convert(config, Amg8833Config)


def test_a_wide_door_needs_a_high_sensor() -> None:
    msgspec.convert({"mounting_height_mm": 2700, "door_width_mm": 1500}, Amg8833Config)


@pytest.mark.parametrize("averaging", [True, False])
def test_averaging_is_as_configured(averaging: bool) -> None:
    door = Door(averaging=averaging).open()
    assert door.bus.transfer(0x69, b"\x07", 1) == (b"\x20" if averaging else b"\x00")
    for direction in ("in", "out", "out"):
        door.walk(straight(direction, 1.6))
    assert door.counts == (1, 2)


# ---- Field failures -------------------------------------------------------------------------


def test_read_before_open_and_after_close() -> None:
    door = Door()
    with pytest.raises(BusError, match="before open"):
        door.driver.read()
    door.open()
    door.driver.close()
    door.driver.close()
    with pytest.raises(BusError, match="before open"):
        door.driver.poll()


def test_read_alone_sees_what_a_poll_would() -> None:
    door = Door().open()
    door.enter([(0, -0.2, 0), (5, 0.0, 0)])
    for _ in range(5):
        door.pass_time(0.1)
        sample = door.driver.read()
    assert sample["targets"] == 1


def test_a_frame_that_is_the_one_before_is_no_news_and_soon_an_error() -> None:
    door = Door().open()
    blind_s = door.blind_s
    door.model.hung = True
    door.run(2.5)
    assert door.targets is None
    assert door.blind_s - blind_s == pytest.approx(2.0, abs=0.15)
    door.run(1)
    with pytest.raises(BadData, match=r"not changed for [34] s") as caught:
        door.driver.read()
    assert "power-cycle" in caught.value.hint
    door.model.hung = False
    door.run(1)
    assert door.targets == 0
    assert door.blind_s - blind_s == pytest.approx(3.0, abs=0.15)


def test_a_stale_frame_is_not_counted_twice() -> None:
    """A spot that was seen in one frame is not confirmed by the same frame again and again."""
    door = Door().open()
    door.enter([(0, 0, 0), (0.15, 0, 0)])
    door.run(0.1)
    door.model.hung = True
    door.run(0.4)
    assert door.targets == 0


def test_missing_frames_are_blind_time_beyond_half_a_second() -> None:
    door = Door().open()
    blind_s = door.blind_s
    door.pass_time(0.4)
    door.run(1)
    assert door.blind_s == blind_s
    door.pass_time(3)
    door.run(1)
    assert door.blind_s - blind_s == pytest.approx(2.6, abs=0.05)


def test_one_in_ten_frames_missing_costs_few_passages() -> None:
    door, chance = Door(seed=2).open(), random.Random(2)
    for number in range(40):
        door.enter(straight("in" if number % 2 else "out", chance.uniform(0.6, 2.0)))
        for _ in range(60):
            door.pass_time(0.1)
            if chance.random() > 0.1:
                door.driver.poll()
    assert 38 <= sum(count or 0 for count in door.counts) <= 40


def test_a_nack_in_a_passage_costs_neither_the_warm_up_nor_the_passage() -> None:
    door = Door().open()
    blind_s = door.blind_s
    door.enter(straight("in", 1.0))
    door.run(1.5)
    door.bus.faults[0x69] = "nack"
    door.pass_time(0.1)
    with pytest.raises(BusError, match="0x69 does not answer"):
        door.driver.poll()
    door.driver.close()
    door.bus.faults.clear()
    door.pass_time(0.1)
    door.driver.open()
    door.run(3)
    assert door.counts == (1, 0)
    assert door.blind_s == blind_s


def test_a_longer_break_in_a_passage_loses_it_and_is_blind_time() -> None:
    door = Door().open()
    door.walk(straight("out"))
    blind_s = door.blind_s
    door.enter(straight("in", 1.0))
    door.run(1)
    door.bus.faults[0x69] = "timeout"
    door.pass_time(2)
    with pytest.raises(BusError, match="time-out"):
        door.driver.poll()
    door.driver.close()
    door.bus.faults.clear()
    door.driver.open()
    door.run(2)
    assert door.counts == (0, 1)
    assert door.blind_s - blind_s == pytest.approx(1.6, abs=0.15)
    door.walk(straight("in"))
    assert door.counts == (1, 1)


def test_unplugged_in_mid_passage_and_plugged_in_again() -> None:
    """At most that one is missed; the chip warms up anew, and all of that is blind."""
    door = Door().open()
    door.walk(straight("in"))
    blind_s = door.blind_s
    door.enter(straight("in"))
    door.run(1.3)
    door.bus.detach(0x69)
    with pytest.raises(BusError):
        door.run(0.1)
    with pytest.raises(BusError):
        door.driver.open()
    door.pass_time(10)
    door.model.brown_out(door.bus.time.now_ns())
    door.bus.attach(door.model)
    door.pass_time(0.3)
    door.driver.open()
    door.walk(straight("out"))
    assert door.targets is None
    door.run(16)
    assert door.counts == (1, 0)
    assert door.blind_s - blind_s == pytest.approx(10 + 0.4 + 15.1 + 2 - 0.5, abs=0.3)
    door.walk(straight("out"))
    assert door.counts == (1, 1)


def test_a_brown_out_is_noticed_within_a_second_and_the_chip_warms_up_anew() -> None:
    door = Door().open()
    door.walk(straight("in"))
    blind_s = door.blind_s
    door.model.brown_out(door.bus.time.now_ns())
    with pytest.raises(BadData, match="lost its settings") as caught:
        door.run(1.2)
    assert "supply" in caught.value.hint
    door.driver.close()
    door.driver.open()
    door.run(18)
    assert door.counts == (1, 0)
    assert door.blind_s - blind_s > 15
    door.walk(straight("in"))
    assert door.counts == (2, 0)


def test_after_a_stop_of_the_program_nobody_knows_how_long_the_chip_had_power() -> None:
    door = Door().open()
    again = Amg8833(door.bus, door.config)
    again.open()
    door.driver = again
    door.run(3)
    assert door.targets is None
    door.run(15)
    assert door.targets == 0


@pytest.mark.parametrize("fault", ["noise", "stuck"])
def test_a_bus_that_says_anything_ends_in_driver_errors_and_passes(fault: Any) -> None:
    door = Door().open()
    door.walk(straight("in"))
    door.bus.faults[0x69] = fault
    with pytest.raises(DriverError):
        door.run(5, each=door.driver.read)
    door.driver.close()
    door.bus.faults.clear()
    door.driver.open()
    door.run(2)
    door.walk(straight("in"))
    assert door.counts == (2, 0)


def test_spoilt_answers_end_in_samples_or_driver_errors_and_counts_only_rise() -> None:
    rounds = form.rounds(5_000, 1_000_000)
    door = Door(bus=SpoiltI2c(rounds, share=0.02))
    assert isinstance(door.bus, SpoiltI2c)
    is_open, well, failed = False, 0, 0
    before: tuple[float, ...] = (0, 0, 0)
    for number in range(rounds):
        if number % 40 == 0:
            door.enter(straight("in", 1.5))
        door.pass_time(0.1)
        try:
            if not is_open:
                door.driver.open()
                is_open = True
            door.driver.poll()
            sample = door.driver.read()
        except DriverError:
            failed, is_open = failed + 1, False
            door.driver.close()
            continue
        now = tuple(sample[name] or 0 for name in ("count_in", "count_out", "blind_time"))
        assert all(b >= a for a, b in zip(before, now, strict=True))
        before, well = now, well + 1
    assert well > 0 < failed
    assert before[0] + before[1] <= rounds / 40 + 1


# ---- The model against the facts ------------------------------------------------------------


def model_frame(model: Amg8833Model, now_ns: int) -> list[float]:
    data = model.transfer(b"\x80", 128, now_ns)
    assert data is not None
    words: tuple[int, ...] = struct.unpack("<64H", data)
    return [((word & 0x7FF) - (word & 0x800)) / 4 for word in words]


def test_a_new_frame_comes_ten_times_a_second_or_once() -> None:
    model = Amg8833Model()
    assert model.transfer(b"\x80", 128, 99_000_000) == bytes(128)
    first = model_frame(model, 100_000_000)
    assert model_frame(model, 199_000_000) == first
    assert model_frame(model, 200_000_000) != first
    model.transfer(b"\x02\x01", 0, 200_000_000)
    model.transfer(b"\x01\x3f", 0, 200_000_000)
    model.transfer(b"\x02\x01", 0, 200_000_000)
    first = model_frame(model, 1_190_000_000)
    assert model_frame(model, 1_100_000_000) == first
    assert model_frame(model, 1_200_000_000) != first


def test_asleep_it_measures_nothing_and_hears_only_that_it_shall_wake() -> None:
    model = Amg8833Model()
    first = model_frame(model, 10**9)
    model.transfer(b"\x00\x10", 0, 10**9)
    model.transfer(b"\x02\x01", 0, 10**9)
    assert model_frame(model, 2 * 10**9) == first
    assert model.transfer(b"\x00", 3, 2 * 10**9) == b"\x10\x00\x00"
    model.transfer(b"\x00\x00", 0, 2 * 10**9)
    assert model_frame(model, 2_140_000_000) == first
    assert model_frame(model, 2_150_000_000) != first


def test_a_reset_takes_the_settings_and_leaves_the_picture() -> None:
    model = Amg8833Model()
    first = model_frame(model, 10**9)
    model.transfer(b"\x0c\x5a", 0, 10**9)
    model.transfer(b"\x01\x3f", 0, 10**9)
    assert model.transfer(b"\x0c", 1, 10**9) == b"\x00"
    assert model_frame(model, 10**9) == first
    model.brown_out(10**9)
    assert model_frame(model, 10**9) == [0] * 64


def test_averaging_needs_its_key_and_halves_the_variance() -> None:
    def variance(model: Amg8833Model, from_s: int) -> float:
        frames = [model_frame(model, from_s * 10**9 + n * 10**8) for n in range(200)]
        means = [sum(pixel) / 200 for pixel in zip(*frames, strict=True)]
        squares = (pow(p - m, 2) for frame in frames for p, m in zip(frame, means, strict=True))
        return float(sum(squares))

    model = Amg8833Model()
    model.transfer(b"\x07\x20", 0, 0)
    assert model.transfer(b"\x07", 1, 0) == b"\x00"
    plain = variance(model, 1000)
    for command in ("1f50", "1f45", "1f57", "0720", "1f00"):
        model.transfer(bytes.fromhex(command), 0, 1030 * 10**9)
    assert model.transfer(b"\x07", 1, 1030 * 10**9) == b"\x20"
    assert variance(model, 1040) == pytest.approx(plain / 2, rel=0.15)


def test_the_status_tells_an_overflow_until_it_is_cleared() -> None:
    model = Amg8833Model()
    for clear in (b"\x05\x04", b"\x01\x30"):
        model.dead = {7: 90.0}
        model_frame(model, 10**9)
        assert model.transfer(b"\x04", 1, 10**9) == b"\x04"
        model.dead = {}
        model.transfer(clear, 0, 10**9)
        assert model.transfer(b"\x04", 1, 10**9) == b"\x00"
        model.brown_out(0)


def test_a_thermistor_below_zero_is_sign_magnitude() -> None:
    model = Amg8833Model()
    model.step(View(0.0, temperature=-12))
    model_frame(model, 10**8)
    assert model.transfer(b"\x0e", 2, 10**8) == (0x800 | 160).to_bytes(2, "little")


def test_it_warms_itself_evenly() -> None:
    model = Amg8833Model()
    early, late = model_frame(model, 30 * 10**9), model_frame(model, 3000 * 10**9)
    changes = sorted(b - a for a, b in zip(early, late, strict=True))
    assert 1.5 < changes[0] < changes[-1] < 4
    assert sum(changes) / 64 == pytest.approx(3 * 2.71828**-0.1, abs=0.15)


def test_who_is_nearer_to_the_sensor_is_larger() -> None:
    def pixels(height_m: float) -> int:
        model = Amg8833Model()
        floor = model_frame(model, 100 * 10**9)
        model.step(View(1.0, (Body(0, 0, 0, shape=ADULT._replace(height_m=height_m)),)))
        seen = model_frame(model, 101 * 10**9)
        return sum(b - a > 1.2 for a, b in zip(floor, seen, strict=True))

    assert pixels(1.1) < pixels(1.5) < pixels(1.9)


def test_the_same_seed_gives_the_same_bytes() -> None:
    def frames(seed: int) -> list[list[float]]:
        model = Amg8833Model(seed=seed)
        return [model_frame(model, n * 10**8) for n in range(1, 20)]

    assert frames(1) == frames(1) != frames(2)


def test_a_bus_with_people_on_it_is_shown_the_world_as_often_as_they_need() -> None:
    bus = SimulatedI2c()
    assert bus.step_s == AIR_STEP_S
    bus.attach(Amg8833Model())
    assert bus.step_s == PEOPLE_STEP_S


def test_the_part_as_the_registry_sees_it() -> None:
    assert PART.bus == "i2c"
    assert set(Amg8833.channels) == {COUNT_IN, COUNT_OUT, TARGETS, BLIND_TIME}
    assert isinstance(PART.model(PART.config()), Amg8833Model)
