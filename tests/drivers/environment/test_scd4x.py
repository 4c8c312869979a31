"""SCD4x: the vendor's vectors, the driver on the simulated bus, and its faults in the field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bus.sim import SimulatedI2c
from drivers.environment import sensirion
from drivers.environment.scd4x import codec
from drivers.environment.scd4x.driver import Scd4x, Scd4xConfig
from drivers.environment.scd4x.model import Scd4xModel
from drivers.errors import BadData, BusError, WrongDevice
from drivers.simulation.scene import View
from tests.drivers.environment.sensirion_parts import Bench, survives_noise

NOTHING = {"co2": None, "temperature": None, "humidity": None}


def bench(**options: Any) -> Bench:
    config = Scd4xConfig(**options)
    return Bench(Scd4x, Scd4xModel(config), config)


def opened(**options: Any) -> Bench:
    made = bench(**options)
    made.driver.open()
    return made


def ask(made: Bench, write: str, read: int, wait_s: float = 0.001) -> str:
    made.bus.transfer(0x62, bytes.fromhex(write))
    made.wait(wait_s)
    return made.bus.transfer(0x62, b"", read).hex()


def test_vendor_vector_of_a_measurement() -> None:
    words = sensirion.words(bytes.fromhex("01f433 6667a2 5eb93c"), 3)
    co2, temperature, humidity = codec.values(words)
    assert (co2, round(temperature or 0, 2), round(humidity or 0)) == (500, 25.00, 37)


def test_vendor_vectors_of_settings() -> None:
    assert sensirion.command(codec.SET_ASC, 1) == bytes.fromhex("2416 0001b0")
    assert round(0x0912 * 175 / 65535, 1) == 6.2
    assert codec.offset_word(6.2) == 0x0912
    assert sensirion.number((0xF896, 0x9F07, 0x3BBE)) == 273325796834238


def test_vendor_vectors_on_the_wire_of_the_model() -> None:
    made = bench()
    assert ask(made, "3682", 9) == "f896319f07c23bbe89"
    made.bus.step(View(0.0, co2=530))
    made.bus.transfer(0x62, codec.START["periodic"])
    made.wait(180)
    made.bus.transfer(0x62, codec.STOP)
    made.wait(0.5)
    assert ask(made, "362f01e0b4", 3, 0.4) == "7fce7b"
    assert 0x7FCE - 0x8000 == -50
    made.bus.transfer(0x62, bytes.fromhex("2416 000081"))
    made.wait(0.001)
    assert ask(made, "2313", 3) == "000081"


@pytest.mark.parametrize(("word", "ready"), [(0x8000, False), (0x8006, True), (0, False)])
def test_the_upper_bits_of_data_ready_do_not_count(word: int, ready: bool) -> None:
    assert codec.is_ready(word) is ready


def test_0_ppm_is_a_part_that_has_not_measured_yet() -> None:
    assert codec.values((0, 0x6667, 0x5EB9)) == (None, None, None)


@pytest.mark.parametrize(
    ("words", "co2"), [((40_001, 0x6667, 0x5EB9), None), ((40_000, 0x6667, 0x5EB9), 40_000)]
)
def test_co2_beyond_the_range_is_no_value(words: tuple[int, ...], co2: float | None) -> None:
    assert codec.values(words)[0] == co2


@pytest.mark.parametrize("word", [0, 0x3000, 0xA000, 0xFFFF])
def test_temperature_beyond_the_range_is_no_value_and_no_humidity(word: int) -> None:
    assert codec.values((500, word, 0x5EB9)) == (500, None, None)


@given(temperature=st.floats(-9.9, 59.9), humidity=st.floats(0, 100), co2=st.floats(1, 40_000))
def test_driver_reads_the_air_of_the_model(temperature: float, humidity: float, co2: float) -> None:
    made = opened()
    made.bus.step(View(1.0, temperature=temperature, humidity=humidity, co2=co2))
    made.wait(5.0)
    assert made.driver.read() == {
        "co2": pytest.approx(co2, abs=0.51),
        "temperature": pytest.approx(temperature, abs=0.005),
        "humidity": pytest.approx(humidity, abs=0.002),
    }


def test_a_measurement_is_told_once() -> None:
    made = opened()
    assert made.driver.read() == NOTHING
    made.wait(5.0)
    assert made.driver.read()["co2"] == 620
    assert made.driver.read() == NOTHING
    made.wait(5.0)
    assert made.driver.read()["co2"] == 620


def test_a_read_never_waits_for_a_measurement() -> None:
    made = opened()
    before_ns = made.bus.time.now_ns()
    made.driver.read()
    assert made.bus.time.now_ns() - before_ns <= 2_000_000


def test_low_power_measures_every_30_s() -> None:
    made = opened(mode="low_power")
    made.wait(29.0)
    assert made.driver.read() == NOTHING
    made.wait(1.0)
    assert made.driver.read()["co2"] == 620


def test_a_part_that_says_0_ppm_after_its_start_gives_nothing() -> None:
    made = bench()
    made.model.zeros = 1
    made.driver.open()
    made.wait(5.0)
    assert made.driver.read() == NOTHING
    made.wait(5.0)
    assert made.driver.read()["co2"] == 620


def test_settings_are_refused_while_it_measures_and_open_stops_it_first() -> None:
    made = opened()
    made.wait(1.0)
    for command in ("3682", "2313", "2416000081", "202f"):
        with pytest.raises(BusError):
            made.bus.transfer(0x62, bytes.fromhex(command))
    again = Scd4x(made.bus, Scd4xConfig(altitude_m=120))
    again.open()
    assert made.model.settings["altitude"] == 120
    assert made.model.state == "measuring"


def test_nothing_is_acknowledged_for_half_a_second_after_a_stop() -> None:
    made = opened()
    made.bus.transfer(0x62, codec.STOP)
    made.wait(0.499)
    with pytest.raises(BusError):
        made.bus.transfer(0x62, codec.READY)
    made.wait(0.001)
    made.bus.transfer(0x62, codec.READY)


def test_automatic_calibration_is_off_unless_it_is_wanted() -> None:
    assert opened().model.settings["asc"] == 0
    assert opened(asc=True).model.settings["asc"] == 1


def test_the_offset_of_the_part_stays_unless_one_is_given() -> None:
    assert opened().model.settings["offset"] == 1498
    made = opened(temperature_offset=6.2)
    assert made.model.settings["offset"] == 0x0912
    made.wait(5.0)
    assert made.driver.read()["temperature"] == pytest.approx(21.0 + 4.0 - 6.2, abs=0.005)


def test_only_what_differs_is_written_and_nothing_is_persisted() -> None:
    made = opened(altitude_m=540)
    written = []
    transfer = made.bus.transfer

    def note(address: int, write: bytes, read: int = 0) -> bytes:
        written.append(write)
        return transfer(address, write, read)

    made.bus.transfer = note  # type: ignore[method-assign]
    made.driver.open()
    assert not [write for write in written if len(write) > 2]
    assert b"\x36\x15" not in written
    assert made.model.persisted == 0


def test_thin_air_reads_too_little_unless_the_altitude_is_given() -> None:
    thin = View(1.0, pressure=101_325 * (1 - 540 / 44_330) ** 5.255, co2=1000)
    for altitude_m, co2 in ((0, 938), (540, 1000)):
        made = opened(altitude_m=altitude_m)
        made.bus.step(thin)
        made.wait(5.0)
        assert made.driver.read()["co2"] == pytest.approx(co2, abs=1)


def test_a_brown_out_leaves_it_idle_and_is_noticed() -> None:
    made = opened(altitude_m=540)
    made.wait(5.0)
    made.driver.read()
    made.model.brown_out()
    made.wait(14.0)
    assert made.driver.read() == NOTHING
    made.wait(2.0)
    with pytest.raises(BadData, match="no measurement for 16 s") as caught:
        made.driver.read()
    assert "supply" in caught.value.hint
    made.driver.close()
    made.driver.open()
    made.wait(5.0)
    assert made.driver.read()["co2"] is not None
    assert made.model.settings["altitude"] == 540


def test_a_part_that_was_powered_down_is_woken() -> None:
    made = bench()
    made.bus.transfer(0x62, b"\x36\xe0")
    made.wait(0.001)
    made.driver.open()
    assert made.model.state == "measuring"


def test_an_absent_chip_is_a_bus_error() -> None:
    with pytest.raises(BusError, match="0x62 does not answer"):
        Scd4x(SimulatedI2c(), Scd4xConfig()).open()


def test_reading_before_opening_is_a_bus_error() -> None:
    with pytest.raises(BusError, match="before open"):
        bench().driver.read()


def test_another_part_at_its_address() -> None:
    made = bench()
    made.model.flip = 0x55
    with pytest.raises(WrongDevice, match="scd4x expected at 0x62"):
        made.driver.open()


def test_a_flipped_bit_is_bad_data_not_a_value() -> None:
    made = opened()
    made.wait(5.0)
    made.model.flip = 0x01
    with pytest.raises(BadData, match="wrong CRC"):
        made.driver.read()


def test_a_chip_pulled_in_operation_fails_and_opens_again() -> None:
    made = opened()
    made.bus.detach(0x62)
    with pytest.raises(BusError):
        made.driver.read()
    made.driver.close()
    made.bus.attach(Scd4xModel())
    made.driver.open()
    made.wait(5.0)
    assert made.driver.read()["co2"] == 620


def test_noise_on_the_wire() -> None:
    survives_noise(bench, between_s=5.0)


def test_measurements_on_demand_of_the_model() -> None:
    made = bench()
    made.bus.transfer(0x62, b"\x21\x9d")
    made.wait(4.9)
    with pytest.raises(BusError):
        made.bus.transfer(0x62, codec.READY)
    made.wait(0.1)
    assert ask(made, "ec05", 9)[:4] == f"{620:04x}"
    made.bus.transfer(0x62, b"\x21\x96")
    made.wait(0.05)
    assert ask(made, "ec05", 9)[:4] == "0000"


def test_what_is_persisted_outlives_a_brown_out_of_the_model() -> None:
    made = bench()
    for command, seconds in ((sensirion.command(b"\x24\x27", 120), 0.001), (b"\x36\x15", 0.8)):
        made.bus.transfer(0x62, command)
        made.wait(seconds)
    made.model.brown_out()
    assert ask(made, "2322", 3)[:4] == "0078"
    made.bus.transfer(0x62, b"\x36\x32")
    made.wait(1.2)
    assert ask(made, "2322", 3)[:4] == "0000"


def read_after(made: Bench, seconds: float = 6) -> Any:
    made.wait(seconds)
    return made.driver.read()["co2"]


THIN = View(1.0, pressure=95_000, co2=1000)


def test_in_thin_air_its_co2_is_right_once_it_is_told_the_pressure() -> None:
    made = opened()
    made.bus.step(THIN)
    assert read_after(made) == pytest.approx(938, abs=1)
    made.driver.compensate({"pressure": 95_000.0})
    assert made.model.state == "measuring"
    assert read_after(made) == pytest.approx(1000, abs=1)


def test_the_pressure_counts_instead_of_the_altitude_also_when_it_is_told_no_more() -> None:
    made = opened(altitude_m=2000)
    made.bus.step(THIN)
    made.driver.compensate({"pressure": 95_000.0})
    made.driver.compensate({})
    assert read_after(made) == pytest.approx(1000, abs=1)


def test_the_pressure_is_told_when_it_has_changed_by_1_hpa_and_anew_after_an_open() -> None:
    made = opened()
    told = []
    for pascal in (95_000.0, 95_060.0, 95_099.0, 95_101.0, 95_040.0, 94_990.0):
        made.model.settings["pressure"] = 0
        made.driver.compensate({"pressure": pascal})
        made.wait(0.01)
        told.append(made.model.settings["pressure"])
    assert told == [950, 0, 0, 951, 0, 950]
    made.model.brown_out()
    made.driver.open()
    made.driver.compensate({"pressure": 94_990.0})
    assert made.model.settings["pressure"] == 950


@pytest.mark.parametrize("pascal", [69_999.0, 120_001.0, -5.0])
def test_a_pressure_that_it_does_not_take_is_not_told(pascal: float) -> None:
    made = opened()
    made.driver.compensate({"pressure": pascal})
    assert made.model.settings["pressure"] == 0


def drifted(by: int = 90) -> Bench:
    made = opened()
    made.model.drift = by
    made.bus.step(View(1.0, co2=430))
    return made


def test_a_forced_recalibration_takes_the_drift_off_and_it_measures_on() -> None:
    made = drifted()
    assert read_after(made, 181) == 520
    assert made.driver.recalibrate(430) == -90
    assert read_after(made) == 430
    assert made.model.persisted == 0


def test_it_is_kept_without_power_and_gone_after_a_factory_reset() -> None:
    made = drifted()
    made.wait(181)
    made.driver.recalibrate(430)
    made.model.brown_out()
    made.driver.open()
    assert read_after(made) == 430
    made.bus.transfer(0x62, codec.STOP)
    made.wait(0.5)
    made.bus.transfer(0x62, bytes.fromhex("3632"))
    made.wait(1.2)
    made.driver.open()
    assert read_after(made) == 520


def test_before_three_minutes_it_fails_and_measures_on_as_before() -> None:
    made = drifted()
    made.wait(170)
    with pytest.raises(BadData, match="recalibration has failed"):
        made.driver.recalibrate(430)
    assert read_after(made) == 520
    assert made.model.recalibrated == 0
