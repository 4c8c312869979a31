"""SDS011: the vendor's vectors, the parser under noise, and the driver on the simulated port."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.environment.dust import DustConfig
from drivers.environment.sds011 import PART, codec
from drivers.environment.sds011.codec import Answer, Measurement
from drivers.environment.sds011.driver import Sds011
from drivers.environment.sds011.model import Sds011Model
from drivers.errors import BusError, WrongDevice
from drivers.simulation.scene import View
from tests.drivers.environment.serial_rig import Rig, Scripted, fuzz, rigged

# Nova, laser dust sensor control protocol V1.3.
MEASUREMENT = bytes.fromhex("AAC0 D4043A0A A160 1D AB")
NOTHING = {"pm2_5": None, "pm10": None}


def sent(command: int, *data: int) -> str:
    return codec.command(command, *data).hex(" ").upper()


def test_vendor_vector_of_a_measurement() -> None:
    assert codec.parser().feed(MEASUREMENT) == [Measurement(123.6, 261.8)]


@pytest.mark.parametrize(
    ("command", "data", "middle", "checksum"),
    [
        (codec.QUERY, (), "04", "02"),
        (codec.REPORTING, (1, 1), "02 01 01", "02"),
        (codec.REPORTING, (1, 0), "02 01 00", "01"),
        (codec.REPORTING, (), "02", "00"),
        (codec.SLEEP, (1, 0), "06 01 00", "05"),
        (codec.SLEEP, (1, 1), "06 01 01", "06"),
        (codec.PERIOD, (1, 1), "08 01 01", "08"),
        (codec.FIRMWARE, (), "07", "05"),
    ],
)
def test_commands_byte_for_byte(
    command: int, data: tuple[int, ...], middle: str, checksum: str
) -> None:
    body = bytes.fromhex(middle).ljust(13, b"\x00").hex(" ")
    assert sent(command, *data) == f"AA B4 {body} FF FF {checksum} AB".upper()


@pytest.mark.parametrize(
    ("frame", "command", "data"),
    [
        ("AAC5 020101 00A160 05AB", codec.REPORTING, "010100"),
        ("AAC5 020100 00A160 04AB", codec.REPORTING, "010000"),
        ("AAC5 020000 00A160 03AB", codec.REPORTING, "000000"),
        ("AAC5 060100 00A160 08AB", codec.SLEEP, "010000"),
        ("AAC5 060101 00A160 09AB", codec.SLEEP, "010100"),
        ("AAC5 080002 00A160 0BAB", codec.PERIOD, "000200"),
        ("AAC5 070F07 0AA160 28AB", codec.FIRMWARE, "0f070a"),
    ],
)
def test_answers_of_the_vendor(frame: str, command: int, data: str) -> None:
    assert codec.parser().feed(bytes.fromhex(frame)) == [Answer(command, bytes.fromhex(data))]


def test_the_firmware_date_of_the_vendor() -> None:
    assert codec.firmware(bytes.fromhex("0f070a")) == "2015-07-10"


def test_a_frame_with_a_wrong_sum_or_tail_is_none() -> None:
    assert codec.parser().feed(MEASUREMENT[:8] + b"\x1e\xab" + MEASUREMENT[:9] + b"\xac") == []


def test_beyond_its_range_is_no_value() -> None:
    model = Sds011Model()
    model.step(View(99.0, pm2_5=1000.0, pm10=999.9))
    [measurement] = codec.parser().feed(model.step(View(100.0, pm2_5=1000.0, pm10=999.9)))
    assert measurement == Measurement(None, 999.9)


def test_an_answer_between_measurements_costs_none() -> None:
    answer = bytes.fromhex("AAC5 060100 00A160 08AB")
    frames = codec.parser().feed(MEASUREMENT + answer + MEASUREMENT[:4] + MEASUREMENT)
    assert frames == [Measurement(123.6, 261.8), Answer(6, b"\x01\0\0"), Measurement(123.6, 261.8)]


def test_fuzz() -> None:
    answer = bytes.fromhex("AAC5 060100 00A160 08AB")
    fuzz(codec.parser, [MEASUREMENT, answer, codec.command(codec.QUERY)], bound=9)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig[Sds011Model]]:
    with rigged(tmp_path, Sds011Model(), lambda bus: Sds011(bus, DustConfig())) as rig:
        yield rig


@pytest.mark.parametrize(("pm2_5", "pm10"), [(0.3, 0.7), (6.0, 8.0), (123.6, 261.8), (999, 999)])
def test_the_driver_reads_the_air_of_the_model(
    rig: Rig[Sds011Model], pm2_5: float, pm10: float
) -> None:
    rig.air.becomes(pm2_5=pm2_5, pm10=pm10)
    rig.driver.open()
    assert rig.after(45) == {
        "pm2_5": pytest.approx(pm2_5, abs=0.05),
        "pm10": pytest.approx(pm10, abs=0.05),
    }


def test_a_reading_is_the_mean_of_what_came_since_the_last(rig: Rig[Sds011Model]) -> None:
    rig.driver.open()
    rig.after(45)
    rig.air.becomes(pm2_5=10.0)
    rig.run(5)
    rig.air.becomes(pm2_5=20.0)
    assert rig.after(5)["pm2_5"] == pytest.approx(15.0, abs=1.01)


def test_while_it_warms_up_nothing_is_published(rig: Rig[Sds011Model]) -> None:
    rig.driver.open()
    assert rig.driver.read() == NOTHING
    assert rig.after(28) == NOTHING
    assert rig.after(8)["pm2_5"] == pytest.approx(6.0, abs=0.05)


def test_nothing_new_is_no_value_again(rig: Rig[Sds011Model]) -> None:
    rig.driver.open()
    assert rig.after(45) != NOTHING
    assert rig.driver.read() == NOTHING


def test_it_sleeps_between_readings_and_is_warm_at_each(rig: Rig[Sds011Model]) -> None:
    """A reading each 300 s: after two it knows, and then it runs 40 s of them."""
    rig.driver.open()
    rig.after(300)
    rig.after(300)
    ran_s = rig.model.ran_s
    for pm2_5 in (5.0, 11.0, 30.0):
        rig.air.becomes(pm2_5=pm2_5)
        assert rig.after(300)["pm2_5"] == pytest.approx(pm2_5, abs=0.05)
        rig.time.sleep(0.2)
        assert not rig.model.working
    assert rig.model.ran_s - ran_s == pytest.approx(3 * 40, abs=9)


def test_without_sleep_between_it_never_sleeps(tmp_path: Path) -> None:
    with rigged(tmp_path, Sds011Model(), lambda bus: Sds011(bus, DustConfig(False))) as rig:
        rig.driver.open()
        for _ in range(4):
            rig.after(120)
        assert rig.model.ran_s == pytest.approx(rig.air.now_s, abs=0.2)


def test_readings_that_are_close_leave_it_no_time_to_sleep(rig: Rig[Sds011Model]) -> None:
    rig.driver.open()
    rig.after(45)
    for _ in range(6):
        assert rig.after(30)["pm10"] is not None
    assert rig.model.ran_s == pytest.approx(rig.air.now_s, abs=0.2)


def test_a_reading_too_soon_wakes_it_and_has_no_values(rig: Rig[Sds011Model]) -> None:
    rig.driver.open()
    rig.after(300)
    rig.after(300)
    assert rig.after(10) == NOTHING
    assert rig.after(45)["pm2_5"] == pytest.approx(6.0, abs=0.05)


def test_more_lost_wake_ups_are_repeated(rig: Rig[Sds011Model]) -> None:
    rig.model.loses = 3
    rig.driver.open()
    rig.after(300)
    rig.after(300)
    assert rig.after(300)["pm2_5"] == pytest.approx(6.0, abs=0.05)


def test_the_first_command_after_sleep_may_be_lost_without_delay(rig: Rig[Sds011Model]) -> None:
    rig.driver.open()
    rig.after(300)
    rig.after(300)
    rig.run(258)
    assert not rig.model.working
    rig.run(4)
    assert rig.model.working


def test_what_a_part_says_on_its_way_to_sleep_is_not_counted(rig: Rig[Sds011Model]) -> None:
    rig.driver.open()
    rig.after(300)
    rig.after(300)
    rig.bus._put(rig.bus._far_end or 0, MEASUREMENT)
    assert rig.after(300)["pm2_5"] == pytest.approx(6.0, abs=0.05)


def test_a_lost_sleep_command_is_repeated(rig: Rig[Sds011Model]) -> None:
    rig.driver.open()
    rig.after(300)
    rig.after(300)
    rig.time.sleep(0.2)
    rig.model.working = True
    rig.run(10)
    assert not rig.model.working


def test_a_sensor_found_asleep_is_woken(rig: Rig[Sds011Model]) -> None:
    rig.model.receive(codec.command(codec.SLEEP, 1, 0))
    rig.driver.open()
    assert rig.after(45)["pm2_5"] == pytest.approx(6.0, abs=0.05)


def test_in_query_mode_it_is_asked(rig: Rig[Sds011Model]) -> None:
    rig.model.reporting = 1
    rig.driver.open()
    assert rig.after(60)["pm2_5"] == pytest.approx(6.0, abs=0.05)
    rig.after(300)
    rig.time.sleep(0.2)
    assert not rig.model.working
    rig.run(100)
    assert not rig.model.working
    assert rig.after(200)["pm2_5"] == pytest.approx(6.0, abs=0.05)


def test_nothing_that_outlives_a_power_cut_is_ever_written(rig: Rig[Sds011Model]) -> None:
    heard: list[bytes] = []
    receive = rig.model.receive
    rig.model.receive = lambda data: heard.append(data) or receive(data)  # type: ignore
    rig.driver.open()
    for _ in range(3):
        rig.after(300)
    rig.driver.close()
    told = b"".join(heard)
    commands = [told[start : start + 19] for start in range(0, len(told), 19)]
    assert all(command[:2] == b"\xaa\xb4" for command in commands)
    assert {command[2] for command in commands if command[3]} == {codec.SLEEP}


def test_a_sensor_that_pauses_by_itself_is_refused_with_the_cure(rig: Rig[Sds011Model]) -> None:
    rig.model.period = 5
    with pytest.raises(WrongDevice, match="every 5 min") as caught:
        rig.driver.open()
    [cure] = re.findall(r"printf '([^']+)'", caught.value.hint)
    rig.model.receive(bytes.fromhex(cure.replace(r"\x", "")))
    rig.driver.open()


def test_a_restart_of_the_sensor_warms_up_anew(rig: Rig[Sds011Model]) -> None:
    rig.driver.open()
    assert rig.after(45) != NOTHING
    rig.bus.fault = "silence"
    rig.run(9)
    rig.run(3)
    rig.bus.fault = None
    rig.run(2)
    assert rig.driver.read() == NOTHING
    assert rig.after(35) != NOTHING


def test_silence_is_a_bus_error_with_a_hint(rig: Rig[Sds011Model]) -> None:
    rig.driver.open()
    rig.after(45)
    rig.bus.fault = "silence"
    with pytest.raises(BusError, match="no measurement for 1") as caught:
        rig.after(12)
    assert "fan" in caught.value.hint


def test_noise_makes_no_values(rig: Rig[Sds011Model]) -> None:
    rig.driver.open()
    rig.after(45)
    rig.bus.fault = "noise"
    assert rig.after(8) == NOTHING


def test_nothing_arrives_at_open(rig: Rig[Sds011Model]) -> None:
    rig.bus.fault = "silence"
    with pytest.raises(BusError, match="nothing arrives from the SDS011"):
        rig.driver.open()
    assert rig.air.now_s < 2


def test_another_part_is_told_by_its_bytes(rig: Rig[Sds011Model]) -> None:
    rig.bus.attach(Scripted(b"BM\x00\x1c" + bytes(28), b"?"))
    with pytest.raises(WrongDevice, match=r"\d+ bytes arrived, but not one frame of the SDS011"):
        rig.driver.open()


def test_a_broken_wire_to_the_sensor_is_named(rig: Rig[Sds011Model]) -> None:
    rig.bus.attach(Scripted(MEASUREMENT))
    with pytest.raises(BusError, match="does not answer") as caught:
        rig.driver.open()
    assert "gateway's TX" in caught.value.hint


def test_unplugged_and_plugged_in_again(rig: Rig[Sds011Model]) -> None:
    rig.driver.open()
    rig.bus.unplug()
    with pytest.raises(BusError):
        rig.after(1)
    rig.driver.close()
    rig.bus.plug()
    rig.driver.open()
    assert rig.after(45)["pm2_5"] == pytest.approx(6.0, abs=0.05)


def test_close_leaves_it_asleep(rig: Rig[Sds011Model]) -> None:
    rig.driver.open()
    rig.driver.close()
    rig.driver.close()
    rig.time.sleep(0.3)
    assert not rig.model.working


def test_read_before_open_is_a_bus_error(rig: Rig[Sds011Model]) -> None:
    with pytest.raises(BusError, match="not open"):
        rig.driver.read()


def test_the_part_as_the_registry_sees_it() -> None:
    assert PART.bus == "serial"
    assert isinstance(PART.model(PART.config()), Sds011Model)
