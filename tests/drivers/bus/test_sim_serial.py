"""The simulated UART: silence, noise, a port that disappears, overrun."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.bus.sim import SimulatedSerial
from drivers.contract import SerialModel
from drivers.errors import BusError
from drivers.simulation.scene import View
from tests.drivers.bus.arrival import arrived


class Speaker(SerialModel):
    """Says the time at each step and answers what it hears, reversed."""

    def step(self, view: View) -> bytes:
        return f"<{view.now_s:g}>".encode()

    def receive(self, data: bytes) -> bytes:
        return data[::-1]


@pytest.fixture
def serial(tmp_path: Path) -> Iterator[SimulatedSerial]:
    port = SimulatedSerial(tmp_path / "tty", seed=3)
    port.attach(Speaker())
    yield port
    port.close()
    port.unplug()


def stepped(port: SimulatedSerial, *times: float) -> None:
    for now_s in times:
        port.step(View(now_s))


def test_what_the_part_sends_arrives(serial: SimulatedSerial) -> None:
    serial.open(9600)
    stepped(serial, 1, 2)
    assert arrived(serial, 6) == b"<1><2>"
    assert serial.read() == b""


def test_what_the_host_sends_is_answered_at_the_next_step(serial: SimulatedSerial) -> None:
    serial.open(9600)
    serial.write(b"abc")
    stepped(serial, 1)
    assert arrived(serial, 6) == b"cba<1>"
    stepped(serial, 2)
    assert arrived(serial, 3) == b"<2>"


def test_bytes_that_a_terminal_would_eat_pass(serial: SimulatedSerial) -> None:
    every_byte = bytes(range(256))
    serial.open(256000)
    serial.write(every_byte)
    stepped(serial, 1)
    assert arrived(serial, 259) == every_byte[::-1] + b"<1>"


def test_silence_says_nothing_and_ends(serial: SimulatedSerial) -> None:
    serial.open(9600)
    serial.fault = "silence"
    serial.write(b"abc")
    stepped(serial, 1, 2)
    time.sleep(0.01)
    assert serial.read() == b""
    serial.fault = None
    stepped(serial, 3)
    assert arrived(serial, 3) == b"<3>"


def test_noise_spoils_bytes_and_not_their_number(serial: SimulatedSerial) -> None:
    serial.open(9600)
    serial.fault = "noise"
    stepped(serial, *range(10, 20))
    clear = "".join(f"<{now}>" for now in range(10, 20)).encode()
    noisy = arrived(serial, len(clear))
    assert len(noisy) == len(clear)
    assert sum(a != b for a, b in zip(noisy, clear, strict=True)) > len(clear) // 2


def test_a_port_that_is_pulled_and_plugged_in_again(serial: SimulatedSerial) -> None:
    serial.open(9600)
    serial.unplug()
    serial.unplug()
    stepped(serial, 1)
    with pytest.raises(BusError, match="went away"):
        serial.read()
    with pytest.raises(BusError, match="cannot open"):
        serial.open(9600)
    serial.plug()
    stepped(serial, 2)
    serial.open(9600)
    stepped(serial, 3)
    assert arrived(serial, 3) == b"<3>"


def test_an_unread_port_overruns_and_never_blocks(serial: SimulatedSerial) -> None:
    serial.open(9600)
    for now_s in range(40_000):
        serial.step(View(now_s))
    assert serial.read().startswith(b"<0><1>")


def test_nobody_at_the_far_end_is_silent(tmp_path: Path) -> None:
    port = SimulatedSerial(tmp_path / "tty")
    port.open(9600)
    stepped(port, 1)
    assert port.read() == b""
    port.close()
    port.unplug()
    assert not port.path.exists()
    assert not port.path.is_symlink()


class Fixed(Speaker):
    """Hears and speaks at one speed."""

    baudrate = 256_000

    def __init__(self) -> None:
        self.heard = b""

    def receive(self, data: bytes) -> bytes:
        self.heard += data
        return data[::-1]


def test_at_another_speed_each_is_noise_to_the_other(serial: SimulatedSerial) -> None:
    serial.attach(part := Fixed())
    serial.open(9600)
    serial.write(b"question")
    stepped(serial, *range(10, 20))
    clear = b"noitseuq" + "".join(f"<{now}>" for now in range(10, 20)).encode()
    noisy = arrived(serial, len(clear))
    assert sum(a != b for a, b in zip(noisy, clear, strict=True)) > len(clear) // 2
    assert len(part.heard) == 8
    assert part.heard != b"question"


def test_at_its_own_speed_all_is_clear_again(serial: SimulatedSerial) -> None:
    serial.attach(part := Fixed())
    for speed, well in ((115_200, False), (256_000, True), (9600, False), (256_000, True)):
        serial.open(speed)
        part.heard = b""
        serial.write(b"abc")
        stepped(serial, 1)
        assert (arrived(serial, 6) == b"cba<1>") == well
        assert (part.heard == b"abc") == well


def test_the_noise_is_that_of_the_seed(tmp_path: Path) -> None:
    told = []
    for number in range(2):
        port = SimulatedSerial(tmp_path / f"tty{number}", seed=3)
        port.attach(Fixed())
        port.open(9600)
        stepped(port, 1, 2)
        told.append(arrived(port, 6))
        port.close()
        port.unplug()
    assert told[0] == told[1] != b"<1><2>"
