"""BH1750: the datasheet's vector, its ranges over the simulated bus, and its field failures."""

import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.environment.bh1750 import PART, codec
from drivers.environment.bh1750.driver import Bh1750, Bh1750Config
from drivers.environment.bh1750.model import Bh1750Model
from drivers.errors import BadData, BusError
from drivers.simulation.scene import View
from tests.chaos import form
from tests.drivers.environment import spoilt

HIGH = codec.Range(codec.HIGH_RESOLUTION, 69)
HIGH_2 = codec.Range(codec.HIGH_RESOLUTION_2, 69)


@pytest.fixture
def chip() -> Bh1750Model:
    return Bh1750Model()


@pytest.fixture
def bus(chip: Bh1750Model) -> SimulatedI2c:
    bus = SimulatedI2c()
    bus.attach(chip)
    return bus


def read(bus: SimulatedI2c, lux: float) -> float | None:
    bus.step(View(0.0, illuminance=lux))
    driver = Bh1750(bus, Bh1750Config())
    driver.open()
    return driver.read()["illuminance"]


def test_datasheet_vector() -> None:
    counts = codec.counts(bytes.fromhex("8390"))
    assert counts == 33680
    assert round(codec.illuminance(counts, HIGH) or 0, 2) == 28066.67


def test_mode_2_counts_double() -> None:
    assert codec.illuminance(2 * 1200, HIGH_2) == codec.illuminance(1200, HIGH) == 1000


def test_a_word_is_big_endian() -> None:
    """Little-endian reads gave 800 to 3000 lx instead of 10 in the field."""
    assert codec.illuminance(codec.counts(bytes.fromhex("000c")), HIGH) == pytest.approx(10)


@pytest.mark.parametrize(("time", "opcodes"), [(31, (0x40, 0x7F)), (69, (0x42, 0x65))])
def test_measurement_time_in_two_opcodes(time: int, opcodes: tuple[int, int]) -> None:
    assert codec.measurement_time(time) == opcodes
    assert codec.measurement_time(254) == (0x47, 0x7E)


def test_longest_conversion_grows_with_the_measurement_time() -> None:
    assert HIGH.conversion_s == pytest.approx(0.180)
    assert codec.Range(codec.HIGH_RESOLUTION_2, 254).conversion_s == pytest.approx(0.6626, abs=1e-4)


@pytest.mark.parametrize("lux", [0, 0.3, 5, 42.5, 99, 101, 300, 5_000, 27_000, 27_400, 100_000])
def test_driver_reads_the_light_within_one_count(bus: SimulatedI2c, lux: float) -> None:
    step = 0.12 if lux < 100 else 0.42 if lux < 27_300 else 1.9
    assert read(bus, lux) == pytest.approx(lux, abs=step)


def test_dusk_is_finer_than_daylight(bus: SimulatedI2c) -> None:
    assert read(bus, 1.0) != read(bus, 1.2)


def test_light_beyond_all_ranges_is_no_value(bus: SimulatedI2c) -> None:
    driver = Bh1750(bus, Bh1750Config())
    driver.open()
    bus.step(View(1.0, illuminance=125_000))
    assert driver.read() == {"illuminance": None}


def test_ffff_after_power_on_is_no_sensor(bus: SimulatedI2c, chip: Bh1750Model) -> None:
    chip.floating = True
    with pytest.raises(BadData, match="answers FFFF"):
        Bh1750(bus, Bh1750Config()).open()


def test_ffff_in_operation_is_no_value_of_54612_lux(bus: SimulatedI2c, chip: Bh1750Model) -> None:
    driver = Bh1750(bus, Bh1750Config())
    driver.open()
    chip.floating = True
    assert driver.read() == {"illuminance": None}


def test_a_result_is_not_the_one_before(bus: SimulatedI2c) -> None:
    driver = Bh1750(bus, Bh1750Config())
    driver.open()
    for lux in (200, 9000, 20):
        bus.step(View(float(lux), illuminance=lux))
        assert driver.read()["illuminance"] == pytest.approx(lux, rel=0.01)


def test_the_model_answers_with_the_old_result_while_it_converts(bus: SimulatedI2c) -> None:
    bus.transfer(0x23, b"\x01")
    bus.transfer(0x23, b"\x20")
    bus.time.sleep(0.120)
    assert bus.transfer(0x23, b"", 2) == b"\x00\x00"
    bus.time.sleep(0.060)
    assert bus.transfer(0x23, b"", 2) == b"\x01\x68"


def test_a_brown_out_leaves_no_trace_in_the_next_read(bus: SimulatedI2c, chip: Bh1750Model) -> None:
    driver = Bh1750(bus, Bh1750Config())
    driver.open()
    bus.step(View(1.0, illuminance=20))
    driver.read()
    chip.brown_out()
    assert driver.read()["illuminance"] == pytest.approx(20, abs=0.12)


def test_it_sleeps_between_reads(bus: SimulatedI2c, chip: Bh1750Model) -> None:
    read(bus, 500)
    assert not chip._powered


def test_unplugged_and_plugged_in_again(bus: SimulatedI2c) -> None:
    driver = Bh1750(bus, Bh1750Config(0x5C))
    with pytest.raises(BusError, match="0x5c does not answer"):
        driver.open()
    bus.attach(Bh1750Model(Bh1750Config(0x5C)))
    driver.open()
    assert driver.read()["illuminance"] == pytest.approx(300, abs=0.5)
    bus.detach(0x5C)
    with pytest.raises(BusError):
        driver.read()


def test_spoilt_answers_end_in_samples_or_driver_errors() -> None:
    well, failed = spoilt.survives(PART, form.rounds(5_000, 1_000_000))
    assert well > 0 < failed
