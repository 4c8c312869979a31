"""Recovery at the level of lines: mock pins at a simulated bus, and files in place of sysfs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.bus.i2c_recovery import PULSES, Controller, Lines, clear, controller_of, recover
from drivers.bus.linux_gpio import open_drain
from drivers.bus.tca9548a_model import Tca9548aModel
from drivers.environment.mcp9808.driver import Mcp9808, Mcp9808Config
from drivers.environment.mcp9808.model import Mcp9808Model
from drivers.errors import BusError, BusErrorKind
from drivers.timebase import VirtualTimebase
from tests.drivers.bus.board import CONTROLLER, SCL, SDA, Board


@pytest.fixture
def board(tmp_path: Path) -> Board:
    board = Board(tmp_path)
    board.bus.attach(Mcp9808Model(Mcp9808Config()))
    return board


def lines(board: Board) -> Iterator[Lines]:
    with open_drain(board.make_factory, (SCL, SDA)) as taken:
        yield Lines(*taken)


def recovered(board: Board) -> int:
    controller = controller_of(board.device, board.sysfs)
    return recover(controller, lambda: contextmanager(lines)(board), VirtualTimebase())


def reads(board: Board) -> bool:
    driver = Mcp9808(board.bus, Mcp9808Config())
    try:
        driver.open()
    except BusError as error:
        return error.kind is not BusErrorKind.TIMEOUT
    return driver.read()["temperature"] is not None


@pytest.mark.parametrize("bits", range(PULSES + 1))
def test_a_part_in_mid_read_is_clocked_to_its_end(board: Board, bits: int) -> None:
    board.bus.hold(bits)
    assert not reads(board)
    assert recovered(board) == bits
    assert reads(board)
    assert board.highs == set()
    assert board.clocked_while_unbound
    assert (board.written("unbind"), board.written("bind")) == (CONTROLLER, CONTROLLER)


def test_the_pulses_pass_the_multiplexer_to_the_part_behind_it(board: Board) -> None:
    mux = Tca9548aModel(0x70, board.bus.time)
    board.bus.attach(mux)
    board.bus.transfer(0x70, b"\x04")
    mux.segments[2].hold(5)
    assert not reads(board)
    assert recovered(board) == 5
    assert reads(board)


def test_a_data_line_that_stays_low_is_told_and_the_driver_given_back(board: Board) -> None:
    board.bus.hold(PULSES + 1)
    with pytest.raises(BusError, match="SDA is held low after 9 clock pulses") as caught:
        recovered(board)
    assert "take the power from its parts" in caught.value.hint
    assert board.pulses == PULSES
    assert board.written("bind") == CONTROLLER
    assert not reads(board)


def test_a_clock_that_is_held_low_is_told_and_nothing_is_pulsed(board: Board) -> None:
    board.bus.scl_shorted = True
    assert not reads(board)
    with pytest.raises(BusError, match="SCL is held low though nobody pulses it") as caught:
        recovered(board)
    assert caught.value.kind is BusErrorKind.TIMEOUT
    assert board.pulses == 0
    assert board.written("bind") == CONTROLLER


def test_a_bus_that_is_well_is_left_so(board: Board) -> None:
    assert recovered(board) == 0
    assert reads(board)


def test_without_lines_the_driver_is_only_bound_again(board: Board) -> None:
    board.bus.hold(1)
    assert recover(controller_of(board.device, board.sysfs), None, VirtualTimebase()) == 0
    assert (board.written("unbind"), board.written("bind")) == (CONTROLLER, CONTROLLER)
    assert board.pulses == 0


def test_a_part_that_stretches_the_clock_is_waited_for(board: Board) -> None:
    class Slow:
        """A line that rises some looks late."""

        def __init__(self) -> None:
            self.late = 0

        def low(self) -> None:
            self.late = 50

        def release(self) -> None: ...

        def high(self) -> bool:
            self.late -= 1
            return self.late < 0

    with open_drain(board.make_factory, (SCL, SDA)) as (_, sda):
        assert clear(Lines(Slow(), sda), VirtualTimebase()) == 0


def test_pins_that_cannot_be_taken_give_the_driver_back(board: Board) -> None:
    @contextmanager
    def nothing() -> Iterator[Lines]:
        with open_drain(board.make_factory, (SCL, 99)) as taken:
            yield Lines(*taken)

    controller = controller_of(board.device, board.sysfs)
    with pytest.raises(BusError, match=r"cannot use GPIO lines \[99\]"):
        recover(controller, nothing, VirtualTimebase())
    assert board.written("bind") == CONTROLLER


def test_after_it_nobody_holds_the_lines(board: Board) -> None:
    with open_drain(board.make_factory, (SCL, SDA)) as (scl, sda):
        scl.low()
        sda.low()
        assert not board.level(SCL)
    assert board.level(SCL)
    assert board.level(SDA)


@pytest.mark.parametrize(
    ("device", "told", "kind"),
    [
        ("/dev/i2c-9", "has no controller in sysfs", BusErrorKind.GONE),
        ("/dev/ttyUSB0", "is not the device file of an I2C bus", BusErrorKind.OTHER),
        ("/dev/i2c-../../x", "is not the device file of an I2C bus", BusErrorKind.OTHER),
    ],
)
def test_what_has_no_controller(board: Board, device: str, told: str, kind: BusErrorKind) -> None:
    with pytest.raises(BusError, match=told) as caught:
        controller_of(device, board.sysfs)
    assert caught.value.kind is kind


def test_a_device_may_be_named_by_a_link(board: Board, tmp_path: Path) -> None:
    link = tmp_path / "i2c-sensors"
    link.symlink_to(board.device)
    assert controller_of(str(link), board.sysfs) == Controller(CONTROLLER, board.driver)


def test_a_controller_that_is_plugged_in_is_left_alone(board: Board) -> None:
    usb = board.sysfs / "bus/usb/drivers/i2c-tiny-usb"
    usb.mkdir(parents=True)
    link = board.sysfs / "devices/platform/soc" / CONTROLLER / "driver"
    link.unlink()
    link.symlink_to(usb)
    with pytest.raises(BusError, match="none of the board's own"):
        controller_of(board.device, board.sysfs)


def test_who_is_not_root_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(BusError, match="does not take it: No such file") as caught:
        Controller("it", tmp_path / "absent").unbind()
    assert "sudo gateway recover" in caught.value.hint
