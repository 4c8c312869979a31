"""LD2410: the vendor's vectors, the parser under noise, and the driver on the simulated port."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.contract import SerialModel
from drivers.errors import BadData, BusError, DriverError, WrongDevice
from drivers.people import hilink
from drivers.people.hilink import Ack
from drivers.people.ld2410 import codec
from drivers.people.ld2410.codec import Parser, Report, Seen
from drivers.people.ld2410.driver import Ld2410, Ld2410Config
from drivers.people.ld2410.model import Ld2410Model
from drivers.people.ld2410.probe import PROBE
from drivers.people.ld2450.driver import Ld2450, Ld2450Config
from drivers.people.ld2450.model import Ld2450Model
from drivers.simulation.bodies import CHILD, DOG, Body
from drivers.simulation.scene import View
from tests.drivers.environment.serial_rig import fuzz
from tests.drivers.people.doorway import Way, stops, straight
from tests.drivers.people.serial_door import SerialDoor, serial_door

# HLK-LD2410 serial protocol, the vendor's examples.
BASIC = bytes.fromhex("f4f3f2f1 0d00 02aa 02 5100 00 0000 3b 0000 5500 f8f7f6f5")
ENGINEERING = bytes.fromhex(
    "f4f3f2f1 2300 01aa 03 1e00 3c 0000 39 0000 08 08 3c2205030304030605"
    "000039101306060804 0305 5500 f8f7f6f5"
)
ENABLE = bytes.fromhex("fdfcfbfa 0400 ff00 0100 04030201")
ENABLE_ACK = bytes.fromhex("fdfcfbfa 0800 ff01 0000 0100 4000 04030201")
FIRMWARE = bytes.fromhex("fdfcfbfa 0200 a000 04030201")
FIRMWARE_ACK = bytes.fromhex("fdfcfbfa 0c00 a001 0000 0001 0701 16150922 04030201")
END = bytes.fromhex("fdfcfbfa 0200 fe00 04030201")
END_ACK = bytes.fromhex("fdfcfbfa 0400 fe01 0000 04030201")
STILL = Report(None, Seen(0, 59), 0)
NOBODY = bytes.fromhex("f4f3f2f1 0d00 02aa 00 0000 00 0000 00 0000 5500 f8f7f6f5")


def test_vendor_vector_of_a_basic_report() -> None:
    assert Parser().feed(BASIC) == [STILL]


def test_vendor_vector_of_an_engineering_report() -> None:
    assert Parser().feed(ENGINEERING) == [Report(Seen(30, 60), Seen(0, 57), 0)]


def test_an_engineering_report_of_older_firmware_has_no_light() -> None:
    older = ENGINEERING.replace(b"\x23\x00\x01", b"\x21\x00\x01").replace(b"\x03\x05U", b"U")
    assert Parser().feed(older) == [Report(Seen(30, 60), Seen(0, 57), 0)]


def test_acks_of_the_vendor() -> None:
    assert Parser().feed(ENABLE_ACK + FIRMWARE_ACK) == [
        Ack(hilink.ENABLE_CONFIGURATION, 0, b"\x01\x00\x40\x00"),
        Ack(codec.FIRMWARE, 0, bytes.fromhex("0001 0701 16150922")),
    ]


def test_the_firmware_version_is_little_endian_as_that_of_the_ld2450() -> None:
    assert codec.firmware(bytes.fromhex("0001 0701 16150922")) == "V1.07.22091516"


def test_the_parameters_of_the_model_are_read() -> None:
    model = Ld2410Model()
    acks = Parser().feed(model.receive(ENABLE + hilink.command(codec.PARAMETERS) + END))
    found = codec.parameters(acks[1].data if isinstance(acks[1], Ack) else b"")
    assert found is not None
    assert (found.moving[0], found.still[8], found.no_one_s) == (50, 20, 5)
    assert codec.parameters(b"\xaa\x08\x08") is None


@pytest.mark.parametrize(
    ("place", "value"),
    [(4, 0x0E), (6, 3), (6, 1), (7, 0xAB), (8, 4), (11, 101), (17, 0x54), (22, 0xF6)],
)
def test_what_only_begins_like_a_report_is_none(place: int, value: int) -> None:
    spoilt = bytearray(BASIC)
    spoilt[place] = value
    assert Parser().feed(bytes(spoilt)) == []
    assert Parser().feed(bytes(spoilt) + BASIC * 2)[-1] == STILL


def test_a_basic_report_has_one_length() -> None:
    longer = bytes.fromhex("f4f3f2f1 0f00 02aa 02 5100 00 0000 3b 0000 0000 5500 f8f7f6f5")
    assert Parser().feed(longer) == []


@pytest.mark.parametrize("frame", [BASIC, ENGINEERING])
def test_noise_costs_one_frame_at_most(frame: bytes) -> None:
    fuzz(Parser, [frame, BASIC, ENGINEERING, ENABLE_ACK], 74)


@pytest.mark.parametrize("size", [1, 2, 7, 24, 70])
def test_split_frames_are_all_read(size: int) -> None:
    stream, parser = (BASIC + ENGINEERING) * 5, Parser()
    frames = [f for i in range(0, len(stream), size) for f in parser.feed(stream[i : i + size])]
    assert len(frames) == 10


# ---- The driver on the simulated port -------------------------------------------------------

Door = SerialDoor[SerialModel]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    model: SerialModel = Ld2410Model()
    with serial_door(tmp_path, model, lambda bus: Ld2410(bus, Ld2410Config())) as door:
        yield door


class Scripted(SerialModel):
    """Reports ten times a second, and gives one answer to whatever it is told."""

    def __init__(self, report: bytes, answer: bytes = ENABLE_ACK + FIRMWARE_ACK + END_ACK) -> None:
        self.report, self.answer, self.heard = report, answer, b""
        self._tenth = 0

    def step(self, view: View) -> bytes:
        before, self._tenth = self._tenth, round(view.now_s * 50) // 5
        return self.report * (self._tenth - before)

    def receive(self, data: bytes) -> bytes:
        self.heard += data
        return self.answer


def test_the_dialogue_byte_for_byte(door: Door) -> None:
    part = Scripted(BASIC)
    door.bus.attach(part)
    door.open()
    assert part.heard == ENABLE + FIRMWARE + END


@pytest.mark.parametrize("engineering", [False, True])
def test_who_walks_through_moves_and_occupies(tmp_path: Path, engineering: bool) -> None:
    model = Ld2410Model()
    model.engineering = engineering
    with serial_door(tmp_path, model, lambda bus: Ld2410(bus, Ld2410Config())) as door:
        door.open()
        assert door.after(1)["motion"] == 0
        assert door.after(1.6, Way(straight(1.0, 1.5)))["motion"] == 1
        sample = door.after(10)
        assert (sample["motion"], sample["activations"]) == (0, 1)
        assert (sample["blind_time"] or 0) < 0.4  # the dialogue
        assert sample["occupied_time"] == pytest.approx(1.6 + 5, abs=0.5)
        assert model.engineering is engineering


def test_who_sits_still_does_not_move_and_is_there(door: Door) -> None:
    door.open()
    door.let(1)
    sample = door.after(60, Way(stops((1.0, 2.0), (1.0, 58.0))))
    assert (sample["motion"], sample["activations"]) == (0, 1)
    assert sample["occupied_time"] == pytest.approx(60, abs=1)


def test_loitering_and_a_turn_back_are_one_activation_each(door: Door) -> None:
    door.open()
    door.let(1)
    door.let(30, Way(stops((0.2, 2), (-0.3, 3), (0.2, 5), (0.2, 10), (-1.5, 2))))
    sample = door.after(20, Way(stops((0.0, 2), (-1.5, 2))))
    assert sample["activations"] == 2


def test_two_side_by_side_are_one_activation(door: Door) -> None:
    door.open()
    door.let(1)
    sample = door.after(15, Way(straight(1.0), -0.3), Way(straight(1.0), 0.3))
    assert sample["activations"] == 1


def test_who_is_farther_than_configured_is_nobody(tmp_path: Path) -> None:
    config = msgspec.convert({"within_cm": 100}, Ld2410Config)
    with serial_door(tmp_path, Ld2410Model(), lambda bus: Ld2410(bus, config)) as door:
        door.open()
        far, near = Way(stops((2.0, 10), begins=2.0)), Way(stops((0.5, 10), begins=0.5))
        assert door.after(10, far)["occupied_time"] == 0
        assert (door.after(10, near)["occupied_time"] or 0) > 9


def test_silence_is_blind_time_then_an_error_and_costs_nothing(door: Door) -> None:
    door.open()
    door.let(1)
    door.let(8, Way(straight(1.0)))
    before = door.driver.read()["blind_time"] or 0
    assert before < 0.4  # the dialogue
    door.bus.fault = "silence"
    sample = door.after(2)
    assert sample["motion"] is None
    assert sample["blind_time"] == pytest.approx(before + 1.5, abs=0.15)
    door.let(2)
    with pytest.raises(BusError, match=r"for 4 s, nothing came") as caught:
        door.driver.read()
    assert "TX and RX are crossed" in caught.value.hint
    door.bus.fault = None
    sample = door.after(1)
    assert (sample["motion"], sample["activations"]) == (0, 1)
    assert sample["blind_time"] == pytest.approx(before + 3.5, abs=0.25)


def test_a_late_poll_loses_nothing(door: Door) -> None:
    door.open()
    before = door.after(1)["blind_time"]
    door.scene.ways, door.scene.began_s = (Way(straight(1.0)),), door.scene.now_s
    door.time.sleep(3)
    sample = door.driver.read()
    assert (sample["activations"], sample["blind_time"]) == (1, before)
    assert sample["occupied_time"] == pytest.approx(3, abs=0.5)


def test_noise_is_an_error_that_tells_of_it(door: Door) -> None:
    door.open()
    door.let(1)
    door.bus.fault = "noise"
    door.let(4)
    with pytest.raises(BusError, match=r"\d+ bytes of something else came"):
        door.driver.read()


def test_unplugged_in_mid_passage_and_plugged_in_again(door: Door) -> None:
    door.open()
    door.let(1)
    door.let(2, Way(straight(1.0)))
    door.bus.unplug()
    with pytest.raises(BusError):
        door.driver.read()
    door.bus.plug()
    door.open()
    sample = door.after(8)
    assert (sample["motion"], sample["activations"]) == (0, 1)


def test_a_part_left_in_configuration_reports_again(door: Door) -> None:
    door.model.receive(ENABLE)
    door.open()
    assert door.after(1)["motion"] == 0


def test_nothing_arrives(door: Door) -> None:
    door.bus.fault = "silence"
    with pytest.raises(BusError, match="nothing arrives") as caught:
        door.open()
    assert "256000 baud" in caught.value.hint
    assert door.time.now_ns() <= 1_250_000_000


@pytest.mark.parametrize("baudrate", [9_600, 115_200])
def test_another_baud_rate_is_noise(door: Door, baudrate: int) -> None:
    other = Scripted(BASIC)
    other.baudrate = baudrate  # type: ignore[misc]
    door.bus.attach(other)
    with pytest.raises(WrongDevice, match=r"no report of an LD2410$") as caught:
        door.open()
    assert "256000 baud" in caught.value.hint


def test_an_ld2450_is_another_part_and_the_hint_names_its_driver(door: Door) -> None:
    door.bus.attach(Ld2450Model(Ld2450Config()))
    with pytest.raises(WrongDevice, match="those of an LD2450") as caught:
        door.open()
    assert "`driver: ld2450`" in caught.value.hint


def test_at_the_driver_of_the_ld2450_it_is_another_part(tmp_path: Path) -> None:
    made: Any = Ld2450Config()
    with serial_door(tmp_path, Ld2410Model(), lambda bus: Ld2450(bus, made)) as door:
        with pytest.raises(WrongDevice, match="those of an LD2410") as caught:
            door.open()
        assert "`driver: ld2410`" in caught.value.hint
        assert door.time.now_ns() <= 1_250_000_000


def test_a_broken_wire_to_the_radar_is_named(door: Door) -> None:
    door.bus.attach(Scripted(BASIC, b""))
    with pytest.raises(BusError, match="does not answer") as caught:
        door.open()
    assert "gateway's TX" in caught.value.hint


def test_a_refused_command_is_named(door: Door) -> None:
    refused = bytes.fromhex("fdfcfbfa 0400 a001 0100 04030201")
    door.bus.attach(Scripted(BASIC, ENABLE_ACK + refused))
    with pytest.raises(BadData, match="refuses command 00a0"):
        door.open()


def test_noise_at_open_fails_and_the_next_open_works(door: Door) -> None:
    door.bus.fault = "noise"
    with pytest.raises(DriverError):
        door.open()
    door.bus.fault = None
    door.open()


def test_reports_faster_than_real_do_not_run_ahead_of_time(door: Door) -> None:
    door.open()
    door.bus.attach(Scripted(BASIC * 9))
    sample = door.after(4)
    assert (sample["occupied_time"] or 0) <= 4.2


def test_the_probe_wants_two_reports() -> None:
    assert PROBE.hear is not None
    assert PROBE.hear(b"\x00" + BASIC + ENGINEERING) == "speaks, reports: 2"
    assert PROBE.hear(BASIC) is None


# ---- The model ------------------------------------------------------------------------------


def reports(*bodies: Body, seconds: float = 3.0) -> list[Report]:
    model, parser = Ld2410Model(), Parser()
    stream = b"".join(
        model.step(View(tenth / 10, bodies)) for tenth in range(round(seconds * 10) + 1)
    )
    return [frame for frame in parser.feed(stream) if isinstance(frame, Report)]


def test_the_model_measures_what_moves_and_what_is_still() -> None:
    last = reports(Body(1.5, 0.0, 1.0), Body(-2.0, 0.0, 0.0))[-1]
    assert last.moving is not None
    assert last.still is not None
    assert last.moving.distance == pytest.approx(150, abs=40)
    assert last.still.distance == pytest.approx(200, abs=40)


def test_the_model_sees_children_near_and_hardly_dogs_far_away() -> None:
    assert reports(Body(1.0, 0.0, 0.8, shape=CHILD))[-1].moving
    assert not reports(Body(4.5, 0.0, 0.8, shape=DOG))[-1].moving


def test_the_model_speaks_ten_times_a_second_and_is_silent_in_configuration() -> None:
    model = Ld2410Model()
    assert len(Parser().feed(b"".join(model.step(View(i / 50)) for i in range(51)))) == 10
    model.receive(ENABLE)
    assert model.step(View(2.0)) == b""
