"""The machine's own clock: who is asked, in which order, and what an anchor is worth."""

import time
from pathlib import Path

import pytest

from gateway.clock import Anchor, Clocks, Rtc, SourceState, SystemClock
from gateway.clock.chrony import Chrony
from gateway.clock.kernel import Kernel, understood
from gateway.model import Quality
from tests.gateway.clock.test_chrony import SYNCED


class Said:
    """A source that says what the test wants."""

    def __init__(self, name: str, vouches: bool = False) -> None:
        self.name = name
        self.vouches = vouches

    def state(self, now: Clocks) -> SourceState:
        assert now.up_ns > 0
        return SourceState(self.name, self.vouches, "")


class Counted:
    """A chronyc that vouches, and counts how often it is asked."""

    def __init__(self, folder: Path) -> None:
        self._calls = folder / "calls"
        program = folder / "chronyc"
        program.write_text(f"#!/bin/sh\necho >> {self._calls}\necho '{SYNCED}'\n")
        program.chmod(0o755)
        self.chrony = Chrony([str(program)])

    @property
    def calls(self) -> int:
        return len(self._calls.read_text()) if self._calls.exists() else 0


@pytest.fixture
def counted(tmp_path: Path) -> Counted:
    return Counted(tmp_path)


@pytest.fixture
def rtc(tmp_path: Path) -> Rtc:
    (tmp_path / "rtc0").mkdir()
    (tmp_path / "rtc0/since_epoch").write_text("1790000000\n")
    return Rtc("rtc0", tmp_path)


def no_chrony(folder: Path) -> Chrony:
    return Chrony([str(folder / "none")])


def test_the_real_kernel_answers() -> None:
    machine = SystemClock()
    state = Kernel().state(machine.clocks())
    assert state.name == "kernel"
    assert state.why.startswith("the clock is disciplined" if state.vouches else "nobody ")
    assert machine.sources()[0].vouches is state.vouches


@pytest.mark.parametrize(
    ("answer", "estimated_s", "vouches", "why"),
    [
        (0, 0.0, True, "the clock is disciplined, within 1.5 s"),
        (1, 1.0, True, "the clock is disciplined"),  # a leap second is announced
        (5, 0.0, False, "nobody disciplines the clock"),
        (0, 12.0, False, "the clock is still corrected by 12.0 s"),
    ],
)
def test_what_the_kernel_s_answers_mean(
    answer: int, estimated_s: float, vouches: bool, why: str
) -> None:
    state = understood(answer, estimated_s, 1.5)
    assert state.vouches is vouches
    assert why in state.why


def test_nobody_vouches(tmp_path: Path) -> None:
    clock = SystemClock(None, [Said("kernel")], no_chrony(tmp_path))
    clock.ask(None)
    assert clock.anchor() is None
    assert clock.source is None
    assert [state.name for state in clock.sources()] == ["kernel", "chrony"]


def test_the_first_who_vouches_is_the_source(counted: Counted) -> None:
    first, second = Said("kernel"), Said("timesyncd", vouches=True)
    clock = SystemClock(None, [first, second], counted.chrony)
    assert clock.source == "timesyncd"
    first.vouches = True
    assert clock.source == "kernel"


def test_an_anchor_is_of_one_moment_on_both_clocks() -> None:
    clock = SystemClock(None, [Said("kernel", vouches=True)])
    before, wall_before = clock.now_ns(), time.time_ns()
    anchor = clock.anchor()
    after, wall_after = clock.now_ns(), time.time_ns()
    assert anchor is not None
    assert before <= anchor.up_ns <= after
    assert wall_before <= anchor.utc_ns <= wall_after
    assert anchor.quality is Quality.SYNCED


def test_chrony_is_asked_only_while_nobody_else_vouches(counted: Counted) -> None:
    kernel = Said("kernel", vouches=True)
    clock = SystemClock(None, [kernel], counted.chrony)
    clock.ask(None)
    assert counted.calls == 0
    kernel.vouches = False
    assert clock.anchor() is None
    clock.ask(None)
    assert (counted.calls, clock.source) == (1, "chrony")
    for _ in range(100):  # every second of the main thread
        assert clock.anchor() is not None
        clock.sources()
    assert counted.calls == 1


def test_an_rtc_is_an_estimate_once(tmp_path: Path, rtc: Rtc) -> None:
    clock = SystemClock(rtc, [Said("kernel")], no_chrony(tmp_path))
    assert clock.anchor() is None
    clock.ask(None)
    estimate = clock.anchor()
    assert estimate is not None
    assert estimate.quality is Quality.ESTIMATED
    assert clock.source is None
    (tmp_path / "rtc0/since_epoch").write_text("1790000077\n")
    clock.ask(None)
    assert clock.anchor() == estimate
    assert clock.sources()[-1].name == "rtc0"


def test_an_rtc_is_forgotten_once_somebody_has_vouched(tmp_path: Path, rtc: Rtc) -> None:
    kernel = Said("kernel")
    clock = SystemClock(rtc, [kernel], no_chrony(tmp_path))
    clock.ask(None)
    kernel.vouches = True
    anchor = clock.anchor()
    assert anchor is not None
    assert anchor.quality is Quality.SYNCED
    kernel.vouches = False
    assert clock.anchor() is None


def test_an_rtc_is_not_read_while_somebody_vouches(tmp_path: Path, rtc: Rtc) -> None:
    (tmp_path / "rtc0/since_epoch").unlink()
    counted = Counted(tmp_path)
    clock = SystemClock(rtc, [Said("kernel")], counted.chrony)
    clock.ask(None)
    assert clock.source == "chrony"
    assert not clock.sources()[-1].faulty


def test_an_rtc_behind_the_floor_is_no_estimate(tmp_path: Path, rtc: Rtc) -> None:
    clock = SystemClock(rtc, [Said("kernel")], no_chrony(tmp_path))
    clock.ask(1_790_000_002_000_000_000)
    assert clock.anchor() is None
    assert clock.sources()[-1].faulty


def test_the_boot_has_a_short_name_of_its_own() -> None:
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text()
    assert boot_id.startswith(SystemClock().boot_id)
    assert len(SystemClock().boot_id) == 8


def test_an_rtc_is_forgotten_once_a_network_has_told_the_time(tmp_path: Path, rtc: Rtc) -> None:
    clock = SystemClock(rtc, [], no_chrony(tmp_path))
    clock.ask(None)
    assert clock.anchor() is not None
    clock.hear(Anchor(*clock.clocks()))
    assert clock.anchor() is None
