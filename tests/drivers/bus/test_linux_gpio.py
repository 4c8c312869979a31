"""The GPIO adapter on gpiozero's mock pins, and its errors where no GPIO chip is."""

import gc
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from drivers.bus.linux_gpio import EDGES_KEPT, LinuxGpio, chip_factory, mock_factory
from drivers.bus.ports import Edge
from drivers.errors import BusError
from drivers.timebase import SystemTimebase, VirtualTimebase

A, B = 17, 27

needs_lgpio = pytest.mark.skipif(
    sys.version_info >= (3, 13) and find_spec("lgpio") is None,
    reason="lgpio has no wheel for Python 3.13: apt-get install python3-lgpio",
)


class Pins:
    """A port on mock pins and the far ends of its lines."""

    def __init__(self) -> None:
        self.factory = mock_factory()
        self.time = VirtualTimebase(1000)
        self.port = LinuxGpio(lambda: self.factory, self.time)

    def drive(self, line: int, high: bool) -> None:
        pin = self.factory.pin(line)
        pin.drive_high() if high else pin.drive_low()


@pytest.fixture
def pins() -> Pins:
    return Pins()


def test_edges_of_all_lines_come_in_order_with_their_times(pins: Pins) -> None:
    lines = pins.port.claim([A, B], "down")
    expected = []
    for line, high in [(B, True), (A, True), (B, False), (B, True), (A, False)]:
        pins.time.sleep(0.001)
        pins.drive(line, high)
        expected.append(Edge(pins.time.now_ns(), line, high))
    assert lines.edges() == expected
    assert lines.edges() == []
    assert lines.levels() == {A: False, B: True}


def test_a_level_that_is_driven_again_is_no_edge(pins: Pins) -> None:
    lines = pins.port.claim([A], "up")
    pins.drive(A, True)
    assert lines.edges() == []


def test_pull_sets_the_level_of_an_open_line(pins: Pins) -> None:
    assert pins.port.claim([A], "up").levels() == {A: True}
    assert pins.port.claim([B], "down").levels() == {B: False}
    pins.port.claim([B], "none")
    assert pins.factory.pin(B).pull == "floating"


def test_callbacks_still_arrive_after_garbage_collection(pins: Pins) -> None:
    """gpiozero keeps callbacks by weak reference only."""
    lines = pins.port.claim([A, B], "down")
    gc.collect()
    pins.drive(A, True)
    gc.collect()
    pins.drive(B, True)
    assert [edge.line for edge in lines.edges()] == [A, B]


def test_edges_of_lines_that_nobody_claimed_are_not_noted(pins: Pins) -> None:
    lines = pins.port.claim([A], "down")
    pins.drive(B, True)
    assert lines.edges() == []


def test_two_claims_have_their_own_edges(pins: Pins) -> None:
    first, second = pins.port.claim([A], "down"), pins.port.claim([B], "down")
    pins.drive(A, True)
    pins.drive(B, True)
    assert [edge.line for edge in first.edges()] == [A]
    assert [edge.line for edge in second.edges()] == [B]


def test_a_full_queue_is_not_yet_a_loss(pins: Pins) -> None:
    lines = pins.port.claim([A], "down")
    for i in range(EDGES_KEPT):
        pins.drive(A, i % 2 == 0)
    assert len(lines.edges()) == EDGES_KEPT


def test_lost_edges_are_one_error_and_then_it_works(pins: Pins) -> None:
    lines = pins.port.claim([A], "down")
    for i in range(EDGES_KEPT + 1):
        pins.drive(A, i % 2 == 0)
    with pytest.raises(BusError, match=r"lines \[17\] chatter: edges were lost") as caught:
        lines.edges()
    assert "supply" in caught.value.hint
    assert lines.edges() == []
    pins.drive(A, False)
    assert [edge.high for edge in lines.edges()] == [False]
    assert lines.levels() == {A: False}


def test_an_unknown_line_is_a_bus_error_and_the_others_stay_usable(pins: Pins) -> None:
    with pytest.raises(BusError, match=r"cannot use GPIO lines \[17, 99\]"):
        pins.port.claim([A, 99], "up")
    lines = pins.port.claim([A], "up")
    pins.drive(A, False)
    assert len(lines.edges()) == 1


def test_a_pull_that_the_board_forbids_is_a_bus_error(pins: Pins) -> None:
    with pytest.raises(BusError, match="fixed pull"):
        pins.port.claim([2], "down")


def test_close_ends_the_edges_and_the_lines_can_be_claimed_again(pins: Pins) -> None:
    lines = pins.port.claim([A, B], "down")
    lines.close()
    pins.drive(A, True)
    assert lines.edges() == []
    assert lines.levels() == {}
    lines.close()
    again = pins.port.claim([A], "down")
    pins.drive(A, True)
    assert [edge.high for edge in again.edges()] == [True]


def test_the_factory_is_made_at_the_first_claim_and_tried_again_after_a_failure() -> None:
    factories: list[Any] = [OSError("no chip"), mock_factory()]
    made: list[Any] = []

    def make() -> Any:
        made.append(factories[len(made)])
        if isinstance(made[-1], OSError):
            raise made[-1]
        return made[-1]

    port = LinuxGpio(make)
    assert made == []
    with pytest.raises(BusError, match="no chip"):
        port.claim([A], "up")
    port.claim([A], "up")
    port.claim([B], "up")
    assert len(made) == 2


@needs_lgpio
def test_a_chip_that_is_not_there_is_a_bus_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # lgpio leaves a pipe where it is imported
    with pytest.raises(BusError, match="can not open gpiochip") as caught:
        LinuxGpio(lambda: chip_factory(250)).claim([A], "up")
    assert "gpioinfo" in caught.value.hint


@needs_lgpio
def test_a_chip_that_goes_away_is_a_bus_error_and_can_be_closed(
    pins: Pins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    import lgpio

    lines = pins.port.claim([A, B], "up")

    def gone(*_: object) -> None:
        raise lgpio.error("bad handle")

    for line in (A, B):
        monkeypatch.setattr(pins.factory.pin(line), "_get_state", gone)
        monkeypatch.setattr(pins.factory.pin(line), "close", gone)
    with pytest.raises(BusError, match="bad handle"):
        lines.levels()
    lines.close()
    assert lines.levels() == {}


def test_a_closed_port_forgets_its_chip_and_can_be_used_again() -> None:
    made: list[Any] = []

    def make() -> Any:
        made.append(mock_factory())
        return made[-1]

    port = LinuxGpio(make)
    port.close()
    port.claim([A], "up").close()
    port.close()
    port.close()
    lines = port.claim([A], "up")
    made[1].pin(A).drive_low()
    assert [edge.high for edge in lines.edges()] == [False]


def test_a_port_whose_chip_went_away_can_be_closed(
    pins: Pins, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise OSError("bad handle")

    pins.port.claim([A], "up")
    monkeypatch.setattr(pins.factory, "close", gone)
    pins.port.close()


def test_time_is_the_machines_unless_given() -> None:
    assert isinstance(LinuxGpio(mock_factory).time, SystemTimebase)


def test_a_missing_lgpio_is_told_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    with pytest.raises(BusError, match="GPIO library is missing") as caught:
        LinuxGpio(lambda: chip_factory(0)).claim([17], "up")
    assert "python3-lgpio" in caught.value.hint
