"""BME680 and BME688: vectors, the driver on the simulated bus, its hot plate, and its faults."""

import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.contract import Part
from drivers.environment.bme280.driver import Bme280Config
from drivers.environment.bme280.model import Bme280Model
from drivers.environment.bme680 import BME680, BME688, codec, model
from drivers.environment.bme680.driver import Bme680, Bme680Config
from drivers.environment.bme680.model import Bme680Model, Bme688Model
from drivers.errors import BadData, BusError, WrongDevice
from drivers.simulation.scene import View
from tests.chaos import form
from tests.drivers.environment import spoilt

LOW = bytes.fromhex("0097670300418feed65800a61884ff331e000086f526f61e00")
HIGH = bytes.fromhex("3ff02d002d14789c5b6698d6e2120000")
HEATER = bytes.fromhex("2800100000")
CALIBRATION = codec.calibration(LOW, HIGH, HEATER)
T_FINE = codec.fine_temperature(490000, CALIBRATION)
AT_ONCE = Bme680Config(burn_in_s=0)


def test_coefficients_of_the_vector() -> None:
    assert CALIBRATION.t == (model.T1, model.T2, model.T3) == (26203, 26519, 3)
    assert CALIBRATION.p == model.P
    assert CALIBRATION.h == model.H == (720, 1023, 0, 45, 20, 120, -100)
    assert CALIBRATION.gh == (model.GH1, model.GH2, model.GH3) == (-30, -10600, 18)
    assert CALIBRATION[4:] == (40, 1, 0)


def test_vector_of_temperature_pressure_and_gas() -> None:
    assert codec.centicelsius(T_FINE) == 2237
    assert codec.pressure(350000, T_FINE, CALIBRATION) == 101435
    assert round(codec.gas_resistance_680(512, 5, CALIBRATION), 1) == 248262.7


def test_h1_and_h2_share_a_byte_low_nibble_and_high_nibble() -> None:
    """69.169 is right; the nibbles the other way round give 66.3, as Adafruit's driver does."""
    assert codec.humidity(24000, T_FINE, CALIBRATION) == 69.169
    swapped = CALIBRATION._replace(h=(0x2DF, 0x3F0, *CALIBRATION.h[2:]))
    assert codec.humidity(24000, T_FINE, swapped) == pytest.approx(66.31, abs=0.03)


@pytest.mark.parametrize(("register", "error"), [(0x00, 0), (0x10, 1), (0x70, 7), (0xF0, -1)])
def test_range_switching_error_is_signed(register: int, error: int) -> None:
    calibration = codec.calibration(LOW, HIGH, HEATER[:4] + bytes([register]))
    assert calibration.range_sw_err == error


def test_range_switching_error_moves_the_gas_resistance_its_way() -> None:
    less, none, more = (
        codec.gas_resistance_680(300, 4, CALIBRATION._replace(range_sw_err=error))
        for error in (-1, 0, 1)
    )
    assert less > none > more


def test_a_negative_heater_value_keeps_its_sign() -> None:
    assert codec.calibration(LOW, HIGH, b"\xd8" + HEATER[1:]).res_heat_val == -40


def test_formula_of_the_688() -> None:
    assert codec.gas_resistance_688(512, 0) == 64_000_000
    assert codec.gas_resistance_688(1023, 10) == pytest.approx(256e6 / (4096 + 3 * 511))


def test_humidity_stays_between_0_and_100() -> None:
    assert codec.humidity(0, T_FINE, CALIBRATION) == 0
    assert codec.humidity(65535, T_FINE, CALIBRATION) == 100


def test_zero_divisor_gives_no_pressure() -> None:
    calibration = CALIBRATION._replace(p=(0, *CALIBRATION.p[1:]))
    assert codec.pressure(350000, T_FINE, calibration) is None


@pytest.mark.parametrize(
    ("milliseconds", "byte"), [(150, 0x65), (63, 0x3F), (64, 0x50), (1, 0x01), (4032, 0xFF)]
)
def test_heater_time_byte(milliseconds: int, byte: int) -> None:
    assert codec.heater_time(milliseconds) == byte


@pytest.mark.parametrize("ambient", [-20, 22.37, 60])
@pytest.mark.parametrize("target", [200, 320, 400])
def test_heater_byte_heats_the_plate_to_its_target(target: int, ambient: float) -> None:
    chip = Bme680Model()
    chip.ambient_celsius = ambient
    chip._registers[0x5A] = codec.heater_resistance(target, round(ambient * 100), CALIBRATION)
    assert chip.plate_celsius == pytest.approx(target, abs=2.5)


@pytest.fixture
def chip() -> Bme680Model:
    return Bme680Model()


@pytest.fixture
def bus(chip: Bme680Model) -> SimulatedI2c:
    bus = SimulatedI2c()
    bus.attach(chip)
    return bus


def opened(bus: SimulatedI2c, config: Bme680Config = AT_ONCE) -> Bme680:
    driver = Bme680(bus, config)
    driver.open()
    return driver


@pytest.mark.parametrize("kind", [Bme680Model, Bme688Model])
@pytest.mark.parametrize(
    ("temperature", "humidity", "pressure", "voc"),
    [(-20, 70, 98_000, 20), (0, 45, 101_325, 100), (21, 40, 95_000, 500), (50, 15, 103_000, 250)],
)
def test_driver_reads_the_air_of_the_model(
    kind: type[Bme680Model], temperature: float, humidity: float, pressure: float, voc: float
) -> None:
    bus = SimulatedI2c()
    bus.attach(kind())
    bus.step(View(1.0, (), temperature, humidity, pressure, voc_index=voc))
    assert opened(bus).read() == {
        "temperature": pytest.approx(temperature, abs=0.02),
        "humidity": pytest.approx(humidity, abs=0.1),
        "pressure": pytest.approx(pressure, abs=5),
        "gas_resistance": pytest.approx(5e6 / voc, rel=0.002),
    }


@pytest.mark.parametrize("error", [-8, -1, 7])
def test_driver_reads_a_chip_with_a_range_switching_error(
    bus: SimulatedI2c, chip: Bme680Model, error: int
) -> None:
    chip.sw_err = error
    assert opened(bus).read()["gas_resistance"] == pytest.approx(50_000, rel=0.002)


def test_the_plate_reaches_320_celsius_in_any_air(bus: SimulatedI2c, chip: Bme680Model) -> None:
    driver = opened(bus)
    for ambient in (-30, 21, 70):
        bus.step(View(1.0, temperature=ambient))
        driver.read()
        assert chip.plate_celsius == pytest.approx(320, abs=2.5)
        assert chip._registers[0x64] == 0x65


def test_air_is_measured_before_the_plate_is_hot(bus: SimulatedI2c, chip: Bme680Model) -> None:
    driver = opened(bus)
    heats: list[bool] = []
    convert = chip._convert

    def seen() -> None:
        heats.append(chip._heats)
        convert()
        if chip._heats:
            chip._registers[0x22:0x25] = b"\xff\xff\xf0"  # a hot plate warms its air

    chip._convert = seen  # type: ignore[method-assign]
    assert driver.read()["temperature"] == pytest.approx(21, abs=0.02)
    assert heats == [False, True]


def test_a_plate_that_does_not_get_hot_gives_no_gas(bus: SimulatedI2c, chip: Bme680Model) -> None:
    chip.stable = False
    sample = opened(bus).read()
    assert sample["gas_resistance"] is None
    assert sample["temperature"] == pytest.approx(21, abs=0.02)


@pytest.mark.parametrize("flags", [0x00, 0x10, 0x20])
@pytest.mark.parametrize("variant", [0, 1])
def test_gas_needs_both_bits(flags: int, variant: int) -> None:
    field = bytearray(17)
    field[14 + 2 * variant] = flags
    assert not codec.raw(bytes(field), variant).gas_good
    field[14 + 2 * variant] = 0x30
    assert codec.raw(bytes(field), variant).gas_good
    assert not codec.raw(bytes(field), 1 - variant).gas_good


def test_no_gas_during_burn_in(bus: SimulatedI2c) -> None:
    driver = opened(bus, Bme680Config())
    assert driver.read()["gas_resistance"] is None
    bus.time.sleep(298)
    assert driver.read()["gas_resistance"] is None
    bus.time.sleep(2)
    assert driver.read()["gas_resistance"] == pytest.approx(50_000, rel=0.002)


def test_a_fault_of_the_bus_does_not_begin_the_burn_in_again(bus: SimulatedI2c) -> None:
    driver = opened(bus, Bme680Config())
    bus.time.sleep(300)
    bus.faults[0x76] = "timeout"
    with pytest.raises(BusError):
        driver.read()
    del bus.faults[0x76]
    driver.open()
    assert driver.read()["gas_resistance"] is not None


def test_a_brown_out_is_seen_and_begins_the_burn_in_again(
    bus: SimulatedI2c, chip: Bme680Model
) -> None:
    driver = opened(bus, Bme680Config())
    bus.time.sleep(300)
    chip.brown_out()
    with pytest.raises(BadData, match="lost its settings"):
        driver.read()
    driver.open()
    assert driver.read()["gas_resistance"] is None
    bus.time.sleep(300)
    assert driver.read()["gas_resistance"] is not None


def test_each_read_is_new(bus: SimulatedI2c) -> None:
    driver = opened(bus)
    for temperature in (21.0, 30.0, 5.0):
        bus.step(View(temperature, temperature=temperature))
        assert driver.read()["temperature"] == pytest.approx(temperature, abs=0.02)


def test_a_read_takes_less_than_a_quarter_of_a_second(bus: SimulatedI2c) -> None:
    driver = opened(bus)
    began_ns = bus.time.now_ns()
    driver.read()
    assert bus.time.now_ns() - began_ns < 250_000_000


def test_a_measurement_that_does_not_end_is_bad_data(bus: SimulatedI2c, chip: Bme680Model) -> None:
    driver = opened(bus)
    chip._convert = lambda: None  # type: ignore[method-assign]
    with pytest.raises(BadData, match="does not end"):
        driver.read()


def test_skipped_temperature_gives_no_values(bus: SimulatedI2c, chip: Bme680Model) -> None:
    driver = opened(bus)
    chip._counts = (0x80000, 0x80000, 0x8000)
    assert set(driver.read().values()) == {None}


def test_values_outside_the_range_of_the_part_are_none(
    bus: SimulatedI2c, chip: Bme680Model
) -> None:
    driver = opened(bus)
    chip._counts = model.counts_for(99, 101_325, 20)
    assert driver.read()["temperature"] is None


def test_a_bme280_sold_as_bme680_is_named() -> None:
    bus = SimulatedI2c()
    bus.attach(Bme280Model(Bme280Config(0x77)))
    with pytest.raises(WrongDevice, match=r"found bme280 \(id 0x60\)") as caught:
        Bme680(bus, Bme680Config(0x77)).open()
    assert caught.value.hint == "set `driver: bme280` for this sensor"


def test_an_unknown_variant_is_refused(bus: SimulatedI2c, chip: Bme680Model) -> None:
    chip._registers[0xF0] = 2
    with pytest.raises(WrongDevice, match="unknown variant 0x02"):
        opened(bus)


def test_garbled_calibration_is_refused(bus: SimulatedI2c, chip: Bme680Model) -> None:
    original, flips = chip.transfer, iter([1])

    def garble(write: bytes, read: int, now_ns: int) -> bytes | None:
        answer = original(write, read, now_ns)
        return bytes([answer[0] ^ next(flips, 0)]) + answer[1:] if read == 25 and answer else answer

    chip.transfer = garble  # type: ignore[method-assign]
    with pytest.raises(BadData, match="two answers"):
        opened(bus)


def test_empty_calibration_is_refused(bus: SimulatedI2c, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "HIGH", bytes(16))
    with pytest.raises(BadData, match="T1 = 0"):
        opened(bus)


def test_it_does_not_answer_while_it_starts(bus: SimulatedI2c) -> None:
    bus.transfer(0x76, b"\xe0\xb6")
    with pytest.raises(BusError):
        bus.transfer(0x76, b"\xd0", 1)
    bus.time.sleep(0.010)
    assert bus.transfer(0x76, b"\xd0", 1) == b"\x61"


def test_unplugged_and_plugged_in_again(bus: SimulatedI2c) -> None:
    driver = opened(bus)
    bus.detach(0x76)
    with pytest.raises(BusError, match="0x76 does not answer"):
        driver.read()
    bus.attach(Bme680Model())
    driver.open()
    assert driver.read()["pressure"] == pytest.approx(101_325, abs=5)


def test_read_before_open_is_a_bus_error(bus: SimulatedI2c) -> None:
    with pytest.raises(BusError, match="before open"):
        Bme680(bus, AT_ONCE).read()


@pytest.mark.parametrize("part", [BME680, BME688])
def test_spoilt_answers_end_in_samples_or_driver_errors(part: Part) -> None:
    well, failed = spoilt.survives(part, form.rounds(5_000, 1_000_000), AT_ONCE)
    assert well > 0 < failed


def test_the_models_floating_point_forms_give_the_vector_too() -> None:
    celsius = model._celsius(490000)
    assert celsius == pytest.approx(22.37, abs=0.01)
    assert model._pressure(350000, celsius) == pytest.approx(101435, abs=5)
    assert model._humidity(24000, celsius) == pytest.approx(69.169, abs=0.1)
