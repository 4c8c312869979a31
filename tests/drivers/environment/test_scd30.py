"""SCD30: the vendor's vector, the driver on the simulated bus, and its faults in the field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bus.sim import SimulatedI2c
from drivers.environment import sensirion
from drivers.environment.scd30 import codec
from drivers.environment.scd30.driver import Scd30, Scd30Config
from drivers.environment.scd30.model import Scd30Model
from drivers.errors import BadData, BusError, WrongDevice
from drivers.simulation.scene import View
from tests.drivers.environment.sensirion_parts import Bench, survives_noise

NOTHING = {"co2": None, "temperature": None, "humidity": None}


def bench(measuring: bool = True, **options: Any) -> Bench:
    config = Scd30Config(**options)
    made = Bench(Scd30, Scd30Model(config), config)
    made.model.measuring = measuring
    return made


def opened(measuring: bool = True, **options: Any) -> Bench:
    made = bench(measuring, **options)
    made.driver.open()
    return made


def test_vendor_vector_of_a_measurement() -> None:
    wire = bytes.fromhex("43dbcb8c2e8f 41d970e7fff5 4243bf3a1b74")
    co2, temperature, humidity = codec.values(sensirion.words(wire, 6))
    assert round(co2 or 0, 4) == 439.0952  # the vendor cuts it off: 439.09
    assert (round(temperature or 0, 2), round(humidity or 0, 2)) == (27.24, 48.81)


def test_vendor_vector_of_the_firmware() -> None:
    made = bench()
    made.bus.transfer(0x61, codec.FIRMWARE)
    made.wait(0.003)
    assert made.bus.transfer(0x61, b"", 3) == bytes.fromhex("0342f3")
    assert (0x0342 >> 8, 0x0342 & 0xFF) == (3, 66)


def test_commands_byte_for_byte() -> None:
    assert sensirion.command(codec.START, codec.NO_PRESSURE) == bytes.fromhex("0010 000081")
    assert sensirion.command(codec.INTERVAL, 2) == bytes.fromhex("4600 0002e3")
    assert sensirion.command(codec.ASC, 1) == bytes.fromhex("5306 0001b0")


def floats(*values: str) -> tuple[int, ...]:
    data = bytes.fromhex("".join(values))
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))


NAN, INFINITE, HUGE, WELL = "7fc00000", "7f800000", "7f7fffff", "41d9e7ff"


@pytest.mark.parametrize("bad", [NAN, INFINITE, HUGE, "c2f60000"])
def test_what_is_no_number_or_out_of_range_is_no_value(bad: str) -> None:
    assert codec.values(floats(bad, bad, bad)) == (None, None, None)
    assert codec.values(floats(WELL, bad, WELL))[1] is None
    assert None not in codec.values(floats(WELL, WELL, WELL))


def test_0_ppm_is_a_part_that_has_not_measured_yet() -> None:
    assert codec.values(floats("00000000", WELL, WELL)) == (None, None, None)


@given(temperature=st.floats(-39.9, 69.9), humidity=st.floats(0, 100), co2=st.floats(1, 39_999))
def test_driver_reads_the_air_of_the_model(temperature: float, humidity: float, co2: float) -> None:
    made = opened()
    made.bus.step(View(1.0, temperature=temperature, humidity=humidity, co2=co2))
    made.wait(2.0)
    assert made.driver.read() == {
        "co2": pytest.approx(co2, rel=1e-6),
        "temperature": pytest.approx(temperature, abs=1e-5),
        "humidity": pytest.approx(humidity, abs=1e-5),
    }


def test_a_measurement_is_told_once() -> None:
    made = opened()
    made.wait(2.0)
    assert made.driver.read()["co2"] == pytest.approx(620)
    assert made.driver.read() == NOTHING
    made.wait(2.0)
    assert made.driver.read()["co2"] == pytest.approx(620)


def test_a_part_that_says_0_ppm_after_its_start_gives_nothing() -> None:
    made = bench()
    made.model.zeros = 2
    made.driver.open()
    for expected in (None, None, pytest.approx(620)):
        made.wait(2.0)
        assert made.driver.read()["co2"] == expected


def test_a_part_that_measures_is_opened_without_a_write_to_its_memory() -> None:
    made = opened()
    made.wait(2.0)
    made.driver.read()
    made.driver.open()
    assert made.model.writes == 0


def test_only_what_differs_is_written() -> None:
    made = opened(altitude_m=540)
    assert made.model.writes == 1
    assert made.model.memory["5102"] == 540
    made.driver.open()
    assert made.model.writes == 1


def test_automatic_calibration_is_switched_off_unless_it_is_wanted() -> None:
    made = bench()
    made.model.memory["5306"] = 1
    made.driver.open()
    assert made.model.memory["5306"] == 0
    assert opened(asc=True).model.memory["5306"] == 1


def test_a_new_part_is_started_once_it_has_been_silent() -> None:
    made = opened(measuring=False)
    made.wait(5.9)
    assert made.driver.read() == NOTHING
    made.wait(0.5)
    assert not made.model.measuring
    assert made.driver.read() == NOTHING
    assert made.model.measuring
    made.wait(2.0)
    assert made.driver.read()["co2"] == pytest.approx(620)
    assert made.model.writes == 1


def test_a_part_that_stays_silent_is_a_failure_and_is_not_started_again_and_again() -> None:
    made = opened()
    made.model.broken = True
    made.wait(7.0)
    assert made.driver.read() == NOTHING
    made.wait(7.0)
    for _ in range(3):
        with pytest.raises(BadData, match="no measurement for 7 s"):
            made.driver.read()
    assert made.model.writes == 1


def test_it_measures_on_after_a_power_cut_without_being_told() -> None:
    made = opened()
    made.wait(2.0)
    made.driver.read()
    made.model.power_cut()
    assert made.driver.read() == NOTHING
    made.wait(2.0)
    assert made.driver.read()["co2"] == pytest.approx(620)
    assert made.model.writes == 0


def test_thin_air_reads_too_little_unless_the_altitude_is_given() -> None:
    thin = View(1.0, pressure=101_325 * (1 - 540 / 44_330) ** 5.255, co2=1000)
    for altitude_m, co2 in ((0, 938), (540, 1000)):
        made = opened(altitude_m=altitude_m)
        made.bus.step(thin)
        made.wait(2.0)
        assert made.driver.read()["co2"] == pytest.approx(co2, abs=1)


def test_it_needs_3_ms_between_writing_and_reading() -> None:
    made = bench()
    made.bus.transfer(0x61, codec.FIRMWARE)
    made.wait(0.0029)
    with pytest.raises(BusError):
        made.bus.transfer(0x61, b"", 3)


def test_clock_stretching_that_the_computer_does_not_bear_is_a_bus_error() -> None:
    made = opened()
    made.fault = "timeout"
    with pytest.raises(BusError, match="0x61"):
        made.driver.read()
    made.fault = None
    made.wait(2.0)
    assert made.driver.read()["co2"] is not None


def test_a_read_never_waits_for_a_measurement() -> None:
    made = opened()
    before_ns = made.bus.time.now_ns()
    made.driver.read()
    assert made.bus.time.now_ns() - before_ns <= 8_000_000


def test_an_absent_chip_is_a_bus_error() -> None:
    with pytest.raises(BusError, match="0x61 does not answer"):
        Scd30(SimulatedI2c(), Scd30Config()).open()


def test_reading_before_opening_is_a_bus_error() -> None:
    with pytest.raises(BusError, match="before open"):
        bench().driver.read()


def test_another_part_at_its_address() -> None:
    made = bench()
    made.model.flip = 0x55
    with pytest.raises(WrongDevice, match="scd30 expected at 0x61"):
        made.driver.open()


def test_a_flipped_bit_is_bad_data_not_a_value() -> None:
    made = opened()
    made.wait(2.0)
    made.model.flip = 0x01
    with pytest.raises(BadData, match="wrong CRC"):
        made.driver.read()


def test_a_chip_pulled_in_operation_fails_and_opens_again() -> None:
    made = opened()
    made.bus.detach(0x61)
    with pytest.raises(BusError):
        made.driver.read()
    made.driver.close()
    made.bus.attach(made.model)
    made.driver.open()
    made.wait(2.0)
    assert made.driver.read()["co2"] is not None


def test_noise_on_the_wire() -> None:
    survives_noise(bench, between_s=2.0)


@pytest.mark.parametrize(("setting", "value"), [("4600", 1), ("5204", 0), ("0010", 1), ("5306", 2)])
def test_the_model_refuses_what_is_out_of_range(setting: str, value: int) -> None:
    made = bench()
    with pytest.raises(BusError):
        made.bus.transfer(0x61, sensirion.command(bytes.fromhex(setting), value))
    assert made.model.writes == 0


THIN = View(1.0, pressure=95_000, co2=1000)


def read_after(made: Bench, seconds: float = 3) -> Any:
    made.wait(seconds)
    return made.driver.read()["co2"]


def measuring(**options: Any) -> Bench:
    made = opened(**options)
    made.bus.transfer(0x61, sensirion.command(codec.START, 0))
    made.wait(3)
    return made


def test_in_thin_air_its_co2_is_right_from_the_reading_after_it_was_told_the_pressure() -> None:
    made = measuring(altitude_m=2000)
    made.bus.step(THIN)
    made.driver.compensate({"pressure": 95_000.0})
    assert read_after(made) == pytest.approx(1195, abs=1)
    assert read_after(made) == pytest.approx(1000, abs=1)
    made.driver.compensate({})
    assert read_after(made) == pytest.approx(1000, abs=1)


def test_its_memory_is_written_only_for_a_pressure_that_matters() -> None:
    made = measuring()
    read_after(made)
    before, told = made.model.writes, []
    for pascal in (101_300.0, 100_400.0, 100_300.0, 101_200.0, 101_300.0):
        made.driver.compensate({"pressure": pascal})
        read_after(made)
        told.append((made.model.writes - before, made.model.pressure_hpa))
    assert told == [(1, 1013), (1, 1013), (2, 1003), (2, 1003), (3, 1013)]


def test_it_is_told_anew_after_an_open() -> None:
    made = measuring()
    made.driver.compensate({"pressure": 95_000.0})
    read_after(made)
    made.model.pressure_hpa = 0  # another part, of the same kind
    made.driver.open()
    read_after(made)
    assert made.model.pressure_hpa == 950


@pytest.mark.parametrize("pascal", [69_999.0, 140_051.0])
def test_a_pressure_that_it_does_not_take_is_not_told(pascal: float) -> None:
    made = measuring()
    made.driver.compensate({"pressure": pascal})
    read_after(made)
    assert made.model.pressure_hpa == 0


def test_a_start_carries_the_pressure_that_is_known() -> None:
    made = opened()
    made.driver.compensate({"pressure": 95_000.0})
    made.wait(10)
    made.driver.read()
    assert made.model.measuring
    assert made.model.pressure_hpa == 950


def test_a_forced_recalibration_takes_the_drift_off() -> None:
    made = measuring()
    made.model.drift = 90
    made.bus.step(View(1.0, co2=430))
    assert read_after(made, 121) == pytest.approx(520, abs=0.1)
    assert made.driver.recalibrate(430) is None
    assert read_after(made) == pytest.approx(430, abs=0.1)


def test_a_reference_that_it_does_not_keep_is_an_error() -> None:
    made = measuring()
    made.wait(121)
    transfer = made.bus.transfer

    def forgetful(address: int, write: bytes, read: int = 0) -> bytes:
        answer = transfer(address, write, read)
        made.model.memory["5204"] = 400
        return answer

    made.bus.transfer = forgetful  # type: ignore[method-assign]
    with pytest.raises(BadData, match="not taken the reference"):
        made.driver.recalibrate(430)
