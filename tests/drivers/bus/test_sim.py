"""Simulated I2C and GPIO: faults, time that follows the world, and lines that parts drive."""

from collections.abc import Mapping

import pytest

from drivers.bus.ports import Edge
from drivers.bus.sim import I2cFault, SimulatedGpio, SimulatedI2c, Wire
from drivers.contract import GpioModel, I2cModel
from drivers.errors import BusError
from drivers.simulation.scene import View
from drivers.timebase import SystemTimebase, VirtualTimebase

FAULTS: tuple[I2cFault, ...] = ("nack", "timeout", "noise", "stuck")


class Chip(I2cModel):
    """Answers with its temperature; does not acknowledge register FF."""

    def __init__(self, address: int = 0x10) -> None:
        self.address = address
        self.temperature = 0
        self.asked: list[tuple[bytes, int, int]] = []

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        self.asked.append((write, read, now_ns))
        return None if write == b"\xff" else bytes([self.temperature] * read)

    def step(self, view: View) -> None:
        self.temperature = round(view.temperature)


@pytest.fixture
def chip() -> Chip:
    return Chip()


@pytest.fixture
def i2c(chip: Chip) -> SimulatedI2c:
    bus = SimulatedI2c(seed=1)
    bus.attach(chip)
    bus.step(View(0.0, temperature=20))
    return bus


def test_transfers_go_to_the_chip_at_that_address(i2c: SimulatedI2c, chip: Chip) -> None:
    other = Chip(0x11)
    i2c.attach(other)
    assert i2c.transfer(0x10, b"\x01", 2) == b"\x14\x14"
    assert i2c.transfer(0x11, b"\x02") == b""
    assert chip.asked == [(b"\x01", 2, 0)]
    assert other.asked == [(b"\x02", 0, 0)]


def test_nobody_acknowledges_at_an_empty_address_or_after_pulling(i2c: SimulatedI2c) -> None:
    with pytest.raises(BusError, match=r"0x22 does not answer \(NACK\)"):
        i2c.transfer(0x22, b"\x01", 1)
    i2c.detach(0x10)
    i2c.detach(0x10)
    with pytest.raises(BusError, match="0x10 does not answer"):
        i2c.transfer(0x10, b"\x01", 1)


def test_a_chip_may_refuse_to_acknowledge(i2c: SimulatedI2c) -> None:
    with pytest.raises(BusError, match="NACK"):
        i2c.transfer(0x10, b"\xff", 1)


@pytest.mark.parametrize(("fault", "message"), [("nack", "NACK"), ("timeout", "time-out")])
def test_faults_of_the_wire_do_not_reach_the_chip(
    i2c: SimulatedI2c, chip: Chip, fault: I2cFault, message: str
) -> None:
    i2c.faults[0x10] = fault
    with pytest.raises(BusError, match=message):
        i2c.transfer(0x10, b"\x01", 1)
    assert chip.asked == []
    del i2c.faults[0x10]
    assert i2c.transfer(0x10, b"\x01", 1) == b"\x14"


def test_noise_spoils_bytes_and_not_their_number_and_is_repeatable(chip: Chip) -> None:
    answers = []
    for _ in range(2):
        bus = SimulatedI2c(seed=7)
        bus.attach(chip)
        bus.faults[0x10] = "noise"
        answers.append(bus.transfer(0x10, b"\x01", 32))
    assert answers[0] == answers[1]
    assert len(answers[0]) == 32
    assert answers[0] != bytes(32)
    assert len(set(answers[0])) > 8


def test_a_stuck_chip_repeats_its_answers_until_it_is_well(i2c: SimulatedI2c) -> None:
    i2c.faults[0x10] = "stuck"
    assert i2c.transfer(0x10, b"\x01", 1) == b"\x14"
    i2c.step(View(1.0, temperature=30))
    assert i2c.transfer(0x10, b"\x01", 1) == b"\x14"
    assert i2c.transfer(0x10, b"\x02", 1) == b"\x1e"
    i2c.faults.clear()
    assert i2c.transfer(0x10, b"\x01", 1) == b"\x1e"
    i2c.faults[0x10] = "stuck"
    assert i2c.transfer(0x10, b"\x01", 1) == b"\x1e"


def test_a_fault_of_one_chip_leaves_the_others_well(i2c: SimulatedI2c) -> None:
    i2c.attach(Chip(0x11))
    for fault in FAULTS:
        i2c.faults[0x11] = fault
        assert i2c.transfer(0x10, b"\x01", 1) == b"\x14"


def test_bus_time_follows_the_world_and_its_sleepers(i2c: SimulatedI2c, chip: Chip) -> None:
    i2c.step(View(1.5))
    assert i2c.time.now_ns() == 1_500_000_000
    i2c.time.sleep(0.25)
    i2c.transfer(0x10, b"\x01")
    assert chip.asked[-1][2] == 1_750_000_000
    i2c.step(View(2.0))
    assert i2c.time.now_ns() == 2_250_000_000
    i2c.step(View(1.0))
    assert i2c.time.now_ns() == 2_250_000_000


def test_the_world_may_begin_at_any_time() -> None:
    bus = SimulatedI2c()
    bus.step(View(1e6))
    assert bus.time.now_ns() == 0
    bus.step(View(1e6 + 1))
    assert bus.time.now_ns() == 1_000_000_000


class Lamp(GpioModel):
    """Drives two lines, the second one first."""

    def step(self, view: View) -> Mapping[int, bool]:
        return {27: view.now_s >= 2, 17: view.now_s >= 1}


def test_gpio_edges_carry_the_time_of_the_port_and_the_order_of_the_model() -> None:
    clock = VirtualTimebase(5)
    bus = SimulatedGpio(clock)
    bus.attach(Lamp())
    lines = bus.claim([17, 27], "down")
    bus.step(View(0.0))
    assert lines.edges() == []
    bus.step(View(1.0))
    clock.sleep(1e-9)
    bus.step(View(2.0))
    bus.step(View(3.0))
    assert lines.edges() == [Edge(5, 17, True), Edge(6, 27, True)]
    bus.step(View(0.0))
    assert [edge.line for edge in lines.edges()] == [27, 17]


def test_an_output_is_stronger_than_the_pull_of_a_later_claim() -> None:
    bus = SimulatedGpio()
    bus.drive(17, False)
    bus.drive(27, True)
    assert bus.claim([17], "up").levels() == {17: False}
    assert bus.claim([27, 22], "down").levels() == {27: True, 22: False}


def test_gpio_memory_does_not_grow_with_edges() -> None:
    bus = SimulatedGpio()
    for i in range(1000):
        bus.drive(17, i % 2 == 0)
    assert len(bus._pins.pin(17).states) <= 2


def test_two_simulated_gpio_chips_share_nothing() -> None:
    first, second = SimulatedGpio(), SimulatedGpio()
    lines = second.claim([17], "down")
    first.drive(17, True)
    assert lines.levels() == {17: False}
    assert isinstance(first.time, SystemTimebase)


class Echo(I2cModel):
    """Answers with what it was written, and notes when it was asked."""

    address = 0x10

    def __init__(self) -> None:
        self.asked_ns: list[int] = []

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        self.asked_ns.append(now_ns)
        return write.ljust(read, b"\0")[:read]


@pytest.mark.parametrize(
    ("write", "read", "clock_hz", "microseconds"),
    [
        (b"\x01", 0, 100_000, 180),  # address and one byte
        (b"\x01", 2, 100_000, 450),  # written, then with a repeated start read
        (b"", 6, 100_000, 630),
        (b"\x01\x02\x03", 0, 400_000, 90),
        (b"", 0, 100_000, 90),
    ],
)
def test_a_wire_is_taken_for_nine_bits_a_byte(
    write: bytes, read: int, clock_hz: int, microseconds: int
) -> None:
    wire = VirtualTimebase()
    bus = SimulatedI2c(time=VirtualTimebase(), wire=Wire(wire, clock_hz))
    bus.attach(Echo())
    bus.transfer(0x10, write, read)
    assert wire.now_ns() == microseconds * 1000


def test_a_transfer_that_nobody_acknowledges_takes_its_time_too() -> None:
    wire = VirtualTimebase()
    bus = SimulatedI2c(time=wire, wire=Wire(wire))
    with pytest.raises(BusError):
        bus.transfer(0x11, b"\x01")
    assert wire.now_ns() > 0


def test_a_time_base_that_it_was_given_is_not_moved_by_the_world() -> None:
    time, chip = VirtualTimebase(), Echo()
    bus = SimulatedI2c(time=time)
    bus.attach(chip)
    bus.step(View(1.0))
    bus.step(View(60.0))
    assert time.now_ns() == 0
    time.sleep(2.5)
    bus.transfer(0x10, b"\x01")
    assert chip.asked_ns == [2_500_000_000]
