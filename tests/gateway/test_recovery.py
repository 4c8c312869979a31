"""What the service asks for, what root believes of it, and what root then does."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bus.i2c_recovery import Lines, controller_of, recover
from drivers.bus.linux_gpio import open_drain
from drivers.environment.mcp9808.driver import Mcp9808, Mcp9808Config
from drivers.environment.mcp9808.model import Mcp9808Model
from drivers.errors import BusError
from drivers.timebase import VirtualTimebase
from gateway import config
from gateway.app import Node
from gateway.backoff import Backoff
from gateway.cli import main
from gateway.errors import GatewayError
from gateway.model import Gap, Moment, Note, Reading
from gateway.recovery import (
    LEAST_APART_S,
    REQUEST,
    Computer,
    NoRecovery,
    NotNow,
    Recovery,
    Requests,
    requested,
)
from gateway.sampling.bus_care import RECOVERY_EVERY_NS
from gateway.sampling.grid import Grid
from gateway.sampling.sampler import Sampler
from gateway.sampling.sensor import Sensor
from gateway.sampling.wire import Wire
from tests.drivers.bus.board import CONTROLLER, SCL, SDA, Board
from tests.gateway.simulated_clock import SimulatedClock

TEXT = """\
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}}}
buffer: {{path: {folder}/log.db, reserve: 0}}
buses:
  main: {{type: i2c, device: /dev/i2c-1, recovery: clock, pins: {{scl: 3, sda: 2}}}}
  roof: {{type: i2c, device: /dev/i2c-3, recovery: rebind}}
  door: {{type: i2c-mux, parent: main, channel: 0}}
  plain: {{type: i2c, device: /dev/i2c-4}}
  made: {{type: i2c, device: /dev/i2c-5, recovery: rebind, simulated: true}}
  radar: {{type: serial, device: /dev/ttyUSB77}}
sensors:
  - {{name: air, driver: bme280, bus: roof, interval: 10s}}
uplinks: []
"""


class Rig:
    """Root on a made board."""

    def __init__(self, folder: Path) -> None:
        self.board = Board(folder)
        self.time = VirtualTimebase()
        self.processes = folder / "proc"
        self.notes = folder / "notes"
        self.config = config.parse(TEXT.format(folder=folder))
        self.folder = folder
        self.recovery = Recovery(
            self.config,
            Computer(
                self.board.make_factory, self.time, self.board.sysfs, self.processes, self.notes
            ),
        )

    def uses(self, process: str, device: str) -> None:
        folder = self.processes / process / "fd"
        folder.mkdir(parents=True)
        (folder / "3").symlink_to(device)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_held_line_is_clocked_free(rig: Rig) -> None:
    rig.board.bus.hold(7)
    told = rig.recovery.recover("main")
    assert told == (
        "bus main: the driver of /dev/i2c-1 (fe804000.i2c) was bound again, after 7 pulses "
        "and a STOP"
    )
    assert rig.board.clocked_while_unbound


def test_rebinding_alone_touches_no_line(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "one")
    rig.board = Board(tmp_path / "two", "i2c-3")
    computer = Computer(rig.board.make_factory, rig.time, rig.board.sysfs, rig.processes, rig.notes)
    told = Recovery(rig.config, computer).recover("roof")
    assert told == "bus roof: the driver of /dev/i2c-3 (fe804000.i2c) was bound again"
    assert (rig.board.written("bind"), rig.board.pulses) == (CONTROLLER, 0)


def test_once_in_some_minutes_is_enough(rig: Rig) -> None:
    rig.recovery.recover("main")
    (rig.board.driver / "unbind").write_text("")
    rig.time.sleep(LEAST_APART_S - 1)
    with pytest.raises(NotNow) as caught:
        rig.recovery.recover("main")
    assert caught.value.hint == "try again in 1 s"
    assert rig.board.written("unbind") == ""
    rig.time.sleep(2)
    rig.recovery.recover("main")
    assert RECOVERY_EVERY_NS / 1e9 > LEAST_APART_S


def test_one_that_failed_counts_too(rig: Rig) -> None:
    rig.board.bus.scl_shorted = True
    with pytest.raises(BusError):
        rig.recovery.recover("main")
    with pytest.raises(NotNow):
        rig.recovery.recover("main")


def test_a_device_that_somebody_holds_would_keep_the_kernel_waiting(rig: Rig) -> None:
    rig.uses("77", "/dev/i2c-2")
    rig.uses("4711", "/dev/i2c-1")
    with pytest.raises(NotNow, match="/dev/i2c-1 is in use by process 4711") as caught:
        rig.recovery.recover("main")
    assert "systemctl stop gateway" in caught.value.hint
    assert rig.board.written("unbind") == ""


def test_what_a_run_that_was_killed_has_taken_away_the_next_one_gives_back(rig: Rig) -> None:
    rig.recovery.recover("main")
    rig.board.gone()
    (rig.board.driver / "bind").write_text("")
    rig.time.sleep(LEAST_APART_S)
    rig.recovery.recover("main")
    assert rig.board.written("bind") == CONTROLLER


def test_a_bus_that_never_was_there_cannot_be_recovered(rig: Rig) -> None:
    rig.board.gone()
    with pytest.raises(BusError, match="has no controller"):
        rig.recovery.recover("main")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("mian", "the configuration has no such bus"),
        ("../../etc/passwd", "the configuration has no such bus"),
        ("", "the configuration has no such bus"),
        ("door", "door is a channel of main"),
        ("plain", "no recovery is configured for bus plain"),
        ("made", "no recovery is configured"),
        ("radar", "no recovery is configured"),
    ],
)
def test_only_what_is_configured_is_done(rig: Rig, name: str, told: str) -> None:
    with pytest.raises(NoRecovery, match=told) as caught:
        rig.recovery.recover(name)
    assert caught.value.hint
    assert not rig.notes.exists()


def test_notes_that_cannot_be_kept_stop_it_before_anything_is_done(rig: Rig) -> None:
    rig.notes.write_text("no folder")
    with pytest.raises(NoRecovery, match="cannot be written"):
        rig.recovery.recover("main")
    assert rig.board.written("unbind") == ""


def test_rubbish_in_place_of_a_note_is_no_note(rig: Rig) -> None:
    rig.notes.mkdir()
    (rig.notes / "main.json").write_text('{"up_s": "soon"}')
    rig.recovery.recover("main")


def test_a_request_is_a_list_of_names(tmp_path: Path) -> None:
    clock = SimulatedClock()
    requests = Requests(tmp_path, clock)
    assert requested(tmp_path) == []
    requests.ask("main")
    assert json.loads((tmp_path / REQUEST).read_text()) == ["main"]
    clock.sleep(5)
    requests.ask("roof")
    assert requested(tmp_path) == ["main", "roof"]
    clock.sleep(300)
    requests.ask("main")
    assert requested(tmp_path) == ["main"]


def test_a_folder_that_takes_nothing_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    Requests(tmp_path / "absent", SimulatedClock()).ask("main")
    assert "bus main: recovery cannot be asked for" in caplog.text


def _link(path: Path) -> None:
    path.with_name("elsewhere").write_text('["main"]')
    path.symlink_to("elsewhere")


@pytest.mark.parametrize(
    "put",
    [
        _link,
        os.mkfifo,
        Path.mkdir,
        lambda path: path.write_bytes(b"[" * 5000),
        lambda path: path.write_bytes(b'["' + b"x" * 5000 + b'"]'),
        lambda path: path.write_bytes(b'{"bus": "main"}'),
        lambda path: path.write_bytes(b"[1]"),
        lambda path: path.write_bytes(b'["\xff"]'),
        lambda path: path.write_bytes(b""),
    ],
)
def test_whatever_else_is_in_its_place_is_an_error(tmp_path: Path, put: Any) -> None:
    put(tmp_path / REQUEST)
    with pytest.raises(GatewayError, match="is no request for recovery") as caught:
        requested(tmp_path)
    assert "sudo rm" in caught.value.hint


@given(st.binary(max_size=200))
def test_any_bytes_are_names_or_an_error(tmp_path_factory: Any, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("request")
    (folder / REQUEST).write_bytes(content)
    with suppress(GatewayError):
        assert all(isinstance(name, str) for name in requested(folder))


def _verb(folder: Path, *words: str) -> int:
    file = folder / "gateway.yaml"
    file.write_text(TEXT.format(folder=folder))
    return main(["recover", *words, "--config", str(file)])


def test_the_verb_answers_for_each_bus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _verb(tmp_path, "plain") == 1
    told = capsys.readouterr().out
    assert "bus 'plain' was not recovered: no recovery is configured" in told
    assert "-> for a bus of type i2c" in told
    assert _verb(tmp_path, "--requested") == 0
    assert capsys.readouterr().out == "nothing is asked for\n"
    (tmp_path / REQUEST).write_text('["door", "\\u001b[2J"]')
    assert _verb(tmp_path, "--requested", "--json") == 1
    buses = json.loads(capsys.readouterr().out)["buses"]
    assert [(bus["bus"], bus["recovered"]) for bus in buses] == [
        ("door", False),
        ("\x1b[2J", False),
    ]
    assert _verb(tmp_path, "--requested") == 1
    assert capsys.readouterr().out.replace("\n", "").isprintable()


def test_the_verb_wants_a_bus_or_those_that_are_asked_for(tmp_path: Path) -> None:
    for words in ((), ("main", "--requested")):
        with pytest.raises(SystemExit) as caught:
            _verb(tmp_path, *words)
        assert caught.value.code == 2


def test_a_node_asks_for_its_bus(tmp_path: Path) -> None:
    clock = SimulatedClock()
    node = Node(
        config.parse(TEXT.format(folder=tmp_path).replace("/dev/i2c-3", "/dev/i2c-77")), clock
    )
    worker = next(worker for worker in node.workers if worker.name == "bus roof")
    worker.step()
    assert requested(tmp_path) == ["roof"]
    [finding] = [found for found in node.findings() if found.about.startswith("bus")]
    assert (finding.about, finding.problem) == ("bus roof", "is not there")
    node.log.close()
    node.buses.close()


class Sink:
    """A log with room."""

    has_room = True

    def begun(self, sensor: str) -> Note | None:
        return None

    def measured_until(self, sensor: str) -> Moment | None:
        return None

    def append(self, reading: Reading) -> Reading:
        return reading

    def append_gap(self, gap: Gap) -> None: ...

    def note(self, note: Note) -> None: ...


@pytest.mark.parametrize(("bits", "well"), [(1, True), (9, True), (10, False)])
def test_from_the_held_line_to_the_next_reading(tmp_path: Path, bits: int, well: bool) -> None:
    """Sensor, care, request and lines together; only the program between them is left out."""
    board, clock, grid = Board(tmp_path), SimulatedClock(), Grid()
    sensors = []
    for address in (0x18, 0x19):
        part = Mcp9808Config(address=address)
        board.bus.attach(Mcp9808Model(part))
        driver = Mcp9808(board.bus, part)
        backoff = Backoff(1.0, 60.0)
        sensors.append(Sensor(f"s{address:x}", driver, 10, clock, grid, backoff))
    controller = controller_of(board.device, board.sysfs)

    @contextmanager
    def lines() -> Iterator[Lines]:
        with open_drain(board.make_factory, (SCL, SDA)) as taken:
            yield Lines(*taken)

    def recovered() -> None:
        with nullcontext() if well else pytest.raises(BusError):
            recover(controller, lines, clock)

    wire = Wire({"main": [one.name for one in sensors]}, clock, board.bus.close, recovered)
    for sensor in sensors:
        sensor.care = wire
    sampler = Sampler(sensors, Sink(), clock)
    clock.run(30, sampler.sample_once)
    board.bus.hold(bits)
    clock.run(15, sampler.sample_once)
    assert wire.findings() != []
    clock.run(30, sampler.sample_once)
    assert (wire.findings() == []) is well
    assert all(sensor.present for sensor in sensors) is well
