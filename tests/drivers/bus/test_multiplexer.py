"""Parts with one address behind multiplexers: who hears what, and what happens when one fails."""

import random
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bus.multiplexer import Multiplexers, MuxChannel
from drivers.bus.sim import SimulatedI2c
from drivers.bus.sim_lines import Levels
from drivers.bus.tca9548a_model import CHANNELS, Tca9548aModel
from drivers.contract import I2cModel
from drivers.environment.mcp9808.driver import Mcp9808, Mcp9808Config
from drivers.environment.mcp9808.model import Mcp9808Model
from drivers.errors import BusError, BusErrorKind
from drivers.simulation.scene import View
from drivers.timebase import VirtualTimebase

PART = 0x18


class Chip(I2cModel):
    """Says one byte, and remembers what it heard."""

    def __init__(self, address: int, said: int = 0xFF) -> None:
        self.address = address
        self.heard: list[bytes] = []
        self._said = said

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        self.heard.append(write)
        return bytes([self._said]) * read


class Wire:
    """Two multiplexers on one bus, the second also with one behind it."""

    def __init__(self) -> None:
        self.bus = SimulatedI2c()
        self.muxes = {address: self.mux(self.bus, address) for address in (0x70, 0x71)}
        self.inner = self.mux(self.muxes[0x71].segments[7], 0x72)
        self.ports = Multiplexers(self.bus)
        self.seven = MuxChannel(self.ports, 0x71, 7)
        self.inside = Multiplexers(self.seven)

    def mux(self, segment: SimulatedI2c, address: int) -> Tca9548aModel:
        model = Tca9548aModel(address, self.bus.time)
        segment.attach(model)
        return model


@pytest.fixture
def wire() -> Wire:
    return Wire()


def test_the_register_is_written_and_read_and_cleared_by_a_reset(wire: Wire) -> None:
    mux = wire.muxes[0x70]
    assert wire.bus.transfer(0x70, b"", 1) == b"\x00"
    wire.bus.transfer(0x70, b"\x01\x05")
    assert wire.bus.transfer(0x70, b"", 2) == b"\x05\x05"
    assert mux.connected == [mux.segments[0], mux.segments[2]]
    mux.reset()
    assert wire.bus.transfer(0x70, b"", 1) == b"\x00"
    assert len(mux.segments) == CHANNELS


def test_a_channel_is_connected_after_the_transfer_that_says_so(wire: Wire) -> None:
    shadow = Chip(0x70)
    wire.muxes[0x70].segments[0].attach(shadow)
    wire.bus.transfer(0x70, b"\x01")
    assert shadow.heard == []
    wire.bus.transfer(0x70, b"\x00")
    assert shadow.heard == [b"\x00"]


def test_of_channels_that_are_open_together_all_hear_and_each_pulls_its_bits_low(
    wire: Wire,
) -> None:
    chips = [Chip(PART, 0b1110), Chip(PART, 0b0111)]
    for segment, chip in zip(wire.muxes[0x70].segments, chips, strict=False):
        segment.attach(chip)
    wire.bus.transfer(0x70, b"\x03")
    assert wire.bus.transfer(PART, b"\x2a", 1) == bytes([0b0110])
    assert [chip.heard for chip in chips] == [[b"\x2a"]] * 2


class Read(NamedTuple):
    """One action of a test."""

    what: str
    which: int


ACTIONS = st.lists(
    st.builds(
        Read, st.sampled_from(["read", "read", "read", "brown-out", "bus"]), st.integers(0, 7)
    ),
    max_size=40,
)


@given(ACTIONS)
def test_each_driver_always_reads_its_own_part(actions: list[Read]) -> None:
    wire = Wire()
    places = [(0x70, 0), (0x70, 1), (0x70, 2), (0x70, 3), (0x71, 0), (0x71, 4)]
    channels = [MuxChannel(wire.ports, *place) for place in places]
    segments = [wire.muxes[mux].segments[channel] for mux, channel in places]
    channels += [MuxChannel(wire.inside, 0x72, channel) for channel in (0, 3)]
    segments += [wire.inner.segments[0], wire.inner.segments[3]]
    for celsius, segment in enumerate(segments):
        segment.attach(Mcp9808Model(Mcp9808Config()))
        segment.show(View(0.0, temperature=10.0 + celsius))
    wire.bus.attach(Chip(0x44, 0x2A))
    drivers = [Mcp9808(channel, Mcp9808Config()) for channel in channels]
    for driver in drivers:
        driver.open()
    switches = [*wire.muxes.values(), wire.inner]
    for what, which in actions:
        if what == "brown-out":
            switches[which % 3].reset()
        elif what == "bus":
            assert wire.bus.transfer(0x44, b"", 1) == b"\x2a"
        else:
            assert drivers[which].read() == {"temperature": 10.0 + which}


def test_a_selection_that_stands_is_not_said_again(wire: Wire) -> None:
    wire.muxes[0x70].segments[1].attach(Chip(PART))
    spy = Spy(wire.bus)
    channel = MuxChannel(Multiplexers(spy), 0x70, 1)
    for _ in range(3):
        channel.transfer(PART, b"\x00", 1)
    assert spy.addresses == [0x70, PART, PART, PART]
    channel.close()
    channel.transfer(PART, b"\x00", 1)
    assert spy.addresses[4:] == [0x70, PART]


class Spy(SimulatedI2c):
    """Notes who is spoken to; fails on order."""

    def __init__(self, bus: SimulatedI2c) -> None:
        super().__init__()
        self.addresses: list[int] = []
        self.failures: dict[int, BusErrorKind] = {}
        self._bus = bus

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        self.addresses.append(address)
        if address in self.failures:
            raise BusError("on order", "", self.failures.pop(address))
        return self._bus.transfer(address, write, read)


def test_a_part_that_is_away_is_looked_for_twice_and_no_more(wire: Wire) -> None:
    wire.muxes[0x70].segments[0].attach(Chip(PART))
    spy = Spy(wire.bus)
    channel = MuxChannel(Multiplexers(spy), 0x70, 0)
    channel.transfer(PART, b"")
    wire.muxes[0x70].segments[0].detach(PART)
    spy.addresses.clear()
    for tried in ([PART, 0x70, PART], [0x70, PART], [0x70, PART]):
        with pytest.raises(BusError, match="0x18 does not answer") as caught:
            channel.transfer(PART, b"")
        assert caught.value.kind is BusErrorKind.NO_ANSWER
        assert spy.addresses == tried
        spy.addresses.clear()


@pytest.mark.parametrize("kind", [BusErrorKind.TIMEOUT, BusErrorKind.BROKEN_OFF, BusErrorKind.GONE])
def test_after_any_error_the_channel_is_selected_again(wire: Wire, kind: BusErrorKind) -> None:
    wire.muxes[0x70].segments[0].attach(Chip(PART))
    spy = Spy(wire.bus)
    channel = MuxChannel(Multiplexers(spy), 0x70, 0)
    channel.transfer(PART, b"")
    spy.failures[PART] = kind
    with pytest.raises(BusError, match="on order"):
        channel.transfer(PART, b"")
    channel.transfer(PART, b"")
    assert spy.addresses == [0x70, PART, PART, 0x70, PART]


def test_a_selection_that_failed_leaves_nothing_known(wire: Wire) -> None:
    wire.muxes[0x70].segments[0].attach(Chip(PART))
    spy = Spy(wire.bus)
    siblings = Multiplexers(spy)
    zero, one = MuxChannel(siblings, 0x70, 0), MuxChannel(siblings, 0x70, 1)
    zero.transfer(PART, b"")
    spy.failures[0x70] = BusErrorKind.TIMEOUT
    with pytest.raises(BusError, match="multiplexer: on order"):
        one.transfer(PART, b"")
    zero.transfer(PART, b"")
    assert spy.addresses == [0x70, PART, 0x70, 0x70, PART]


def test_a_multiplexer_that_was_left_open_is_closed_before_another_speaks(wire: Wire) -> None:
    """The program was killed and starts again; the multiplexers had their supply all the time."""
    wire.muxes[0x71].segments[0].attach(Chip(PART, 0x0F))
    wire.muxes[0x70].segments[0].attach(Chip(PART, 0xF0))
    wire.bus.transfer(0x71, b"\x01")
    assert MuxChannel(wire.ports, 0x70, 0).transfer(PART, b"", 1) == b"\xf0"


def test_a_multiplexer_that_is_away_leaves_the_others_well(wire: Wire) -> None:
    wire.muxes[0x70].segments[0].attach(Chip(PART, 0x0F))
    near, far = MuxChannel(wire.ports, 0x70, 0), MuxChannel(wire.ports, 0x71, 0)
    wire.bus.detach(0x71)
    assert near.transfer(PART, b"", 1) == b"\x0f"
    with pytest.raises(BusError, match="multiplexer: I2C address 0x71 does not answer") as caught:
        far.transfer(PART, b"", 1)
    assert caught.value.kind is BusErrorKind.NO_ANSWER
    assert near.transfer(PART, b"", 1) == b"\x0f"


def test_another_multiplexer_that_cannot_be_closed_for_a_held_line_stops_the_transfer(
    wire: Wire,
) -> None:
    spy = Spy(wire.bus)
    siblings = Multiplexers(spy)
    near = MuxChannel(siblings, 0x70, 0)
    MuxChannel(siblings, 0x71, 0)
    spy.failures[0x71] = BusErrorKind.TIMEOUT
    with pytest.raises(BusError) as caught:
        near.transfer(PART, b"")
    assert caught.value.kind is BusErrorKind.TIMEOUT
    assert spy.addresses == [0x71]


def test_a_line_that_is_held_behind_a_channel_holds_the_wire_while_that_is_connected(
    wire: Wire,
) -> None:
    bad, good = wire.muxes[0x70].segments[:2]
    good.attach(Chip(PART, 0x55))
    bad.attach(Chip(PART))
    wire.bus.attach(Chip(0x44))
    bad.hold(3)
    channels = [MuxChannel(wire.ports, 0x70, channel) for channel in (0, 1)]
    assert channels[1].transfer(PART, b"", 1) == b"\x55"
    for _ in range(2):
        with pytest.raises(BusError) as caught:
            channels[0].transfer(PART, b"", 1)
        assert caught.value.kind is BusErrorKind.TIMEOUT
    with pytest.raises(BusError, match=r"multiplexer: .*time-out"):
        channels[1].transfer(PART, b"", 1)
    with pytest.raises(BusError, match="time-out"):
        wire.bus.transfer(0x44, b"")
    wire.muxes[0x70].reset()  # its pin RESET, or its supply, would help: no transfer can
    assert wire.bus.drive(Levels()) == Levels()
    assert channels[1].transfer(PART, b"", 1) == b"\x55"


def test_it_lives_in_the_time_of_its_wire(wire: Wire) -> None:
    assert wire.seven.time is wire.bus.time is wire.inner.segments[0].time
    assert isinstance(wire.seven.time, VirtualTimebase)


def test_the_world_reaches_every_part_behind_every_multiplexer(wire: Wire) -> None:
    part = Mcp9808Model(Mcp9808Config())
    wire.inner.segments[5].attach(part)
    wire.bus.step(View(0.0, temperature=31.0))
    driver = Mcp9808(MuxChannel(wire.inside, 0x72, 5), Mcp9808Config())
    driver.open()
    assert driver.read() == {"temperature": 31.0}


def test_many_random_transfers_end_in_one_of_two_ways() -> None:
    """Whatever the parts, the multiplexers and the lines do: an answer of its own, or BusError."""
    chance = random.Random(7)
    wire = Wire()
    for number in range(4):
        wire.muxes[0x70].segments[number].attach(Chip(PART, number))
    channels: list[Any] = [MuxChannel(wire.ports, 0x70, number) for number in range(4)]
    failed = 0
    for _ in range(3000):
        match chance.randrange(12):
            case 0:
                wire.muxes[0x70].reset()
            case 1:
                wire.muxes[0x70].segments[chance.randrange(4)].faults[PART] = "timeout"
            case 2:
                for segment in wire.muxes[0x70].segments:
                    segment.faults.clear()
        which = chance.randrange(4)
        try:
            assert channels[which].transfer(PART, b"", 1) == bytes([which])
        except BusError:
            failed += 1
    assert 300 < failed < 2700
