"""BME280 and BMP280: the vendor's vectors, the driver on the simulated bus, and its faults."""

import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.contract import Part
from drivers.environment.bme280 import BME280, BMP280, codec, model
from drivers.environment.bme280.driver import Bme280, Bme280Config, Bmp280
from drivers.environment.bme280.model import Bme280Model, Bmp280Model
from drivers.errors import BadData, BusError, WrongDevice
from drivers.simulation.scene import View
from tests.chaos import form
from tests.drivers.environment import spoilt

# Bosch BMP280 datasheet 3.12; the humidity coefficients are the consensus of four drivers.
LOW = bytes.fromhex("706b436718fc7d8e43d6d00b270b8c00f9ff8c3cf8c670170000"[:50] + "4b")
HIGH_POSITIVE_H5 = bytes.fromhex("7201001329031e")
HIGH_NEGATIVE_H5 = bytes.fromhex("72010013e9fc1e")
DATA = bytes.fromhex("655ac07eed007530")


def test_datasheet_vector_of_temperature_and_pressure() -> None:
    calibration = codec.calibration(LOW)
    raw = codec.raw(DATA[:6])
    assert (raw.temperature, raw.pressure) == (519888, 415148)
    t_fine = codec.fine_temperature(519888, calibration)
    assert int(t_fine) == 128422
    assert round(t_fine / 5120, 2) == 25.08
    assert round(codec.pressure(415148, t_fine, calibration) or 0, 2) == 100653.27


@pytest.mark.parametrize(
    ("high", "h5", "humidity"), [(HIGH_POSITIVE_H5, 50, 56.206), (HIGH_NEGATIVE_H5, -50, 57.996)]
)
def test_humidity_vector_with_both_signs_of_h5(high: bytes, h5: int, humidity: float) -> None:
    calibration = codec.calibration(LOW, high)
    assert calibration.h == (75, 370, 0, 313, h5, 30)
    t_fine = codec.fine_temperature(519888, calibration)
    assert round(codec.humidity(30000, t_fine, calibration.h), 3) == humidity


def test_negative_h4_keeps_its_sign() -> None:
    assert codec.calibration(LOW, bytes.fromhex("720100ec2a031e")).h == (75, 370, 0, -310, 50, 30)


def test_skipped_channels_are_no_values() -> None:
    assert codec.raw(bytes.fromhex("8000008000008000")) == codec.Raw(None, None, None)


def test_humidity_stays_between_0_and_100() -> None:
    h = codec.calibration(LOW, HIGH_POSITIVE_H5).h or ()
    assert codec.humidity(0, 128422, h) == 0
    assert codec.humidity(65535, 128422, h) == 100


def test_zero_divisor_gives_no_pressure() -> None:
    calibration = codec.calibration(LOW[:6] + b"\x00\x00" + LOW[8:])
    assert codec.pressure(415148, 128422, calibration) is None


def test_longest_measuring_time_of_the_datasheet() -> None:
    assert codec.measuring_time() * 1000 == pytest.approx(9.3)


@pytest.fixture
def bus() -> SimulatedI2c:
    bus = SimulatedI2c()
    bus.attach(Bme280Model())
    return bus


def test_driver_reads_the_air_of_the_model(bus: SimulatedI2c) -> None:
    bus.step(View(1.0, temperature=-7.5, humidity=81.0, pressure=98_000))
    driver = Bme280(bus, Bme280Config())
    driver.open()
    sample = driver.read()
    assert sample == {
        "temperature": pytest.approx(-7.5, abs=0.01),
        "humidity": pytest.approx(81.0, abs=0.05),
        "pressure": pytest.approx(98_000, abs=1),
    }


def test_a_skipped_humidity_leaves_the_other_values(bus: SimulatedI2c) -> None:
    chip = bus.at(0x76)
    assert isinstance(chip, Bme280Model)
    pressure, temperature, _ = model.counts_for(20.0, 98_000, 50.0)
    chip.set_counts(temperature, pressure, codec.SKIPPED_16_BIT)
    driver = Bme280(bus, Bme280Config())
    driver.open()
    assert driver.read() == {
        "temperature": pytest.approx(20.0, abs=0.01),
        "humidity": None,
        "pressure": pytest.approx(98_000, abs=1),
    }


def test_bmp280_has_no_humidity() -> None:
    bus = SimulatedI2c()
    bus.attach(Bmp280Model(Bme280Config(0x77)))
    driver = Bmp280(bus, Bme280Config(0x77))
    driver.open()
    assert set(driver.read()) == {"temperature", "pressure"}


def test_each_read_is_one_new_forced_measurement(bus: SimulatedI2c) -> None:
    driver = Bme280(bus, Bme280Config())
    driver.open()
    first = driver.read()["temperature"]
    bus.step(View(2.0, temperature=30.0))
    assert driver.read()["temperature"] == pytest.approx(30.0, abs=0.01) != first


def test_a_bmp280_sold_as_bme280_is_named() -> None:
    bus = SimulatedI2c()
    bus.attach(Bmp280Model())
    with pytest.raises(WrongDevice, match=r"found bmp280 \(id 0x58\)") as caught:
        Bme280(bus, Bme280Config()).open()
    assert caught.value.hint == "set `driver: bmp280` for this sensor"


def test_an_absent_chip_is_a_bus_error() -> None:
    with pytest.raises(BusError, match="0x76 does not answer"):
        Bme280(SimulatedI2c(), Bme280Config()).open()


def test_garbled_calibration_is_refused(bus: SimulatedI2c) -> None:
    driver = Bme280(bus, Bme280Config())
    original = bus.transfer
    flips = iter([0, 1])

    def garble(address: int, write: bytes, read: int = 0) -> bytes:
        answer = original(address, write, read)
        return bytes([answer[0] ^ next(flips, 0)]) + answer[1:] if read == 26 else answer

    bus.transfer = garble  # type: ignore[method-assign]
    with pytest.raises(BadData, match="two answers"):
        driver.open()


def test_empty_calibration_is_refused(bus: SimulatedI2c) -> None:
    chip = Bme280Model()
    bus.attach(chip)
    original = chip.transfer

    def empty(write: bytes, read: int, now_ns: int) -> bytes | None:
        answer = original(write, read, now_ns)
        return bytes(read) if read in (26, 7) else answer

    chip.transfer = empty  # type: ignore[method-assign]
    with pytest.raises(BadData, match="T1 = 0"):
        Bme280(bus, Bme280Config()).open()


def test_a_chip_pulled_in_operation_fails_and_opens_again(bus: SimulatedI2c) -> None:
    driver = Bme280(bus, Bme280Config())
    driver.open()
    bus.detach(0x76)
    with pytest.raises(BusError):
        driver.read()
    bus.attach(Bme280Model())
    driver.open()
    assert driver.read()["pressure"] is not None


def test_a_stuck_measuring_bit_ends_in_bounded_time(bus: SimulatedI2c) -> None:
    driver = Bme280(bus, Bme280Config())
    driver.open()
    bus.faults[0x76] = "stuck"
    bus.transfer(0x76, b"\xf4\x25")
    assert bus.transfer(0x76, b"\xf3", 1) == b"\x08"
    with pytest.raises(BadData, match="stays busy"):
        driver.read()


def test_the_models_fixed_point_forms_give_the_vectors_too() -> None:
    t_fine = model._t_fine(519888)
    assert (t_fine, (t_fine * 5 + 128) >> 8) == (128422, 2508)
    assert model._pressure(415148, t_fine) * 256 == 25767233
    assert round(model._humidity(30000, t_fine), 3) == 57.998  # H5 = -50, integer form


def test_reset_registers_are_no_values_before_the_first_measurement(bus: SimulatedI2c) -> None:
    assert codec.raw(bus.transfer(0x76, b"\xf7", 8)) == codec.Raw(None, None, None)


@pytest.mark.parametrize("part", [BME280, BMP280], ids=["bme280", "bmp280"])
def test_spoilt_answers_end_in_samples_or_driver_errors(part: Part) -> None:
    well, failed = spoilt.survives(part, form.rounds(5_000, 1_000_000))
    assert well > 0 < failed
