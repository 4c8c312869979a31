"""LD2450: the vendor's vectors, the parser under noise, and the driver on the simulated port."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import SerialModel
from drivers.errors import BadData, BusError, DriverError, WrongDevice
from drivers.people.ld2450 import PART, codec
from drivers.people.ld2450.codec import Ack, Parser, Report, Target
from drivers.people.ld2450.driver import Ld2450, Ld2450Config
from drivers.people.ld2450.model import Ld2450Model
from drivers.quantities import BLIND_TIME, COUNT_IN, COUNT_OUT, TARGETS
from drivers.simulation.bodies import Body
from drivers.simulation.crowd import SCENARIOS, crowd
from drivers.simulation.scene import Scene, View
from drivers.simulation.walks import Walk, straight
from tests.drivers.settled import SceneTime, SettledSerial, Surroundings

# HLK-LD2450 serial protocol, the vendor's example of a report and of each command used.
REPORT = bytes.fromhex("aaff0300 0e03b18610004001" + "00" * 16 + "55cc")
TARGET = Target(-782, 1713, -16, 320)
SINGLE_FILE = SCENARIOS["single-file"]
ENABLE = bytes.fromhex("fdfcfbfa 0400 ff00 0100 04030201")
ENABLE_ACK = bytes.fromhex("fdfcfbfa 0800 ff01 0000 0100 4000 04030201")
END = bytes.fromhex("fdfcfbfa 0200 fe00 04030201")
END_ACK = bytes.fromhex("fdfcfbfa 0400 fe01 0000 04030201")
MULTI = bytes.fromhex("fdfcfbfa 0200 9000 04030201")
MULTI_ACK = bytes.fromhex("fdfcfbfa 0400 9001 0000 04030201")
SINGLE = bytes.fromhex("fdfcfbfa 0200 8000 04030201")


def test_vendor_vector_of_a_report() -> None:
    assert Parser().feed(REPORT) == [Report((TARGET,))]


@pytest.mark.parametrize(
    ("word", "value"), [("0080", 0), ("0000", 0), ("ffff", 32767), ("ff7f", -32767), ("0180", 1)]
)
def test_a_set_sign_bit_is_positive(word: str, value: int) -> None:
    slots = bytes.fromhex("00000000 0000 6801" + word * 3 + "6801" + "00" * 8)
    [report] = Parser().feed(b"\xaa\xff\x03\x00" + slots + b"\x55\xcc")
    assert report == Report((Target(0, 0, 0, 360), Target(value, value, value, 360)))


def test_a_report_without_targets_is_a_report() -> None:
    assert Parser().feed(bytes.fromhex("aaff0300" + "00" * 24 + "55cc")) == [Report(())]


def test_command_frames_byte_for_byte() -> None:
    assert codec.command(codec.ENABLE_CONFIGURATION, codec.ENABLE_DATA) == ENABLE
    assert codec.command(codec.MULTI_TARGET) == MULTI
    assert codec.command(codec.END_CONFIGURATION) == END


def test_acks_are_read_and_an_echo_of_a_command_is_none() -> None:
    assert Parser().feed(ENABLE + ENABLE_ACK + MULTI_ACK) == [
        Ack(codec.ENABLE_CONFIGURATION, 0, b"\x01\x00\x40\x00"),
        Ack(codec.MULTI_TARGET, 0, b""),
    ]
    refused = bytes.fromhex("fdfcfbfa 0400 9001 0100 04030201")
    assert Parser().feed(refused) == [Ack(codec.MULTI_TARGET, 1, b"")]


def test_a_frame_with_another_end_is_none() -> None:
    assert Parser().feed(REPORT[:28] + b"\x55\xcd" + ENABLE_ACK[:17] + b"\x02") == []


@pytest.mark.parametrize("cut", [REPORT[:4], REPORT[:17], REPORT[:29], ENABLE_ACK[:6], b"\xaa\xfd"])
def test_a_frame_cut_short_does_not_cost_the_next_one(cut: bytes) -> None:
    assert Parser().feed(cut + REPORT + REPORT) == [Report((TARGET,))] * 2


BEGINNINGS = st.sampled_from([REPORT[:4], REPORT[:29], REPORT[7:], ENABLE[:6], ENABLE_ACK[:17]])
LENGTHS = st.integers(0, 0xFFFF).map(lambda n: ENABLE[:4] + n.to_bytes(2, "little"))
SHORT_LENGTHS = st.integers(0, 60).map(lambda n: ENABLE[:4] + bytes([n, 0]))
PIECE = st.binary(max_size=40) | BEGINNINGS | LENGTHS | SHORT_LENGTHS
NOISE = st.lists(PIECE, max_size=8).map(b"".join)
COORDINATE = st.integers(-6000, 6000)


def report_bytes(*targets: tuple[int, int]) -> bytes:
    words = [0x8000 | v if v >= 0 else -v for x, y in targets for v in (x, y, 0)]
    triples = [words[i : i + 3] for i in range(0, len(words), 3)]
    slots = b"".join(b"".join(w.to_bytes(2, "little") for w in (*t, 360)) for t in triples)
    return REPORT[:4] + slots.ljust(24, b"\x00") + REPORT[-2:]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(noise=NOISE, cuts=st.lists(st.integers(0, 400)), x=COORDINATE, y=COORDINATE)
def test_after_any_noise_the_second_report_is_read(
    noise: bytes, cuts: list[int], x: int, y: int
) -> None:
    stream = noise + report_bytes((x, y)) + report_bytes((y, x))
    bounds = [0, *sorted(cuts), len(stream)]
    parser = Parser()
    frames = [f for a, b in pairwise(bounds) for f in parser.feed(stream[a:b])]
    assert frames[-1] == Report((Target(y, x, 0, 360),))
    assert parser.pending == 0


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    positions=st.lists(st.tuples(COORDINATE, COORDINATE), max_size=10),
    size=st.integers(1, 70),
)
def test_split_and_merged_reports_are_all_read(positions: list[tuple[int, int]], size: int) -> None:
    stream = b"".join(map(report_bytes, positions))
    parser = Parser()
    frames = [f for i in range(0, len(stream), size) for f in parser.feed(stream[i : i + size])]
    assert frames == [Report((Target(x, y, 0, 360),)) for x, y in positions]


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.lists(NOISE | st.binary(min_size=500, max_size=5000), max_size=20))
def test_the_parser_is_bounded_under_endless_noise(chunks: list[bytes]) -> None:
    parser = Parser()
    for chunk in chunks:
        parser.feed(chunk)
        assert parser.pending < len(REPORT)


def test_a_long_backlog_is_read_whole() -> None:
    assert len(Parser().feed(REPORT * 200)) == 200


# ---- The driver on the simulated port -------------------------------------------------------


class Walks:
    """People who walk as they are told."""

    def __init__(self, *walks: Walk) -> None:
        self.now_s = 0.0
        self.walks = list(walks)

    def step(self, seconds: float) -> View:
        self.now_s += seconds
        there = (walk for walk in self.walks if walk.starts_s <= self.now_s <= walk.ends_s)
        return View(self.now_s, tuple(walk.at(self.now_s) for walk in there))

    def add(self, direction: str, in_s: float) -> None:
        self.walks.append(
            straight(self.now_s + in_s, "in" if direction == "in" else "out", 1.2, 0.3)
        )


class Rig:
    """A radar on a port in a scene, polled as the gateway polls it."""

    def __init__(
        self, path: Path, scene: Surroundings, config: Ld2450Config | None = None, seed: int = 0
    ) -> None:
        config = config or Ld2450Config()
        self.bus = SettledSerial(path / "radar.tty", seed)
        self.time = SceneTime(self.bus, scene)
        self.bus.time = self.time
        self.model: SerialModel = Ld2450Model(config, seed)
        self.bus.attach(self.model)
        self.driver = Ld2450(self.bus, config)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.2)):
            self.time.sleep(0.2)
            self.driver.poll()

    def counts(self) -> tuple[float | None, float | None]:
        sample = self.driver.read()
        return sample["count_in"], sample["count_out"]


@pytest.fixture
def walks() -> Walks:
    return Walks()


@pytest.fixture
def rig(tmp_path: Path, walks: Walks) -> Iterator[Rig]:
    rig = Rig(tmp_path, walks)
    yield rig
    rig.driver.close()
    rig.bus.unplug()


@pytest.mark.parametrize("seed", range(6))
def test_of_a_seeded_scene_at_most_one_is_wrong(tmp_path: Path, seed: int) -> None:
    truth: list[str | None] = []
    scene = Scene(crowd(SINGLE_FILE, seed, 60), lambda walk: truth.append(walk.direction))
    rig = Rig(tmp_path, scene, seed=seed)
    rig.driver.open()
    while not scene.empty:
        rig.run(10)
    assert len(truth) == 60
    count_in, count_out = (int(count or 0) for count in rig.counts())
    assert abs(count_in - truth.count("in")) + abs(count_out - truth.count("out")) <= 1
    assert rig.driver.read()["blind_time"] == 0
    rig.driver.close()
    rig.bus.unplug()


@pytest.mark.parametrize("inward", ["approaching", "leaving"])
@pytest.mark.parametrize("line", [((1500, 2000), (-1500, 2000)), ((-300, 1600), (2000, 3300))])
def test_any_line_and_both_meanings_of_inward(
    tmp_path: Path, walks: Walks, inward: str, line: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    config = msgspec.convert({"line": line, "inward": inward}, Ld2450Config)
    rig = Rig(tmp_path, walks, config)
    rig.driver.open()
    for direction in ("in", "in", "out"):
        walks.add(direction, 4)
        rig.run(9)
    assert rig.counts() == (2, 1)
    rig.driver.close()
    rig.bus.unplug()


@pytest.mark.parametrize(("inward", "expected"), [("approaching", (1, 0)), ("leaving", (0, 1))])
def test_who_comes_nearer_to_the_radar_is_approaching(
    tmp_path: Path, walks: Walks, inward: str, expected: tuple[int, int]
) -> None:
    """Without the geometry of the model: reports by hand, y falls from 4 m to 0.6 m."""
    rig = Rig(tmp_path, walks, msgspec.convert({"inward": inward}, Ld2450Config))
    rig.driver.open()
    rig.bus.attach(Scripted([report_bytes((200, y)) for y in range(4000, 600, -100)]))
    rig.run(5)
    assert rig.counts() == expected
    rig.driver.close()
    rig.bus.unplug()


class Scripted(SerialModel):
    """Says one thing after the other, every 100 ms, whatever it is told."""

    def __init__(self, lines: list[bytes], answer: bytes = b"") -> None:
        self._lines = lines
        self._answer = answer
        self._steps = 0
        self.heard = b""

    def step(self, view: View) -> bytes:
        self._steps += 1
        return self._lines.pop(0) if self._lines and self._steps % 5 == 0 else b""

    def receive(self, data: bytes) -> bytes:
        self.heard += data
        return self._answer


def test_the_dialogue_at_open_byte_for_byte(rig: Rig) -> None:
    heard = b""
    receive = rig.model.receive

    def note(data: bytes) -> bytes:
        nonlocal heard
        heard += data
        return receive(data)

    rig.model.receive = note  # type: ignore[method-assign]
    rig.driver.open()
    assert rig.bus.baudrate == 256_000
    assert heard == ENABLE + MULTI + END
    assert rig.time.now_ns() < 1_000_000_000


def test_a_radar_left_in_single_target_mode_shows_all_again(rig: Rig, walks: Walks) -> None:
    rig.model.receive(ENABLE + SINGLE + END)
    walks.walks = [
        straight(5, "in", 1.0, 0.6),
        straight(6.2, "in", 1.0, -0.6),
        straight(7.4, "in", 1.0, 0.6),
    ]
    rig.driver.open()
    rig.run(5.4)
    assert rig.driver.read() == {"count_in": 0, "count_out": 0, "targets": 3, "blind_time": 0}
    rig.run(6)
    assert rig.counts() == (3, 0)


def test_a_part_left_in_configuration_reports_again(rig: Rig) -> None:
    rig.model.receive(ENABLE)
    rig.driver.open()
    rig.run(1)
    assert rig.driver.read()["targets"] == 0


def test_the_ignore_zone_of_the_configuration(tmp_path: Path, walks: Walks) -> None:
    zone = ((0, 500), (600, 500), (600, 5000), (0, 5000))
    rig = Rig(tmp_path, walks, Ld2450Config(ignore=(zone,)))
    rig.driver.open()
    walks.walks = [straight(5, "in", 1.0, 0.3), straight(5, "out", 1.0, -0.8)]
    walks.walks += [straight(5, "in", 1.0, -0.3)]
    rig.run(8)
    assert sum(value or 0 for value in rig.counts()) == 2
    rig.driver.close()
    rig.bus.unplug()


def test_a_late_poll_loses_nobody(rig: Rig, walks: Walks) -> None:
    rig.driver.open()
    walks.add("in", 4)
    rig.time.sleep(8)
    assert rig.counts() == (1, 0)
    assert rig.driver.read()["blind_time"] == 0


def test_read_alone_sees_what_a_poll_would(rig: Rig, walks: Walks) -> None:
    rig.driver.open()
    walks.add("in", 3)
    rig.time.sleep(2)
    assert rig.driver.read()["targets"] == 1


def test_silence_is_blind_time_then_an_error_and_costs_no_counts(rig: Rig, walks: Walks) -> None:
    rig.driver.open()
    walks.add("in", 4)
    rig.run(8)
    rig.bus.fault = "silence"
    rig.run(2)
    sample = rig.driver.read()
    assert "targets" not in sample
    assert sample["blind_time"] == pytest.approx(1.5, abs=0.15)
    rig.run(2)
    with pytest.raises(BusError, match=r"no valid report for 4 s, nothing came") as caught:
        rig.driver.read()
    assert "TX and RX are crossed" in caught.value.hint
    rig.bus.fault = None
    walks.add("in", 4)
    rig.run(8)
    assert rig.driver.read() == {
        "count_in": 2,
        "count_out": 0,
        "targets": 0,
        "blind_time": pytest.approx(3.5, abs=0.15),
    }


def test_short_silence_is_not_blind(rig: Rig) -> None:
    rig.driver.open()
    rig.run(1)
    rig.bus.fault = "silence"
    rig.run(0.4)
    rig.bus.fault = None
    rig.run(1)
    assert rig.driver.read()["blind_time"] == 0


def test_noise_in_operation_is_an_error_and_passes(rig: Rig, walks: Walks) -> None:
    rig.driver.open()
    walks.add("out", 4)
    rig.run(8)
    rig.bus.fault = "noise"
    rig.run(60)
    with pytest.raises(BusError, match=r"\d+ bytes of something else came"):
        rig.driver.read()
    rig.bus.fault = None
    rig.run(1)
    assert rig.counts() == (0, 1)


def test_unplugged_and_plugged_in_again_keeps_the_counts(rig: Rig, walks: Walks) -> None:
    rig.driver.open()
    walks.add("in", 4)
    rig.run(8)
    blind_before = rig.driver.read()["blind_time"]
    rig.bus.unplug()
    with pytest.raises(BusError):
        rig.driver.poll()
    with pytest.raises(BusError, match="cannot open"):
        rig.driver.open()
    rig.time.sleep(5)
    rig.bus.plug()
    rig.driver.open()
    walks.add("in", 4)
    rig.run(8)
    assert rig.counts() == (2, 0)
    assert blind_before == 0
    assert rig.driver.read()["blind_time"] == pytest.approx(4.6, abs=0.3)


def test_tracks_do_not_survive_a_new_open(rig: Rig, walks: Walks) -> None:
    """Somebody on the line meanwhile begins anew: half a walk is none."""
    rig.driver.open()
    walks.add("in", 4)
    rig.run(4)
    rig.driver.close()
    rig.driver.open()
    rig.run(4)
    assert rig.counts() == (0, 0)


def test_nothing_arrives(rig: Rig) -> None:
    rig.bus.fault = "silence"
    with pytest.raises(BusError, match="nothing arrives") as caught:
        rig.driver.open()
    assert "256000 baud" in caught.value.hint
    assert "5 V" in caught.value.hint
    assert rig.time.now_ns() < 1_200_000_000


def test_another_baud_rate_is_garbage(rig: Rig) -> None:
    rig.bus.attach(Scripted([bytes.fromhex("80f87e0018c0fe78") * 4] * 20))
    with pytest.raises(WrongDevice, match=r"\d+ bytes arrived, but no report") as caught:
        rig.driver.open()
    assert "256000 baud" in caught.value.hint
    assert rig.time.now_ns() < 1_200_000_000


def test_a_part_with_the_same_commands_but_other_reports_is_refused(rig: Rig) -> None:
    ld2410 = bytes.fromhex("f4f3f2f1 0d00 02aa 02 5100 00 0000 3b 0000 5500 f8f7f6f5")
    rig.bus.attach(Scripted([ld2410] * 20, ENABLE_ACK + MULTI_ACK + END_ACK))
    with pytest.raises(WrongDevice, match="no report of an LD2450"):
        rig.driver.open()


def test_a_broken_wire_to_the_radar_is_named(rig: Rig) -> None:
    rig.bus.attach(Scripted([REPORT] * 20))
    with pytest.raises(BusError, match="does not answer") as caught:
        rig.driver.open()
    assert "gateway's TX" in caught.value.hint


def test_a_refused_command_is_named_and_the_part_is_left_reporting(rig: Rig) -> None:
    refused = bytes.fromhex("fdfcfbfa 0400 9001 0100 04030201")
    part = Scripted([REPORT] * 20, ENABLE_ACK + refused)
    rig.bus.attach(part)
    with pytest.raises(BadData, match="refuses command 0090"):
        rig.driver.open()
    rig.time.sleep(0.1)
    assert part.heard == ENABLE + MULTI + END


def test_noise_at_open_fails_and_the_next_open_works(rig: Rig, walks: Walks) -> None:
    rig.bus.fault = "noise"
    with pytest.raises(DriverError):
        rig.driver.open()
    rig.bus.fault = None
    rig.driver.open()
    walks.add("in", 4)
    rig.run(8)
    assert rig.counts() == (1, 0)


def test_read_before_open_and_after_close(rig: Rig) -> None:
    with pytest.raises(BusError, match="not open"):
        rig.driver.read()
    rig.driver.open()
    rig.driver.close()
    rig.driver.close()
    with pytest.raises(BusError, match="not open"):
        rig.driver.read()


def test_reports_faster_than_real_do_not_run_ahead_of_time(rig: Rig) -> None:
    rig.driver.open()
    rig.bus.attach(Scripted([REPORT * 9] * 50))
    rig.run(4)
    rig.bus.fault = "silence"
    rig.run(1)
    assert rig.driver.read()["blind_time"] == pytest.approx(0.5, abs=0.15)


def test_the_part_as_the_registry_sees_it() -> None:
    assert PART.bus == "serial"
    assert set(Ld2450.channels) == {COUNT_IN, COUNT_OUT, TARGETS, BLIND_TIME}
    assert isinstance(PART.model(PART.config()), Ld2450Model)


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"line": [[-2, 2], [2, 2]]}, "ends in mm"),
        ({"line": [[0, 1000], [0, 3000]]}, "points at the radar"),
        ({"line": [[0, 1000]]}, "length 2"),
        ({"ignore": [[[0, 0], [1, 1]]]}, "length >= 3"),
        ({"inward": "up"}, "Invalid enum value"),
        ({"lines": []}, "unknown field"),
    ],
)
def test_configurations_that_cannot_work_are_refused(
    config: dict[str, object], complaint: str
) -> None:
    with pytest.raises(msgspec.ValidationError, match=complaint):
        msgspec.convert(config, Ld2450Config)


# ---- The model against the facts ------------------------------------------------------------


def test_the_model_shows_the_nearest_three_in_view() -> None:
    model = Ld2450Model()
    people = tuple(
        Body(along, across, 0.3)
        for along, across in ((0, 0), (-2, 1), (1, 0), (-3, 0), (1.9, 1), (-5, 0))
    )
    seen: Counter[tuple[int, int]] = Counter()
    for frame in range(100):
        [report] = Parser().feed(model.step(View(0.1 + frame / 10, people)))
        assert isinstance(report, Report)
        assert len(report.targets) <= 3
        seen.update((round(t.x / 500), round(t.y / 500)) for t in report.targets)
    assert {place for place, times in seen.items() if times > 50} == {(0, 4), (2, 8), (0, 2)}


def test_the_model_speaks_ten_times_a_second_and_is_silent_in_configuration() -> None:
    model = Ld2450Model()
    steps = [model.step(View((tick + 1) * 0.02)) for tick in range(500)]
    assert sum(len(sent) == 30 for sent in steps) == 100
    assert model.receive(MULTI) == b""
    assert model.receive(ENABLE[:5]) == b""
    assert model.receive(ENABLE[5:]) == ENABLE_ACK
    assert model.step(View(20)) == b""
    assert model.receive(MULTI + END) == MULTI_ACK + END_ACK
    assert len(model.step(View(20.1))) == 30


def test_the_same_seed_gives_the_same_bytes() -> None:
    def sent(seed: int) -> bytes:
        model, scene = Ld2450Model(seed=seed), Scene(crowd(SINGLE_FILE, 1))
        return b"".join(model.step(scene.step(0.1)) for _ in range(300))

    assert sent(1) == sent(1) != sent(2)


@pytest.mark.parametrize(
    ("frame", "ack"),
    [
        ("FDFCFBFA 0800 FF01 0000 0100 4000 04030201", (0xFF, 0, "01004000")),
        ("FDFCFBFA 0600 9101 0000 0200 04030201", (0x91, 0, "0200")),
        ("FDFCFBFA 0C00 A001 0000 0000 0201 16240622 04030201", (0xA0, 0, "0000020116240622")),
        ("FDFCFBFA 0A00 A501 0000 8F272EB80F65 04030201", (0xA5, 0, "8F272EB80F65")),
    ],
)
def test_acknowledgements_of_the_vendor(frame: str, ack: tuple[int, int, str]) -> None:
    word, status, data = ack
    assert codec.Parser().feed(bytes.fromhex(frame)) == [
        codec.Ack(word, status, bytes.fromhex(data))
    ]


def test_the_firmware_version_of_the_vendor() -> None:
    assert codec.firmware(bytes.fromhex("0000020116240622")) == "V1.02.22062416"


def test_the_region_of_the_vendor_is_in_twos_complement() -> None:
    data = bytes.fromhex("0100" + "E803E80318FC8813" + "00" * 16)
    empty = (0, 0, 0, 0)
    assert codec.regions(data) == (1, ((1000, 1000, -1000, 5000), empty, empty))
