"""The machine's own clock."""

from pathlib import Path

import pytest

from gateway.clock import SystemClock, system


def test_nobody_vouches_for_the_wall_clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(system, "_kernel_synchronised", lambda: False)
    monkeypatch.setattr(system, "_TIMESYNCD_FLAG", tmp_path / "no")
    assert SystemClock().anchor() is None
    assert SystemClock().source is None


def test_timesyncd_vouches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(system, "_kernel_synchronised", lambda: False)
    monkeypatch.setattr(system, "_TIMESYNCD_FLAG", tmp_path)
    assert SystemClock().source == "timesyncd"


def test_the_kernel_vouches_and_both_clocks_are_of_one_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import time

    monkeypatch.setattr(system, "_kernel_synchronised", lambda: True)
    machine = SystemClock()
    before, wall_before = machine.now_ns(), time.time_ns()
    anchor = machine.anchor()
    after, wall_after = machine.now_ns(), time.time_ns()
    assert anchor is not None
    assert before <= anchor.up_ns <= after
    assert wall_before <= anchor.utc_ns <= wall_after


def test_the_kernel_answers_whether_it_is_synchronised() -> None:
    assert isinstance(system._kernel_synchronised(), bool)


def test_the_boot_has_a_short_name_of_its_own() -> None:
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text()
    assert boot_id.startswith(SystemClock().boot_id)
    assert len(SystemClock().boot_id) == 8
