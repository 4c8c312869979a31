"""SPS30 on its UART: the datasheet's vectors, stuffing, and the driver on the simulated port."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.environment.sps30_uart import PART, codec
from drivers.environment.sps30_uart.codec import Answer
from drivers.environment.sps30_uart.driver import Sps30Uart, Sps30UartConfig
from drivers.environment.sps30_uart.model import Sps30UartModel
from drivers.errors import BadData, BusError, WrongDevice
from tests.drivers.environment.serial_rig import Rig, Scripted, fuzz, rigged

NO_DATA = bytes.fromhex("7E 00 03 00 00 FC 7E")
NOTHING = {"pm1": None, "pm2_5": None, "pm4": None, "pm10": None}


@pytest.mark.parametrize(
    ("number", "data", "frame"),
    [
        (codec.START, "0103", "7E 00 00 02 01 03 F9 7E"),
        (codec.START, "0105", "7E 00 00 02 01 05 F7 7E"),
        (codec.STOP, "", "7E 00 01 00 FE 7E"),
        (codec.READ, "", "7E 00 03 00 FC 7E"),
        (0x56, "", "7E 00 56 00 A9 7E"),
        (0x80, "00", "7E 00 80 01 00 7D 5E 7E"),
        (codec.TYPE, "00", "7E 00 D0 01 00 2E 7E"),
        (codec.TYPE, "01", "7E 00 D0 01 01 2D 7E"),
        (codec.TYPE, "03", "7E 00 D0 01 03 2B 7E"),
        (0xD1, "", "7E 00 D1 00 2E 7E"),
        (0xD3, "", "7E 00 D3 00 2C 7E"),
        (0x10, "", "7E 00 10 00 EF 7E"),
    ],
)
def test_commands_of_the_datasheet(number: int, data: str, frame: str) -> None:
    assert codec.command(number, bytes.fromhex(data)) == bytes.fromhex(frame)


def test_the_command_that_wakes_it_is_stuffed() -> None:
    """11 is among the bytes that are: the tables of the datasheet print it without."""
    assert codec.command(codec.WAKE) == bytes.fromhex("7E 00 7D31 00 EE 7E")


def test_the_model_hears_it_as_the_datasheet_prints_it_too() -> None:
    model = Sps30UartModel()
    model.mode = "asleep"
    assert model.receive(bytes.fromhex("7E 00 11 00 EE 7E")) == b""
    model.receive(bytes.fromhex("FF 7E 00 11 00 EE 7E"))
    assert model.mode == "idle"


def test_the_datasheets_example_of_stuffing() -> None:
    assert codec.command(0, bytes.fromhex("43117F"))[4:8] == bytes.fromhex("437D317F")


def answer(number: int, state: int, data: bytes) -> bytes:
    body = bytes([0, number, state, len(data)]) + data
    stuffed = b"".join(
        bytes([0x7D, b ^ 0x20]) if b in b"\x7e\x7d\x11\x13" else bytes([b])
        for b in (*body, ~sum(body) & 0xFF)
    )
    return b"\x7e" + stuffed + b"\x7e"


def test_the_answer_without_data() -> None:
    assert codec.Parser().feed(NO_DATA) == [Answer(codec.READ, 0, False, b"")]


def test_every_byte_and_a_stuffed_check_pass_unharmed() -> None:
    for part in (bytes(range(128)), bytes(range(128, 256)), b"\x7e\x7d\x11\x13" * 4):
        assert codec.Parser().feed(answer(3, 0, part)) == [Answer(3, 0, False, part)]
    for byte in range(256):
        assert codec.Parser().feed(answer(3, 0, bytes([byte]))) == [
            Answer(3, 0, False, bytes([byte]))
        ]


def test_a_state_tells_refusal_and_fault_apart() -> None:
    assert codec.Parser().feed(answer(3, 0xC3, b"")) == [Answer(3, 0x43, True, b"")]


@pytest.mark.parametrize(
    "broken",
    [
        "7E 00 03 00 00 FD 7E",
        "7E 00 03 00 01 FB 7E",
        "7E 00 03 7D 00 FC 7E",
        "7E 00 03 FC 7E",
        "7E7E7E",
    ],
)
def test_what_is_no_answer(broken: str) -> None:
    assert codec.Parser().feed(bytes.fromhex(broken)) == []


def test_one_flag_between_frames_and_a_start_in_mid_frame() -> None:
    stream = NO_DATA[3:] + NO_DATA[1:] + NO_DATA
    assert len(codec.Parser().feed(stream)) == 2


def test_values_of_a_measurement() -> None:
    data = struct.pack(">10f", 1.5, 2.5, float("nan"), 1000.5, *range(6))
    assert codec.values(data) == {"pm1": 1.5, "pm2_5": 2.5, "pm4": None, "pm10": None}
    data = struct.pack(">10f", 0, 1000, float("inf"), -0.5, *range(6))
    assert codec.values(data) == {"pm1": 0, "pm2_5": 1000, "pm4": None, "pm10": None}
    assert codec.values(data[:20]) is None


def test_faults_of_the_status_register() -> None:
    assert codec.faults(bytes.fromhex("0000001000")) == ["its fan does not turn"]
    assert codec.faults(bytes.fromhex("0000002000")) == ["its laser has failed"]
    assert codec.faults(bytes.fromhex("0020000000")) == []


def test_fuzz() -> None:
    measurement = answer(3, 0, struct.pack(">10f", *range(10)))
    fuzz(codec.Parser, [measurement, NO_DATA, codec.command(codec.READ)], bound=520)


def test_endless_noise_is_not_kept() -> None:
    parser = codec.Parser()
    for _ in range(1000):
        parser.feed(b"\x55" * 100)
        assert parser.pending <= 520
    assert parser.feed(NO_DATA) == [Answer(codec.READ, 0, False, b"")]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig[Sps30UartModel]]:
    model = Sps30UartModel()
    with rigged(tmp_path, model, lambda bus: Sps30Uart(bus, Sps30UartConfig())) as rig:
        yield rig


@pytest.mark.parametrize("air", [(0.1, 0.2, 0.3, 0.4), (4, 6, 7, 8), (700.5, 800.25, 900, 1000)])
def test_the_driver_reads_the_air_of_the_model(
    rig: Rig[Sps30UartModel], air: tuple[float, float, float, float]
) -> None:
    expected = dict(zip(("pm1", "pm2_5", "pm4", "pm10"), air, strict=True))
    rig.air.becomes(**expected)
    rig.driver.open()
    assert rig.after(45) == {name: pytest.approx(pm, rel=1e-6) for name, pm in expected.items()}


def test_a_reading_is_the_mean_of_what_came_since_the_last(rig: Rig[Sps30UartModel]) -> None:
    rig.driver.open()
    rig.after(45)
    rig.air.becomes(pm4=10.0)
    rig.run(5)
    rig.air.becomes(pm4=20.0)
    assert rig.after(5)["pm4"] == pytest.approx(15.0, abs=2.1)


def test_while_it_starts_nothing_is_published(rig: Rig[Sps30UartModel]) -> None:
    rig.driver.open()
    assert rig.driver.read() == NOTHING
    assert rig.after(28) == NOTHING
    assert rig.after(6)["pm1"] == pytest.approx(4.0)


def test_while_it_cleans_its_fan_there_is_no_value(rig: Rig[Sps30UartModel]) -> None:
    rig.driver.open()
    rig.after(45)
    rig.model.receive(bytes.fromhex("7E005600A97E"))
    rig.after(3)
    assert rig.after(5) == NOTHING
    assert rig.after(5) != NOTHING


@pytest.mark.parametrize("mode", ["asleep", "measuring"])
def test_whatever_it_did_before_it_is_started(rig: Rig[Sps30UartModel], mode: str) -> None:
    start_with_integers = bytes.fromhex("7E 00 00 02 01 05 F7 7E")
    sleep = bytes.fromhex("7E 00 10 00 EF 7E")
    rig.model.receive(sleep if mode == "asleep" else start_with_integers)
    assert rig.model.mode == mode
    rig.driver.open()
    assert rig.after(45)["pm2_5"] == pytest.approx(6.0)


@pytest.mark.parametrize(("bit", "words"), [(4, "fan does not turn"), (5, "laser has failed")])
def test_a_broken_fan_or_laser_is_told(rig: Rig[Sps30UartModel], bit: int, words: str) -> None:
    rig.driver.open()
    rig.after(45)
    rig.model.register = 1 << bit
    with pytest.raises(BadData, match=words):
        rig.after(3)


def test_a_fan_that_is_a_little_slow_still_measures(rig: Rig[Sps30UartModel]) -> None:
    rig.driver.open()
    rig.model.register = 1 << 21
    assert rig.after(45)["pm2_5"] == pytest.approx(6.0)


def test_a_brown_out_is_seen_and_it_starts_anew(rig: Rig[Sps30UartModel]) -> None:
    rig.driver.open()
    rig.after(45)
    rig.model.cut_power()
    with pytest.raises(BadData, match="does not measure"):
        rig.run(3)
    rig.driver.close()
    rig.driver.open()
    assert rig.after(10) == NOTHING
    assert rig.after(35) != NOTHING


def test_close_stops_its_fan(rig: Rig[Sps30UartModel]) -> None:
    rig.driver.open()
    rig.driver.close()
    rig.driver.close()
    rig.time.sleep(0.2)
    assert rig.model.mode == "idle"


def test_another_sensor_that_speaks_shdlc_is_refused(rig: Rig[Sps30UartModel]) -> None:
    rig.model.product_type = "00080001"
    with pytest.raises(WrongDevice, match="found a sensor of type '00080001'"):
        rig.driver.open()


def test_another_part_is_told_by_its_bytes(rig: Rig[Sps30UartModel]) -> None:
    rig.bus.attach(Scripted(bytes.fromhex("AAC0D4043A0AA1601DAB")))
    with pytest.raises(WrongDevice, match="not one frame of the SPS30"):
        rig.driver.open()


def test_nothing_arrives_at_open(rig: Rig[Sps30UartModel]) -> None:
    rig.bus.fault = "silence"
    with pytest.raises(BusError, match="nothing arrives") as caught:
        rig.driver.open()
    assert "SEL" in caught.value.hint


def test_silence_is_a_bus_error(rig: Rig[Sps30UartModel]) -> None:
    rig.driver.open()
    rig.after(45)
    rig.bus.fault = "silence"
    with pytest.raises(BusError, match="no answer for"):
        rig.after(7)


def test_noise_makes_no_values(rig: Rig[Sps30UartModel]) -> None:
    rig.driver.open()
    rig.after(45)
    rig.run(1)
    rig.bus.fault = "noise"
    rig.driver.read()
    assert rig.after(4) == NOTHING


def test_unplugged_and_plugged_in_again(rig: Rig[Sps30UartModel]) -> None:
    rig.driver.open()
    rig.bus.unplug()
    with pytest.raises(BusError):
        rig.after(1)
    rig.driver.close()
    rig.bus.plug()
    rig.driver.open()
    assert rig.after(45)["pm2_5"] == pytest.approx(6.0)


def test_the_part_as_the_registry_sees_it() -> None:
    assert PART.bus == "serial"
    assert isinstance(PART.model(PART.config()), Sps30UartModel)
