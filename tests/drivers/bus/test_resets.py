"""Reset lines beside an I2C bus: open drain on gpiozero's mock pins, and before the first word."""

import errno
from typing import Any

import pytest
from gpiozero import PinInvalidPin

from drivers.bus import linux_i2c
from drivers.bus.linux_gpio import LinuxOpenDrain, mock_factory
from drivers.bus.linux_i2c import LinuxI2c
from drivers.bus.resets import ResetLines
from drivers.bus.sim import SimulatedI2c
from drivers.contract import I2cModel
from drivers.errors import BusError

A, B = 17, 27


class Outputs:
    """Notes what is done to the lines."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def low(self, line: int) -> None:
        self.done.append(f"low {line}")

    def let_go(self, line: int) -> None:
        self.done.append(f"let go {line}")

    def close(self) -> None:
        self.done.append("closed")


def test_a_line_is_pulled_low_or_left_to_its_pull_up() -> None:
    factory = mock_factory()
    outputs = LinuxOpenDrain(lambda: factory)
    pin = factory.pin(A)
    outputs.low(A)
    assert (pin.function, bool(pin.state)) == ("output", False)
    outputs.let_go(A)
    assert (pin.function, pin.pull) == ("input", "floating")
    outputs.low(A)
    assert (pin.function, bool(pin.state)) == ("output", False)
    outputs.close()


def test_a_line_that_is_not_there_is_a_bus_error() -> None:
    class NoSuchLine:
        def pin(self, line: int) -> Any:
            raise PinInvalidPin(f"{line} is not a line")

        def close(self) -> None:
            raise OSError(errno.ENODEV, "gone")

    outputs = LinuxOpenDrain(NoSuchLine)
    for move in (outputs.low, outputs.let_go):
        with pytest.raises(BusError, match=r"cannot use GPIO lines \[99\]") as caught:
            move(99)
        assert "gpioinfo" in caught.value.hint
    outputs.close()


def test_a_chip_that_is_not_there_is_a_bus_error() -> None:
    def no_chip() -> Any:
        raise OSError(errno.ENOENT, "no such device")

    outputs = LinuxOpenDrain(no_chip)
    with pytest.raises(BusError, match=r"cannot use GPIO lines \[17\]"):
        outputs.low(A)
    outputs.close()


def test_all_that_are_known_are_held_before_the_first_transfer_and_let_go_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outputs = Outputs()

    class Kernel:
        def __init__(self, device: str) -> None:
            outputs.done.append(f"open {device}")

        def i2c_rdwr(self, *messages: object) -> None:
            outputs.done.append("transfer")

        def close(self) -> None:
            outputs.done.append("bus closed")

    monkeypatch.setattr(linux_i2c, "SMBus", Kernel)
    bus = LinuxI2c("/dev/i2c-1", make_resets=lambda: outputs)
    bus.resets.add(A)
    bus.resets.add(B)
    assert outputs.done == []
    bus.transfer(0x29, b"\x00")
    bus.resets.release(B)
    bus.transfer(0x29, b"\x00")
    bus.close()
    assert outputs.done == [
        *("low 17", "low 27", "open /dev/i2c-1", "transfer"),
        *("let go 27", "transfer", "closed", "bus closed"),
    ]


def test_a_bus_without_such_parts_touches_no_gpio(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Outputs:
        raise AssertionError("nobody asked for it")

    resets = ResetLines(fails)
    resets.hold_all()
    resets.close()


def test_a_bus_beside_which_there_are_no_lines_says_so() -> None:
    with pytest.raises(BusError, match="no reset lines") as caught:
        LinuxI2c("/dev/i2c-1").resets.hold(A)
    assert "xshut" in caught.value.hint


class Chip(I2cModel):
    """Answers with one byte, and notes what it hears."""

    def __init__(self, address: int, says: int, line: int | None = None, slot: int = 0) -> None:
        self.address, self.reset_line = address, line
        self._slot = slot or address
        self.says, self.held = says, False
        self.heard: list[bytes] = []

    @property
    def slot(self) -> int:
        return self._slot

    def hold(self, held: bool, now_ns: int) -> None:
        self.held = held

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        self.heard.append(write)
        return None if self.held else bytes([self.says]) * read


def test_two_at_one_address_both_hear_and_a_low_bit_of_either_is_low() -> None:
    bus = SimulatedI2c()
    chips = Chip(0x29, 0b1100, slot=0x30), Chip(0x29, 0b1010, slot=0x31)
    for chip in chips:
        bus.attach(chip)
    assert bus.transfer(0x29, b"\x07", 2) == bytes([0b1000, 0b1000])
    assert [chip.heard for chip in chips] == [[b"\x07"], [b"\x07"]]
    chips[1].address = 0x31
    assert bus.transfer(0x29, b"", 1) == bytes([0b1100])
    assert bus.transfer(0x31, b"", 1) == bytes([0b1010])
    bus.detach(0x30)
    with pytest.raises(BusError, match="0x29 does not answer"):
        bus.transfer(0x29, b"", 1)


def test_simulated_lines_end_at_the_models_that_hang_on_them() -> None:
    bus = SimulatedI2c()
    chips = Chip(0x29, 1, A), Chip(0x30, 2, B), Chip(0x31, 3)
    for chip in chips:
        bus.attach(chip)
    bus.resets.add(A)
    bus.resets.add(B)
    assert bus.transfer(0x31, b"", 1) == b"\x03"
    assert [chip.held for chip in chips] == [True, True, False]
    with pytest.raises(BusError, match="0x29 does not answer"):
        bus.transfer(0x29, b"", 1)
    bus.resets.release(A)
    assert bus.transfer(0x29, b"", 1) == b"\x01"
    bus.close()
    assert [chip.held for chip in chips] == [False, False, False]
