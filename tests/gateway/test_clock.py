"""Anchors and the dates they give; the machine's own clock."""

from pathlib import Path

import pytest

from gateway.clock import STEP_NS, Anchor, SystemClock, Timeline, system
from gateway.model import Quality

UTC = 1_700_000_000_000_000_000


def test_without_an_anchor_nothing_is_dated() -> None:
    assert Timeline().date(5) == (None, Quality.UNKNOWN)


def test_one_anchor_dates_the_whole_boot() -> None:
    timeline = Timeline([Anchor(100, UTC)])
    assert timeline.date(40) == (UTC - 60, Quality.REPAIRED)
    assert timeline.date(100) == (UTC, Quality.SYNCED)
    assert timeline.date(250) == (UTC + 150, Quality.SYNCED)


def test_after_a_step_the_new_anchor_dates_what_follows() -> None:
    timeline = Timeline([Anchor(100, UTC)])
    assert timeline.add(Anchor(1000, UTC + 5 * STEP_NS))
    assert timeline.date(999)[0] == UTC + 899
    assert timeline.date(1000)[0] == UTC + 5 * STEP_NS


def test_an_anchor_that_says_nothing_new_is_not_kept() -> None:
    timeline = Timeline()
    assert timeline.add(Anchor(100, UTC))
    assert not timeline.add(Anchor(1100, UTC + 1000 + STEP_NS // 2))
    assert timeline.add(Anchor(1200, UTC + 1100 - STEP_NS))


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
