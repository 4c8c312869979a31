"""The recorder: drivers notice nothing, and what it told counts the same people once more."""

import json
from pathlib import Path
from typing import Any

import pytest

from drivers.bus.multiplexer import Multiplexers, MuxChannel
from drivers.bus.ports import Edge, GpioInput
from drivers.bus.recorder import (
    RECORDERS,
    RecordedGpio,
    RecordedI2c,
    RecordedOneWire,
    RecordedSerial,
)
from drivers.bus.sim import SimulatedI2c, SimulatedOneWire, SimulatedSerial
from drivers.bus.tca9548a_model import Tca9548aModel
from drivers.environment.ds18b20 import PART as DS18B20
from drivers.errors import BusError
from drivers.people.beam_pair.driver import BeamPair
from drivers.people.ld2450.driver import Ld2450, Ld2450Config
from drivers.people.ld2450.model import Ld2450Model
from drivers.people.vl53l1x.driver import Vl53l1x, Vl53l1xConfig
from drivers.people.vl53l1x.model import Vl53l1xModel
from tests.drivers import replay
from tests.drivers.people.doorway import Doorway, Way, straight
from tests.drivers.people.serial_door import serial_door
from tests.drivers.people.test_beam_pair import CONFIG, Door

HEAD = Vl53l1xConfig(2400)
RADAR = Ld2450Config(inward="leaving")


class Heard(list[dict[str, Any]]):
    """The events as they come back out of a file."""

    def tell(self, event: Any) -> None:
        self.append(json.loads(json.dumps(event)))


def test_every_kind_of_bus_has_a_recorder() -> None:
    assert set(RECORDERS) == {"i2c", "serial", "gpio", "onewire"}


def test_a_passage_below_a_vl53l1x_counts_the_same_when_it_is_replayed() -> None:
    door, heard = Doorway(HEAD), Heard()
    door.driver = Vl53l1x(RecordedI2c(door.bus, heard.tell), HEAD)
    door.open().let(4, Way(straight(1.2))).let(4, Way(straight(-1.0))).let(3, Way(straight(1.5)))
    assert door.counts == (2, 1)
    door.let(1)
    tape = replay.Tape(heard)
    told = replay.replayed(tape, Vl53l1x(replay.ReplayedI2c(tape), HEAD), spare_s=0.5)
    assert (told["count_in"], told["count_out"]) == (2, 1)


def test_a_passage_before_an_ld2450_counts_the_same_when_it_is_replayed(tmp_path: Path) -> None:
    heard = Heard()

    def made(bus: Any) -> Ld2450:
        return Ld2450(RecordedSerial(bus, heard.tell), RADAR)

    with serial_door(tmp_path, Ld2450Model(RADAR), made) as door:
        door.open()
        ways = Way(straight(1.0, 3.0)), Way(straight(-1.2, 3.0), across=0.8, starts_s=9.0)
        counted = door.after(20, *ways)
    tape = replay.Tape(heard)
    told = replay.replayed(tape, Ld2450(replay.ReplayedSerial(tape), RADAR))
    counts = told["count_in"], told["count_out"]
    assert counts == (counted["count_in"], counted["count_out"]) == (1, 1)


def test_edges_of_light_barriers_count_the_same_when_they_are_replayed() -> None:
    door, heard = Door(), Heard()
    door.driver = BeamPair(RecordedGpio(door.bus, heard.tell), CONFIG)
    door.driver.open()
    for path in ((i / 50 - 1 for i in range(100)), (1 - i / 50 for i in range(100))):
        door.walk(path)
        door.stand(None, 2.0)
    counted = door.driver.read()
    assert (counted["count_in"], counted["count_out"]) == (1, 1)
    came = [event["up"] for event in heard if "line" in event]
    assert sorted(set(came)) == came  # each of its own moment, not of the poll
    tape = replay.Tape(heard)
    told = replay.replayed(tape, BeamPair(replay.ReplayedGpio(tape), CONFIG), 1.0)
    assert (told["count_in"], told["count_out"]) == (1, 1)


def test_conversions_say_the_same_when_they_are_replayed(tmp_path: Path) -> None:
    bus, heard = SimulatedOneWire(tmp_path / "w1"), Heard()
    options = DS18B20.config()
    model: Any = DS18B20.model(options)
    bus.attach(model)
    driver = DS18B20.driver(RecordedOneWire(bus, heard.tell), options)
    driver.open()
    measured = driver.read()
    tape = replay.Tape(heard)
    again = DS18B20.driver(replay.ReplayedOneWire(tape), options)
    again.open()
    assert again.read() == measured


def test_a_channel_of_a_multiplexer_is_recorded_without_the_multiplexer() -> None:
    bus, heard = SimulatedI2c(), Heard()
    mux = Tca9548aModel(0x70, bus.time)
    bus.attach(mux)
    mux.segments[3].attach(Vl53l1xModel(HEAD))
    channel = MuxChannel(Multiplexers(bus), 0x70, 3)
    Vl53l1x(RecordedI2c(channel, heard.tell), HEAD).open()
    assert {event["address"] for event in heard} == {0x29}


def test_a_failure_is_told_and_goes_on_to_the_driver(tmp_path: Path) -> None:
    heard = Heard()
    with pytest.raises(BusError, match="0x29"):
        RecordedI2c(SimulatedI2c(), heard.tell).transfer(0x29, b"\x01", 2)
    serial = SimulatedSerial(tmp_path / "sensor.tty")
    port = RecordedSerial(serial, heard.tell)
    port.open(9600)
    serial.unplug()
    for use in (port.read, lambda: port.write(b"\x01"), lambda: port.open(9600)):
        with pytest.raises(BusError):
            use()
    wire = RecordedOneWire(SimulatedOneWire(tmp_path / "w1"), heard.tell)
    with pytest.raises(BusError):
        wire.convert("28-0123456789ab")
    port.close()
    for event in heard:
        event.pop("up")
    assert heard == [
        {"address": 0x29, "write": "01", "error": "no_answer"},
        {"open": 9600},
        {"in": "", "error": "gone"},
        {"out": "01", "error": "other"},
        {"open": 9600, "error": "gone"},
        {"device": "28-0123456789ab", "error": "no_answer"},
    ]


class Chattering(GpioInput):
    """Lines that lose edges."""

    def levels(self) -> dict[int, bool]:
        return {17: True}

    def edges(self) -> list[Edge]:
        raise BusError("edges were lost")

    def close(self) -> None: ...


def test_edges_that_were_lost_are_told_as_such() -> None:
    door, heard = Door(), Heard()
    port = RecordedGpio(door.bus, heard.tell)
    door.bus.claim = lambda lines, pull: Chattering()  # type: ignore[method-assign]
    claimed = port.claim([17], "up")
    with pytest.raises(BusError):
        claimed.edges()
    claimed.levels()
    up = door.time.now_ns()
    assert heard == [
        {"up": up, "claim": [17], "pull": "up"},
        {"up": up, "error": "edges"},
        {"up": up, "levels": {"17": True}},
    ]
