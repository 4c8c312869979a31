"""PMS5003 and PMS7003: vectors of real parts, the parser, and the driver on the simulated port."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.environment.dust import DustConfig
from drivers.environment.pms import PMS5003, PMS7003, codec
from drivers.environment.pms.codec import Answer, Measurement
from drivers.environment.pms.driver import Pms
from drivers.environment.pms.model import PmsModel
from drivers.errors import BusError, WrongDevice
from tests.drivers.environment.serial_rig import Rig, Scripted, fuzz, rigged

FIRST = bytes.fromhex(
    "424D 001C 0002 000A 000A 0002 000A 000A 0246 00AF 0031 0016 0000 0000 9700 02AC"
)
SECOND = bytes.fromhex(
    "424D 001C 0003 0004 0007 0004 0005 0008 031B 00F9 001B 0006 0003 0003 9A00 02A2"
)
ZEROS = bytes.fromhex("424D 001C" + "0000" * 12 + "9700 0142")
ACTIVE_TAKEN = bytes.fromhex("424D 0004 E101 0175")
ASLEEP = bytes.fromhex("424D 0004 E400 0177")
NOTHING = {"pm1": None, "pm2_5": None, "pm10": None}


def test_the_first_vector() -> None:
    [measurement] = codec.parser().feed(FIRST)
    assert measurement == Measurement((2, 10, 10), (2, 10, 10), (582, 175, 49, 22, 0, 0), 0x97, 0)


def test_the_second_vector() -> None:
    [measurement] = codec.parser().feed(SECOND)
    assert measurement == Measurement((3, 4, 7), (4, 5, 8), (795, 249, 27, 6, 3, 3), 0x9A, 0)
    assert isinstance(measurement, Measurement)
    assert codec.values(measurement) == {"pm1": 4, "pm2_5": 5, "pm10": 8}


def test_a_frame_of_zeros_is_a_frame_without_values() -> None:
    [measurement] = codec.parser().feed(ZEROS)
    assert isinstance(measurement, Measurement)
    assert codec.values(measurement) == NOTHING


@pytest.mark.parametrize(
    ("command", "data", "frame"),
    [
        (codec.MODE, 0, "424DE100000170"),
        (codec.MODE, 1, "424DE100010171"),
        (0xE2, 0, "424DE200000171"),
        (codec.SLEEP, 0, "424DE400000173"),
        (codec.SLEEP, 1, "424DE400010174"),
    ],
)
def test_commands_byte_for_byte(command: int, data: int, frame: str) -> None:
    assert codec.command(command, data) == bytes.fromhex(frame)


def test_an_answer_of_8_bytes_between_measurements_costs_none() -> None:
    stream = FIRST + ACTIVE_TAKEN + SECOND[:9] + ASLEEP + SECOND
    kinds = [type(frame) for frame in codec.parser().feed(stream)]
    assert kinds == [Measurement, Answer, Answer, Measurement]
    assert codec.parser().feed(ASLEEP) == [Answer(codec.SLEEP, 0)]


def test_a_frame_with_a_wrong_sum_is_none() -> None:
    assert codec.parser().feed(FIRST[:-1] + b"\xad") == []


def test_frames_split_anywhere_are_read() -> None:
    parser = codec.parser()
    stream = FIRST + SECOND
    assert sum(len(parser.feed(stream[i : i + 1])) for i in range(len(stream))) == 2
    assert parser.pending == 0


def test_beyond_its_range_is_no_value() -> None:
    measurement = Measurement((0, 0, 0), (999, 1000, 1001), (1, 1, 1, 1, 1, 1), 0x97, 0)
    assert codec.values(measurement) == {"pm1": 999, "pm2_5": 1000, "pm10": None}


def test_a_part_that_reports_an_error_has_no_values() -> None:
    measurement = Measurement((4, 5, 8), (4, 5, 8), (9, 9, 9, 9, 9, 9), 0x97, 1)
    assert codec.values(measurement) == NOTHING


def test_fuzz() -> None:
    fuzz(codec.parser, [FIRST, SECOND, ACTIVE_TAKEN, codec.command(0xE1, 1)], bound=31)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig[PmsModel]]:
    with rigged(tmp_path, PmsModel(), lambda bus: Pms(bus, DustConfig())) as rig:
        yield rig


@pytest.mark.parametrize(("pm1", "pm2_5", "pm10"), [(1, 2, 2), (4.0, 6.0, 8.0), (301, 555, 999)])
def test_the_driver_reads_the_air_of_the_model(
    rig: Rig[PmsModel], pm1: float, pm2_5: float, pm10: float
) -> None:
    rig.air.becomes(pm1=pm1, pm2_5=pm2_5, pm10=pm10)
    rig.driver.open()
    assert rig.after(45) == {"pm1": pm1, "pm2_5": pm2_5, "pm10": pm10}


def test_a_reading_is_the_mean_of_what_came_since_the_last(rig: Rig[PmsModel]) -> None:
    rig.driver.open()
    rig.after(45)
    rig.air.becomes(pm2_5=10.0)
    rig.run(8)
    rig.air.becomes(pm2_5=20.0)
    assert rig.after(8)["pm2_5"] == pytest.approx(15.0, abs=1.01)


def test_zeros_while_it_warms_up_are_not_published(rig: Rig[PmsModel]) -> None:
    rig.driver.open()
    assert rig.driver.read() == NOTHING
    assert rig.after(4) == NOTHING
    assert rig.after(24) == NOTHING
    assert rig.after(8) == {"pm1": 4, "pm2_5": 6, "pm10": 8}


def test_zeros_of_a_fan_that_stands_are_not_published(rig: Rig[PmsModel]) -> None:
    rig.driver.open()
    rig.after(45)
    rig.model.fan_stands = True
    rig.after(2)
    assert rig.after(10) == NOTHING


def test_it_sleeps_between_readings_and_is_warm_at_each(rig: Rig[PmsModel]) -> None:
    rig.driver.open()
    rig.after(300)
    rig.after(300)
    ran_s = rig.model.ran_s
    for pm2_5 in (5.0, 11.0, 30.0):
        rig.air.becomes(pm2_5=pm2_5)
        assert rig.after(300)["pm2_5"] == pm2_5
        rig.time.sleep(0.2)
        assert not rig.model.awake
    assert rig.model.ran_s - ran_s == pytest.approx(3 * 40, abs=9)


def test_passive_mode_left_by_another_program_is_ended(rig: Rig[PmsModel]) -> None:
    rig.model.receive(codec.command(codec.MODE, 0))
    rig.driver.open()
    assert rig.after(45)["pm2_5"] == 6


def test_a_sensor_found_asleep_is_woken(rig: Rig[PmsModel]) -> None:
    rig.model.receive(codec.command(codec.SLEEP, 0))
    rig.driver.open()
    assert rig.after(45)["pm2_5"] == 6


def test_a_lost_wake_up_is_repeated(rig: Rig[PmsModel]) -> None:
    rig.driver.open()
    rig.after(300)
    rig.after(300)
    rig.run(255)
    rig.time.sleep(0.5)
    deaf_until_s = rig.air.now_s + 8
    receive = rig.model.receive
    rig.model.receive = (  # type: ignore[method-assign]
        lambda data: receive(data) if rig.air.now_s > deaf_until_s else b""
    )
    assert rig.after(45)["pm2_5"] == 6


def test_silence_is_a_bus_error(rig: Rig[PmsModel]) -> None:
    rig.driver.open()
    rig.after(45)
    rig.bus.fault = "silence"
    with pytest.raises(BusError, match="no measurement for 1"):
        rig.after(13)


def test_another_part_of_the_family_is_refused(rig: Rig[PmsModel]) -> None:
    """A PMS3003 has frames of 24 bytes with other words."""
    body = bytes.fromhex("424D 0014 0002 000A 000A 0002 000A 000A 0000 0000 0000")
    rig.bus.attach(Scripted(body + sum(body).to_bytes(2, "big")))
    with pytest.raises(WrongDevice, match="not one frame of the PMS5003/PMS7003"):
        rig.driver.open()
    assert rig.air.now_s < 7


def test_nothing_arrives_at_open(rig: Rig[PmsModel]) -> None:
    rig.bus.fault = "silence"
    with pytest.raises(BusError, match="nothing arrives") as caught:
        rig.driver.open()
    assert "5 V" in caught.value.hint


def test_noise_at_open_fails_and_the_next_open_works(rig: Rig[PmsModel]) -> None:
    rig.bus.fault = "noise"
    with pytest.raises(WrongDevice):
        rig.driver.open()
    rig.bus.fault = None
    rig.driver.open()
    assert rig.after(45)["pm2_5"] == 6


def test_unplugged_and_plugged_in_again(rig: Rig[PmsModel]) -> None:
    rig.driver.open()
    rig.bus.unplug()
    with pytest.raises(BusError):
        rig.after(1)
    rig.driver.close()
    rig.bus.plug()
    rig.driver.open()
    assert rig.after(45)["pm2_5"] == 6


def test_both_names_are_one_part() -> None:
    assert PMS5003 == PMS7003
    assert isinstance(PMS5003.model(PMS5003.config()), PmsModel)
