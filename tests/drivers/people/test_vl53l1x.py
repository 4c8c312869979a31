"""VL53L1X: the vectors of the facts, the driver on the simulated bus, and how it fails."""

import random
from typing import Any

import msgspec
import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.contract import I2cModel
from drivers.errors import BadData, BusError, DriverError, WrongDevice
from drivers.people.heads import Echo, NoDistance
from drivers.people.vl53l1x import PART, codec, mounting
from drivers.people.vl53l1x import driver as driver_module
from drivers.people.vl53l1x.codec import Result, Zone
from drivers.people.vl53l1x.driver import Vl53l1x, Vl53l1xConfig
from drivers.people.vl53l1x.model import Vl53l1xModel
from drivers.people.vl53l1x.optics import HALF_FIELD, Optics
from drivers.simulation.bodies import ADULT, CHILD, DOG, TROLLEY, Body, Shape
from drivers.simulation.scene import View
from tests.chaos import form
from tests.drivers.environment.spoilt import SpoiltI2c
from tests.drivers.people.doorway import Doorway, Way, straight

HEIGHT = 2400
CONFIG = Vl53l1xConfig(HEIGHT)

SETTINGS = bytes.fromhex(
    "00 00 00 01 02 00 02 08 00 08 10 01 01 00 00 00 00 FF 00 0F 00 00 00 00 00 20 0B 00 00 02 0A"
    "21 00 00 05 00 00 00 00 C8 00 00 38 FF 01 00 08 00 00 01 CC 0F 01 F1 0D 01 68 00 80 08 B8 00"
    "00 00 00 0F 89 00 00 00 00 00 00 00 01 0F 0D 0E 0E 00 00 02 C7 FF 9B 00 00 00 01 00 00"
)


def test_the_settings_of_st_and_adafruit() -> None:
    assert codec.SETTINGS_BLOCK == SETTINGS
    assert len(SETTINGS) == 91
    assert codec.SETTINGS + len(SETTINGS) - 1 == codec.START


SHORT = {
    15: "001D 0027",
    20: "0051 006E",
    33: "00D6 006E",
    50: "01AE 01E8",
    100: "02E1 0388",
    200: "03E1 0496",
    500: "0591 05C1",
}
LONG = {
    20: "001E 0022",
    33: "0060 006E",
    50: "00AD 00C6",
    100: "01CC 01EA",
    200: "02D9 02F8",
    500: "048F 04A4",
}


@pytest.mark.parametrize("mode", ["short", "long"])
def test_timing_budgets(mode: codec.Mode) -> None:
    table = {"short": SHORT, "long": LONG}[mode]
    assert set(codec.TIMEOUTS[mode]) == set(table)
    vcsel = {"short": (0x07, 0x05), "long": (0x0F, 0x0D)}[mode]
    for budget, words in table.items():
        a, b = (bytes.fromhex(word) for word in words.split())
        assert codec.timing(mode, budget) == a + bytes([vcsel[0]]) + b + bytes([vcsel[1]])


def test_distance_modes() -> None:
    written = {mode: dict(codec.mode_and_budget(mode, 50)) for mode in codec.TIMEOUTS}
    assert {mode: [w[0x4B], w[0x69], w[0x78]] for mode, w in written.items()} == {
        "short": [b"\x14", b"\x38", bytes.fromhex("07050606")],
        "long": [b"\x0a", b"\xb8", bytes.fromhex("0F0D0E0E")],
    }
    with pytest.raises(KeyError):
        codec.mode_and_budget("long", 15)


def test_a_zone_is_one_write_of_centre_size_clear_and_start() -> None:
    assert codec.measure(Zone(199, 16, 16)) == bytes.fromhex("007F C7 FF 9B00000001 01 10")
    assert codec.measure(Zone(167, 8, 16)) == bytes.fromhex("007F A7 F7 9B00000001 01 10")
    assert codec.measure(Zone(60, 16, 4)) == bytes.fromhex("007F 3C 3F 9B00000001 01 10")


STATUS = {9: 0, 6: 1, 4: 2, 8: 3, 5: 4, 3: 5, 19: 6, 7: 7, 12: 9, 18: 10, 22: 11, 23: 12, 13: 13}


def result(status: int = 9, distance: int = 1234, ready: int = 3, ambient: int = 5) -> bytes:
    words = (128 * 256, 400, ambient, 40, 0x0A00, distance)
    return bytes([ready, status, 0, 1]) + b"".join(word.to_bytes(2, "big") for word in words)


def test_the_raw_distance_is_told_not_that_of_the_full_api() -> None:
    assert codec.result(result()) == Result(True, 0, 128, 40, 1234)
    assert round(1234 * 2011 / 2048) == 1212  # what the full API would say


def test_every_raw_status() -> None:
    said = {raw: codec.result(result(raw)).status for raw in range(32)}
    assert {raw: status for raw, status in said.items() if status != 255} == STATUS
    assert codec.result(result(9 | 0xE0)).status == 0


def test_only_bits_0_to_2_say_that_it_is_new() -> None:
    assert [codec.result(result(ready=bits)).ready for bits in (0, 1, 4, 0xF8)] == [
        *(False, True, True, False)
    ]


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_result_of_another_length_is_bad_data(length: int) -> None:
    with pytest.raises(BadData, match=f"{length} bytes instead of 16"):
        codec.result(bytes(length))


@pytest.mark.parametrize(
    ("polarity", "level", "ready"),
    [(0x01, 0x03, True), (0x01, 0x02, False), (0x11, 0x03, False), (0x11, 0x02, True)],
)
def test_ready_follows_the_polarity(polarity: int, level: int, ready: bool) -> None:
    assert codec.is_ready(polarity, level) is ready


def test_inter_measurement_period() -> None:
    assert codec.inter_measurement(50, 0xFEF0) == int(50 * 0x2F0 * 1.075).to_bytes(4, "big")


def test_the_zones_of_a_person_counter() -> None:
    assert mounting.zones("parallel", 8) == (Zone(167, 8, 16), Zone(231, 8, 16))
    assert mounting.zones("perpendicular", 4) == (Zone(197, 16, 4), Zone(62, 16, 4))
    assert mounting.zones("parallel", 8, (1, 2)) == (Zone(1, 8, 16), Zone(2, 8, 16))


@pytest.mark.parametrize("width", [4, 6, 8])
@pytest.mark.parametrize("mount", ["parallel", "perpendicular"])
def test_zones_of_both_mounts_meet_in_the_middle_of_the_array(mount: Any, width: int) -> None:
    optics = Optics(Vl53l1xConfig(2400, mount=mount))
    a, b = (
        optics.cone(zone.centre, (zone.height - 1) << 4 | (zone.width - 1))
        for zone in mounting.zones(mount, width)
    )
    assert a is not None
    assert b is not None
    assert a.along == pytest.approx((-width / 8 * HALF_FIELD, 0))
    assert b.along == pytest.approx((0, width / 8 * HALF_FIELD))
    assert a.across == b.across == pytest.approx((-HALF_FIELD, HALF_FIELD))


@pytest.mark.parametrize(("mounting_mm", "width"), [(1900, 8), (2450, 8), (2500, 6), (2900, 4)])
def test_the_higher_it_hangs_the_narrower_are_the_zones(mounting_mm: int, width: int) -> None:
    assert Vl53l1xConfig(mounting_mm).width == width
    assert Vl53l1xConfig(mounting_mm, zone_width=4).width == 4


def test_the_usual_rule_gives_half_the_array_at_every_height_that_may_be_configured() -> None:
    for millimetres in range(1900, 3501, 100):
        assert 16 * (1 - 0.3 / (0.34 * millimetres / 1000)) >= 8
    assert pytest.approx(0.34, abs=0.005) == mounting.FIELD


def test_a_tall_person_below_a_low_sensor_is_as_near_as_a_cover() -> None:
    assert mounting.geometry(2400, 1080, 8).tallest_mm == 1950
    assert mounting.geometry(2000, 1080, 8).tallest_mm == 1800


def test_a_door_that_is_too_wide_is_refused_with_a_cure() -> None:
    with pytest.raises(msgspec.ValidationError, match="up to 929 mm: mount it higher"):
        msgspec.convert({"mounting_height_mm": 1900, "door_width_mm": 930}, Vl53l1xConfig)
    assert Vl53l1xConfig(2400, door_width_mm=1090)


# The driver on the bus.


def test_what_stands_in_the_part_after_open() -> None:
    door = Doorway(CONFIG).open()
    registers = door.model._registers
    assert registers[0x5E:0x64] == codec.timing("long", 20)
    assert (registers[0x08], registers[0x0B], registers[0x4B]) == (9, 0, 0x0A)
    assert registers[0x80] == 0xF7


class Counting(SimulatedI2c):
    """Notes each transfer: the register, bytes out and bytes in."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, int, int]] = []

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        self.asked.append((int.from_bytes(write[:2], "big"), len(write), read))
        return super().transfer(address, write, read)


def opened(bus: SimulatedI2c, config: Vl53l1xConfig = CONFIG) -> tuple[Vl53l1x, Vl53l1xModel]:
    model = Vl53l1xModel(config)
    bus.attach(model)
    bus.step(View(0.0))
    driver = Vl53l1x(bus, config)
    driver.open()
    return driver, model


def test_a_measurement_takes_two_transfers_and_the_settings_one_each_ten_seconds() -> None:
    bus = Counting()
    driver, _ = opened(bus)
    bus.asked.clear()
    for _ in range(800):
        bus.time.sleep(0.025)
        driver.poll()
        driver.read()
    measured = [(0x0088, 2, 16), (0x007F, 11, 0)]
    assert bus.asked[:4] == measured * 2
    assert sorted(set(bus.asked)) == sorted([*measured, (0x005E, 2, 6)])
    assert len(bus.asked) == 2 * 800 + 2


def test_a_poll_before_the_budget_is_over_asks_nothing() -> None:
    bus = Counting()
    driver, _ = opened(bus, Vl53l1xConfig(HEIGHT, timing_budget_ms=50))
    bus.asked.clear()
    bus.time.sleep(0.049)
    driver.poll()
    assert bus.asked == []


def test_a_part_whose_result_does_not_tell_that_it_is_new_is_asked_by_its_pin() -> None:
    bus = Counting()
    model = Vl53l1xModel(CONFIG)
    model.silent = True
    bus.attach(model)
    bus.step(View(0.0))
    driver = Vl53l1x(bus, CONFIG)
    driver.open()
    bus.asked.clear()
    for _ in range(40):
        bus.time.sleep(0.025)
        driver.poll()
    assert bus.asked[:3] == [(0x0031, 2, 1), (0x0088, 2, 16), (0x007F, 11, 0)]
    assert len(bus.asked) == 120
    assert driver.read()["blind_time"] == pytest.approx(0.1, abs=0.05)


@pytest.mark.parametrize("budget", [20, 33, 50])
def test_every_budget_measures_and_is_never_blind(budget: Any) -> None:
    door = Doorway(Vl53l1xConfig(HEIGHT, timing_budget_ms=budget)).open()
    blind = door.blind
    door.let(5, Way(straight(1.2)))
    assert (door.counts, door.blind) == ((1, 0), blind)


def distances(shape: Shape | None, across: float = 0.0, rounds: int = 20) -> list[float]:
    bus = SimulatedI2c()
    model = Vl53l1xModel(CONFIG, seed=3)
    model.dropout = 0.0
    bus.attach(model)
    here = () if shape is None else (Body(0.0, across, 0.0, 0.0, shape),)
    bus.step(View(0.0, here))
    driver = Vl53l1x(bus, CONFIG)
    driver.open()
    seen = []
    for _ in range(rounds):
        bus.time.sleep(0.025)
        seen.append(codec.result(bus.transfer(0x29, b"\x00\x88", 16)).distance_mm)
        driver.poll()
    return sorted(seen)


@pytest.mark.parametrize(
    ("shape", "across", "nearest"),
    [
        (None, 0.0, 2400),
        (ADULT, 0.0, 2400 - 1720),
        (CHILD, 0.0, 2400 - 1150),
        (TROLLEY, 0.0, 2400 - 1020),
        (DOG, 0.0, 2400 - 550),
        (ADULT, 0.3, 2400 - 0.82 * 1720),
        (ADULT, 0.7, 2400),
    ],
)
def test_what_the_model_sees(shape: Shape | None, across: float, nearest: float) -> None:
    seen = distances(shape, across)
    assert seen[len(seen) // 2] == pytest.approx(nearest, abs=45)
    assert 5 < seen[-1] - seen[0] < 70  # its sigma is 10 mm


def test_its_blind_time_before_it_is_open_and_after_it_is_closed() -> None:
    door = Doorway(CONFIG)
    door.bus.time.sleep(5)
    door.open()
    assert door.blind == pytest.approx(5.12, abs=0.1)
    before = door.blind
    door.driver.close()
    door.bus.time.sleep(7)
    door.driver.open()
    assert door.blind - before == pytest.approx(7.1, abs=0.15)


def test_a_bus_that_was_busy_is_blind_time_that_the_next_read_tells() -> None:
    door = Doorway(CONFIG).open()
    before = door.blind
    door.bus.time.sleep(10)
    assert door.blind - before == pytest.approx(10, abs=0.05)
    assert door.let(5).blind - before == pytest.approx(10, abs=0.05)


def test_a_result_that_nobody_has_read_is_not_taken_for_the_first_of_the_next_open() -> None:
    door = Doorway(CONFIG).open()
    door.bus.time.sleep(1)
    before_ns = door.bus.time.now_ns()
    door.driver.open()
    assert door.bus.time.now_ns() - before_ns > 90_000_000


@pytest.mark.parametrize(
    ("status", "kcps", "distance", "echo"),
    [
        (9, 9000, 4500, 4500.0),
        (9, 40, 4501, NoDistance.UNUSABLE),
        (9, 40, 65535, NoDistance.UNUSABLE),
        (8, 40, 20, NoDistance.UNUSABLE),
        (6, 40, 700, NoDistance.UNUSABLE),
        (4, 4992, 0, NoDistance.NOTHING),
        (5, 40, 0, NoDistance.NOTHING),
        (7, 40, 900, NoDistance.NOTHING),
        (4, 5000, 0, NoDistance.UNUSABLE),
        (31, 40, 700, NoDistance.UNUSABLE),
    ],
)
def test_what_an_answer_means(status: int, kcps: int, distance: int, echo: Echo) -> None:
    found = codec.result(result(status, distance, ambient=kcps // 8))
    assert driver_module._echo(found) == echo


def test_reading_before_open_is_a_bus_error() -> None:
    with pytest.raises(BusError, match="read before open"):
        Vl53l1x(SimulatedI2c(), CONFIG).read()


# The field.


def test_a_wrong_zone_centre_is_blind_and_then_told_with_its_cure() -> None:
    door = Doorway(Vl53l1xConfig(HEIGHT, zone_centres=(150, 231)))
    with pytest.raises(BadData, match=r"status 13"):
        door.open().let(30)
    door = Doorway(Vl53l1xConfig(HEIGHT, zone_width=8, zone_centres=(0, 1)))
    door.driver.open()
    with pytest.raises(BadData, match=r"status 13") as caught:
        door.let(5)
    assert "zone_centres" in caught.value.hint
    assert door.now_s < 1.5


def test_sun_is_blind_time_and_never_counts() -> None:
    door = Doorway(CONFIG).open()
    before = door.blind
    door.model.ambient_kcps = 9000
    door.let(60, Way(straight(1.0), starts_s=10))
    assert door.blind - before == pytest.approx(60, abs=0.5)
    door.model.ambient_kcps = 40
    door.let(5, Way(straight(1.0), starts_s=1))
    assert door.counts == (1, 0)
    assert door.blind - before == pytest.approx(60, abs=0.5)


@pytest.mark.parametrize("cover_mm", [0, 30, 60, 180])
def test_a_cover_is_blind_time_and_never_counts(cover_mm: float) -> None:
    door = Doorway(CONFIG).open()
    before = door.blind
    door.model.covered_mm = cover_mm
    door.let(600)
    door.model.covered_mm = None
    assert door.let(2).counts == (0, 0)
    assert door.blind - before == pytest.approx(600, abs=0.5)


def test_dropouts_do_not_split_or_lose_a_passage() -> None:
    door = Doorway(CONFIG, seed=5).open()
    door.model.dropout = 0.15
    for _ in range(20):
        door.let(3, Way(straight(1.2)))
    assert door.counts == (20, 0)


def test_one_transfer_without_acknowledge_is_told_at_once() -> None:
    door = Doorway(CONFIG).open()
    door.bus.faults[0x29] = "nack"
    with pytest.raises(BusError, match="0x29 does not answer"):
        door.let(0.1)


def broken_off(door: Doorway, at_s: float, away_s: float) -> float:
    """Unplugged when somebody is `at_s` on his way in, and back later; the blind time of it."""
    before = door.blind
    door.let(at_s, Way(straight(1.2)))
    door.bus.detach(door.model.slot)
    with pytest.raises(BusError):
        door.let(0.1)
    door.driver.close()
    door.bus.time.sleep(away_s)
    door.model.brown_out()
    door.bus.attach(door.model)
    door.driver.open()
    door.let(1)
    return door.blind - before


@pytest.mark.parametrize("at_s", [1.0, 1.15, 1.25, 1.35, 1.6])
def test_unplugged_in_mid_passage_counts_at_most_the_truth_and_tells_blind_time(
    at_s: float,
) -> None:
    door = Doorway(CONFIG).open()
    blind = broken_off(door, at_s, 3.0)
    assert door.counts in ((0, 0), (1, 0))
    assert blind == pytest.approx(3.15, abs=0.1)
    before, _ = door.counts
    assert door.let(3, Way(straight(-1.2))).counts == (before, 1)


def test_a_nack_in_mid_passage_voids_it_and_who_stands_there_then_does_not_count() -> None:
    door = Doorway(CONFIG).open()
    door.let(1.25, Way(straight(1.2)))
    door.bus.faults[0x29] = "nack"
    with pytest.raises(BusError):
        door.let(0.1)
    del door.bus.faults[0x29]
    door.driver.open()
    door.let(2, Way(lambda t: 0.0 + 1.2 * t if t < 1.5 else None))
    assert door.counts == (0, 0)


def test_a_part_that_is_just_starting_does_not_answer_yet() -> None:
    door = Doorway(CONFIG)
    door.model.brown_out(door.bus.time.now_ns())
    with pytest.raises(BusError, match="0x29 does not answer"):
        door.driver.open()
    door.bus.time.sleep(0.0012)
    door.open()


def test_a_brown_out_is_seen_because_no_measurement_ends_and_open_brings_it_back() -> None:
    door = Doorway(CONFIG).open()
    door.model.brown_out()
    with pytest.raises(BadData, match=r"has not ended after 0\.5") as caught:
        door.let(2)
    assert "supply" in caught.value.hint
    door.driver.close()
    door.driver.open()
    door.let(3, Way(straight(1.2)))
    assert door.counts == (1, 0)


def test_settings_that_are_lost_while_it_measures_on_are_seen_within_ten_seconds() -> None:
    door = Doorway(CONFIG).open()
    door.model._registers[0x5E:0x64] = bytes.fromhex("00040f00040d")
    with pytest.raises(BadData, match="lost its settings"):
        door.let(11)


def test_a_part_that_does_not_start_or_measure_is_bad_data() -> None:
    door = Doorway(CONFIG)
    door.model._live = lambda now_ns: None  # type: ignore[method-assign]
    with pytest.raises(BadData, match=r"does not start in 0\.5 s"):
        door.driver.open()
    door = Doorway(CONFIG)
    door.model._duration_ns = lambda: 10**18  # type: ignore[method-assign]
    with pytest.raises(BadData, match="first measurement does not end"):
        door.driver.open()


class Tsl2591(I2cModel):
    """Another part at 0x29."""

    address = 0x29

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        return b"\x50" * read


def test_another_part_at_its_address_is_named() -> None:
    bus = SimulatedI2c()
    bus.attach(Tsl2591())
    with pytest.raises(WrongDevice, match=r"expected at 0x29, found another chip \(50 50 50\)"):
        Vl53l1x(bus, CONFIG).open()
    with pytest.raises(WrongDevice, match="expected at 0x29"):
        Vl53l1x(bus, Vl53l1xConfig(HEIGHT, address=0x30)).open()


# Several on one bus.


class Doors:
    """Sensors on one bus, `count` of them, each at its own XSHUT line and address."""

    def __init__(self, count: int = 4) -> None:
        self.bus = SimulatedI2c()
        self.configs = [Vl53l1xConfig(HEIGHT, address=0x30 + i, xshut=5 + i) for i in range(count)]
        self.models = [Vl53l1xModel(config, seed) for seed, config in enumerate(self.configs)]
        for model in self.models:
            self.bus.attach(model)
        self.bus.step(View(0.0))
        self.drivers = [Vl53l1x(self.bus, config) for config in self.configs]

    @property
    def addresses(self) -> list[int]:
        return [model.address for model in self.models]


def test_four_on_one_bus_get_up_one_by_one() -> None:
    doors = Doors()
    assert doors.addresses == [0x29] * 4
    for driver in doors.drivers:
        driver.open()
    assert doors.addresses == [0x30, 0x31, 0x32, 0x33]
    doors.bus.time.sleep(0.025)
    for driver in doors.drivers:
        driver.poll()


def test_one_that_browned_out_gets_its_address_again_and_the_others_go_on() -> None:
    doors = Doors(2)
    for driver in doors.drivers:
        driver.open()
    doors.models[0].brown_out()
    doors.bus.time.sleep(0.025)
    with pytest.raises(BusError, match="0x30 does not answer"):
        doors.drivers[0].poll()
    doors.drivers[0].close()
    doors.drivers[0].open()
    assert doors.addresses == [0x30, 0x31]
    doors.drivers[1].poll()


def test_all_that_browned_out_at_once_never_share_an_address() -> None:
    doors = Doors(3)
    for driver in doors.drivers:
        driver.open()
    for model in doors.models:
        model.brown_out()
    for driver in doors.drivers[:2]:
        with pytest.raises(BusError, match="answers at 0x29 while this sensor is in reset"):
            driver.open()
    for driver in (doors.drivers[2], *doors.drivers[:2]):
        driver.open()
    assert doors.addresses == [0x30, 0x31, 0x32]


def test_one_that_browns_out_does_not_disturb_those_that_count() -> None:
    doors = Doors(3)
    for driver in doors.drivers:
        driver.open()
    doors.models[0].brown_out()
    with pytest.raises(BusError, match="in reset"):
        doors.drivers[1].open()
    doors.bus.time.sleep(0.025)
    doors.drivers[2].poll()
    doors.drivers[0].open()
    doors.drivers[1].open()
    assert doors.addresses == [0x30, 0x31, 0x32]


def test_a_line_that_goes_low_takes_address_and_settings() -> None:
    doors = Doors(1)
    doors.drivers[0].open()
    doors.bus.resets.hold(5)
    assert doors.addresses == [0x29]
    doors.bus.resets.release(5)
    doors.bus.time.sleep(0.002)
    assert doors.bus.transfer(0x29, b"\x00\x5e", 6) == bytes.fromhex("00040f00040d")


def test_something_at_0x29_that_no_line_holds_is_told() -> None:
    doors = Doors(1)
    doors.bus.attach(Tsl2591())
    with pytest.raises(BusError, match="answers at 0x29 while this sensor is in reset") as told:
        doors.drivers[0].open()
    assert "GPIO 5" in told.value.hint


def test_a_wire_to_xshut_that_is_broken_is_told() -> None:
    doors = Doors(1)
    doors.models[0].reset_line = None
    with pytest.raises(BusError, match="in reset"):
        doors.drivers[0].open()


def test_an_address_without_a_line_is_given_and_found_again() -> None:
    bus = SimulatedI2c()
    driver, model = opened(bus, Vl53l1xConfig(HEIGHT, address=0x40))
    assert model.address == 0x40
    driver.open()
    assert model.address == 0x40
    model.brown_out()
    driver.open()
    assert model.address == 0x40


def test_an_absent_part_is_a_bus_error() -> None:
    for config in (CONFIG, Vl53l1xConfig(HEIGHT, address=0x30, xshut=4)):
        with pytest.raises(BusError, match="0x29 does not answer"):
            Vl53l1x(SimulatedI2c(), config).open()


# Bytes that no part would say.


def test_a_spoilt_wire_never_breaks_the_driver() -> None:
    rounds = form.rounds(5_000, 1_000_000)
    bus = SpoiltI2c(seed=rounds, share=0.2)
    bus.attach(PART.model(CONFIG))  # type: ignore[arg-type]
    driver, well, failed, is_open = PART.driver(bus, CONFIG), 0, 0, False
    before: tuple[float, ...] = (0.0, 0.0, 0.0)
    for _ in range(rounds):
        began_ns = bus.time.now_ns()
        try:
            if not is_open:
                driver.open()
                is_open = True
            bus.time.sleep(0.025)
            driver.poll()
            sample = driver.read()
            after = tuple(sample[name] or 0.0 for name in ("count_in", "count_out", "blind_time"))
            assert all(new >= old for new, old in zip(after, before, strict=True))
            before, well = after, well + 1
            is_open = bus.chance.random() > 0.05
            assert (sample["blind_time"] or 0) <= bus.time.now_ns() / 1e9
        except DriverError:
            failed, is_open = failed + 1, False
        assert bus.time.now_ns() - began_ns < 3_000_000_000
    assert well > rounds / 4
    assert failed > rounds / 2000


def test_any_sixteen_bytes_are_a_result() -> None:
    chance = random.Random(1)
    for _ in range(form.rounds(5_000, 1_000_000)):
        found = codec.result(chance.randbytes(16))
        assert found.status in {*STATUS.values(), 255}
        assert 0 <= found.distance_mm <= 0xFFFF
