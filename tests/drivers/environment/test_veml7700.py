"""VEML7700: vectors, ranges and correction over the simulated bus, and its field failures."""

from itertools import pairwise

import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.environment.veml7700 import PART, codec
from drivers.environment.veml7700.driver import Veml7700, Veml7700Config
from drivers.environment.veml7700.model import Veml7700Model
from drivers.errors import BadData, BusError, WrongDevice
from drivers.simulation.scene import View
from tests.chaos import form
from tests.drivers.environment import spoilt

LONGEST = codec.Range(2, 800)
USUAL = codec.Range(1, 100)
LOW_GAIN = codec.Range(0.125, 100)


@pytest.fixture
def chip() -> Veml7700Model:
    return Veml7700Model()


@pytest.fixture
def bus(chip: Veml7700Model) -> SimulatedI2c:
    bus = SimulatedI2c()
    bus.attach(chip)
    return bus


@pytest.fixture
def driver(bus: SimulatedI2c) -> Veml7700:
    driver = Veml7700(bus, Veml7700Config())
    driver.open()
    return driver


def test_vector_of_gain_1_and_100_ms() -> None:
    assert USUAL.lux_per_count == pytest.approx(0.0672)
    counts = codec.word(bytes.fromhex("c805"))
    assert counts == 1480
    assert round(codec.illuminance(counts, USUAL) or 0, 3) == 99.456


def test_resolution_is_that_of_revision_1_7() -> None:
    """0.0036 stood in older datasheets and was wrong."""
    assert LONGEST.lux_per_count == pytest.approx(0.0042)
    assert codec.Range(0.125, 25).lux_per_count == pytest.approx(2.1504)


@pytest.mark.parametrize(
    ("gain", "milliseconds", "word"),
    [(1, 100, 0x0000), (2, 800, 0x08C0), (0.125, 100, 0x1000), (0.125, 25, 0x1300)],
)
def test_configuration_word(gain: float, milliseconds: int, word: int) -> None:
    assert codec.Range(gain, milliseconds).configuration == word


def test_vendors_example_of_the_correction() -> None:
    """Application note 84323: 1500 lx uncorrected are 1658 lx."""
    assert round(codec.corrected(1500)) == 1658


def test_correction_begins_above_100_lux_with_a_seam_of_1_percent() -> None:
    counts = int(100 / LOW_GAIN.lux_per_count)
    below, above = codec.illuminance(counts, LOW_GAIN), codec.illuminance(counts + 1, LOW_GAIN)
    assert below == counts * LOW_GAIN.lux_per_count
    assert above is not None
    assert above == pytest.approx((counts + 1) * LOW_GAIN.lux_per_count, rel=0.011)
    assert above == pytest.approx(codec.corrected((counts + 1) * LOW_GAIN.lux_per_count))


def test_corrected_light_only_grows() -> None:
    values = [codec.corrected(lux) for lux in range(0, 24_000, 10)]
    assert all(one < other for one, other in pairwise(values))


def test_saturation_and_more_than_the_part_can_see_are_no_values() -> None:
    assert codec.illuminance(0xFFFF, LONGEST) is None
    assert codec.illuminance(20_000, codec.Range(0.125, 25)) is None


@pytest.mark.parametrize(
    "lux", [0, 0.05, 1, 42.5, 99, 105, 300, 999, 1_080, 5_000, 20_000, 100_000]
)
def test_driver_reads_the_light(bus: SimulatedI2c, driver: Veml7700, lux: float) -> None:
    bus.step(View(0.0, illuminance=lux))
    assert driver.read()["illuminance"] == pytest.approx(lux, rel=0.006, abs=0.005)


def test_light_beyond_140_klx_is_no_value(bus: SimulatedI2c, driver: Veml7700) -> None:
    bus.step(View(0.0, illuminance=150_000))
    assert driver.read() == {"illuminance": None}


def test_a_lamp_that_goes_on_between_look_and_measurement_is_no_value(
    bus: SimulatedI2c, chip: Veml7700Model, driver: Veml7700, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus.step(View(0.0, illuminance=0.1))
    original = chip.transfer

    def lamp(write: bytes, read: int, now_ns: int) -> bytes | None:
        if write[:1] == b"\x00" and len(write) == 3 and write[2] & 0x08:
            chip.lux = 2_000
        return original(write, read, now_ns)

    monkeypatch.setattr(chip, "transfer", lamp)
    assert driver.read() == {"illuminance": None}


def test_a_read_is_at_most_two_integrations(bus: SimulatedI2c, driver: Veml7700) -> None:
    bus.step(View(0.0, illuminance=0))
    began_ns = bus.time.now_ns()
    driver.read()
    assert bus.time.now_ns() - began_ns < 1_100_000_000


def test_each_read_is_a_new_integration(bus: SimulatedI2c, driver: Veml7700) -> None:
    """The result register keeps the old one, and no bit says so."""
    for lux in (200, 5_000, 20):
        bus.step(View(0.0, illuminance=lux))
        assert driver.read()["illuminance"] == pytest.approx(lux, rel=0.006)


def test_a_part_that_was_left_on_is_shut_down_at_open(bus: SimulatedI2c) -> None:
    bus.transfer(0x10, b"\x00\x00\x08")
    Veml7700(bus, Veml7700Config()).open()
    assert bus.transfer(0x10, b"\x00", 2) == b"\x01\x00"


def test_power_saving_is_switched_off(bus: SimulatedI2c) -> None:
    bus.transfer(0x10, b"\x03\x07\x00")
    driver = Veml7700(bus, Veml7700Config())
    driver.open()
    assert driver.read()["illuminance"] == pytest.approx(300, rel=0.006)


def test_a_part_that_was_left_on_begins_anew(bus: SimulatedI2c, driver: Veml7700) -> None:
    bus.transfer(0x10, b"\x00\xc0\x08")
    bus.time.sleep(1)
    assert driver.read()["illuminance"] == pytest.approx(300, rel=0.006)


@pytest.mark.parametrize(("lux", "milliseconds"), [(0, 800), (40, 100), (300, 100), (30_000, 25)])
def test_time_follows_the_light(
    bus: SimulatedI2c, chip: Veml7700Model, driver: Veml7700, lux: float, milliseconds: int
) -> None:
    bus.step(View(0.0, illuminance=lux))
    driver.read()
    assert chip._milliseconds == milliseconds


def test_it_is_shut_down_between_reads(bus: SimulatedI2c, driver: Veml7700) -> None:
    driver.read()
    assert bus.transfer(0x10, b"\x00", 2) == b"\x01\x00"


def test_a_brown_out_during_the_integration_is_bad_data(
    bus: SimulatedI2c, chip: Veml7700Model, driver: Veml7700, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleep = bus.time.sleep

    def brown_out(seconds: float) -> None:
        chip.brown_out()
        sleep(seconds)

    monkeypatch.setattr(bus.time, "sleep", brown_out)
    with pytest.raises(BadData, match="lost its settings"):
        driver.read()
    monkeypatch.undo()
    assert driver.read()["illuminance"] == pytest.approx(300, rel=0.006)


def test_a_tf_luna_at_this_address_is_another_chip(
    bus: SimulatedI2c, chip: Veml7700Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chip, "transfer", lambda write, read, now_ns: b"\x00\x03"[:read])
    with pytest.raises(WrongDevice, match=r"found another chip \(id 0x0300\)") as caught:
        Veml7700(bus, Veml7700Config()).open()
    assert "TF-Luna" in caught.value.hint


def test_unplugged_and_plugged_in_again(bus: SimulatedI2c, driver: Veml7700) -> None:
    bus.detach(0x10)
    with pytest.raises(BusError, match="0x10 does not answer"):
        driver.read()
    bus.attach(Veml7700Model())
    driver.open()
    assert driver.read()["illuminance"] == pytest.approx(300, rel=0.006)


def test_spoilt_answers_end_in_samples_or_driver_errors() -> None:
    well, failed = spoilt.survives(PART, form.rounds(5_000, 1_000_000))
    assert well > 0 < failed
