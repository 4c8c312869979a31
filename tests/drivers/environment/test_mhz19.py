"""MH-Z19: the manual's vectors, the parser, and the driver on the simulated port."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from drivers.environment.mhz19 import PART, codec
from drivers.environment.mhz19.codec import Answer
from drivers.environment.mhz19.driver import Mhz19, Mhz19Config
from drivers.environment.mhz19.model import Mhz19Model
from drivers.errors import BadData, BusError, DriverError, WrongDevice
from tests.drivers.environment.serial_rig import Rig, Scripted, fuzz, rigged

# Winsen, MH-Z19 user manual, page 7.
READ = bytes.fromhex("FF0186000000000079")
ANSWER = bytes.fromhex("FF8602200000000058")


def test_the_manuals_vector_of_a_reading() -> None:
    assert codec.command(codec.READ) == READ
    [answer] = codec.parser().feed(ANSWER)
    assert codec.co2(answer) == 544


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (codec.set_abc(True), "FF0179A000000000E6"),
        (codec.set_abc(False), "FF0179000000000086"),
        (codec.command(0x87), "FF0187000000000078"),
        (codec.command(0x88, 0x07, 0xD0), "FF018807D0000000A0"),
        (codec.command(0x99, 0, 0, 0, 0x07, 0xD0), "FF019900000007D08F"),
        (codec.command(0x99, 0, 0, 0, 0x13, 0x88), "FF01990000001388CB"),
        (codec.command(0x99, 0, 0, 0, 0x27, 0x10), "FF01990000002710 2F"),
    ],
)
def test_checks_of_the_manual(frame: bytes, expected: str) -> None:
    assert frame == bytes.fromhex(expected)


@pytest.mark.parametrize(("ppm", "value"), [(0, None), (1, 1), (10_000, 10_000), (10_001, None)])
def test_beyond_its_range_is_no_value(ppm: int, value: float | None) -> None:
    assert codec.co2(Answer(codec.READ, ppm.to_bytes(2, "big") + bytes(4))) == value


def test_a_wrong_check_and_an_echo_are_no_answers() -> None:
    assert codec.parser().feed(ANSWER[:-1] + b"\x59" + READ) == []


def test_fuzz() -> None:
    fuzz(codec.parser, [ANSWER, READ, bytes.fromhex("FF7D000000000001 82")], bound=8)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig[Mhz19Model]]:
    with rigged(tmp_path, Mhz19Model(), lambda bus: Mhz19(bus, Mhz19Config())) as rig:
        yield rig


def read_after(rig: Rig[Mhz19Model], seconds: float) -> float | None:
    rig.time.sleep(seconds)
    return rig.driver.read()["co2"]


@pytest.mark.parametrize("co2", [401.0, 620.0, 1999.6, 4999.0])
def test_the_driver_reads_the_air_of_the_model(rig: Rig[Mhz19Model], co2: float) -> None:
    rig.air.becomes(co2=co2)
    rig.driver.open()
    assert read_after(rig, 181) == pytest.approx(co2, abs=0.5)


def test_for_three_minutes_nothing_is_published(rig: Rig[Mhz19Model]) -> None:
    rig.time.sleep(200)
    rig.driver.open()
    assert rig.driver.read() == {"co2": None}
    assert read_after(rig, 178) is None
    assert read_after(rig, 3) == 620


@pytest.mark.parametrize("constant", [400, 410, 500])
def test_the_constant_of_a_sensor_that_is_not_warm_is_not_published(
    rig: Rig[Mhz19Model], constant: int
) -> None:
    rig.driver.open()
    rig.time.sleep(150)
    rig.model.constant = constant
    rig.model.cut_power()
    assert read_after(rig, 60) is None
    assert read_after(rig, 60) is None
    assert read_after(rig, 60) == 620


def test_400_ppm_is_a_value_once_the_sensor_has_moved(rig: Rig[Mhz19Model]) -> None:
    rig.driver.open()
    assert read_after(rig, 200) == 620
    rig.air.becomes(co2=400)
    assert read_after(rig, 60) == 400
    assert read_after(rig, 60) == 400
    rig.air.becomes(co2=500)
    assert read_after(rig, 60) == 500


def test_from_one_constant_to_another_it_has_moved(rig: Rig[Mhz19Model]) -> None:
    rig.air.becomes(co2=500)
    rig.driver.open()
    assert read_after(rig, 60) is None
    assert read_after(rig, 130) == 500


def test_only_what_is_asked_is_sent_and_nothing_calibrates(rig: Rig[Mhz19Model]) -> None:
    heard: list[bytes] = []
    receive = rig.model.receive
    rig.model.receive = lambda data: heard.append(data) or receive(data)  # type: ignore
    rig.driver.open()
    read_after(rig, 200)
    rig.driver.close()
    assert b"".join(heard) == READ * 2
    assert not rig.model.calibrated
    assert rig.model.abc_writes == 0


@pytest.mark.parametrize(
    ("wanted", "had", "writes"), [(True, True, 0), (False, True, 1), (True, False, 1)]
)
def test_abc_is_written_only_if_it_differs(
    tmp_path: Path, wanted: bool, had: bool, writes: int
) -> None:
    model = Mhz19Model()
    model.abc = had
    with rigged(tmp_path, model, lambda bus: Mhz19(bus, Mhz19Config(wanted))) as rig:
        rig.driver.open()
        rig.driver.open()
        assert (model.abc, model.abc_writes) == (wanted, writes)
        assert read_after(rig, 200) == 620


def test_a_sensor_that_does_not_tell_its_abc_is_not_written_to(tmp_path: Path) -> None:
    model = Mhz19Model()
    model.tells_abc = False
    with rigged(tmp_path, model, lambda bus: Mhz19(bus, Mhz19Config(False))) as rig:
        with pytest.raises(BadData, match="does not tell") as caught:
            rig.driver.open()
        assert "leave `abc` out" in caught.value.hint
        assert model.abc_writes == 0


def test_a_late_answer_is_not_taken_for_the_next(rig: Rig[Mhz19Model]) -> None:
    rig.driver.open()
    read_after(rig, 200)
    rig.bus._put(rig.bus._far_end or 0, bytes.fromhex("FF8601000000000079") + ANSWER[:5])
    assert rig.driver.read() == {"co2": 620}


def test_no_answer_is_a_bus_error_in_bounded_time(rig: Rig[Mhz19Model]) -> None:
    rig.driver.open()
    rig.bus.fault = "silence"
    before_s = rig.air.now_s
    with pytest.raises(BusError, match="nothing arrives from the MH-Z19"):
        rig.driver.read()
    assert rig.air.now_s - before_s < 1.5


def test_noise_in_operation_is_bad_data(rig: Rig[Mhz19Model]) -> None:
    rig.driver.open()
    rig.bus.fault = "noise"
    with pytest.raises(BadData, match="not one frame"):
        rig.driver.read()
    rig.bus.fault = None
    rig.driver.open()


def test_another_part_is_told_by_its_bytes(rig: Rig[Mhz19Model]) -> None:
    rig.bus.attach(Scripted(bytes.fromhex("AAC0D4043A0AA1601DAB")))
    with pytest.raises(WrongDevice, match=r"\d+ bytes arrived, but not one frame of the MH-Z19"):
        rig.driver.open()


def test_wires_that_are_joined_are_no_sensor(rig: Rig[Mhz19Model]) -> None:
    rig.bus.attach(Scripted(b"", READ))
    with pytest.raises(WrongDevice):
        rig.driver.open()


def test_nothing_arrives_at_open(rig: Rig[Mhz19Model]) -> None:
    rig.bus.fault = "silence"
    with pytest.raises(BusError, match="nothing arrives") as caught:
        rig.driver.open()
    assert "5 V" in caught.value.hint


def test_unplugged_and_plugged_in_again_it_warms_up_anew(rig: Rig[Mhz19Model]) -> None:
    rig.driver.open()
    assert read_after(rig, 200) == 620
    rig.bus.unplug()
    with pytest.raises(DriverError):
        rig.driver.read()
    rig.driver.close()
    rig.driver.close()
    rig.model.cut_power()
    rig.bus.plug()
    rig.driver.open()
    assert read_after(rig, 60) is None
    assert read_after(rig, 130) == 620


def test_read_before_open_is_a_bus_error(rig: Rig[Mhz19Model]) -> None:
    with pytest.raises(BusError, match="not open"):
        rig.driver.read()


def test_the_part_as_the_registry_sees_it() -> None:
    assert PART.bus == "serial"
    assert isinstance(PART.model(PART.config()), Mhz19Model)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"abc": "off"}, Mhz19Config)


def test_zero_calibration_is_sent_when_a_technician_wants_it_and_never_else(
    rig: Rig[Mhz19Model],
) -> None:
    rig.model.drift = 80
    rig.air.becomes(co2=425)
    rig.driver.open()
    rig.after(200)
    assert rig.after(1) == {"co2": 505}
    assert not rig.model.calibrated
    assert isinstance(rig.driver, Mhz19)
    rig.driver.recalibrate(400)
    assert rig.model.calibrated
    rig.run(1)
    assert rig.model.correction == -105
