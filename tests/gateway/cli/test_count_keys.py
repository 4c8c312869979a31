"""Counting by keys at a real terminal, over windows of some seconds."""

import json
import os
import pty
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import CLOCK_BOOTTIME, clock_gettime, time

import pytest

from gateway import status
from gateway.cli import count_check, count_own, main
from gateway.cli.count_keys import Count, counted
from gateway.clock import Clocks, SourceState, SystemClock
from gateway.reference_count import Passages, Window, read, split
from tests.gateway.cli.count_book import Book, S, configured
from tests.gateway.cli.terminal import Terminal
from tests.gateway.simulated_clock import SimulatedClock

LENGTH = 4
BACK = "\x7f"


@pytest.fixture
def config(tmp_path: Path) -> str:
    say_status(tmp_path)
    return configured(tmp_path, f"{LENGTH}s")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(tmp_path, int(time()) // LENGTH * LENGTH - 100 * LENGTH, LENGTH)
    yield book
    book.log.close()


def say_status(folder: Path, state: str = "measuring", log: str = "on_disk") -> None:
    """As a daemon does every 5 s."""
    (folder / "run").mkdir(exist_ok=True)
    boot = SystemClock().boot_id
    told = status.Status(
        version="0",
        node="brandis/rathaus-01",
        pid=1,
        state="well",
        clock=status.ClockStatus(None, None, boot, clock_gettime(CLOCK_BOOTTIME) + 60),
        log=status.LogStatus("", log, 1, 0, 0, 0, 0, 0, None),
        sensors=[status.SensorStatus("door", "beam-pair", "header", state, 0, None, None)],
        uplinks=[],
        findings=[],
    )
    status.write(told, folder / "run")


def test_each_window_is_compared_by_itself_and_the_last_is_waited_for(
    config: str, tmp_path: Path, book: Book
) -> None:
    terminal = Terminal(config, tmp_path, "--json")
    book.wait_until(terminal.begins_s())
    terminal.shows(r"in 0   out 0   window 1 of 2   0:0\d left")
    terminal.press(f"iio{BACK}oo{BACK}xI\x1b[A\x1bOP")
    terminal.shows("in 3   out 1   window 1")
    terminal.shows("in 3   out 1   window 2 of 2")
    book.window(3, 2)
    terminal.press("io")
    terminal.shows("in 4   out 2   window 2")
    terminal.shows("waits for the node's own counts")
    book.window(1, 0)
    code, told = terminal.ended()
    assert code == 0, terminal.seen
    check = json.loads(told)["check"]
    assert (check["windows"], check["compared"], check["window_s"]) == (2, "windows", LENGTH)
    assert (check["in"]["reference"], check["in"]["counted"], check["in"]["errors"]) == (4, 4, 0)
    assert (check["out"]["reference"], check["out"]["counted"], check["out"]["errors"]) == (2, 2, 2)
    assert "counted by hand: 4 in, 2 out" in terminal.seen
    assert len(read(tmp_path / "count-checks.json")["door"]) == 1


@pytest.mark.parametrize("key", ["q", "Ctrl-C"])
def test_ended_early_the_whole_windows_count(
    config: str, tmp_path: Path, book: Book, key: str
) -> None:
    terminal = Terminal(config, tmp_path, "--json", "--windows", "3")
    book.wait_until(terminal.begins_s())
    terminal.shows("window 1 of 3")
    terminal.press("i")
    terminal.shows("in 1   out 0   window 2")
    book.window(1, 0)
    terminal.press("i")
    terminal.shows("in 2   out 0")
    terminal.interrupt() if key == "Ctrl-C" else terminal.press(key)
    code, told = terminal.ended()
    assert code == 0, terminal.seen
    check = json.loads(told)["check"]
    assert (check["windows"], check["in"]["reference"]) == (1, 1)
    assert "ended early: 1 of 3 windows count" in terminal.seen


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("key", ["q", "Ctrl-C"])
def test_ended_before_a_window_was_over_nothing_is_kept(
    config: str, tmp_path: Path, key: str
) -> None:
    terminal = Terminal(config, tmp_path)
    terminal.shows("window 1 of 2")
    terminal.interrupt() if key == "Ctrl-C" else terminal.press(f"i{key}")
    code, told = terminal.ended()
    assert (code, told) == (75, "")
    assert "nothing is kept" in terminal.seen
    assert not (tmp_path / "count-checks.json").exists()


def test_who_does_not_wait_for_the_node_is_told_how_to_try_again(
    config: str, tmp_path: Path, book: Book
) -> None:
    terminal = Terminal(config, tmp_path, "--windows", "1")
    terminal.shows("window 1 of 1")
    terminal.press("io")
    terminal.shows("waits for the node's own counts")
    terminal.interrupt()
    assert terminal.ended() == (130, "")
    again = re.search(
        r"gateway count-check (door --from \S+ --to \S+ --in 1 --out 1)", terminal.seen
    )
    assert again is not None, terminal.seen
    book.wait_until(terminal.begins_s())
    book.window(1, 1)
    assert main(["count-check", *again[1].split(), "--config", config]) == 0


class Vouched:
    """A source of time that is sure."""

    name = "test"

    def state(self, now: Clocks) -> SourceState:
        return SourceState(self.name, True, "as the test says")


def in_process(
    config: str, keys: str, monkeypatch: pytest.MonkeyPatch, vouched: bool = True
) -> int:
    """The verb over one window, with keys that somebody presses each second."""
    clock = SystemClock(fast=[Vouched()] if vouched else [])
    monkeypatch.setattr(count_check, "SystemClock", type("Ours", (), {"with_rtc": lambda _: clock}))
    ours, theirs = pty.openpty()
    end = threading.Event()

    def person() -> None:
        while not end.wait(1.0):  # those before the begin are not counted
            os.write(ours, keys.encode())

    presser = threading.Thread(target=person)
    presser.start()
    try:
        with closing(os.fdopen(theirs, "r")) as terminal:
            monkeypatch.setattr("sys.stdin", terminal)
            return main(["count-check", "door", "--windows", "1", "--config", config])
    finally:
        end.set()
        presser.join()
        os.close(ours)


@pytest.mark.usefixtures("book")
def test_counts_of_the_node_that_never_come_leave_the_count_to_be_tried_again(
    config: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(count_own, "PATIENCE_S", 0.5)
    code = in_process(config, "i", monkeypatch)
    told = capsys.readouterr().err
    assert code == 75
    assert "the node's own counts are missing" in told
    again = r"gateway count-check door --from \S+Z --to \S+Z --in [2-5] --out 0"
    assert re.search(f"once the cause is gone: {again}", told)
    assert "is the gateway running? gateway status" in told
    assert "is the clock synchronised? gateway clock" in told


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("told", "vouched", "said"),
    [
        (("absent", "on_disk"), True, "door does not measure"),
        (("measuring", "in_memory"), True, "the log cannot be written"),
        (("measuring", "on_disk"), False, "nobody vouches for the clock"),
    ],
)
def test_what_would_make_the_count_worthless_is_told_before(
    config: str,
    tmp_path: Path,
    told: tuple[str, str],
    vouched: bool,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    say_status(tmp_path, *told)
    assert in_process(config, "i", monkeypatch, vouched) == 75
    err = capsys.readouterr().err
    assert said in err
    assert "begin to count" not in err


@pytest.mark.usefixtures("book")
def test_without_a_daemon_nobody_counts(
    config: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "run" / "status.json").unlink()
    assert in_process(config, "i", monkeypatch) == 75
    assert "no gateway is running" in capsys.readouterr().err


def test_a_key_belongs_to_the_window_in_which_it_is_pressed() -> None:
    """Also while the program waits for keys from before a boundary on."""
    clock = SimulatedClock(utc_at_boot_ns=0)
    windows = split(Window(10 * S, 30 * S), 10 * S)
    pressed = {9.9: "i", 10.1: "i", 19.9: "o", 20.1: "i", 20.2: "i", 29.9: "o", 30.1: "i"}
    script = iter(pressed.items())

    def next_keys(_wait_s: float) -> list[str]:
        at_s, key = next(script)
        clock.sleep(at_s - clock.now_ns() / S)
        return [key]

    assert counted(windows, clock, next_keys, lambda _line: None) == [(1, 1), (2, 1)]


def test_the_last_one_is_taken_back_also_of_the_window_before() -> None:
    count = Count()
    for window, key in ((0, "i"), (0, "o"), (1, "back"), (1, "i"), (1, "x")):
        count.press(window, key)
    assert (count.of(0), count.of(1), count.total) == (
        Passages(1, 0),
        Passages(1, 0),
        Passages(2, 0),
    )
    for _ in range(3):
        count.press(1, "back")
    assert count.total == Passages(0, 0)
