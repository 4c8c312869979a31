"""SGP40: the vendor's vectors, the driver on the simulated bus, and its faults in the field."""

from typing import Any

import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.environment import sensirion
from drivers.environment.sgp40 import codec
from drivers.environment.sgp40.driver import Sgp40, Sgp40Config
from drivers.environment.sgp40.model import Sgp40Model
from drivers.environment.sgp40.voc_index import BLACKOUT
from drivers.errors import BadData, BusError, WrongDevice
from drivers.simulation.scene import View
from tests.drivers.environment.sensirion_parts import Bench, survives_noise

NOTHING = {"voc_raw": None, "voc_index": None}


def bench(**options: Any) -> Bench:
    config = Sgp40Config(**options)
    return Bench(Sgp40, Sgp40Model(config), config)


def opened(**options: Any) -> Bench:
    made = bench(**options)
    made.driver.open()
    return made


def polled(made: Bench, seconds: int) -> Bench:
    for _ in range(seconds):
        made.wait(1.0)
        made.driver.poll()
    return made


def test_vendor_vector_of_the_measuring_command() -> None:
    assert codec.measure(50, 25) == bytes.fromhex("260f 8000a2 666693")


def test_vendor_vectors_of_the_self_test_and_the_features() -> None:
    assert sensirion.words(bytes.fromhex("d400c6"), 1)[0] >> 8 == codec.PASSED
    made = bench()
    made.bus.transfer(0x59, codec.SELF_TEST)
    made.wait(0.319)
    with pytest.raises(BusError):
        made.bus.transfer(0x59, b"", 3)
    made.wait(0.001)
    assert made.bus.transfer(0x59, b"", 3) == bytes.fromhex("d400c6")


@pytest.mark.parametrize("command", ["260f8000a2666693", "260f7fff8f666693"])
def test_the_model_takes_both_ways_to_round_50_per_cent(command: str) -> None:
    made = bench()
    made.bus.transfer(0x59, bytes.fromhex(command))
    made.wait(0.030)
    assert len(made.bus.transfer(0x59, b"", 3)) == 3


def test_nothing_is_told_while_it_warms_up_and_both_values_from_then_on() -> None:
    made = opened()
    assert made.driver.read() == NOTHING
    for _ in range(BLACKOUT + 1):
        assert polled(made, 1).driver.read() == NOTHING
    sample = polled(made, 1).driver.read()
    assert sample["voc_raw"] == pytest.approx(30_000, abs=200)
    assert 1 <= sample["voc_index"] <= 500


def test_usual_air_is_100_and_a_smell_is_more() -> None:
    made = polled(opened(), 3_600)
    assert made.driver.read()["voc_index"] == pytest.approx(100, abs=2)
    made.bus.step(View(1.0, voc_index=250))
    sample = polled(made, 60).driver.read()
    assert sample["voc_raw"] == pytest.approx(28_200, abs=200)
    assert sample["voc_index"] > 200
    made.bus.step(View(1.0, voc_index=60))
    assert polled(made, 60).driver.read()["voc_index"] < 100


def test_the_air_of_the_room_corrects_the_signal() -> None:
    made = opened(humidity=80, temperature=-5)
    made.bus.step(View(1.0, humidity=80, temperature=-5))
    assert polled(made, 100).driver.read()["voc_raw"] == pytest.approx(30_000, abs=2)


def test_a_signal_is_told_once() -> None:
    made = polled(opened(), 60)
    assert made.driver.read() != NOTHING
    assert made.driver.read() == NOTHING


def test_a_poll_never_waits_and_one_that_comes_too_soon_leaves_the_answer() -> None:
    made = opened()
    before_ns = made.bus.time.now_ns()
    made.driver.poll()
    made.wait(0.029)
    made.driver.poll()
    assert made.bus.time.now_ns() - before_ns == 29_000_000
    polled(made, 60)
    assert made.bus.time.now_ns() - before_ns == 60_029_000_000
    assert made.driver.read() != NOTHING


def test_what_the_algorithm_does_not_believe_is_no_raw_signal() -> None:
    assert codec.raw(0) is None
    assert codec.raw(65_000) is None
    assert codec.raw(64_999) == 64_999


def test_the_heater_goes_off_when_it_is_closed() -> None:
    made = polled(opened(), 5)
    assert made.model.heated_since_ns is not None
    made.driver.close()
    made.driver.close()
    assert made.model.heated_since_ns is None


def test_a_damaged_part_needs_a_technician() -> None:
    made = bench()
    made.model.damaged = True
    with pytest.raises(WrongDevice, match="self-test failed") as caught:
        made.driver.open()
    assert caught.value.hint == "replace the sensor"


def test_another_part_of_the_vendor_is_not_taken_for_it() -> None:
    made = bench()
    made.model.features = 0x0040
    with pytest.raises(WrongDevice, match=r"found another part \(feature set 0x0040\)"):
        made.driver.open()


def test_another_part_at_its_address() -> None:
    made = bench()
    made.model.flip = 0x55
    with pytest.raises(WrongDevice, match="sgp40 expected at 0x59"):
        made.driver.open()


def test_an_absent_chip_is_a_bus_error() -> None:
    with pytest.raises(BusError, match="0x59 does not answer"):
        Sgp40(SimulatedI2c(), Sgp40Config()).open()


def test_reading_or_polling_before_opening_is_a_bus_error() -> None:
    for call in (bench().driver.read, bench().driver.poll):
        with pytest.raises(BusError, match="before open"):
            call()


def test_a_flipped_bit_is_bad_data_not_a_value() -> None:
    made = polled(opened(), 60)
    made.model.flip = 0x01
    made.wait(1.0)
    with pytest.raises(BadData, match="wrong CRC"):
        made.driver.poll()


def test_a_chip_pulled_in_operation_warms_up_anew_and_remembers_what_is_usual() -> None:
    made = polled(opened(), 11_000)
    made.bus.detach(0x59)
    made.wait(1.0)
    with pytest.raises(BusError):
        made.driver.poll()
    made.driver.close()
    made.bus.attach(Sgp40Model())
    made.bus.step(View(1.0, voc_index=250))
    made.wait(60.0)
    made.driver.open()
    assert polled(made, BLACKOUT).driver.read() == NOTHING
    assert polled(made, 30).driver.read()["voc_index"] > 200


def test_after_a_long_time_away_it_learns_anew() -> None:
    made = polled(opened(), 11_000)
    made.driver.close()
    made.bus.step(View(1.0, voc_index=250))
    made.wait(601.0)
    made.driver.open()
    assert polled(made, 1_000).driver.read()["voc_index"] == pytest.approx(100, abs=5)


def test_noise_on_the_wire() -> None:
    survives_noise(bench, between_s=1.0)


WET = View(0.0, humidity=80, temperature=30)


def test_its_signal_does_not_depend_on_the_air_that_it_is_told_of() -> None:
    told, untold = opened(), opened()
    usual = polled(opened(humidity=80, temperature=30), 90)
    for made in (told, untold, usual):
        made.bus.step(WET)
    told.driver.compensate({"humidity": 80.0, "temperature": 30.0})
    signals = [polled(made, 90).driver.read()["voc_raw"] for made in (told, untold, usual)]
    assert signals[0] == signals[2]
    assert signals[0] - signals[1] > 200


def test_what_it_is_told_no_more_stays() -> None:
    made = opened()
    made.bus.step(WET)
    made.driver.compensate({"humidity": 80.0, "temperature": 30.0})
    before = polled(made, 90).driver.read()["voc_raw"]
    made.driver.compensate({})
    assert polled(made, 2).driver.read()["voc_raw"] == pytest.approx(before, abs=2)


@pytest.mark.parametrize(("air", "like"), [((120, 25), (100, 25)), ((50, 200), (50, 130))])
def test_air_beyond_what_a_question_can_say_is_the_nearest_that_it_can(
    air: tuple[float, float], like: tuple[float, float]
) -> None:
    assert codec.measure(*air) == codec.measure(*like)
