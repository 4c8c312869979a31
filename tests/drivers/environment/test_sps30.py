"""SPS30: the vendor's vectors, the driver on the simulated bus, and its faults in the field."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bus.sim import SimulatedI2c
from drivers.environment import sensirion
from drivers.environment.sps30 import codec
from drivers.environment.sps30.driver import Sps30, Sps30Config
from drivers.environment.sps30.model import Sps30Model
from drivers.errors import BadData, BusError, WrongDevice
from drivers.simulation.scene import View
from tests.drivers.environment.sensirion_parts import Bench, survives_noise

NOTHING = {"pm1": None, "pm2_5": None, "pm4": None, "pm10": None}


def bench(**options: Any) -> Bench:
    config = Sps30Config(**options)
    return Bench(Sps30, Sps30Model(config), config)


def opened(**options: Any) -> Bench:
    made = bench(**options)
    made.driver.open()
    return made


def warm(**options: Any) -> Bench:
    made = opened(**options)
    made.wait(60.0)
    return made


def polled(made: Bench, seconds: float) -> Bench:
    for _ in range(round(seconds / 5)):
        made.wait(5.0)
        made.driver.poll()
    return made


def test_vendor_vectors_of_commands() -> None:
    assert bytes.fromhex("0010 0300ac") == codec.START
    assert sensirion.command(b"\x00\x10", 0x0500) == bytes.fromhex("0010 0500f6")


def test_vendor_vectors_of_answers() -> None:
    made = bench()
    made.bus.transfer(0x69, codec.PRODUCT_TYPE)
    made.wait(0.005)
    words = sensirion.words(made.bus.transfer(0x69, b"", 12), 4)
    assert sensirion.text(words) == "00080000"
    made.bus.transfer(0x69, b"\x80\x04")
    made.wait(0.005)
    words = sensirion.words(made.bus.transfer(0x69, b"", 6), 2)
    assert sensirion.number(words) == 604_800


def as_words(*values: float) -> tuple[int, ...]:
    return struct.unpack(f">{len(values) * 2}H", struct.pack(f">{len(values)}f", *values))


def test_masses_are_the_first_four_of_ten_floats() -> None:
    words = as_words(1.5, 2.5, 3.5, 4.5, 5, 6, 7, 8, 9, 0.5)
    assert codec.values(words) == (1.5, 2.5, 3.5, 4.5)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -0.5, 1000.5])
def test_what_is_no_number_or_out_of_range_is_no_value(bad: float) -> None:
    assert codec.values(as_words(bad, 0, 1000, bad, 0, 0, 0, 0, 0, 0)) == (None, 0, 1000, None)


@pytest.mark.parametrize(
    ("register", "status"),
    [(0x10, (True, False, False)), (0x20, (False, True, False)), (1 << 21, (False, False, True))],
)
def test_bits_of_the_status(register: int, status: tuple[bool, ...]) -> None:
    assert codec.status((register >> 16, register & 0xFFFF)) == status


@given(st.lists(st.floats(0, 999, width=32), min_size=4, max_size=4))
def test_driver_reads_the_air_of_the_model(masses: list[float]) -> None:
    made = opened()
    pm1, pm2_5, pm4, pm10 = sorted(masses)
    made.bus.step(View(1.0, pm1=pm1, pm2_5=pm2_5, pm4=pm4, pm10=pm10))
    made.wait(60.0)
    assert list(made.driver.read().values()) == pytest.approx(sorted(masses), rel=1e-4, abs=1e-30)


def test_there_are_no_values_for_30_s_after_a_start() -> None:
    made = opened()
    assert made.driver.read() == NOTHING
    made.wait(29.9)
    assert made.driver.read() == NOTHING
    made.wait(0.2)
    assert made.driver.read()["pm2_5"] == pytest.approx(6.0, abs=0.1)


def test_a_measurement_is_told_once() -> None:
    made = warm()
    assert made.driver.read() != NOTHING
    assert made.driver.read() == NOTHING
    made.wait(1.0)
    assert made.driver.read() != NOTHING


def test_a_restarted_program_finds_it_measuring_in_another_format() -> None:
    made = bench()
    made.bus.transfer(0x69, sensirion.command(b"\x00\x10", 0x0500))
    made.wait(5.0)
    made.driver.open()
    made.wait(60.0)
    assert made.driver.read()["pm10"] == pytest.approx(8.0, abs=0.01)


def test_a_part_that_sleeps_is_woken() -> None:
    made = bench()
    made.bus.transfer(0x69, b"\x10\x01")
    made.wait(1.0)
    made.driver.open()
    assert made.model.state == "measuring"


def test_with_sleep_between_the_fan_stands_until_shortly_before_the_next_reading() -> None:
    made = opened(sleep_between=True)
    assert made.driver.read() == NOTHING
    assert polled(made, 600).driver.read() != NOTHING
    for _ in range(3):
        assert made.model.state == "idle"
        assert polled(made, 550).model.state == "idle"
        assert polled(made, 50).model.state == "measuring"
        assert made.driver.read() != NOTHING
    assert made.model.starts == 4


def test_a_reading_that_comes_too_soon_starts_it_and_has_no_values() -> None:
    made = opened(sleep_between=True)
    made.driver.read()
    polled(made, 600).driver.read()
    made.wait(100.0)
    assert made.driver.read() == NOTHING
    assert made.model.state == "measuring"
    assert polled(made, 100).driver.read() != NOTHING


@pytest.mark.parametrize(("sleep_between", "apart_s"), [(False, 600), (True, 60)])
def test_the_fan_runs_on_unless_sleep_is_wanted_and_worth_it(
    sleep_between: bool, apart_s: float
) -> None:
    made = opened(sleep_between=sleep_between)
    for _ in range(4):
        polled(made, apart_s).driver.read()
        assert made.model.state == "measuring"
    assert made.model.starts == 1


def test_a_poll_never_waits() -> None:
    made = opened(sleep_between=True)
    made.driver.read()
    polled(made, 600).driver.read()
    made.wait(590.0)
    before_ns = made.bus.time.now_ns()
    made.driver.poll()
    assert made.bus.time.now_ns() == before_ns
    assert made.model.state == "measuring"


def test_its_fan_is_never_cleaned_and_its_memory_never_written_by_us() -> None:
    made = opened(sleep_between=True)
    for _ in range(5):
        polled(made, 300).driver.read()
    made.driver.close()
    assert (made.model.cleanings, made.model.writes) == (0, 0)


def test_while_it_cleans_its_fan_there_are_no_values_and_no_failure() -> None:
    made = warm()
    made.driver.read()
    made.bus.transfer(0x69, b"\x56\x07")
    made.wait(9.0)
    assert made.driver.read() == NOTHING
    made.wait(2.0)
    assert made.driver.read() != NOTHING


def test_a_brown_out_leaves_it_idle_and_is_noticed() -> None:
    made = warm()
    made.driver.read()
    made.model.brown_out()
    made.wait(10.0)
    assert made.driver.read() == NOTHING
    made.wait(10.0)
    with pytest.raises(BadData, match="no values for 20 s"):
        made.driver.read()
    made.driver.close()
    made.driver.open()
    made.wait(31.0)
    assert made.driver.read() != NOTHING


@pytest.mark.parametrize(("bit", "message"), [(4, "fan is blocked"), (5, "laser is worn out")])
def test_a_broken_fan_or_laser_needs_a_technician(bit: int, message: str) -> None:
    made = warm()
    made.model.status = 1 << bit
    with pytest.raises(WrongDevice, match=message) as caught:
        made.driver.read()
    assert "replace" in caught.value.hint


def test_at_the_wrong_speed_of_the_fan_there_are_no_values() -> None:
    made = warm()
    made.model.status = 1 << 21
    assert made.driver.read() == NOTHING
    made.model.status = 0
    assert made.driver.read() != NOTHING


def test_a_firmware_without_a_status_is_not_asked_for_it() -> None:
    made = bench()
    made.model.firmware = 0x0201
    made.driver.open()
    made.wait(60.0)
    made.model.status = 1 << 4
    assert made.driver.read() != NOTHING


def test_the_fan_stands_when_it_is_closed() -> None:
    made = warm()
    made.driver.close()
    made.driver.close()
    assert made.model.state == "idle"
    made.driver.poll()
    assert made.model.state == "idle"


def test_another_product_of_the_vendor() -> None:
    made = bench()
    made.model.product = "00090000"
    with pytest.raises(WrongDevice, match="found product type '00090000'"):
        made.driver.open()


def test_another_part_at_its_address() -> None:
    made = bench()
    made.model.flip = 0x55
    with pytest.raises(WrongDevice, match="sps30 expected at 0x69"):
        made.driver.open()


def test_an_absent_chip_is_a_bus_error() -> None:
    with pytest.raises(BusError, match="0x69 does not answer"):
        Sps30(SimulatedI2c(), Sps30Config()).open()


def test_reading_before_opening_is_a_bus_error() -> None:
    with pytest.raises(BusError, match="before open"):
        bench().driver.read()


def test_a_flipped_bit_is_bad_data_not_a_value() -> None:
    made = warm()
    made.model.flip = 0x01
    with pytest.raises(BadData, match="wrong CRC"):
        made.driver.read()


def test_a_chip_pulled_in_operation_fails_and_opens_again() -> None:
    made = warm()
    made.bus.detach(0x69)
    with pytest.raises(BusError):
        made.driver.read()
    made.driver.close()
    made.bus.attach(Sps30Model())
    made.driver.open()
    made.wait(60.0)
    assert made.driver.read() != NOTHING


def test_noise_on_the_wire() -> None:
    survives_noise(bench, between_s=20.0)
