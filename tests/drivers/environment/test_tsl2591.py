"""TSL2591: vectors, ranges over the simulated bus, saturation, and its field failures."""

import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.environment.tsl2591 import PART, codec
from drivers.environment.tsl2591.driver import Tsl2591, Tsl2591Config, _fitting
from drivers.environment.tsl2591.model import Tsl2591Model
from drivers.errors import BadData, BusError, WrongDevice
from drivers.simulation.scene import View
from tests.chaos import form
from tests.drivers.environment import spoilt

MEDIUM = codec.Range(gain=1, steps=1)


@pytest.fixture
def chip() -> Tsl2591Model:
    return Tsl2591Model()


@pytest.fixture
def bus(chip: Tsl2591Model) -> SimulatedI2c:
    bus = SimulatedI2c()
    bus.attach(chip)
    return bus


@pytest.fixture
def driver(bus: SimulatedI2c) -> Tsl2591:
    driver = Tsl2591(bus, Tsl2591Config())
    driver.open()
    return driver


def test_vector_of_the_lux_formula() -> None:
    counts = codec.counts(bytes.fromhex("e8032c01"))
    assert counts == codec.Counts(1000, 300)
    assert round(codec.illuminance(counts, MEDIUM), 3) == 82.906


def test_the_other_published_formula_is_a_different_one() -> None:
    """Arduino's (c0 - c1)(1 - c1/c0)/cpl: 79.97 for the same counts, 3.5 % less."""
    arduino = (1000 - 300) * (1 - 300 / 1000) / (25 * 100 / 408)
    assert round(arduino, 2) == 79.97


def test_the_second_line_holds_where_infrared_is_strong() -> None:
    counts = codec.Counts(1000, 600)
    assert codec.illuminance(counts, MEDIUM) == pytest.approx((590 - 516) * 408 / 2500)


def test_noise_of_the_dark_is_darkness() -> None:
    assert codec.illuminance(codec.Counts(1, 1), MEDIUM) == 0
    assert codec.illuminance(codec.Counts(0, 0), MEDIUM) == 0


@pytest.mark.parametrize(("steps", "full"), [(1, 36863), (2, 65535), (6, 65535)])
@pytest.mark.parametrize("channel", [0, 1])
def test_saturation_depends_on_the_time(steps: int, full: int, channel: int) -> None:
    within = codec.Range(0, steps)
    below, at = ([100, 100] for _ in range(2))
    below[channel], at[channel] = full - 1, full
    assert codec.Counts(*at).saturated(within)
    assert not codec.Counts(*below).saturated(within)


def test_control_byte_of_gain_and_time() -> None:
    assert codec.Range(1, 1).control == 0x10
    assert codec.Range(3, 6).control == 0x35
    assert codec.Range(3, 6).conversion_s == pytest.approx(0.648)


@pytest.mark.parametrize("infrared", [0.05, 0.3, 0.6])
@pytest.mark.parametrize("lux", [0, 0.01, 0.2, 3, 42.5, 300, 1_500, 8_000])
def test_driver_reads_the_light(
    bus: SimulatedI2c, chip: Tsl2591Model, driver: Tsl2591, lux: float, infrared: float
) -> None:
    chip.infrared = infrared
    bus.step(View(0.0, illuminance=lux))
    assert driver.read()["illuminance"] == pytest.approx(lux, rel=0.01, abs=0.001)


def test_bright_light_takes_the_lowest_gain(bus: SimulatedI2c, driver: Tsl2591) -> None:
    bus.step(View(0.0, illuminance=70_000))
    assert driver.read()["illuminance"] == pytest.approx(70_000, rel=0.001)


def test_saturation_of_the_lowest_gain_is_no_value(bus: SimulatedI2c, driver: Tsl2591) -> None:
    bus.step(View(0.0, illuminance=100_000))
    assert driver.read() == {"illuminance": None}


def test_a_lamp_that_goes_on_between_look_and_measurement(
    bus: SimulatedI2c, chip: Tsl2591Model, driver: Tsl2591, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus.step(View(0.0, illuminance=1))
    original = chip.transfer

    def lamp(write: bytes, read: int, now_ns: int) -> bytes | None:
        if write[0] == codec.CONTROL and write[1] != MEDIUM.control:
            chip.lux = 2_000
        return original(write, read, now_ns)

    monkeypatch.setattr(chip, "transfer", lamp)
    assert driver.read()["illuminance"] == pytest.approx(1, abs=0.4)


def test_a_read_is_at_most_two_integrations(bus: SimulatedI2c, driver: Tsl2591) -> None:
    bus.step(View(0.0, illuminance=0))
    began_ns = bus.time.now_ns()
    driver.read()
    assert bus.time.now_ns() - began_ns < 800_000_000


def test_each_read_is_a_new_integration(bus: SimulatedI2c, driver: Tsl2591) -> None:
    for lux in (200, 5_000, 20):
        bus.step(View(0.0, illuminance=lux))
        assert driver.read()["illuminance"] == pytest.approx(lux, rel=0.01)


def test_a_range_has_room_for_twice_the_light() -> None:
    for larger in range(0, MEDIUM.full_scale, 7):
        within = _fitting(codec.Counts(larger, 0))
        expected = larger * within.sensitivity / MEDIUM.sensitivity
        assert within == MEDIUM or expected * 2 <= within.full_scale


def test_a_part_that_was_left_on_begins_anew(bus: SimulatedI2c, driver: Tsl2591) -> None:
    bus.transfer(0x29, b"\xa1\x35")
    bus.transfer(0x29, b"\xa0\x03")
    bus.time.sleep(1)
    assert driver.read()["illuminance"] == pytest.approx(300, rel=0.01)


def test_it_sleeps_between_reads(bus: SimulatedI2c, driver: Tsl2591) -> None:
    driver.read()
    assert bus.transfer(0x29, b"\xa0", 1) == b"\x00"


def test_a_brown_out_during_the_integration_is_bad_data(
    bus: SimulatedI2c, chip: Tsl2591Model, driver: Tsl2591, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleep = bus.time.sleep

    def brown_out(seconds: float) -> None:
        chip.brown_out()
        sleep(seconds)

    monkeypatch.setattr(bus.time, "sleep", brown_out)
    with pytest.raises(BadData, match="does not end"):
        driver.read()
    monkeypatch.undo()
    assert driver.read()["illuminance"] == pytest.approx(300, rel=0.01)


def test_a_vl53l1x_at_this_address_is_another_chip(
    bus: SimulatedI2c, chip: Tsl2591Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chip, "transfer", lambda write, read, now_ns: b"\xea" * read)
    with pytest.raises(WrongDevice, match=r"found another chip \(id 0xea\)") as caught:
        Tsl2591(bus, Tsl2591Config()).open()
    assert "VL53L1X" in caught.value.hint


def test_unplugged_and_plugged_in_again(bus: SimulatedI2c, driver: Tsl2591) -> None:
    bus.detach(0x29)
    with pytest.raises(BusError, match="0x29 does not answer"):
        driver.read()
    bus.attach(Tsl2591Model())
    driver.open()
    assert driver.read()["illuminance"] == pytest.approx(300, rel=0.01)


def test_spoilt_answers_end_in_samples_or_driver_errors() -> None:
    well, failed = spoilt.survives(PART, form.rounds(5_000, 1_000_000))
    assert well > 0 < failed
