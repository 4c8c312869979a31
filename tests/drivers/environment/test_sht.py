"""SHT3x and SHT4x: the vendor's vectors, the drivers on the simulated bus, and their faults."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.environment import sensirion
from drivers.environment.sht3x import codec as sht3x_codec
from drivers.environment.sht3x.driver import Sht3x, Sht3xConfig
from drivers.environment.sht3x.model import Sht3xModel
from drivers.environment.sht4x import codec as sht4x_codec
from drivers.environment.sht4x.driver import Sht4x, Sht4xConfig
from drivers.environment.sht4x.model import Sht4xModel
from drivers.errors import BadData, BusError, WrongDevice
from drivers.simulation.scene import View
from tests.drivers.environment.sensirion_parts import Bench, survives_noise

Values = Callable[[tuple[int, ...]], tuple[float | None, float | None]]


def sht3x(address: Any = 0x44) -> Bench:
    config = Sht3xConfig(address)
    return Bench(Sht3x, Sht3xModel(config), config)


def sht4x(address: Any = 0x44) -> Bench:
    config = Sht4xConfig(address)
    return Bench(Sht4x, Sht4xModel(config), config)


both = pytest.mark.parametrize("make", [sht3x, sht4x])


@pytest.mark.parametrize(
    ("values", "wire", "temperature", "humidity"),
    [
        (sht3x_codec.values, "666693 8000a2", 25.00, 50.00),
        (sht3x_codec.values, "640f79 8e1448", 23.40, 55.50),
        (sht4x_codec.values, "666693 72b0dc", 25.00, 50.00),
    ],
)
def test_vendor_vectors(values: Values, wire: str, temperature: float, humidity: float) -> None:
    found = values(sensirion.words(bytes.fromhex(wire), 2))
    assert tuple(round(value or 0, 2) for value in found) == (temperature, humidity)


def test_commands_are_of_high_repeatability_and_do_not_stretch_the_clock() -> None:
    assert bytes.fromhex("2400") == sht3x_codec.MEASURE
    assert bytes.fromhex("fd") == sht4x_codec.MEASURE


def test_humidity_of_a_sht4x_is_cropped_as_the_datasheet_says() -> None:
    assert sht4x_codec.values((0x6666, 0))[1] == 0
    assert sht4x_codec.values((0x6666, 0xFFFF))[1] == 100


@pytest.mark.parametrize("values", [sht3x_codec.values, sht4x_codec.values])
@pytest.mark.parametrize("word", [0, 0x0700, 0xF900, 0xFFFF])
def test_beyond_the_range_there_is_no_value_and_no_humidity(values: Values, word: int) -> None:
    assert values((word, 0x8000)) == (None, None)


@both
@given(temperature=st.floats(-39.9, 124.9), humidity=st.floats(0, 100))
def test_driver_reads_the_air_of_the_model(
    make: Callable[[], Bench], temperature: float, humidity: float
) -> None:
    bench = make()
    bench.bus.step(View(1.0, temperature=temperature, humidity=humidity))
    bench.driver.open()
    assert bench.driver.read() == {
        "temperature": pytest.approx(temperature, abs=0.002),
        "humidity": pytest.approx(humidity, abs=0.002),
    }


@both
def test_each_read_is_a_new_measurement(make: Callable[[], Bench]) -> None:
    bench = make()
    bench.driver.open()
    first = bench.driver.read()["temperature"]
    bench.bus.step(View(2.0, temperature=-12.5))
    assert bench.driver.read()["temperature"] == pytest.approx(-12.5, abs=0.002) != first


@both
def test_the_second_address(make: Callable[[Any], Bench]) -> None:
    bench = make(0x45)
    bench.driver.open()
    assert bench.model.address == 0x45
    assert bench.driver.read()["humidity"] is not None


@both
def test_an_absent_chip_is_a_bus_error(make: Callable[[], Bench]) -> None:
    bench = make()
    bench.bus.detach(0x44)
    with pytest.raises(BusError, match="0x44 does not answer"):
        bench.driver.open()


@both
def test_a_chip_pulled_in_operation_fails_and_opens_again(make: Callable[[], Bench]) -> None:
    bench = make()
    bench.driver.open()
    bench.bus.detach(0x44)
    with pytest.raises(BusError):
        bench.driver.read()
    bench.driver.close()
    bench.bus.attach(make().model)
    bench.driver.open()
    assert bench.driver.read()["temperature"] is not None


@both
def test_a_flipped_bit_is_bad_data_not_a_value(make: Callable[[], Bench]) -> None:
    bench = make()
    bench.driver.open()
    bench.model.flip = 0x40
    with pytest.raises(BadData, match="wrong CRC in word 0"):
        bench.driver.read()


@both
def test_noise_on_the_wire(make: Callable[[], Bench]) -> None:
    survives_noise(make, between_s=1.0)


def test_a_sht4x_where_a_sht3x_was_expected_is_named() -> None:
    bench = sht3x()
    bench.bus.attach(Sht4xModel())
    with pytest.raises(WrongDevice, match="sht3x expected at 0x44, found sht4x") as caught:
        bench.driver.open()
    assert caught.value.hint == "set `driver: sht4x` for this sensor"


def test_a_sht3x_where_a_sht4x_was_expected_is_named() -> None:
    bench = sht4x()
    bench.bus.attach(Sht3xModel())
    with pytest.raises(WrongDevice, match="sht4x expected at 0x44, found sht3x") as caught:
        bench.driver.open()
    assert caught.value.hint == "set `driver: sht3x` for this sensor"


def test_a_sht3x_that_another_program_left_measuring_and_heating_is_taken_over() -> None:
    bench = sht3x()
    for command in (b"\x30\x6d", b"\x21\x30"):
        bench.bus.transfer(0x44, command)
        bench.wait(0.002)
    with pytest.raises(BusError):  # periodic: a single measurement is refused
        bench.driver.read()
    assert bench.model.status & sht3x_codec.HEATER_ON
    bench.driver.open()
    assert not bench.model.status & sht3x_codec.HEATER_ON
    assert bench.driver.read()["temperature"] is not None


def test_a_sht3x_whose_heater_stays_on_is_not_believed() -> None:
    bench = sht3x()
    execute = bench.model.execute

    def heating(command: str, arguments: tuple[int, ...]) -> Any:
        done = execute(command, arguments)
        bench.model.status |= sht3x_codec.HEATER_ON
        return done

    bench.model.execute = heating
    with pytest.raises(BadData, match="heater stays on"):
        bench.driver.open()


def test_status_vectors_of_a_sht3x() -> None:
    [status] = sensirion.words(bytes.fromhex("8010e1"), 1)
    assert status & sht3x_codec.RESET_DETECTED
    assert not status & sht3x_codec.HEATER_ON
    [status] = sensirion.words(bytes.fromhex("800604"), 1)
    assert status & sht3x_codec.COMMAND_REFUSED


def test_a_periodic_sht3x_has_each_measurement_once() -> None:
    bench = sht3x()
    bench.bus.transfer(0x44, b"\x21\x30")
    bench.wait(0.5)
    with pytest.raises(BusError):
        bench.bus.transfer(0x44, b"\xe0\x00", 6)
    bench.wait(0.6)
    assert len(bench.bus.transfer(0x44, b"\xe0\x00", 6)) == 6
    with pytest.raises(BusError):
        bench.bus.transfer(0x44, b"\xe0\x00", 6)


def test_a_heating_sht4x_is_busy_until_it_is_reset() -> None:
    bench = sht4x()
    bench.bus.transfer(0x44, b"\x39")
    with pytest.raises(BusError):
        bench.bus.transfer(0x44, b"\x89")
    bench.bus.transfer(0x44, b"\x94")
    bench.wait(0.001)
    bench.driver.open()
    assert bench.driver.read()["temperature"] is not None
